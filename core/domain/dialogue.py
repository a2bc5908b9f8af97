"""The practice talk: its turns, its clock, and every way it may end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from core.domain.ability import Ability
from core.domain.agenda import CustomerAct, CustomerState
from core.domain.correction import Correction
from core.domain.emotion import EmotionState
from core.domain.reading import LineReading


class Speaker(StrEnum):
    """Who wrote a turn."""

    TRAINEE = "trainee"
    CUSTOMER = "customer"


class Mode(StrEnum):
    """What the dialogue is for."""

    PRACTICE = "practice"
    EXAM = "exam"
    REPLAY = "replay"
    MICRO = "micro"


class Status(StrEnum):
    """Where a dialogue stands. Only `ENDED` ones are judged; `DROPPED` were parked too long."""

    RUNNING = "running"
    PAUSED = "paused"
    PARKED = "parked"
    DROPPED = "dropped"
    ENDED = "ended"


class EndReason(StrEnum):
    """Every way a dialogue may end."""

    SOLVED = "solved"
    GIVEN_UP = "given_up"
    ESCALATED = "escalated"
    FINISHED_BY_TRAINEE = "finished_by_trainee"
    ABANDONED = "abandoned"
    TURN_LIMIT = "turn_limit"
    TIME_LIMIT = "time_limit"
    REPLACED = "replaced"
    CARE = "care"
    MODEL_FAILURE = "model_failure"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the talk. A burst of the customer is several turns in a row.

    `seq` counts from 1; `at_s` is seconds on the dialogue's own clock (pauses excluded).
    A trainee's turn holds its reading, the customer's mood just before and just after it, and
    what was wrong with it;
    a customer's turn holds the acts and fact keys it put into words. `spoken`: it was said, not
    typed.
    """

    seq: int
    speaker: Speaker
    text: str
    at_s: float
    inbox_id: int | None = None
    reading: LineReading | None = None
    mood_before: EmotionState | None = None
    mood_after: EmotionState | None = None
    acts: tuple[CustomerAct, ...] = ()
    told: tuple[str, ...] = ()
    engine: str = ""
    correction: Correction | None = None
    spoken: bool = False


@dataclass(frozen=True, slots=True)
class Versions:
    """What the dialogue was held with, so that it can be replayed exactly."""

    scenario: str
    persona: str
    prompts: str
    rubric: str
    engine: str
    adapter: str = ""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One practice with everything needed to go on with it.

    `active_s` is the time on the dialogue's clock up to `clock_since`; while `clock_since` is
    None the clock stands still. `hints` counts help taken by size 1..3; `wrap_up` holds the
    closing form once it is filled in. `order_id` names the order a supervisor gave: who ordered a
    practice may read it, and the trainee is told so at its start.
    `focus` is the ability that a micro-drill is about.
    """

    id: str
    person_id: str
    conversation_id: int
    scenario_id: str
    persona_id: str
    mood_id: str
    engine: str
    seed: int
    mode: Mode
    language: str
    versions: Versions
    state: CustomerState
    started_at: datetime
    clock_since: datetime | None
    last_turn_at: datetime
    status: Status = Status.RUNNING
    end_reason: EndReason | None = None
    ended_at: datetime | None = None
    active_s: float = 0.0
    turn_count: int = 0
    nudged: bool = False
    hints: tuple[int, ...] = ()
    wrap_up: dict[str, str] = field(default_factory=dict)
    replay_of: str | None = None
    replay_from: int | None = None
    order_id: str | None = None
    focus: Ability | None = None

    def elapsed_s(self, now: datetime) -> float:
        """Seconds on the dialogue's clock at `now`; pauses do not count."""
        if self.clock_since is None:
            return self.active_s
        return self.active_s + max(0.0, (now - self.clock_since).total_seconds())

    def stop_clock(self, now: datetime, *, status: Status) -> Dialogue:
        """The dialogue with its clock standing still (paused, parked, ended)."""
        return replace(self, active_s=self.elapsed_s(now), clock_since=None, status=status)

    def start_clock(self, now: datetime) -> Dialogue:
        """The dialogue going on again, as if the break had not been.

        A break says nothing about attention: the silence limit starts anew.
        """
        return replace(self, clock_since=now, status=Status.RUNNING, last_turn_at=now, nudged=False)

    def end(self, reason: EndReason, now: datetime) -> Dialogue:
        """The dialogue ended for `reason`."""
        return replace(self.stop_clock(now, status=Status.ENDED), end_reason=reason, ended_at=now)

    @property
    def scored(self) -> bool:
        """Whether this dialogue gets a scorecard: a talk that was replaced or stopped for the
        trainee's own good, or in which the trainee never spoke, says nothing about ability."""
        unscored = {EndReason.REPLACED, EndReason.CARE, EndReason.MODEL_FAILURE}
        return self.status is Status.ENDED and self.end_reason not in unscored


@dataclass(frozen=True, slots=True)
class Pace:
    """Limits of the dialogue's clock. Defaults after the coaching notes, §3 and §6.1."""

    reply_limit: timedelta = timedelta(seconds=60)
    nudge_after: timedelta = timedelta(minutes=10)
    park_after: timedelta = timedelta(minutes=30)
    parked_for: timedelta = timedelta(days=7)
    time_limit: timedelta = timedelta(minutes=15)
