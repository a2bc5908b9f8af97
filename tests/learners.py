"""Planted learners: people with true abilities that drills move, for judging how drills are chosen.

A drill moves the abilities it exercises, most where the chance of doing well was about .65, with
a wide fall to both sides (so the simulation does not plant the house's own target of .78).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from core.domain.ability import Ability, Attempt, expected, profile_of
from core.domain.training import Gains
from tests.builders import NOON
from training_plans.group_gains import Moved, group_gains, moves
from training_plans.selection import Offer, Standing, choose, rate, standing

LEARNING = 0.22
BEST_AT, WIDTH = 0.65, 0.30
NOISE = 0.08
GOAL = 0.80
LONGEST = 120

Policy = Callable[["Learner", Sequence[Offer], Random], Offer]


@dataclass
class Learner:
    """One planted person; `likes` is the family that moves them three times as far."""

    truth: dict[Ability, float]
    group: str = ""
    likes: str = ""
    attempts: list[Attempt] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)

    def practise(self, offer: Offer, chance: Random) -> None:
        """One drill: results are seen with noise, then the person has learned."""
        results: dict[Ability, float | None] = {}
        for ability, weight in offer.weights:
            p = expected(self.truth[ability], offer.difficulty)
            results[ability] = min(1.0, max(0.0, chance.gauss(p, NOISE)))
            gain = LEARNING * weight * math.exp(-(((p - BEST_AT) / WIDTH) ** 2))
            self.truth[ability] += gain * (3.0 if self.likes and offer.family == self.likes else 1)
        at = NOON + timedelta(days=len(self.attempts))
        self.attempts.append(Attempt(at, results, offer.difficulty, family=offer.family))
        self.cases.append(offer.scenario_id)

    @property
    def arrived(self) -> bool:
        """Whether every true ability is where mastery asks for."""
        return all(expected(theta, 0.0) >= GOAL for theta in self.truth.values())

    def standing(self) -> Standing:
        """As the house sees this person."""
        levels = profile_of("p", self.attempts)
        return standing(levels, self.attempts, self.cases, group=self.group)


def offers(*, families: int = 4) -> list[Offer]:
    """Cases of five difficulties in each family; a family exercises two abilities fully."""
    found = []
    abilities = list(Ability)
    for family in range(families):
        main = {abilities[(2 * family + k) % 9] for k in range(3)}
        weights = tuple((ability, 1.0 if ability in main else 0.3) for ability in abilities)
        found += [
            Offer(f"f{family}-{level}", f"f{family}", logit, weights)
            for level, logit in enumerate((-1.0, -0.3, 0.3, 1.0, 1.7))
        ]
    return found


def learner(chance: Random, *, group: str = "", likes: str = "") -> Learner:
    """A beginner with strong and weak sides."""
    level = chance.gauss(-0.4, 0.5)
    truth = {ability: level + chance.gauss(0, 0.7) for ability in Ability}
    return Learner(truth, group=group, likes=likes)


def at_random(person: Learner, cases: Sequence[Offer], chance: Random) -> Offer:
    """Any case."""
    return chance.choice(cases)


def weakest_first(person: Learner, cases: Sequence[Offer], chance: Random) -> Offer:
    """A case that exercises the ability seen as weakest, whatever its difficulty."""
    levels = profile_of("p", person.attempts).levels
    weakest = min(levels, key=lambda level: level.theta).ability
    most = max(dict(case.weights)[weakest] for case in cases)
    return chance.choice([case for case in cases if dict(case.weights)[weakest] == most])


def by_utility(gains: Gains | None = None) -> Policy:
    """The house's own choice."""

    def policy(person: Learner, cases: Sequence[Offer], chance: Random) -> Offer:
        seen = person.standing()
        now = NOON + timedelta(days=len(person.attempts))
        return choose(rate(cases, seen, now=now, gains=gains), 1, chance)[0].offer

    return policy


def drills_needed(policy: Policy, person: Learner, cases: Sequence[Offer], chance: Random) -> int:
    """Drills until the person has arrived, at most LONGEST."""
    for count in range(LONGEST):
        if person.arrived:
            return count
        person.practise(policy(person, cases, chance), chance)
    return LONGEST


def needed(policies: Mapping[str, Policy], people: int, *, seed: int) -> dict[str, list[int]]:
    """The same people under each policy, in order."""
    cases = offers()
    found: dict[str, list[int]] = {}
    for name, policy in policies.items():
        found[name] = [
            drills_needed(policy, learner(Random(f"{seed}:{n}")), cases, Random(f"{seed}:{n}:d"))
            for n in range(people)
        ]
    return found


def learned_gains(people: int, *, seed: int, drills: int = 25) -> dict[tuple[str, str], float]:
    """The table that a first cohort of two planted groups leaves behind."""
    cases = offers()
    moved: list[Moved] = []
    for n in range(people):
        person = grouped(n, seed=seed)
        chance = Random(f"{seed}:{n}:first")
        for _ in range(drills):
            person.practise(at_random(person, cases, chance), chance)
        moved += moves(person.group, person.cases, person.attempts)
    return group_gains(moved)


def grouped(n: int, *, seed: int) -> Learner:
    """A learner of one of two groups; one learns three times as fast from f0, the other from f2."""
    group, likes = (("a", "f0"), ("b", "f2"))[n % 2]
    return learner(Random(f"{seed}:{n}:who"), group=group, likes=likes)


def paired_difference(
    first: Sequence[float], second: Sequence[float]
) -> tuple[float, float, float]:
    """Mean of first - second over the same people, with its 95 % interval."""
    differences = [a - b for a, b in zip(first, second, strict=True)]
    mean = sum(differences) / len(differences)
    variance = sum((one - mean) ** 2 for one in differences) / (len(differences) - 1)
    half = 1.96 * math.sqrt(variance / len(differences))
    return mean, mean - half, mean + half


def grown(policy: Policy, person: Learner, chance: Random, *, drills: int) -> float:
    """Mean true growth over the nine abilities (logits) after so many drills."""
    cases = offers()
    before = sum(person.truth.values())
    for _ in range(drills):
        person.practise(policy(person, cases, chance), chance)
    return (sum(person.truth.values()) - before) / len(person.truth)
