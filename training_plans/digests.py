"""Reports: the team's day for its supervisor, the week for managers, the own week for trainees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from core.domain.dialogue import Dialogue
from core.domain.digest import (
    LISTED,
    Digest,
    Judged,
    Unreached,
    WeekNote,
    best_line_of,
    mean_of,
    serious_of,
    stuck_of,
)
from core.domain.people import Person, Role
from core.domain.review import Look
from core.domain.scorecard import Scorecard
from core.ports.storage import UnitOfWork
from training_plans.push import Timing

DAYS = 14
"""Days in the picture of a digest."""

_RECENT = 40
"""Judged practices of one person that are looked at: more than a fortnight's."""


def team_digest(
    unit: UnitOfWork,
    members: Sequence[Person],
    *,
    team: str,
    day: date,
    timing: Timing,
    days: int = 1,
    unreached: Sequence[Unreached] = (),
) -> Digest:
    """The day of these trainees, or the last `days` up to it."""
    recent = {one.id: unit.scorecards.of_person(one.id, limit=_RECENT) for one in members}
    first = day - timedelta(days=days - 1)
    judged = [
        _judged(unit, person, dialogue, card)
        for person in members
        for dialogue, card in recent[person.id]
        if first <= _day_of(dialogue, timing) <= day
    ]
    stuck = [
        found
        for person in members
        if (found := stuck_of(person, [card for _, card in recent[person.id]])) is not None
    ]
    stuck.sort(key=lambda one: -one.times)
    return Digest(
        day=day,
        team=team,
        members=len(members),
        practised=len({one.person.id for one in judged}),
        practices=len(judged),
        mean=mean_of([one.card for one in judged]),
        serious=serious_of(judged)[:LISTED],
        stuck=tuple(stuck[:LISTED]),
        best=best_line_of(judged),
        unreached=tuple(unreached),
        counts=_counts(recent, day, timing),
    )


def looks_of(digest: Digest, viewer: Person, *, now: datetime) -> Sequence[Look]:
    """The traces that reading this digest leaves: one for each practice it quotes."""
    return [Look(viewer.id, person, dialogue, "digest", now) for person, dialogue in digest.quoted]


def week_note(unit: UnitOfWork, person: Person, *, day: date, timing: Timing) -> WeekNote:
    """A trainee's week up to `day`, and the one before. All lines are the trainee's own."""
    monday = day - timedelta(days=day.weekday())
    cards = unit.scorecards.of_person(person.id, limit=_RECENT)

    def between(first: date, last: date) -> list[tuple[Dialogue, Scorecard]]:
        return [pair for pair in cards if first <= _day_of(pair[0], timing) <= last]

    this = between(monday, day)
    last = between(monday - timedelta(days=7), monday - timedelta(days=1))
    judged = [_judged(unit, person, *pair, shown=True) for pair in this]
    return WeekNote(
        practices=len(this),
        mean=mean_of([card for _, card in this]),
        before=len(last),
        mean_before=mean_of([card for _, card in last]),
        best=best_line_of(judged),
    )


def week_of_teams(
    unit: UnitOfWork, people: Sequence[Person], *, day: date, timing: Timing
) -> Mapping[str, Digest]:
    """Team -> its last seven days up to the one before `day`, in the form of a digest."""
    teams: dict[str, list[Person]] = {}
    for person in people:
        if person.role is Role.TRAINEE and not person.guest:
            teams.setdefault(person.team, []).append(person)
    end = day - timedelta(days=1)
    return {
        team: team_digest(unit, members, team=team, day=end, timing=timing, days=7)
        for team, members in sorted(teams.items())
    }


def _judged(
    unit: UnitOfWork,
    person: Person,
    dialogue: Dialogue,
    card: Scorecard,
    *,
    shown: bool | None = None,
) -> Judged:
    kept = unit.scorecards.get(dialogue.id)
    if kept is None:
        raise LookupError("a card that was just there is gone")
    is_shown = bool(unit.shares.why_shown(dialogue.id)) if shown is None else shown
    return Judged(person, dialogue, card, kept[1], is_shown)


def _counts(
    recent: Mapping[str, Sequence[tuple[Dialogue, Scorecard]]], day: date, timing: Timing
) -> tuple[int, ...]:
    days = [_day_of(dialogue, timing) for pairs in recent.values() for dialogue, _ in pairs]
    return tuple(days.count(day - timedelta(days=back)) for back in reversed(range(DAYS)))


def _day_of(dialogue: Dialogue, timing: Timing) -> date:
    ended: datetime = dialogue.ended_at or dialogue.started_at
    return ended.astimezone(timing.zone).date()
