"""A supervisor's day and a trainee's week in a few lines: what happened, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.domain.ability import Ability
from core.domain.dialogue import Dialogue
from core.domain.people import Person
from core.domain.scorecard import Debrief, Scorecard

LISTED = 3
"""Of each sort at most: a digest fits a phone's screen."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One judged practice. `is_shown`: its words may be read by who watches over the trainee."""

    person: Person
    dialogue: Dialogue
    card: Scorecard
    debrief: Debrief
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Serious:
    """A critical error; the words stay away where the practice is not shown."""

    person_id: str
    name: str
    error: str
    dialogue_id: str
    turn: int
    quote: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """Somebody whose ability does not come along."""

    person_id: str
    name: str
    ability: Ability
    times: int


@dataclass(frozen=True, slots=True)
class BestLine:
    """What calmed a customer most, in tenths of heat."""

    person_id: str
    name: str
    dialogue_id: str
    quote: str
    tenths: int


class WhyUnreached(StrEnum):
    """Why no message reaches a person by itself."""

    NO_ACCOUNT = "no_account"
    MUST_WRITE = "must_write"


@dataclass(frozen=True, slots=True)
class Unreached:
    """Somebody whom no message reaches."""

    name: str
    why: WhyUnreached


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Appeals that wait for an answer: how many, by which day the first is due, and how many are
    late already."""

    count: int
    due: date
    late: int


@dataclass(frozen=True, slots=True)
class Digest:
    """One team's day. `mean` is over the practices of the day, 0..10; `unreached`: those whom no
    message reaches; `counts`: practices on each of the last days, the day itself last."""

    day: date
    team: str
    members: int
    practised: int
    practices: int
    mean: float | None
    serious: tuple[Serious, ...]
    stuck: tuple[Stuck, ...]
    best: BestLine | None
    unreached: tuple[Unreached, ...]
    counts: tuple[int, ...]
    appeals: Unanswered | None = None

    @property
    def quoted(self) -> tuple[tuple[str, str], ...]:
        """(person, dialogue) of every sentence that the digest quotes."""
        serious = [(one.person_id, one.dialogue_id) for one in self.serious if one.quote]
        best = [(self.best.person_id, self.best.dialogue_id)] if self.best else []
        return tuple(dict.fromkeys((*serious, *best)))

    @property
    def has_news(self) -> bool:
        """Whether there is anything to say beyond that nobody practised."""
        return bool(self.practices or self.stuck or self.unreached or self.appeals)


@dataclass(frozen=True, slots=True)
class WeekNote:
    """A trainee's own week against the one before: practices and their means, 0..10."""

    practices: int
    mean: float | None
    before: int
    mean_before: float | None
    best: BestLine | None


def mean_of(cards: Sequence[Scorecard]) -> float | None:
    """Mean overall mark, 0..10; None where no card has one."""
    known = [card.overall for card in cards if card.overall is not None]
    return sum(known) / len(known) if known else None


def serious_of(judged: Sequence[Judged]) -> tuple[Serious, ...]:
    """Critical errors, those that people need not confirm first."""
    found = [
        (
            not error.confirmed,
            Serious(
                one.person.id,
                one.person.name,
                error.id,
                one.dialogue.id,
                error.turn,
                error.quote if one.is_shown else "",
            ),
        )
        for one in judged
        for error in one.card.critical
    ]
    return tuple(serious for _, serious in sorted(found, key=lambda pair: pair[0]))


def best_line_of(judged: Sequence[Judged]) -> BestLine | None:
    """The line after which a customer's heat fell most, among practices that are shown."""
    lines = [
        BestLine(one.person.id, one.person.name, one.dialogue.id, step.quote, step.tenths)
        for one in judged
        if one.is_shown
        for step in one.debrief.heat
        if step.tenths < 0 and step.quote
    ]
    return min(lines, key=lambda line: line.tenths, default=None)
