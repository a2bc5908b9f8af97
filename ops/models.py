"""The models that settings name: the customer's and the judge's."""

from __future__ import annotations

import uuid
from random import SystemRandom

from core.customer.agenda_engine import AgendaEngine
from core.customer.model_engine import ModelEngine
from core.errors import ModelUnavailable
from core.llm.chat_client import ChatClient, open_model
from core.llm.retry import RetryingModel
from core.ports.clock import Clock
from core.ports.customer_engine import CustomerEngine
from core.ports.line_reader import LineReader
from core.ports.storage import Transactions
from core.prompts.render import family_of
from core.services.model_judge import ModelJudge
from ops.settings import Settings
from ops.style import open_style


def open_customer_model(settings: Settings) -> ChatClient | None:
    """The customer's model; None when no address is set. Connects to nothing yet."""
    if not settings.model_url:
        return None
    return open_model(
        url=settings.model_url,
        name=settings.model_name,
        api_key=settings.model_api_key,
        profile=settings.model_profile,
    )


def open_judge_model(settings: Settings) -> ChatClient | None:
    """The judge's model; None when no address is set. Connects to nothing yet."""
    if not settings.judge_url:
        return None
    return open_model(
        url=settings.judge_url,
        name=settings.judge_name,
        api_key=settings.judge_api_key,
        profile=settings.judge_profile,
    )


def model_judge(
    settings: Settings,
    client: ChatClient,
    *,
    transactions: Transactions,
    clock: Clock,
    reader: LineReader,
) -> ModelJudge:
    """The judge that asks this model and keeps what it says in this store."""

    async def name() -> str:
        if settings.judge_name:
            return settings.judge_name
        probe = await client.probe()
        if not probe.answers:
            raise ModelUnavailable(probe.reason)
        return probe.model

    return ModelJudge(
        model=RetryingModel(client, chance=SystemRandom()),
        name=name,
        transactions=transactions,
        clock=clock,
        new_tag=lambda: f"talk-{uuid.uuid4().hex[:12]}",
        family=family_of(settings.judge_name),
        reader=reader,
    )


def customer_engine(
    settings: Settings, model: ChatClient | None, *, trial: bool = False
) -> CustomerEngine:
    """Who words the customer: the model where there is one, else the agenda engine.

    SettingsError where the style pack is none, or did not pass its gates (`trial` takes it).
    """
    style = (
        open_style(settings.style, language=settings.language, trial=trial)
        if settings.style
        else None
    )
    agenda = AgendaEngine(typing_delays=settings.typing_delays, style=style)
    if model is None:
        return agenda
    return ModelEngine(
        RetryingModel(model, chance=SystemRandom()),
        fallback=agenda,
        family=family_of(settings.model_name),
        typing_delays=settings.typing_delays,
    )
