"""When to practise again: pure rules around the FSRS scheduler.

A card is one ability in one family of cases. FSRS was fitted on vocabulary; here it is a
heuristic with a ceiling of sixty days, to be evaluated (coaching notes, §7).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TypeAlias

from fsrs import Card, Rating, Scheduler

from core.domain.ability import Ability, Counted

CardKey: TypeAlias = tuple[Ability, str]
DESIRED_RETENTION = 0.9
LONGEST_DAYS = 60
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_SHARED_REVIEWS, _SHARED_WAYS = 3, 64
"""How many reviews of a card are remembered, and how many ways on from each: some 17,000 steps."""
_HARD, _GOOD, _EASY = 0.5, 0.7, 0.88


def rating(result: float, *, critical: bool) -> Rating:
    """Result 0..1 as FSRS wants it: Again below .5 or with a critical error, Hard below .7, Good
    below .88, else Easy."""
    if critical or result < _HARD:
        return Rating.Again
    if result < _GOOD:
        return Rating.Hard
    return Rating.Good if result < _EASY else Rating.Easy


def due_times(results: Counted) -> Mapping[CardKey, datetime]:
    """When each practised ability is due again in each family. Drills with a half-sentence hint
    are no repetition, and are not counted."""
    cards: dict[CardKey, tuple[_Step, datetime]] = {}
    begun = {mark: _first().after(0, mark) for mark in Rating}
    for ability, held in results.items():
        for attempt, result in held:
            key, at = (ability, attempt.family), attempt.at
            mark = rating(result, critical=attempt.critical)
            before = cards.get(key)
            step = before[0].after((at - before[1]).days, mark) if before else begun[mark]
            cards[key] = step, at
    return {key: last.astimezone(UTC) + step.interval for key, (step, last) in cards.items()}


class _Step:
    """A card after some reviews. FSRS knows only the ratings and the whole days between them, so
    people with the same past share their steps: a review is computed once, not once a person."""

    __slots__ = ("_after", "_card", "_reviews", "interval")

    def __init__(self, card: Card, interval: timedelta, reviews: int) -> None:
        self._card = card
        self._reviews = reviews
        self._after: dict[tuple[int, Rating], _Step] = {}
        self.interval = interval

    def after(self, days: int, mark: Rating) -> _Step:
        """The card after one more review, that many whole days later."""
        found = self._after.get((days, mark))
        if found is None:
            at = (self._card.last_review or _EPOCH) + timedelta(days=days)
            card, _ = _scheduler().review_card(self._card, mark, review_datetime=at)
            found = _Step(card, card.due - at, self._reviews + 1)
            if self._reviews < _SHARED_REVIEWS and len(self._after) < _SHARED_WAYS:
                self._after[days, mark] = found
        return found


@cache
def _first() -> _Step:
    # An id of its own: without one the library sleeps a millisecond to make one.
    return _Step(Card(card_id=1, due=_EPOCH), timedelta(), 0)


@cache
def _scheduler() -> Scheduler:
    # Without fuzz: the same history gives the same day.
    return Scheduler(
        learning_steps=(),
        relearning_steps=(),
        desired_retention=DESIRED_RETENTION,
        maximum_interval=LONGEST_DAYS,
        enable_fuzzing=False,
    )
