"""Does each part answer, and what to do when it does not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from core.errors import ModelError, ModelRejected, ModelTimeout, PeilianError
from core.llm.chat_client import ChatClient
from core.ports.chat_model import ChatRequest
from core.prompts.render import family_of, prompt_book
from ops.settings import Settings
from ops.wiring import build


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: how it is, and the one thing to do."""

    part: str
    well: bool
    state: str
    remedy: str = ""

    def __str__(self) -> str:
        mark = "ok " if self.well else "NOT"
        line = f"[{mark}] {self.part}: {self.state}"
        return f"{line}\n      -> {self.remedy}" if self.remedy else line


async def examine(settings: Settings) -> list[Finding]:
    """All parts, each asked once."""
    house = build(settings)
    try:
        database = settings.database_url.split("@")[-1] or f"SQLite in {settings.data_dir}"
        findings = [
            await _ask(
                "database",
                database,
                house.transactions.ping,
                "start it, or mend PEILIAN_DATABASE_URL; then run `peilian migrate`",
            ),
            await _ask(
                "live state",
                "Redis" if settings.redis_url else "in process",
                house.live.ping,
                "start Redis, or mend PEILIAN_REDIS_URL",
            ),
            Finding(
                "content", True, f"{len(house.content.scenarios(settings.language))} scenarios"
            ),
        ]
        findings.append(await _model(house.model, settings))
    finally:
        await house.close()
    names = ", ".join(settings.wechat_accounts) or "off"
    findings.append(Finding("WeChat", True, names))
    return findings


async def _ask(part: str, state: str, ping: Callable[[], Awaitable[None]], remedy: str) -> Finding:
    try:
        await ping()
    except PeilianError as error:
        return Finding(part, False, f"{state}: {error}", remedy)
    return Finding(part, True, state)


async def _model(model: ChatClient | None, settings: Settings) -> Finding:
    """Who answers, and whether it takes one line of the kind it will get."""
    if model is None:
        return Finding("customer", True, "agenda engine (no model set)")
    probe = await model.probe()
    if not probe.answers:
        return Finding(
            "customer",
            False,
            f"the model server does not answer ({probe.reason}); the agenda engine speaks",
            "start it, or mend PEILIAN_MODEL_URL",
        )
    state = f"{probe.profile} serves {probe.model}"
    try:
        await model.complete(_trial(settings))
    except ModelError as error:
        refused = f"{state}, but gives no line ({error.detail}); the agenda engine speaks"
        return Finding("customer", False, refused, _model_remedy(error))
    return Finding("customer", True, state)


def _trial(settings: Settings) -> ChatRequest:
    book = prompt_book(settings.language, family_of(settings.model_name))
    return ChatRequest(
        messages=book.trial(),
        max_tokens=16,
        temperature=0.0,
        seed=0,
        timeout_s=settings.model_turn_s,
    )


def _model_remedy(error: ModelError) -> str:
    if isinstance(error, ModelRejected) and error.detail.startswith(("status 401", "status 403")):
        return "mend PEILIAN_MODEL_API_KEY"
    if isinstance(error, ModelRejected):
        return "set PEILIAN_MODEL_NAME to the name of the model that is served"
    if isinstance(error, ModelTimeout):
        return "it is too slow for a talk: serve a smaller model, or give it a faster machine"
    return "look into the model server's own log"
