"""What the web application is given, and the keys under which its handlers find it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo
from typing import Protocol, TypeAlias

from aiohttp import web

from core.domain.appeal import AnswerTime
from core.domain.messages import ChannelAddress, ChannelKind, InboundMessage, OutboundMessage
from core.domain.people import Person
from core.domain.qa_sheet import PageOfSheet, QaSheet
from core.ports.clock import Clock
from core.ports.content import ContentLibrary
from core.ports.delivery import Kept
from core.ports.knowledge_admin import KnowledgeAdmin
from core.ports.knowledge_base import KnowledgeBase
from core.ports.line_reader import LineReader
from core.ports.live_state import LiveState
from core.ports.personal_data import PersonalData
from core.ports.storage import Transactions
from core.services.appeals import SettleAppeals
from core.services.records import Records
from core.services.trusting import RefreshTrust
from training_plans.digests import Reports
from training_plans.metrics import NamedMetric
from training_plans.queues import Queue

Route: TypeAlias = web.RouteDef
"""One address of a door that the application opens beside its own."""

SESSION_LASTS = timedelta(days=14)
POLL_S = 25.0
"""How long the feed waits for something new; below the 30 s that proxies like to cut at."""

FORM_WAIT_S = 3.0
"""How long a form waits for its answer before the page is shown without it."""

MAX_BODY_BYTES = 64 * 1024
MAX_TEXT = 4000
"""Characters of one message; the longest thing a person may want to write is a wrap-up."""


class Keeps(Protocol):
    """Whoever keeps a message durably and wakes the workers."""

    async def keep(self, message: InboundMessage) -> Kept:
        """Commit, or raise StorageError."""
        ...


async def _always_ready() -> Mapping[str, bool]:
    return {}


@dataclass(frozen=True, slots=True)
class WebDeps:
    """Everything the web application needs.

    `word` makes the sentence of an outbound message; `extra_routes` are the channels' doors;
    `ready` says of each part whether it answers (and may raise what the part raises);
    `training_only`: no file about people's results is handed out;
    `secure_cookies` is for an installation that is reached by https only; `zone` is the one
    in which pages tell the time; `metrics` are the business results that count, by id; `records`
    and `reports` read what many people's practices come to; `answer_time` by when an appeal is
    answered; `judge_prices` are those of 1,000 tokens in and out; `read_qa_sheet` reads a
    spreadsheet (its bytes, its name, a language) with a check suggested for each item, or raises
    SettingsError with each fault; `word_qa_sheet` writes a sheet, confirmed or not, as the file of
    a content folder.
    """

    transactions: Transactions
    live: LiveState
    content: ContentLibrary
    clock: Clock
    intake: Keeps
    language: str
    word: Callable[[OutboundMessage], str]
    reader: LineReader
    settle_appeals: SettleAppeals
    refresh_trust: RefreshTrust
    knowledge: KnowledgeBase
    knowledge_admin: KnowledgeAdmin
    personal: PersonalData
    read_qa_sheet: Callable[[bytes, str, str], Sequence[PageOfSheet]]
    word_qa_sheet: Callable[[QaSheet, bool], str]
    records: Records
    reports: Reports
    extra_routes: Sequence[web.AbstractRouteDef] = ()
    ready: Callable[[], Awaitable[Mapping[str, bool]]] = _always_ready
    secure_cookies: bool = False
    training_only: bool = True
    form_wait_s: float = FORM_WAIT_S
    zone: tzinfo = UTC
    metrics: Mapping[str, NamedMetric] = field(default_factory=dict)
    queues: Sequence[Queue] = ()
    answer_time: AnswerTime = field(default_factory=AnswerTime)
    judge_prices: tuple[float, float] = (0.0, 0.0)


DEPS = web.AppKey("deps", WebDeps)
CLOSING = web.AppKey("closing", asyncio.Event)


def address_of(person: Person) -> ChannelAddress:
    """Where a person is reached on the page."""
    return ChannelAddress(ChannelKind.WEB, "main", person.id)
