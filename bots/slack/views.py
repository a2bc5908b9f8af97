"""The home tab and the choice of drills: what the commands answer, shown beside the talk."""

from __future__ import annotations

from dataclasses import dataclass

from bots.answers import Answers
from bots.commands import Command, Order
from bots.replies import word
from bots.slack.blocks import Block, drill_modal, home_view
from bots.slack.convert import ACCOUNT
from bots.slack.limits import SlackLimits
from core.catalogue import say
from core.domain.messages import ChannelAddress, ChannelKind
from core.ports.clock import Clock
from core.ports.content import ContentLibrary
from core.ports.storage import Transactions, UnitOfWork
from core.services.desk import Desk, read_desk

_PARTS = (Command.TODAY, Command.PLAN, Command.PROFILE, Command.SCORE)


@dataclass(frozen=True, slots=True)
class SlackViews:
    """Views for one user; `language` is that of strangers."""

    answers: Answers
    transactions: Transactions
    content: ContentLibrary
    clock: Clock
    language: str
    limits: SlackLimits

    async def home(self, user: str) -> Block:
        """Today's drill, the plan, the profile and the last score, as the chat would tell them."""
        desk = await self._desk(user)
        if desk.person is None:
            language = self.language
            stranger = [(say(language, "slack.home.name"), say(language, "slack.home.stranger"))]
            return home_view(language, stranger, self.limits)
        parts = []
        for command in _PARTS:
            effects = await self.answers.answer(desk, desk.person, Order(command), self.clock.now())
            text = "\n".join(word(message) for message in effects.messages)
            parts.append((say(desk.language, f"slack.home.{command.value}"), text))
        return home_view(desk.language, parts, self.limits)

    async def drills(self, user: str) -> Block:
        """The modal with every drill there is in the person's language."""
        desk = await self._desk(user)
        language = desk.language if desk.person else self.language
        scenarios = self.content.scenarios(language)
        numbered = [(at, scenario.title) for at, scenario in enumerate(scenarios, start=1)]
        return drill_modal(language, numbered)

    async def _desk(self, user: str) -> Desk:
        address = ChannelAddress(ChannelKind.SLACK, ACCOUNT, user)

        def read(unit: UnitOfWork) -> Desk:
            return read_desk(unit, unit.conversations.at(address).id)

        return await self.transactions.write(read)
