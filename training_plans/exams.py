"""Class exams: which cases whom, so that neighbours differ and nobody has it harder; who passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from core.domain.scenario import Difficulty, Scenario
from core.domain.training import Order, passed
from core.errors import TooFewCases
from training_plans.orders import (
    Practised,
    begun,
    in_class_exam,
    results_of,
    round_mean,
    round_number,
)

MOST_CASES = 10
"""Cases of one person in one exam."""

MOST_ROUNDS = 5
"""Draws of one person that an exam may hold from the start."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A line of the blueprint: so many cases of this difficulty, of one family or of any."""

    difficulty: Difficulty
    count: int
    family: str = ""


@dataclass(frozen=True, slots=True)
class Sat:
    """One case of a round: the best of the results 0..10 that count (None: not sat yet)."""

    order: Order
    result: float | None


@dataclass(frozen=True, slots=True)
class Round:
    """One draw of one person. `mean` 0..10 is over all its cases once each was sat or the window
    is over (what was not sat is 0 then), else None."""

    number: int
    cases: tuple[Sat, ...]
    mean: float | None
    passed: bool


def draw(
    blueprint: Sequence[Slot], scenarios: Sequence[Scenario], *, places: int, seed: str
) -> list[tuple[str, ...]]:
    """Scenario ids for each place. Everybody has the same difficulties in the same order; those who
    sit side by side have different cases as far as there are enough. The same seed draws the same.

    TooFewCases where a line asks for more than there are.
    """
    pools = [_pool(slot, scenarios, Random(f"{seed}:{at}")) for at, slot in enumerate(blueprint)]
    drawn = []
    for place in range(places):
        mine: list[str] = []
        for slot, pool in zip(blueprint, pools, strict=True):
            first = place * slot.count
            turned = [pool[(first + step) % len(pool)] for step in range(len(pool))] if pool else []
            free = [name for name in turned if name not in mine][: slot.count]
            if len(free) < slot.count:
                raise TooFewCases(difficulty=slot.difficulty.value, family=slot.family)
            mine += free
        drawn.append(tuple(mine))
    return drawn


def redraw(
    former: Sequence[str], seen: frozenset[str], scenarios: Sequence[Scenario], *, seed: str
) -> tuple[str, ...]:
    """Other cases of the same difficulties for a retake, of the same family where there is one;
    a case that was sat before comes again only when nothing else is left."""
    known = {one.id: one for one in scenarios}
    chance = Random(seed)
    mine: list[str] = []
    for name in former:
        if name not in known:
            continue
        case = known[name]
        pool = [
            one for one in scenarios if one.difficulty is case.difficulty and one.id not in mine
        ]
        chance.shuffle(pool)
        pool.sort(key=lambda one, case=case: (one.id in seen, one.family != case.family))  # type: ignore[misc]
        mine += [one.id for one in pool[:1]]
    return tuple(mine)


def rounds_of(
    orders: Sequence[Order], practised: Sequence[Practised], *, on: date
) -> tuple[Round, ...]:
    """The draws of one person in one exam that have begun, the first first."""
    numbers: dict[int, list[Order]] = {}
    for order in sorted(begun(orders, practised), key=lambda one: one.id):
        numbers.setdefault(round_number(order), []).append(order)
    return tuple(_round(number, mine, practised, on=on) for number, mine in sorted(numbers.items()))


def order_id(group: str, person_at: int, case_at: int, number: int) -> str:
    """The id of one case of one person in one draw."""
    return f"{group}:{person_at}:{case_at}:{number}"


def exams_in(orders: Sequence[Order]) -> Mapping[str, Sequence[Order]]:
    """Class exams by their group."""
    found: dict[str, list[Order]] = {}
    for order in orders:
        if in_class_exam(order):
            found.setdefault(order.group, []).append(order)
    return found


def _pool(slot: Slot, scenarios: Sequence[Scenario], chance: Random) -> list[str]:
    pool = [
        one.id
        for one in scenarios
        if one.difficulty is slot.difficulty and slot.family in ("", one.family)
    ]
    chance.shuffle(pool)
    return pool


def _round(
    number: int, orders: Sequence[Order], practised: Sequence[Practised], *, on: date
) -> Round:
    cases = []
    for order in orders:
        counting = results_of(order, practised)[: order.attempts]
        cases.append(Sat(order, max(counting, default=None)))
    due = max((one.due_on for one in orders if one.due_on), default=None)
    over = due is not None and due < on
    done = all(one.result is not None for one in cases) or over
    mean = round_mean(orders, practised) if done else None
    ok = mean is not None and passed(orders[0], [mean])
    return Round(number, tuple(cases), mean, ok)
