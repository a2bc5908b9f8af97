"""Which judged talks people look at again: all critical errors, what stands out, and a sample.

The sample is drawn with a seed, so that anybody can check afterwards that nothing was picked.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from core.domain.review import Why

RANDOM_SHARE = 0.05
"""Share of all talks drawn by chance alone; only these speak for all talks."""
WANTED = 200
"""Talks an audit period needs: kappa is then known to about .08."""
SECOND_SHARE = 0.30
"""Share of the drawn talks that two people rate without seeing each other's marks."""
STANDS_OUT = 2.5
"""Robust standard deviations from the middle of its family from which a score is an outlier."""
FEWEST_FOR_OUTLIERS = 8
"""Talks of a family below which its middle says nothing."""
_MAD_TO_SD = 1.4826


class Band(StrEnum):
    """Where an overall score (0..10) lies."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class JudgedTalk:
    """A scorecard as the sample sees it. `engine`: who played the customer; `family`: the kind
    of case; `overall` 0..10 or None; `critical`: whether any critical error was found; `pasted`:
    whether any line looks pasted."""

    id: str
    engine: str
    family: str
    overall: float | None
    critical: bool = False
    pasted: bool = False

    @property
    def band(self) -> Band:
        """Below 6, from 6, from 8: the cuts people see."""
        if self.overall is None:
            return Band.NONE
        if self.overall < 6:
            return Band.LOW
        return Band.MIDDLE if self.overall < 8 else Band.HIGH

    @property
    def stratum(self) -> tuple[str, Band, str]:
        """Engine x band x family."""
        return self.engine, self.band, self.family


@dataclass(frozen=True, slots=True)
class Drawn:
    """One talk of the audit; `whys` in the order of `Why`, `twice`: two people rate it."""

    talk: JudgedTalk
    whys: tuple[Why, ...]
    twice: bool


def draw(talks: Sequence[JudgedTalk], *, seed: int, wanted: int = WANTED) -> tuple[Drawn, ...]:
    """The talks of one audit period, in an order that tells nothing about why they are there.

    All critical errors, outliers and pasted lines and 5 % at random are in; then strata are filled
    in turn, rarest first, until `wanted` talks are there. Ids must differ. Same talks (in any
    order) and same seed, same sample.
    """
    chance = random.Random(seed)
    ordered = sorted(talks, key=lambda talk: talk.id)
    whys: defaultdict[str, set[Why]] = defaultdict(set)
    for talk in ordered:
        if talk.critical:
            whys[talk.id].add(Why.CRITICAL)
        if talk.pasted:
            whys[talk.id].add(Why.PASTED)
    for name, why in outliers(ordered):
        whys[name].add(why)
    # At least one, rounded up: a small team is no reason for looking at nobody.
    for talk in chance.sample(ordered, -int(-RANDOM_SHARE * len(ordered) // 1)):
        whys[talk.id].add(Why.RANDOM)
    for talk in _filling(ordered, taken=set(whys), wanted=wanted, chance=chance):
        whys[talk.id].add(Why.STRATUM)
    drawn = [talk for talk in ordered if talk.id in whys]
    chance.shuffle(drawn)
    twice = {talk.id for talk in chance.sample(drawn, -int(-SECOND_SHARE * len(drawn) // 1))}
    return tuple(
        Drawn(talk, tuple(why for why in Why if why in whys[talk.id]), talk.id in twice)
        for talk in drawn
    )


def outliers(talks: Iterable[JudgedTalk]) -> list[tuple[str, Why]]:
    """Talks too good or too low for their family: more than 2.5 robust standard deviations
    (median, MAD) from its middle."""
    families: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
    for talk in talks:
        if talk.overall is not None:
            families[talk.family].append((talk.id, talk.overall))
    found = []
    for scored in families.values():
        if len(scored) < FEWEST_FOR_OUTLIERS:
            continue
        middle = median(score for _, score in scored)
        spread = _MAD_TO_SD * median(abs(score - middle) for _, score in scored)
        reach = STANDS_OUT * spread
        found += [
            (name, Why.TOO_GOOD if score > middle else Why.TOO_LOW)
            for name, score in scored
            if abs(score - middle) > reach
        ]
    return found


def _filling(
    talks: Sequence[JudgedTalk], *, taken: set[str], wanted: int, chance: random.Random
) -> list[JudgedTalk]:
    """Talks that were not taken yet, one of each stratum in turn."""
    strata: defaultdict[tuple[str, Band, str], list[JudgedTalk]] = defaultdict(list)
    for talk in talks:
        if talk.id not in taken:
            strata[talk.stratum].append(talk)
    piles = sorted(strata.items(), key=lambda item: (len(item[1]), item[0]))
    for _, pile in piles:
        chance.shuffle(pile)
    rounds = max((len(pile) for _, pile in piles), default=0)
    in_turn = [pile[at] for at in range(rounds) for _, pile in piles if at < len(pile)]
    return in_turn[: max(0, wanted - len(taken))]
