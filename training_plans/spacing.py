"""When to practise again: pure rules around the FSRS scheduler.

A card is one ability in one family of cases. FSRS was fitted on vocabulary; here it is a
heuristic with a ceiling of sixty days, to be evaluated (coaching notes, §7).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TypeAlias

from fsrs import Card, Rating, Scheduler

from core.domain.ability import Ability, Attempt

CardKey: TypeAlias = tuple[Ability, str]
DESIRED_RETENTION = 0.9
LONGEST_DAYS = 60
_HARD, _GOOD, _EASY = 0.5, 0.7, 0.88


def rating(result: float, *, critical: bool) -> Rating:
    """Result 0..1 as FSRS wants it: Again below .5 or with a critical error, Hard below .7, Good
    below .88, else Easy."""
    if critical or result < _HARD:
        return Rating.Again
    if result < _GOOD:
        return Rating.Hard
    return Rating.Good if result < _EASY else Rating.Easy


def due_times(attempts: Sequence[Attempt]) -> Mapping[CardKey, datetime]:
    """When each practised ability is due again in each family; attempts oldest first. Drills
    with a half-sentence hint are no repetition."""
    histories: dict[CardKey, list[tuple[datetime, Rating]]] = {}
    for attempt in attempts:
        if not attempt.counts:
            continue
        at = attempt.at.astimezone(UTC)
        for ability in attempt.results:
            result = attempt.result(ability)
            if result is not None:
                mark = rating(result, critical=attempt.critical)
                histories.setdefault((ability, attempt.family), []).append((at, mark))
    # Abilities of one family often share their ratings, and then their card as well.
    known: dict[tuple[tuple[datetime, Rating], ...], datetime] = {}
    due = {}
    for key, history in histories.items():
        same = tuple(history)
        if same not in known:
            known[same] = _due(same)
        due[key] = known[same]
    return due


def _due(history: Sequence[tuple[datetime, Rating]]) -> datetime:
    # An id of its own: without one the library sleeps a millisecond to make one.
    card = Card(card_id=1, due=history[0][0])
    for at, mark in history:
        card, _ = _scheduler().review_card(card, mark, review_datetime=at)
    return card.due


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
