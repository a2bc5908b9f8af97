"""A person's plan for one day: what was ordered, then what is most useful, then what to read.

A plan is not kept: the same history, orders and date give the same plan, so pages, chat, pushes
and `peilian plan` agree without a copy that could grow old.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from random import Random

from core.domain.ability import Ability, AbilityProfile, expected, profile_of
from core.domain.scenario import Scenario
from core.domain.training import (
    Course,
    Drill,
    Gains,
    Order,
    OrderKind,
    Reason,
    Resource,
    ResourceKind,
    TrainingPlan,
    attempts_left,
    serves,
)
from training_plans.orders import Practised, begun, is_owed, results_of, whole
from training_plans.selection import (
    Offer,
    Rated,
    Standing,
    choose,
    choose_line,
    lines_of,
    offers_of,
    rate,
    standing,
)

LENGTH = 3
MOST_DUE = 2
MOST_GAPS = 2


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What can be planned in one language; made once for all trainees. `lines` are the cases
    with the abilities that a single line of theirs trains."""

    offers: tuple[Offer, ...]
    lines: tuple[Offer, ...]
    scenarios: Mapping[str, Scenario]
    courses: tuple[Course, ...] = ()
    resources: Mapping[Ability, tuple[Resource, ...]] = field(default_factory=dict)


def catalogue_of(scenarios: Sequence[Scenario], courses: Sequence[Course]) -> Catalogue:
    """The cases and courses of one language."""
    return Catalogue(
        offers=offers_of(scenarios),
        lines=lines_of(scenarios),
        scenarios={one.id: one for one in scenarios},
        courses=tuple(courses),
        resources={one: tuple(_resources(one, scenarios, courses)) for one in Ability},
    )


def chance_of(person_id: str, on: date) -> Random:
    """The seed of one person's day: asking twice gives the same plan."""
    return Random(f"{person_id}:{on.isoformat()}")


def plan(
    person_id: str,
    practised: Sequence[Practised],
    orders: Sequence[Order],
    *,
    catalogue: Catalogue,
    on: date,
    now: datetime,
    chance: Random,
    group: str = "",
    gains: Gains | None = None,
    base: Mapping[Ability, float] | None = None,
    length: int = LENGTH,
) -> TrainingPlan:
    """Ordered things first (nearest due date first), then the most useful cases up to `length`,
    of them at most two that are only due; a single angry line for in between; then what to read
    and watch for the widest gaps.

    `practised` in any order; drills of cases that are not on offer any more still count as
    practice. Orders of other people are ignored. `group` is the person's cluster or archetype,
    `gains` what drills brought its people, `base` where a newcomer is taken to begin.
    """
    levels = profile_of(person_id, [one.attempt for one in practised], base=base, now=now)
    known = whole(practised)
    held = [one for one in orders if one.person_id == person_id and one.holds(on)]
    mine = begun(held, known)
    ordered = _ordered(mine, known, catalogue, levels)
    person = _standing(levels, known, mine, orders, person_id, on, group)
    taken = {drill.scenario_id for drill in ordered}
    free = [offer for offer in catalogue.offers if offer.scenario_id not in taken]
    rated = rate(free, person, now=now, gains=gains)
    chosen = _with_few_due(rated, max(0, length - len(ordered)), chance)
    return TrainingPlan(
        person_id=person_id,
        on=on,
        drills=(*ordered, *(_drill(one, person.group) for one in chosen)),
        resources=resources_for(levels, person.mastered, catalogue),
        micro=_line(catalogue.lines, _between(person, practised, held), now=now, on=on),
    )


def micro_drill(
    person_id: str,
    practised: Sequence[Practised],
    orders: Sequence[Order],
    *,
    catalogue: Catalogue,
    ability: Ability,
    on: date,
    now: datetime,
    base: Mapping[Ability, float] | None = None,
) -> Drill | None:
    """The angry line that trains this ability best now, by the same choice as the plan's own.
    None where there is no such line."""
    levels = profile_of(person_id, [one.attempt for one in practised], base=base, now=now)
    mine = [one for one in orders if one.person_id == person_id and one.holds(on)]
    person = _standing(levels, whole(practised), mine, orders, person_id, on, group="")
    lines = [
        replace(one, weights=((ability, 1.0),))
        for one in catalogue.lines
        if ability in dict(one.weights)
    ]
    return _line(lines, _between(person, practised, mine), now=now, on=on)


def _between(person: Standing, practised: Sequence[Practised], mine: Sequence[Order]) -> Standing:
    """The same person as lines in between are chosen for: by the lines before. What is or may be
    examined is not offered: a better sentence for it would be told before the exam."""
    small = sorted(
        (one for one in practised if one.focus is not None), key=lambda one: one.attempt.at
    )
    exams = {one.scenario_id for one in mine if one.kind is OrderKind.EXAM}
    return replace(
        person,
        recent=tuple(one.scenario_id for one in reversed(small)),
        families=tuple(one.attempt.family for one in reversed(small)),
        skipped=person.skipped | exams,
        pinned=frozenset(),
    )


def _line(lines: Sequence[Offer], person: Standing, *, now: datetime, on: date) -> Drill | None:
    # The same person gets another line after each reply of the day.
    chance = Random(f"{person.levels.person_id}:{on.isoformat()}:{len(person.recent)}")
    chosen = choose_line(lines, person, now=now, chance=chance)
    return Drill(chosen.offer.scenario_id, chosen.ability, chosen.reason) if chosen else None


def resources_for(
    levels: AbilityProfile, safe: frozenset[Ability], catalogue: Catalogue
) -> tuple[Resource, ...]:
    """For each of the widest gaps one article, one video and one course, where there are any.

    A newcomer gets the first course instead of being told of weaknesses nobody has seen.
    """
    gaps = sorted(
        (level for level in levels.levels if level.ability not in safe and level.count),
        key=lambda level: expected(level.theta, 0.0),
    )[:MOST_GAPS]
    found: dict[tuple[ResourceKind, str], Resource] = {}
    for level in gaps:
        for one in catalogue.resources.get(level.ability, ()):
            found.setdefault((one.kind, one.ref), one)
    if not gaps and catalogue.courses:
        course = catalogue.courses[0]
        return (Resource(ResourceKind.COURSE, course.title, course.id, course.abilities[0]),)
    return tuple(found.values())


def _resources(
    ability: Ability, scenarios: Sequence[Scenario], offered: Sequence[Course]
) -> list[Resource]:
    """What there is to read and watch about one ability."""
    courses = [one for one in offered if ability in one.abilities]
    steps = [step for course in courses for step in course.steps]
    found = [
        Resource(kind, step.title, step.ref, ability)
        for kind in (ResourceKind.ARTICLE, ResourceKind.VIDEO)
        for step in [one for one in steps if one.kind == kind.value][:1]
    ]
    if not any(one.kind is ResourceKind.ARTICLE for one in found):
        best = sorted(scenarios, key=lambda one: -serves(one)[ability])
        refs = [ref for one in best[:5] for ref in one.knowledge_refs]
        found += [Resource(ResourceKind.ARTICLE, ref, ref, ability) for ref in refs[:1]]
    found += [Resource(ResourceKind.COURSE, one.title, one.id, ability) for one in courses[:1]]
    return found


def _ordered(
    mine: Sequence[Order],
    known: Sequence[Practised],
    catalogue: Catalogue,
    levels: AbilityProfile,
) -> tuple[Drill, ...]:
    put_off = {order.scenario_id for order in mine if order.kind is OrderKind.NOT_TODAY}
    drills = []
    for order in mine:
        if order.kind not in (OrderKind.ASSIGN, OrderKind.EXAM):
            continue
        scenario = catalogue.scenarios.get(order.scenario_id)
        if scenario is None or not is_owed(order, known):
            continue
        if order.scenario_id in put_off and order.kind is OrderKind.ASSIGN:
            continue
        is_exam = order.kind is OrderKind.EXAM
        drills.append(
            Drill(
                scenario_id=order.scenario_id,
                ability=_main_ability(scenario, levels),
                reason=Reason.EXAM if is_exam else Reason.ASSIGNED,
                due_on=order.due_on,
                pass_mark=order.pass_mark,
                attempts_left=attempts_left(order, len(results_of(order, known))),
                exam=is_exam,
            )
        )
    return tuple(sorted(drills, key=lambda one: one.due_on or date.max))


def _standing(
    levels: AbilityProfile,
    known: Sequence[Practised],
    mine: Sequence[Order],
    orders: Sequence[Order],
    person_id: str,
    on: date,
    group: str,
) -> Standing:
    pinned = {one.scenario_id for one in mine if one.kind in (OrderKind.PIN, OrderKind.MOVE)}
    skipped = {one.scenario_id for one in mine if one.kind in (OrderKind.SKIP, OrderKind.NOT_TODAY)}
    # What the trainee moved to a later day is not wanted before.
    skipped |= {
        one.scenario_id
        for one in orders
        if one.person_id == person_id
        and one.kind is OrderKind.MOVE
        and not one.withdrawn
        and one.opens_on is not None
        and one.opens_on > on
    }
    return standing(
        levels,
        [one.attempt for one in known],
        [one.scenario_id for one in known],
        pinned=frozenset(pinned),
        skipped=frozenset(skipped - pinned),
        group=group,
    )


def _with_few_due(rated: Sequence[Rated], count: int, chance: Random) -> list[Rated]:
    """The choice with at most two drills that are there because they are due."""
    chosen = choose(rated, count, chance)
    reasons = Counter(one.reason for one in chosen)
    if reasons[Reason.DUE] <= MOST_DUE:
        return chosen
    due = [one for one in chosen if one.reason is Reason.DUE]
    rest = [one for one in rated if one.reason is not Reason.DUE and one not in chosen]
    kept = [one for one in chosen if one not in due[MOST_DUE:]]
    return kept + choose(rest, count - len(kept), chance)


def _drill(one: Rated, group: str) -> Drill:
    drill = Drill(one.offer.scenario_id, one.ability, one.reason)
    return replace(drill, group=group) if one.reason is Reason.SAME_GROUP else drill


def _main_ability(scenario: Scenario, levels: AbilityProfile) -> Ability:
    """What the case exercises most for this person: weight times what is missing."""
    thetas = {level.ability: level.theta for level in levels.levels}
    weights = serves(scenario)
    return max(Ability, key=lambda one: weights[one] * (1 - expected(thetas[one], 0.0)))
