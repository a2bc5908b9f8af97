"""Which drill serves which weakness: the utility of the coaching notes, §7, and the choice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random

from core.domain import micro
from core.domain.ability import Ability, AbilityProfile, Attempt, counted, expected
from core.domain.scenario import Scenario
from core.domain.training import CHOOSING, Gains, Reason, mastered_in, serves
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
    """A case with its utility and what made it: the need of each ability (in the order of the
    offer's weights) and the other terms. `untried`: nothing is known of the person yet."""

    offer: Offer
    utility: float
    needs: Sequence[float]
    terms: Mapping[Reason, float]
    untried: bool

    @property
    def ability(self) -> Ability:
        """The ability it is for."""
        return self.offer.weights[self.needs.index(max(self.needs))][0]

    @property
    def reason(self) -> Reason:
        """The strongest voice for the case; the need counts by its strongest ability. What speaks
        for every case (all untried) is no reason for one."""
        if self.untried:
            return Reason.FIRST_DRILL
        voice, weight = max(self.terms.items(), key=lambda item: item[1], default=(None, 0.0))
        if voice is None or weight <= 0:
            return Reason.WEAKEST if sum(self.needs) > 0 else Reason.PRACTISE_AGAIN
        return Reason.WEAKEST if max(self.needs) >= weight else voice


def offers_of(scenarios: Sequence[Scenario]) -> tuple[Offer, ...]:
    """The cases as offers, in their order."""
    return tuple(
        Offer(one.id, one.family, one.difficulty.logit, tuple(serves(one).items()))
        for one in scenarios
    )


def lines_of(scenarios: Sequence[Scenario]) -> tuple[Offer, ...]:
    """The cases with what one line of theirs can train; those without such a line are left out."""
    return tuple(
        Offer(one.id, one.family, one.difficulty.logit, tuple((each, 1.0) for each in trained))
        for one in scenarios
        if (trained := micro.moments(one))
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
    results = counted(attempts)
    for scenario_id, attempt in zip(recent, attempts, strict=True):
        clean[scenario_id] = not attempt.critical
    return Standing(
        levels=levels,
        recent=tuple(reversed(recent)),
        families=tuple(one.family for one in reversed(attempts)),
        due=due_times(results),
        mastered=mastered_in(results),
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
    seen = _Seen(person, now, gains or {})
    rated = []
    for offer in offers:
        if offer.scenario_id in person.skipped:
            continue
        needs, terms = seen.needs(offer), seen.terms(offer)
        rated.append(Rated(offer, sum(needs) + sum(terms.values()), needs, terms, untried))
    return rated


def choose_line(
    offers: Sequence[Offer], person: Standing, *, now: datetime, chance: Random
) -> Rated | None:
    """One ability of one case, each of them rated by itself: what a single line trains. None
    where every case is skipped."""
    seen = _Seen(person, now, {})
    untried = not any(level.count for level in person.levels.levels)
    lines: list[tuple[float, Offer, int]] = []
    for offer in offers:
        if offer.scenario_id not in person.skipped:
            terms = seen.of_case(offer)
            dues = [seen.due(offer.family, ability) for ability, _ in offer.weights]
            rest = sum(terms.values())
            lines += [
                (need + due + rest, offer, place)
                for place, (need, due) in enumerate(zip(seen.needs(offer), dues, strict=True))
            ]
    if not lines:
        return None
    utility, offer, place = lines[_drawn([line[0] for line in lines], chance)]
    alone = replace(offer, weights=offer.weights[place : place + 1])
    return Rated(alone, utility, seen.needs(alone), seen.terms(alone), untried)


class _Seen:
    """A person as the choice sees them, worked out once for all cases."""

    def __init__(self, person: Standing, now: datetime, gains: Gains) -> None:
        self._person = person
        self._thetas = {level.ability: level.theta for level in person.levels.levels}
        self._gaps = {
            ability: 0.0 if ability in person.mastered else 1 - expected(theta, 0.0)
            for ability, theta in self._thetas.items()
        }
        self._bells: dict[float, dict[Ability, float]] = {}
        self._known = frozenset(person.recent)
        self._again = frozenset(person.recent[:2]) - person.remedial
        self._fresh = _blocked_family(person)
        self._last = person.families[0] if person.families else ""
        self._gains = gains
        self._late: dict[str, set[Ability]] = {}
        for (ability, family), at in person.due.items():
            if at <= now and ability not in person.mastered:
                self._late.setdefault(family, set()).add(ability)

    def needs(self, offer: Offer) -> list[float]:
        """Weight times need of each ability of the case, in the order of its weights."""
        bells = self._bells.get(offer.difficulty)
        if bells is None:
            bells = self._bells[offer.difficulty] = {
                ability: self._bell(ability, offer.difficulty) for ability in self._thetas
            }
        return [weight * bells[ability] for ability, weight in offer.weights]

    def terms(self, offer: Offer) -> dict[Reason, float]:
        """What else speaks for the case, or against it."""
        terms = self.of_case(offer)
        due = max(self.due(offer.family, ability) for ability, _ in offer.weights)
        return {Reason.DUE: due, **terms} if due else terms

    def due(self, family: str, ability: Ability) -> float:
        """What speaks for an ability that is to be repeated in this family, 0 for others."""
        late = self._late.get(family)
        return CHOOSING.due if late and ability in late else 0.0

    def of_case(self, offer: Offer) -> dict[Reason, float]:
        """The terms that are the same for every ability of the case."""
        name, family, person = offer.scenario_id, offer.family, self._person
        terms: dict[Reason, float] = {}
        if name not in self._known:
            terms[Reason.NEW_CASE] = CHOOSING.novelty
        if self._fresh:
            if family == self._fresh:
                terms[Reason.BLOCKED] = CHOOSING.interleave
        elif person.families and family != self._last:
            terms[Reason.OTHER_FAMILY] = CHOOSING.interleave
        if name in person.pinned:
            terms[Reason.PINNED] = CHOOSING.manager
        if name in person.remedial:
            terms[Reason.CRITICAL] = CHOOSING.critical
        gain = self._gains.get((person.group, name), 0.0)
        if gain:
            terms[Reason.SAME_GROUP] = CHOOSING.cluster_gain * gain
        if name in self._again:
            terms[Reason.PRACTISE_AGAIN] = -CHOOSING.repeated
        return terms

    def _bell(self, ability: Ability, difficulty: float) -> float:
        off = expected(self._thetas[ability], difficulty) - CHOOSING.target
        return self._gaps[ability] * math.exp(-off * off / CHOOSING.width)


def choose(rated: Sequence[Rated], count: int, chance: Random) -> list[Rated]:
    """`count` different cases, drawn one after the other with softmax odds: mostly the most
    useful, now and then another, so that the house keeps learning what it does not know.

    Among what was drawn the most useful comes first. `chance` is passed in: the same seed
    chooses the same.
    """
    left, drawn = list(rated), list[Rated]()
    while left and len(drawn) < count:
        drawn.append(left.pop(_drawn([one.utility for one in left], chance)))
    return sorted(drawn, key=lambda one: -one.utility)


def _drawn(utilities: Sequence[float], chance: Random) -> int:
    """A place, with softmax odds."""
    top = max(utilities)
    odds = [math.exp((one - top) / CHOOSING.temperature) for one in utilities]
    return chance.choices(range(len(odds)), odds)[0]


def _blocked_family(person: Standing) -> str:
    """The family of a skill begun just now: two drills of it in a row come before mixing."""
    if not person.families:
        return ""
    last = person.families[0]
    run = sum(1 for family in person.families if family == last)
    return last if run < CHOOSING.blocked_drills else ""
