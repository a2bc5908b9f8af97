"""Does each part answer, and what to do when it does not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from core.errors import PeilianError
from core.llm.chat_client import open_model
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
    finally:
        await house.close()
    findings.append(await _model(settings))
    names = ", ".join(settings.wechat_accounts) or "off"
    findings.append(Finding("WeChat", True, names))
    return findings


async def _ask(part: str, state: str, ping: Callable[[], Awaitable[None]], remedy: str) -> Finding:
    try:
        await ping()
    except PeilianError as error:
        return Finding(part, False, f"{state}: {error}", remedy)
    return Finding(part, True, state)


async def _model(settings: Settings) -> Finding:
    if not settings.model_url:
        return Finding("customer", True, "agenda engine (no model set)")
    model = open_model(
        url=settings.model_url,
        name=settings.model_name,
        api_key=settings.model_api_key,
        profile=settings.model_profile,
    )
    try:
        probe = await model.probe()
    finally:
        await model.close()
    if probe.answers:
        return Finding("customer", True, f"{probe.profile} serves {probe.model}")
    return Finding(
        "customer",
        False,
        f"the model server does not answer ({probe.reason}); the agenda engine speaks",
        "start it, or mend PEILIAN_MODEL_URL",
    )
