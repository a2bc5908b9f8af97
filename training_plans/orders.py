"""What was ordered beside what was practised: which results count, what is owed, and which round of
an exam has begun."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from core.domain.ability import Ability, Attempt
from core.domain.training import Order, OrderKind, attempts_left, passed

EXAM_PREFIX = "exam:"
"""Groups of orders that are one class exam begin with this."""


@dataclass(frozen=True, slots=True)
class Practised:
    """One judged practice. `overall` 0..10; `on` its local date; `exam` whether without help;
    `focus` the ability of a micro-drill, which is no whole case and stands in no order."""

    scenario_id: str
    attempt: Attempt
    overall: float | None
    on: date
    exam: bool = False
    dialogue_id: str = ""
    focus: Ability | None = None


def whole(practised: Sequence[Practised]) -> list[Practised]:
    """Whole cases, oldest first."""
    return sorted((one for one in practised if one.focus is None), key=lambda one: one.attempt.at)


def results_of(order: Order, practised: Sequence[Practised]) -> list[float]:
    """The results 0..10 that count for an order, oldest first; what could not be scored is a
    miss."""
    return [one.overall or 0.0 for one in _counting(order, practised)]


def is_owed(order: Order, practised: Sequence[Practised]) -> bool:
    """Whether it is neither passed nor used up."""
    results = results_of(order, practised)
    return not passed(order, results) and attempts_left(order, len(results)) != 0


def assigned(
    scenario_id: str, practised: Sequence[Practised], orders: Sequence[Order], *, on: date
) -> Order | None:
    """The assignment that a practice of this case on this day is for; None where it is the
    trainee's own will."""
    return next(
        (
            order
            for order in orders
            if order.kind is OrderKind.ASSIGN
            and order.scenario_id == scenario_id
            and order.holds(on)
            and is_owed(order, practised)
        ),
        None,
    )


def begun(orders: Sequence[Order], practised: Sequence[Practised]) -> list[Order]:
    """The orders of one person without those of a later round of an exam that has not begun. A
    round begins once the one before was sat and not passed, and counts from then on; one that was
    given later, by a supervisor's click, stands by itself."""
    exams: dict[str, dict[int, list[Order]]] = {}
    for order in orders:
        if in_class_exam(order) and not order.withdrawn:
            exams.setdefault(order.group, {}).setdefault(round_number(order), []).append(order)
    kept = {order.id: order for order in orders if not in_class_exam(order)}
    for rounds in exams.values():
        kept |= {order.id: order for order in _begun(rounds, practised)}
    return [kept[order.id] for order in orders if order.id in kept]


def in_class_exam(order: Order) -> bool:
    """Whether it is one case of one person in a class exam."""
    return order.kind is OrderKind.EXAM and order.group.startswith(EXAM_PREFIX)


def round_number(order: Order) -> int:
    """Which draw an order of an exam belongs to, from 1."""
    return int(order.id.rsplit(":", 1)[1])


def round_mean(orders: Sequence[Order], practised: Sequence[Practised]) -> float:
    """The mean 0..10 of the best tries at the cases of a round; a case not sat counts nought."""
    return sum(max(_tries(one, practised), default=0.0) for one in orders) / len(orders)


def _begun(rounds: Mapping[int, list[Order]], practised: Sequence[Practised]) -> list[Order]:
    found: list[Order] = []
    before: list[Order] = []
    for _, mine in sorted(rounds.items()):
        if before and mine[0].at == rounds[min(rounds)][0].at:
            over = _failed_at(before, practised)
            if over is None:
                break
            # What was sat until then belongs to the rounds before.
            mine = [replace(one, at=over + datetime.resolution) for one in mine]
        found += mine
        before = mine
    return found


def _failed_at(orders: Sequence[Order], practised: Sequence[Practised]) -> datetime | None:
    """When the last case of a round was sat that is not passed; None while that is not so."""
    sat = [one.attempt.at for order in orders for one in _counting(order, practised)]
    owed = any(is_owed(order, practised) for order in orders)
    if owed or not sat or passed(orders[0], [round_mean(orders, practised)]):
        return None
    return max(sat)


def _tries(order: Order, practised: Sequence[Practised]) -> list[float]:
    return results_of(order, practised)[: order.attempts]


def _counting(order: Order, practised: Sequence[Practised]) -> list[Practised]:
    """Practices of its case within its window, oldest first (an exam's only when they were
    exams)."""
    return [
        one
        for one in whole(practised)
        if one.scenario_id == order.scenario_id
        and one.attempt.at >= order.at
        and (order.opens_on is None or one.on >= order.opens_on)
        and (order.due_on is None or one.on <= order.due_on or order.kind is OrderKind.ASSIGN)
        and (one.exam or order.kind is not OrderKind.EXAM)
    ]
