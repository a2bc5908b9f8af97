"""What must never be lost: one unit of work is one transaction in one thread.

A use case hands a plain function to `Transactions`; everything it does through the
`UnitOfWork` is committed together or not at all. No model call, no network and no await
happens inside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from core.domain.dialogue import Dialogue, Status, Turn
from core.domain.jobs import Job, JobKind, NewJob
from core.domain.people import Person, SignInLink, WebSession
from core.domain.practice_result import PracticeResult
from core.domain.remark import Remark, RemarkKind
from core.domain.scorecard import Debrief, Scorecard
from core.ports.delivery import Conversations, Inbox, Outbox, SendLedger
from core.ports.figures import Figures
from core.ports.knowledge_store import KnowledgeStore
from core.ports.organisation import ListImports, Results, Rosters
from core.ports.reviews import Appeals, Audits, Feedback, Looks, ModelVerdicts, Shares
from core.ports.sheets import QaSheets
from core.ports.training import Fitted, Orders
from core.ports.upkeep import ArticleMarks, Gaps

T = TypeVar("T")


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
