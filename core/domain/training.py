"""Drills and plans: what a person is to practise, why, and when a thing is mastered.

Constants after the coaching notes, §7. They are starting points to be tuned, not findings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from core.domain.ability import Ability, Attempt, Counted, counted, reliability
from core.domain.scenario import Scenario


class Reason(StrEnum):
    """Why a drill is on a plan (`reason.<code>` in the catalogue)."""

    FIRST_DRILL = "first_drill"
    WEAKEST = "weakest"
    NEW_CASE = "new_case"
    OTHER_FAMILY = "other_family"
    PRACTISE_AGAIN = "practise_again"
    DUE = "due"
    CRITICAL = "critical"
    PINNED = "pinned"
    ASSIGNED = "assigned"
    EXAM = "exam"
    MOVED = "moved"
    SAME_GROUP = "same_group"
    BLOCKED = "blocked"


class OrderKind(StrEnum):
    """What somebody decided about a person's plan; the last two are the trainee's own."""

    PIN = "pin"
    SKIP = "skip"
    ASSIGN = "assign"
    EXAM = "exam"
    MOVE = "move"
    NOT_TODAY = "not_today"


@dataclass(frozen=True, slots=True)
class Order:
    """One decision about one person and one case.

    `opens_on` to `due_on` (local dates, both included; None: open) is when it holds; `pass_mark`
    0..10 and `attempts` belong to what is assigned or examined; `group` ties the orders of one
    class exam together. A withdrawn order holds no more.
    """

    id: str
    person_id: str
    by_id: str
    kind: OrderKind
    scenario_id: str
    at: datetime
    opens_on: date | None = None
    due_on: date | None = None
    pass_mark: float | None = None
    attempts: int | None = None
    group: str = ""
    withdrawn: bool = False

    def holds(self, on: date) -> bool:
        """Whether it counts on this local date. An assignment that is late still counts."""
        late_counts = self.kind is OrderKind.ASSIGN
        begun = self.opens_on is None or self.opens_on <= on
        over = self.due_on is not None and self.due_on < on and not late_counts
        return not self.withdrawn and begun and not over


class ResourceKind(StrEnum):
    """What can be read, watched or worked through."""

    ARTICLE = "article"
    VIDEO = "video"
    COURSE = "course"


@dataclass(frozen=True, slots=True)
class CourseStep:
    """One step of a course: `ref` is a scenario's id for a drill, else where to find the thing
    (a knowledge document or an address)."""

    kind: str
    title: str
    ref: str
    minutes: int = 5


@dataclass(frozen=True, slots=True)
class Course:
    """An ordered list of articles, videos and drills that serves some abilities."""

    id: str
    language: str
    title: str
    about: str
    abilities: tuple[Ability, ...]
    steps: tuple[CourseStep, ...]


@dataclass(frozen=True, slots=True)
class Resource:
    """What is recommended beside the drills, and for which gap."""

    kind: ResourceKind
    title: str
    ref: str
    ability: Ability


@dataclass(frozen=True, slots=True)
class Drill:
    """One line of a plan. `group` names the trainees whom it moved most (a reason SAME_GROUP)."""

    scenario_id: str
    ability: Ability
    reason: Reason
    due_on: date | None = None
    pass_mark: float | None = None
    attempts_left: int | None = None
    group: str = ""
    exam: bool = False


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """A short ordered list for one person and one local date; `micro` is a single line for in
    between (None: no case of the language has a fitting one)."""

    person_id: str
    on: date
    drills: tuple[Drill, ...]
    resources: tuple[Resource, ...] = ()
    micro: Drill | None = None


@dataclass(frozen=True, slots=True)
class Choosing:
    """Weights of the choice of the next drill; expected success is aimed at `target` (the band
    .70 to .85 around it), `width` is the denominator of the bell."""

    target: float = 0.78
    width: float = 0.02
    due: float = 0.30
    novelty: float = 0.20
    interleave: float = 0.15
    manager: float = 0.25
    critical: float = 0.40
    cluster_gain: float = 0.20
    repeated: float = 0.30
    temperature: float = 0.15
    blocked_drills: int = 2


@dataclass(frozen=True, slots=True)
class Mastering:
    """When an ability counts as mastered."""

    drills: int = 3
    families: int = 2
    mean: float = 0.8
    least: float = 0.7
    reliability: float = 0.7


CHOOSING = Choosing()
MASTERING = Mastering()


def serves(scenario: Scenario) -> dict[Ability, float]:
    """How much a case exercises each ability, 0..1, from what the case holds."""
    strict = bool(scenario.policy_limits) or scenario.needs_verification
    return {
        Ability.EMPATHY: 1.0 if scenario.losses else 0.5,
        Ability.STABILITY: 1.0 if scenario.twists else 0.5,
        Ability.RESPONSIBILITY: 0.7,
        Ability.COURTESY: 0.5,
        Ability.INTEGRITY: 1.0 if strict else 0.3,
        Ability.LEARNING: 0.5,
        Ability.DIAGNOSIS: min(1.0, 0.4 + 0.2 * len(scenario.required_slots)),
        Ability.SOLVING: min(1.0, 0.4 + 0.2 * len(scenario.sub_goals)),
        Ability.CLOSURE: 1.0 if scenario.wrap_up else 0.6,
    }


def mastered(ability: Ability, attempts: Sequence[Attempt]) -> bool:
    """Whether the latest unhinted drills (`attempts` oldest first) show the ability is safe:
    three of at least two families, mean .8, none below .7, no critical error, and enough drills
    in all for a reliability of .7."""
    return ability in all_mastered(attempts)


def all_mastered(attempts: Sequence[Attempt]) -> frozenset[Ability]:
    """Every ability that is `mastered` after these attempts."""
    return mastered_in(counted([one for one in attempts if one.whole]))


def mastered_in(results: Counted) -> frozenset[Ability]:
    """The same of whole cases that were counted already."""
    return frozenset(ability for ability, held in results.items() if _is_safe(held))


def _is_safe(held: Sequence[tuple[Attempt, float]]) -> bool:
    if reliability(len(held)) < MASTERING.reliability:
        return False
    latest = [pair for pair in held if not pair[0].hints][-MASTERING.drills :]
    results = [result for _, result in latest]
    return (
        len(latest) == MASTERING.drills
        and len({one.family for one, _ in latest}) >= MASTERING.families
        and sum(results) / len(results) >= MASTERING.mean
        and min(results) >= MASTERING.least
        and not any(one.critical for one, _ in latest)
    )


def passed(order: Order, results: Sequence[float]) -> bool:
    """Whether one of the attempts that count (0..10, oldest first) reached the pass mark."""
    counting = results if order.attempts is None else results[: order.attempts]
    needed = 6.0 if order.pass_mark is None else order.pass_mark
    return any(result >= needed for result in counting)


def attempts_left(order: Order, taken: int) -> int | None:
    """How often it may still be tried; None without a limit."""
    return None if order.attempts is None else max(0, order.attempts - taken)


Gains = Mapping[tuple[str, str], float]
"""(group, scenario id) -> how much more than usual the drill moved people of the group, -1..1."""
