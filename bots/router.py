"""One kept message -> what it leads to: who wrote it, and is it a command or talk."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from bots.answers import LIST_WORDS, Answers, scenario_and_options
from bots.commands import Command, Order, parse
from bots.next_steps import offered
from bots.notices import is_micro, is_open, notice
from bots.planning import PlanDesk
from core.domain.appeal import AnswerTime
from core.domain.dialogue import Status
from core.domain.messages import (
    ChannelKind,
    InboundKind,
    NoticeCode,
    OutboundMessage,
    SendOutcome,
)
from core.domain.people import Person, Role
from core.errors import DialogueError, DialogueFault, SpeechUnclear
from core.ports.delivery import InboxRow
from core.ports.live_state import LiveState
from core.ports.speech import SpeechToText
from core.ports.storage import Transactions, UnitOfWork
from core.services import micro_drill
from core.services.breaks import resume
from core.services.desk import Desk, running
from core.services.effects import Effects
from core.services.role_play import RolePlay
from core.services.wrap_up import names_a_field

log = structlog.get_logger("bots")

GUEST_TEAM = "guests"
_BEGINS = (Command.PRACTICE, Command.REPLAY, Command.QUICK)
_SILENT = (InboundKind.UNFOLLOW, InboundKind.GRANT)
_WORDS = (InboundKind.TEXT, InboundKind.SPEECH)
_NUMBER = re.compile("[1-9]")


@dataclass(frozen=True, slots=True)
class Router:
    """Commands and talk. `signup_open()` tells whether strangers may practise as guests,
    `answer_time` by when an appeal is answered."""

    role_play: RolePlay
    transactions: Transactions
    live: LiveState
    language: str
    signup_open: Callable[[UnitOfWork], bool]
    plans: PlanDesk
    answer_time: AnswerTime = field(default_factory=AnswerTime)
    languages: Mapping[ChannelKind, str] = field(default_factory=dict)
    """Of strangers, where a channel has a language of its own."""
    ears: Mapping[tuple[ChannelKind, str], SpeechToText] = field(default_factory=dict)
    """Who makes text of recordings, where somebody does."""

    async def route(self, desk: Desk, row: InboxRow, now: datetime) -> Effects:
        """What this message leads to. Raises house errors; the worker words them."""
        row = await self._chosen(row)
        if row.message.kind in _SILENT:
            return Effects()
        if desk.person is not None and not desk.person.active:
            return notice(desk, NoticeCode.GONE)
        if row.message.kind is InboundKind.VOICE:
            return await self._listened(desk, row, now)
        order = self._order(desk, row)
        person = desk.person
        joins = order is not None and order.command in (Command.BIND, Command.HELP)
        if (person is None or person.guest) and not joins:
            refused = await self._refuse_stranger(desk, order)
            if refused is not None:
                return refused
        if person is not None:
            return await self._work(desk, person, row, order, now)
        channel = desk.conversation.address.channel
        language = self.languages.get(channel, self.language)
        guest = _guest(desk, self.role_play.new_id(), language)
        desk = replace(desk, person=guest)
        effects = await self._work(desk, guest, row, order, now)
        if joins:
            return effects
        return _welcomed(desk, guest, effects).also(Effects(person=guest))

    def is_talk(self, desk: Desk, row: InboxRow) -> bool:
        """Whether the message is a line for the customer, which the next one may go on with."""
        talks = desk.dialogue is not None and desk.dialogue.status is Status.RUNNING
        return talks and row.message.kind in _WORDS and self._order(desk, row) is None

    async def _chosen(self, row: InboxRow) -> InboxRow:
        """A bare number says the way on that stands behind it, if what was said last offered
        some: what is offered is shown as numbered lines where there are no buttons."""
        text = unicodedata.normalize("NFKC", row.message.text).strip()
        if row.message.kind not in _WORDS or not _NUMBER.fullmatch(text):
            return row
        last = await self.transactions.read(lambda unit: _said_last(unit, row.conversation_id))
        ways = offered(last) if last is not None else []
        if int(text) > len(ways):
            return row
        says = ways[int(text) - 1].says
        return replace(row, message=replace(row.message, kind=InboundKind.MENU, text=says))

    async def _listened(self, desk: Desk, row: InboxRow, now: datetime) -> Effects:
        """A recording becomes words, or is kindly refused; it never counts as an answer."""
        address = row.message.address
        ears = self.ears.get((address.channel, address.account))
        if ears is None:
            return notice(desk, NoticeCode.VOICE_UNHEARD, {"why": "no_ears"})
        try:
            text = await ears.text_of(row.message.text, language=desk.language)
        except SpeechUnclear as error:
            log.warning("not_heard", reason=error.reason, inbox=row.id)
            return notice(desk, NoticeCode.VOICE_UNHEARD, {"why": "not_heard"})
        message = replace(row.message, kind=InboundKind.SPEECH, text=text)
        return await self.route(desk, replace(row, message=message), now)

    async def _refuse_stranger(self, desk: Desk, order: Order | None) -> Effects | None:
        """Where sign-up needs a code, a stranger is told so, and a guest who wants to begin."""
        known_here = desk.conversation.address.channel is ChannelKind.CONSOLE
        begins = order is not None and order.command in _BEGINS
        if known_here or (desk.person is not None and not begins):
            return None
        if await self.transactions.read(self.signup_open):
            return None
        return notice(desk, NoticeCode.BIND_NEEDED)

    async def _work(
        self, desk: Desk, person: Person, row: InboxRow, order: Order | None, now: datetime
    ) -> Effects:
        kind = row.message.kind
        if kind is InboundKind.FOLLOW:
            return _welcome(desk, person)
        if kind is InboundKind.UNSUPPORTED:
            return notice(desk, NoticeCode.UNSUPPORTED)
        answers = Answers(
            self.role_play, self.transactions, self.live, self.plans, self.answer_time
        )
        if order is not None:
            return await answers.answer(desk, person, order, now)
        text = row.message.text.strip()
        if desk.dialogue is None:
            return _welcome(desk, person)
        if not is_open(desk.dialogue):
            raise DialogueError(DialogueFault.NONE_RUNNING)
        if not text:
            return notice(desk, NoticeCode.UNSUPPORTED)
        return await self._talk(desk, text, row, now)

    async def _talk(self, desk: Desk, text: str, row: InboxRow, now: datetime) -> Effects:
        """A line for the customer. To write on wakes a parked talk; a paused one is asked for."""
        resumed = Effects()
        if desk.dialogue is not None and desk.dialogue.status is Status.PARKED:
            resumed = resume(desk, self.role_play.content, now)
            desk = replace(desk, dialogue=resumed.save[-1])
        running(desk)
        inbox_id, now = row.id, row.received_at
        if is_micro(desk.dialogue):
            return await micro_drill.answer(self.role_play, desk, text, inbox_id=inbox_id, now=now)
        spoken = row.message.kind is InboundKind.SPEECH
        answered = await self.role_play.answer(
            desk, text, inbox_id=inbox_id, now=now, spoken=spoken
        )
        return resumed.also(answered)

    def _order(self, desk: Desk, row: InboxRow) -> Order | None:
        if row.message.kind not in (*_WORDS, InboundKind.MENU):
            return None
        order = parse(row.message.text)
        if order is None or not is_open(desk.dialogue):
            return order
        return order if self._fits_talk(desk, order) else None

    def _fits_talk(self, desk: Desk, order: Order) -> bool:
        """Whether an order that could be a trainee's line is one while a customer listens."""
        if order.command is Command.APPEAL:
            return order.turn is not None or not order.argument
        if not order.argument:
            return True
        content = self.role_play.content
        if order.command is Command.PRACTICE:
            name, _ = scenario_and_options(order.argument)
            known = content.find_scenario(name, desk.language) if name else None
            return not name or name.lower() in LIST_WORDS or known is not None
        if order.command is Command.WRAP_UP and desk.dialogue is not None:
            scenario = content.scenario(desk.dialogue.scenario_id, desk.dialogue.versions.scenario)
            return names_a_field(scenario, order.argument)
        return True


def _said_last(unit: UnitOfWork, conversation_id: int) -> OutboundMessage | None:
    rows = unit.outbox.feed(
        conversation_id, after=unit.outbox.last_id(conversation_id) - 1, limit=1
    )
    return next((row.message for row in rows if row.state is SendOutcome.SENT), None)


def _welcomed(desk: Desk, guest: Person, effects: Effects) -> Effects:
    """Nobody practises before the notice of what happens to their words."""
    if any(message.code is NoticeCode.WELCOME for message in effects.messages):
        return effects
    return _welcome(desk, guest).also(effects)


def _welcome(desk: Desk, person: Person) -> Effects:
    """A guest's name is a piece of the platform's id, except in a terminal, which knows people."""
    nameless = person.guest and desk.conversation.address.channel is not ChannelKind.CONSOLE
    return notice(desk, NoticeCode.WELCOME, {"name": "" if nameless else person.name})


def _guest(desk: Desk, person_id: str, language: str) -> Person:
    return Person(
        id=person_id,
        name=desk.conversation.address.user[:12],
        role=Role.TRAINEE,
        team=GUEST_TEAM,
        language=language,
        guest=True,
    )
