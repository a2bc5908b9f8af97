"""What must never be lost: one unit of work is one transaction in one thread.

A use case hands a plain function to `Transactions`; everything it does through the
`UnitOfWork` is committed together or not at all. No model call, no network and no await
happens inside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from core.domain.dialogue import Dialogue, Status, Turn
from core.domain.jobs import Job, JobKind, NewJob
from core.domain.messages import (
    ChannelAddress,
    ChannelKind,
    InboundMessage,
    OutboundMessage,
    SendOutcome,
)
from core.domain.people import Person, SignInLink, WebSession
from core.domain.practice_result import PracticeResult
from core.domain.remark import Remark, RemarkKind
from core.domain.scorecard import Debrief, Scorecard
from core.ports.figures import Figures
from core.ports.knowledge_store import KnowledgeStore
from core.ports.organisation import ListImports, Results, Rosters
from core.ports.reviews import Appeals, Audits, Feedback, Looks, ModelVerdicts, Shares
from core.ports.sheets import QaSheets
from core.ports.training import Fitted, Orders
from core.ports.upkeep import ArticleMarks, Gaps

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Conversation:
    """Everything said between one address and us; at most one dialogue is open in it."""

    id: int
    address: ChannelAddress
    person_id: str | None
    dialogue_id: str | None
    language: str


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work one conversation; a write with an older `fence` fails."""

    conversation_id: int
    owner: str
    fence: int


@dataclass(frozen=True, slots=True)
class Kept:
    """The inbox row of a message: new, or the one kept before under the same key."""

    inbox_id: int
    conversation_id: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A kept message; `attempts` counts how often somebody began to work it."""

    id: int
    conversation_id: int
    message: InboundMessage
    received_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A kept outbound message and how its sending stands.

    `attempts` counts the tries that may have reached the person, the present one included.
    """

    id: int
    conversation_id: int
    message: OutboundMessage
    state: SendOutcome
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SendWindow:
    """A platform's window for sends to one address: `left` sends until `closes_at`."""

    opened_at: datetime
    closes_at: datetime
    left: int


class Conversations(Protocol):
    """Conversation rows and their leases."""

    def at(self, address: ChannelAddress) -> Conversation:
        """The conversation of this address, made if there was none."""
        ...

    def get(self, conversation_id: int) -> Conversation: ...

    def waiting(self, *, now: datetime, limit: int) -> Sequence[int]:
        """Conversations with open inbox rows that nobody holds, oldest row first."""
        ...

    def lease(
        self, conversation_id: int, *, owner: str, now: datetime, ttl: timedelta
    ) -> Lease | None:
        """Take the conversation if it is free or its lease has run out; the fence grows by 1."""
        ...

    def renew(
        self, conversation_ids: Sequence[int], *, owner: str, now: datetime, ttl: timedelta
    ) -> None:
        """Lengthen the leases that `owner` still holds on these; others stay as they are."""
        ...

    def hold(self, lease: Lease) -> None:
        """Lock the conversation row for this transaction; LeaseLost if the fence has moved on.
        Must be the first statement of a fenced write (update before insert)."""
        ...

    def release(self, lease: Lease) -> None:
        """Give the conversation back; silently nothing if it was already taken over."""
        ...

    def of_account(self, channel: ChannelKind, account: str) -> Sequence[Conversation]:
        """All conversations on one account, oldest first."""
        ...

    def of_person(self, person_id: str) -> Sequence[Conversation]:
        """All conversations with this person, oldest first."""
        ...

    def set_person(self, conversation_id: int, person_id: str, language: str) -> None: ...

    def set_dialogue(self, conversation_id: int, dialogue_id: str | None) -> None: ...


class Inbox(Protocol):
    """What came in, each row worked once."""

    def keep(self, message: InboundMessage, *, now: datetime) -> Kept:
        """Insert under the unique key (channel, account, key), or find the row already there."""
        ...

    def open_rows(
        self, conversation_id: int, *, limit: int, begin: bool = True
    ) -> Sequence[InboxRow]:
        """Rows not yet closed, in order of arrival; with `begin` an attempt is counted on the
        first one."""
        ...

    def close(self, inbox_id: int, *, now: datetime, failed: bool = False) -> None: ...

    def is_closed(self, inbox_id: int) -> bool: ...


class Outbox(Protocol):
    """What goes out, each row created once."""

    def add(self, messages: Sequence[OutboundMessage], *, now: datetime) -> Sequence[int]:
        """Keep messages in order; ids grow. The conversation is that of the address."""
        ...

    def claim(
        self,
        accounts: Sequence[tuple[ChannelKind, str]],
        *,
        owner: str,
        now: datetime,
        ttl: timedelta,
        limit: int,
    ) -> Sequence[OutboxRow]:
        """Rows due on these accounts, claimed for `ttl`: whole conversations in order, never a
        row while an earlier one of its conversation is still claimed or waiting for a retry.
        Rows whose claim ran out come back with `state` CLAIMED: their fate is unknown."""
        ...

    def renew(self, row_ids: Sequence[int], *, owner: str, now: datetime, ttl: timedelta) -> None:
        """Lengthen the claims that `owner` still holds on these; others stay as they are."""
        ...

    def settle(
        self,
        row_ids: Sequence[int],
        outcome: SendOutcome,
        *,
        now: datetime,
        reason: str = "",
        not_before: datetime | None = None,
    ) -> None:
        """Write down how sending ended. With `not_before` it is tried again: WAITING when
        nothing was sent (the try is not counted), CLAIMED when nobody knows. Rows whose sending
        has already ended stay as they are: the first word counts, a late one changes nothing."""
        ...

    def reopen_deferred(self, conversation_id: int) -> None:
        """An inbound message opened the window: deferred rows wait again."""
        ...

    def pick_up(self, conversation_id: int, *, now: datetime) -> Sequence[OutboxRow]:
        """All rows of the conversation still waiting or deferred, oldest first, for a door
        that answers inside the request; the caller settles what it delivers."""
        ...

    def replies_to(self, inbox_id: int) -> Sequence[OutboxRow]:
        """All rows that answer this inbox row, in any state."""
        ...

    def feed(self, conversation_id: int, *, after: int, limit: int) -> Sequence[OutboxRow]:
        """Rows of the conversation with id > `after`, in order, in any state. A row never shows
        after one with a higher id has been seen, so the last id seen is a place to go on from."""
        ...

    def last_id(self, conversation_id: int) -> int:
        """The highest row id of the conversation, 0 if there is none."""
        ...


class Dialogues(Protocol):
    """Practices and their turns."""

    def add(self, dialogue: Dialogue) -> None: ...

    def save(self, dialogue: Dialogue) -> None: ...

    def get(self, dialogue_id: str) -> Dialogue:
        """NotFound when there is none."""
        ...

    def add_turns(self, dialogue_id: str, turns: Sequence[Turn]) -> None:
        """Unique by (dialogue, seq) and by (inbox id, speaker, position)."""
        ...

    def turns(self, dialogue_id: str) -> Sequence[Turn]: ...

    def recent(
        self, person_id: str, *, limit: int, statuses: Sequence[Status] = (), whole: bool = True
    ) -> Sequence[Dialogue]:
        """Newest first; all statuses when none are named; `whole`: without micro-drills."""
        ...

    def lines_read(self, person_id: str, *, dialogues: int) -> Sequence[str]:
        """What customers said in the person's newest dialogues, in no order."""
        ...

    def written_before(
        self, texts: Sequence[str], *, than: Dialogue, dialogues: int
    ) -> frozenset[str]:
        """Which of these texts other people wrote word for word as trainees, in the newest
        `dialogues` of the same case that began before `than`."""
        ...

    def idle(
        self,
        *,
        before: datetime,
        statuses: Sequence[Status],
        limit: int,
        unnudged: bool = False,
    ) -> Sequence[str]:
        """Ids of dialogues in these statuses whose last turn is older than `before`, oldest
        first; with `unnudged` only those whose trainee has not been nudged since."""
        ...


class Scorecards(Protocol):
    """Judged dialogues."""

    def put(self, card: Scorecard, debrief: Debrief, *, person_id: str, now: datetime) -> None:
        """Keep, or replace the card of the same dialogue; the one before is kept as a former
        card."""
        ...

    def get(self, dialogue_id: str) -> tuple[Scorecard, Debrief] | None: ...

    def of_person(
        self, person_id: str, *, limit: int, whole: bool = True
    ) -> Sequence[tuple[Dialogue, Scorecard]]:
        """Newest first; `whole`: without micro-drills, which only a profile counts."""
        ...

    def results(
        self, person_ids: Sequence[str], *, limit: int
    ) -> Mapping[str, Sequence[PracticeResult]]:
        """Of each of these people (some hundreds at most) the newest `limit`, newest first,
        micro-drills among them; without the words, so many people are read at once."""
        ...

    def tallies(self, *, since: datetime) -> Mapping[str, tuple[int, float | None]]:
        """Person -> how many whole practices were judged since then, and the mean of those that
        have a score; who has none has no entry."""
        ...

    def ended_between(
        self, person_ids: Sequence[str], first: datetime, last: datetime
    ) -> Sequence[tuple[Dialogue, Scorecard, Debrief]]:
        """The whole practices of these people that ended from `first` until before `last`, the
        newest first."""
        ...

    def former(self, dialogue_id: str) -> Sequence[Scorecard]:
        """Cards of this dialogue that were replaced by different ones, oldest first."""
        ...


class Jobs(Protocol):
    """The one table of timed things."""

    def add(self, job: NewJob, *, now: datetime) -> bool:
        """Keep the job; False if its key is already there."""
        ...

    def claim_due(
        self, kinds: Sequence[JobKind], *, owner: str, now: datetime, ttl: timedelta, limit: int
    ) -> Sequence[Job]:
        """Due jobs, claimed by conditional update; a claim that ran out may be claimed again."""
        ...

    def done(self, job_id: int, *, now: datetime) -> bool:
        """The job is finished. What is finished stays so, whatever is said of it later: False if
        it had ended before. Said first in a transaction, it keeps two runners of one job apart."""
        ...

    def retry(self, job_id: int, *, due_at: datetime, error: str) -> None: ...

    def fail(self, job_id: int, *, now: datetime, error: str) -> bool:
        """The job is given up, for the reason named by `error`; False if it had ended before."""
        ...


class People(Protocol):
    """Members of the company, and their sign-in."""

    def add(self, person: Person) -> None:
        """Keep, or replace the person of the same id."""
        ...

    def get(self, person_id: str) -> Person:
        """NotFound when there is none."""
        ...

    def everyone(self, *, also_gone: bool = False) -> Sequence[Person]:
        """By id; those who have left the company only where asked for."""
        ...

    def have_been_imported(self) -> bool:
        """Whether anybody but guests and the demo people is known."""
        ...

    def add_link(self, link: SignInLink) -> None: ...

    def consume_link(self, digest: str, *, now: datetime) -> str | None:
        """The person id of an unused, unexpired link, which is thereby used up; None also for a
        person who has left."""
        ...

    def link_is_open(self, digest: str, *, now: datetime) -> bool: ...

    def add_session(self, session: WebSession) -> None: ...

    def session_person(self, digest: str, *, now: datetime) -> Person | None:
        """Who is signed in; nobody whose time is over or who has left."""
        ...

    def drop_session(self, digest: str) -> None: ...


class SendLedger(Protocol):
    """How many sends a platform still allows to one address."""

    def open(self, address: ChannelAddress, *, now: datetime, sends: int, lasts: timedelta) -> None:
        """An inbound message opened a new window (replaces the older one when better)."""
        ...

    def left(self, address: ChannelAddress, *, now: datetime) -> int: ...

    def spend(self, address: ChannelAddress, *, now: datetime, sends: int = 1) -> bool:
        """Take sends from the window; False (and nothing taken) if fewer are left."""
        ...

    def exhaust(self, address: ChannelAddress) -> None:
        """The platform says the window is used up or closed, whatever the ledger thought."""
        ...

    def grant(self, address: ChannelAddress, template: str) -> None:
        """The person allowed one more notice of this template."""
        ...

    def grants(self, address: ChannelAddress, template: str) -> int:
        """Notices of this template that are still allowed."""
        ...

    def use_grant(self, address: ChannelAddress, template: str) -> bool:
        """Take one of them; False if there is none."""
        ...

    def revoke(self, address: ChannelAddress, template: str) -> None:
        """No notice of this template is allowed any more."""
        ...


class Remarks(Protocol):
    """Opinions and appeals."""

    def add(self, remark: Remark) -> int: ...

    def recent(self, kind: RemarkKind, *, limit: int) -> Sequence[Remark]: ...


class UnitOfWork(Protocol):
    """All repositories of one transaction."""

    @property
    def conversations(self) -> Conversations: ...
    @property
    def inbox(self) -> Inbox: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def dialogues(self) -> Dialogues: ...
    @property
    def scorecards(self) -> Scorecards: ...
    @property
    def figures(self) -> Figures: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def people(self) -> People: ...
    @property
    def ledger(self) -> SendLedger: ...
    @property
    def remarks(self) -> Remarks: ...
    @property
    def feedback(self) -> Feedback: ...
    @property
    def appeals(self) -> Appeals: ...
    @property
    def shares(self) -> Shares: ...
    @property
    def looks(self) -> Looks: ...
    @property
    def audits(self) -> Audits: ...
    @property
    def verdicts(self) -> ModelVerdicts: ...
    @property
    def rosters(self) -> Rosters: ...
    @property
    def results(self) -> Results: ...
    @property
    def list_imports(self) -> ListImports: ...
    @property
    def article_marks(self) -> ArticleMarks: ...
    @property
    def gaps(self) -> Gaps: ...
    @property
    def knowledge(self) -> KnowledgeStore: ...
    @property
    def orders(self) -> Orders: ...
    @property
    def fitted(self) -> Fitted: ...
    @property
    def qa_sheets(self) -> QaSheets: ...


class Transactions(Protocol):
    """Runs a plain function as one transaction, one thread hop away from the event loop."""

    async def write(self, work: Callable[[UnitOfWork], T], *, ahead: bool = False) -> T:
        """Commit what `work` did; roll back and re-raise if it raised. Deadlocks are retried,
        so `work` must touch nothing but the unit of work. `ahead`: somebody outside waits for
        this one with a clock in hand, so it goes before writes that wait for their turn.

        StorageUnavailable, in bounded time, when the database does not answer or stays busy;
        StorageError for what cannot be stored: a datetime without a zone, half a character, facts
        JSON cannot hold, a second row where one is allowed."""
        ...

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """The same for work that only reads."""
        ...

    async def ping(self) -> None:
        """Raise StorageUnavailable when the database does not answer."""
        ...

    async def close(self) -> None: ...
