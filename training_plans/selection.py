"""Which drill serves which weakness: the utility of the coaching notes, §7, and the choice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from core.domain.ability import Ability, AbilityProfile, Attempt, expected
from core.domain.scenario import Scenario
from core.domain.training import CHOOSING, Gains, Reason, all_mastered, serves
from training_plans.spacing import CardKey, due_times


@dataclass(frozen=True, slots=True)
class Offer:
    """A case on offer, with what the choice needs of it; made once for all trainees."""

    scenario_id: str
    family: str
    difficulty: float
    weights: tuple[tuple[Ability, float], ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """One person at the moment of choosing.

    `recent` are ids of cases practised, newest first, `families` theirs in the same order;
    `due` cards; `remedial` cases of a critical error not yet mended; `pinned` and `skipped` by a
    supervisor; `group` is the person's cluster or archetype.
    """

    levels: AbilityProfile
    recent: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    due: Mapping[CardKey, datetime] = field(default_factory=dict)
    mastered: frozenset[Ability] = frozenset()
    remedial: frozenset[str] = frozenset()
    pinned: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()
    group: str = ""


@dataclass(frozen=True, slots=True)
class Rated:
    """A case with its utility, the ability it is for, and the term that spoke most for it."""

    offer: Offer
    utility: float
    ability: Ability
    reason: Reason


def offers_of(scenarios: Sequence[Scenario]) -> tuple[Offer, ...]:
    """The cases as offers, in their order."""
    return tuple(
        Offer(one.id, one.family, one.difficulty.logit, tuple(serves(one).items()))
        for one in scenarios
    )


def standing(
    levels: AbilityProfile,
    attempts: Sequence[Attempt],
    recent: Sequence[str],
    *,
    pinned: frozenset[str] = frozenset(),
    skipped: frozenset[str] = frozenset(),
    group: str = "",
) -> Standing:
    """What choosing needs of a history. `attempts` oldest first, `recent` their cases' ids.

    A critical error asks for the same case again until it was practised without one.
    """
    clean: dict[str, bool] = {}
    for scenario_id, attempt in zip(recent, attempts, strict=True):
        clean[scenario_id] = not attempt.critical
    return Standing(
        levels=levels,
        recent=tuple(reversed(recent)),
        families=tuple(one.family for one in reversed(attempts)),
        due=due_times(attempts),
        mastered=all_mastered(attempts),
        remedial=frozenset(name for name, ok in clean.items() if not ok),
        pinned=pinned,
        skipped=skipped,
        group=group,
    )


def rate(
    offers: Sequence[Offer], person: Standing, *, now: datetime, gains: Gains | None = None
) -> list[Rated]:
    """Every case that is not skipped, in the order of `offers`."""
    untried = not any(level.count for level in person.levels.levels)
    needs = _Needs(person)
    late = _late(person, now)
    fresh = _blocked_family(person)
    rated = []
    for offer in offers:
        if offer.scenario_id in person.skipped:
            continue
        parts = needs.of(offer)
        most = max(parts)
        ability = offer.weights[parts.index(most)][0]
        terms = _terms(offer, person, late, fresh, gains or {})
        need = sum(parts)
        # What speaks for every case (all untried) is no reason for one.
        reason = Reason.FIRST_DRILL if untried else _reason(need, most, terms)
        rated.append(Rated(offer, need + sum(terms.values()), ability, reason))
    return rated


class _Needs:
    """What a person needs of each ability at each difficulty, worked out once for all cases."""

    def __init__(self, person: Standing) -> None:
        self._thetas = {level.ability: level.theta for level in person.levels.levels}
        self._gaps = {
            ability: 0.0 if ability in person.mastered else 1 - expected(theta, 0.0)
            for ability, theta in self._thetas.items()
        }
        self._bells: dict[float, dict[Ability, float]] = {}

    def of(self, offer: Offer) -> list[float]:
        """Weight times need of each ability of the case, in the order of its weights."""
        bells = self._bells.get(offer.difficulty)
        if bells is None:
            bells = self._bells[offer.difficulty] = {
                ability: self._bell(ability, offer.difficulty) for ability in self._thetas
            }
        return [weight * bells[ability] for ability, weight in offer.weights]

    def _bell(self, ability: Ability, difficulty: float) -> float:
        off = expected(self._thetas[ability], difficulty) - CHOOSING.target
        return self._gaps[ability] * math.exp(-off * off / CHOOSING.width)


def _late(person: Standing, now: datetime) -> Mapping[str, set[Ability]]:
    """Family -> abilities that are due in it and not mastered."""
    late: dict[str, set[Ability]] = {}
    for (ability, family), at in person.due.items():
        if at <= now and ability not in person.mastered:
            late.setdefault(family, set()).add(ability)
    return late


def choose(rated: Sequence[Rated], count: int, chance: Random) -> list[Rated]:
    """`count` different cases, drawn one after the other with softmax odds: mostly the most
    useful, now and then another, so that the house keeps learning what it does not know.

    Among what was drawn the most useful comes first. `chance` is passed in: the same seed
    chooses the same.
    """
    left, drawn = list(rated), list[Rated]()
    while left and len(drawn) < count:
        top = max(one.utility for one in left)
        odds = [math.exp((one.utility - top) / CHOOSING.temperature) for one in left]
        drawn.append(left.pop(chance.choices(range(len(left)), odds)[0]))
    return sorted(drawn, key=lambda one: -one.utility)


def _blocked_family(person: Standing) -> str:
    """The family of a skill begun just now: two drills of it in a row come before mixing."""
    if not person.families:
        return ""
    last = person.families[0]
    run = sum(1 for family in person.families if family == last)
    return last if run < CHOOSING.blocked_drills else ""


def _terms(
    offer: Offer, person: Standing, late: Mapping[str, set[Ability]], fresh: str, gains: Gains
) -> dict[Reason, float]:
    terms: dict[Reason, float] = {}
    due = late.get(offer.family)
    if due and any(ability in due for ability, _ in offer.weights):
        terms[Reason.DUE] = CHOOSING.due
    if offer.scenario_id not in person.recent:
        terms[Reason.NEW_CASE] = CHOOSING.novelty
    if fresh:
        if offer.family == fresh:
            terms[Reason.BLOCKED] = CHOOSING.interleave
    elif person.families and offer.family != person.families[0]:
        terms[Reason.OTHER_FAMILY] = CHOOSING.interleave
    if offer.scenario_id in person.pinned:
        terms[Reason.PINNED] = CHOOSING.manager
    if offer.scenario_id in person.remedial:
        terms[Reason.CRITICAL] = CHOOSING.critical
    gain = gains.get((person.group, offer.scenario_id), 0.0)
    if gain:
        terms[Reason.SAME_GROUP] = CHOOSING.cluster_gain * gain
    if offer.scenario_id in person.recent[:2] and offer.scenario_id not in person.remedial:
        terms[Reason.PRACTISE_AGAIN] = -CHOOSING.repeated
    return terms


def _reason(need: float, most: float, terms: Mapping[Reason, float]) -> Reason:
    """The strongest voice for the case; the need counts by its strongest ability."""
    voice, weight = max(terms.items(), key=lambda item: item[1], default=(None, 0.0))
    if voice is None or weight <= 0:
        return Reason.WEAKEST if need > 0 else Reason.PRACTISE_AGAIN
    return Reason.WEAKEST if most >= weight else voice
