"""A trainee at the terminal, talking to the product wired to a model server on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bots.console.talk import Console
from bots.replies import word
from core.domain.dialogue import Dialogue, Speaker, Turn
from core.domain.messages import NoticeCode
from core.domain.scenario import Scenario
from ops.migrations import migrate
from ops.settings import read_settings
from ops.wiring import House, build
from tests.fakes.model_server import FakeModelServer

PLAIN_LINES = (
    "您好，我是客服小李，请问您的手机尾号是多少，我核对一下",
    "抱歉影响您了，您再说说是什么情况？",
    "我这边给您登记，明天中午12点前给您回电话",
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What one line of the trainee brought: the customer's messages, all that was shown, and
    the model calls it cost."""

    lines: list[str]
    codes: list[NoticeCode]
    shown: str
    calls: int


@dataclass
class Sitting:
    """One trainee at one house."""

    house: House
    server: FakeModelServer
    console: Console

    async def say(self, text: str) -> Heard:
        """Type one line; everything that comes back."""
        before = len(self.server.requests)
        rows = await self.console.say(text)
        return Heard(
            lines=[
                str(row.message.facts["text"])
                for row in rows
                if row.message.code is NoticeCode.CUSTOMER_LINE
            ],
            codes=[row.message.code for row in rows],
            shown="\n".join(word(row.message) for row in rows),
            calls=len(self.server.requests) - before,
        )

    async def say_all(self, *texts: str) -> list[Heard]:
        """Type them one after the other."""
        return [await self.say(text) for text in texts]

    async def dialogue(self) -> Dialogue:
        """The stored dialogue of this trainee."""
        transactions = self.house.transactions
        conversation = await transactions.write(
            lambda unit: unit.conversations.at(self.console.address)
        )
        name = conversation.dialogue_id
        assert name is not None
        return await transactions.read(lambda unit: unit.dialogues.get(name))

    async def turns(self) -> Sequence[Turn]:
        """Its stored turns."""
        name = (await self.dialogue()).id
        return await self.house.transactions.read(lambda unit: list(unit.dialogues.turns(name)))

    async def engines(self) -> list[str]:
        """Who worded each of the customer's turns."""
        return [turn.engine for turn in await self.turns() if turn.speaker is Speaker.CUSTOMER]

    async def scenario(self) -> Scenario:
        """The case that is practised."""
        return self.house.content.scenario((await self.dialogue()).scenario_id)


def seat(house: House, server: FakeModelServer, *, person: str) -> Sitting:
    """A terminal of its own for `person`."""

    async def work() -> None:
        await house.worker.drain()
        while await house.jobs.drain_once():
            pass

    console = Console(
        transactions=house.transactions,
        clock=house.clock,
        keep=house.intake.keep,
        work=work,
        person=person,
        language=house.settings.language,
    )
    return Sitting(house, server, console)


@asynccontextmanager
async def sitting(
    folder: Path, server: FakeModelServer, *, turn_s: float = 8.0, **settings: object
) -> AsyncIterator[Sitting]:
    """The product on SQLite with this model server; closed afterwards."""
    chosen = read_settings(
        data_dir=folder,
        model_url=server.url,
        model_turn_s=turn_s,
        typing_delays=False,
        **settings,
    )
    migrate(chosen.database_url, data_dir=folder)
    house = build(chosen)

    try:
        yield seat(house, server, person="trainee")
    finally:
        await house.close()
