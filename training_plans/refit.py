"""What is learned from everybody's practice: groups, gains of drills, where newcomers begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.domain.ability import Ability, Attempt, profile_of
from training_plans import groups
from training_plans.features import features_of
from training_plans.group_gains import group_gains, moves
from training_plans.groups import Learned

ENOUGH = 5
"""Who practised less says nothing about groups."""

FIRST = 3
"""A newcomer is taken to begin where others stood after so many drills."""


def fitted_on(
    histories: Sequence[Sequence[tuple[str, Attempt]]], *, former: Learned, now: datetime
) -> Learned:
    """Groups (where scikit-learn is installed and the gates are met), else archetypes; gains of
    drills by group; where newcomers begin."""
    base = _first_levels(histories)
    known = [history for history in histories if len(history) >= ENOUGH]
    rows = []
    for history in known:
        attempts = [attempt for _, attempt in history]
        rows.append(features_of(profile_of("", attempts, base=base, now=now), attempts))
    learned = replace(_groups(rows, former), base=base, fitted_at=now.isoformat())
    moved = [
        one
        for history in known
        for one in moves(
            learned.group_of([attempt for _, attempt in history], now=now),
            [name for name, _ in history],
            [attempt for _, attempt in history],
        )
    ]
    return replace(learned, gains=group_gains(moved))


def _groups(rows: Sequence[Sequence[float]], former: Learned) -> Learned:
    if not rows:
        return Learned()
    try:
        import numpy as np

        from training_plans.clustering import fit
    except ImportError:
        return groups.unfitted(rows)
    return fit(np.array(rows), former=former.groups).learned


def _first_levels(histories: Sequence[Sequence[tuple[str, Attempt]]]) -> dict[Ability, float]:
    """Mean level after the first drills, shrunk by n / (n + 20); 0 where nothing is known."""
    begun = [[attempt for _, attempt in one[:FIRST]] for one in histories if len(one) >= FIRST]
    levels = [profile_of("", attempts) for attempts in begun]
    if not levels:
        return {}
    return {
        ability: sum(
            level.theta for one in levels for level in one.levels if level.ability is ability
        )
        / (len(levels) + 20)
        for ability in Ability
    }
