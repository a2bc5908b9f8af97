"""Blinded marking of talks by people: what is drawn, who marks it, what the marks say.

Only talks that may be read are drawn (exams, and practices that were shared or appealed
against), so figures speak for those.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.agreement import Estimate, prediction_powered_mean
from core.domain.appeal import Ruling
from core.domain.dialogue import Dialogue
from core.domain.people import Person, Role
from core.domain.review import AuditTask, HumanMark, Mark, Origin, Review, Why
from core.domain.rubric import CHECKS, CRITICAL
from core.domain.scorecard import CheckMark, CriticalError, MarkSource, Scorecard
from core.ports.content import ContentLibrary
from core.ports.line_reader import LineReader
from core.ports.storage import UnitOfWork
from core.services.audit import Drawn, JudgedTalk, draw
from core.services.audit_gates import Figures, Rating, figures
from core.services.checks.talk import quote_of
from core.services.judged import Case

PERIOD = timedelta(days=30)
MOST_TALKS = 5000
BY_CLOCK = ("C24", "C25", "C26")
"""Checks no reader of the text can mark: the closing form, and the times of messages."""
ASKED: tuple[str, ...] = (
    *(check.id for check in CHECKS if check.id not in BY_CLOCK),
    *CRITICAL,
)
"""What raters are asked, in the order of the form."""
HALVES = frozenset(check.id for check in CHECKS if check.halves)
FIXED = 120
"""Talks of the fixed set by which drift is measured (coaching notes, §9)."""
DRAWS = 200
BLIND_LOOKS = frozenset({"audit", "appeals", "digest", "feedback"})
"""Reasons of looks that show words and none of the machine's marks of the talk. The digest names
critical errors it found, but nobody could answer for a day without them."""
_LOOKS = 500
MEAN_FROM = 3
"""Of fewer talks a team's mean would tell what one of them got, to somebody who is to mark it."""


def watches(viewer: Person, person: Person) -> bool:
    """Whether the viewer may see this person's figures; nobody watches over themselves, or over
    somebody of whom only figures are left."""
    if person.erased or person.id == viewer.id or viewer.role not in (Role.SUPERVISOR, Role.ADMIN):
        return False
    return viewer.role is Role.ADMIN or person.team == viewer.team


def draw_tasks(
    unit: UnitOfWork, team: str | None, *, content: ContentLibrary, now: datetime
) -> int:
    """Draw from what was judged since the team's last draw; how many talks are new. None: every
    team for itself.

    By chance each talk is considered once, at the first draw after it; critical errors and what
    stands out among the last 30 days are taken whenever the talk may be read, also when it was
    shared later. The seed is the day, so that anybody can check what was drawn.
    """
    if team is None:
        teams = sorted({person.team for person in unit.people.everyone()})
        return sum(draw_tasks(unit, one, content=content, now=now) for one in teams)
    pool = unit.audits.pool(team=team, since=now - PERIOD, limit=MOST_TALKS)
    earlier = unit.audits.tasks(team=team, limit=1)
    since = earlier[0].drawn_at if earlier else None
    owners = {dialogue.id: dialogue for dialogue, _ in pool}
    talks = [_talk(dialogue, card, content) for dialogue, card in pool]
    seed = zlib.crc32(f"{team}:{now.date().isoformat()}".encode())
    tasks = [
        AuditTask(
            dialogue_id=one.talk.id,
            person_id=owners[one.talk.id].person_id,
            whys=whys,
            twice=one.twice,
            drawn_at=now,
        )
        for one in draw(talks, seed=seed)
        if (whys := _whys(one, owners[one.talk.id], since))
    ]
    return unit.audits.add_tasks(tasks)


def _whys(one: Drawn, dialogue: Dialogue, since: datetime | None) -> tuple[Why, ...]:
    """Why this talk is drawn now; chance has had its turn with those of before `since`."""
    if since is None or (dialogue.ended_at or dialogue.last_turn_at) > since:
        return one.whys
    return tuple(why for why in one.whys if why not in (Why.RANDOM, Why.STRATUM))


def _talk(dialogue: Dialogue, card: Scorecard, content: ContentLibrary) -> JudgedTalk:
    scenario = content.find_scenario(dialogue.scenario_id, dialogue.language)
    return JudgedTalk(
        id=dialogue.id,
        engine=dialogue.engine,
        family=scenario.family if scenario else dialogue.scenario_id,
        overall=card.overall,
        critical=bool(card.critical),
        pasted=bool(card.pasted),
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """A talk that waits for this rater's marks; `done` of `wanted` people have marked it."""

    task: AuditTask
    dialogue: Dialogue
    done: int
    wanted: int


def waiting_for(unit: UnitOfWork, rater: Person, *, limit: int) -> list[Waiting]:
    """The rater's queue, oldest draw first: not their own talks, not those they have marked or
    decided an appeal about, and none whose marks by the machine they have looked at."""
    team = None if rater.role is Role.ADMIN else rater.team
    marked = unit.audits.raters(team=team)
    ruled = {
        remark.dialogue_id
        for remark, outcome in unit.appeals.settled(team=team, limit=MOST_TALKS)
        if outcome.ruled_by == rater.id
    }
    found: list[Waiting] = []
    for task in reversed(unit.audits.tasks(team=team, limit=MOST_TALKS)):
        raters = marked.get(task.dialogue_id, frozenset())
        wanted = 2 if task.twice else 1
        own = task.person_id == rater.id or rater.id in raters or task.dialogue_id in ruled
        if own or len(raters) >= wanted or not unit.shares.why_shown(task.dialogue_id):
            continue
        if _has_seen_marks(unit, rater, task.dialogue_id):
            continue
        dialogue = unit.dialogues.get(task.dialogue_id)
        found.append(Waiting(task, dialogue, len(raters), wanted))
        if len(found) == limit:
            break
    return found


def _has_seen_marks(unit: UnitOfWork, rater: Person, dialogue_id: str) -> bool:
    looks = unit.looks.of_dialogue(dialogue_id, limit=_LOOKS)
    return any(look.viewer_id == rater.id and look.why not in BLIND_LOOKS for look in looks)


def to_mark(unit: UnitOfWork, rater: Person) -> frozenset[str]:
    """Talks that wait for the rater's marks: until then they see nobody else's."""
    return frozenset(one.dialogue.id for one in waiting_for(unit, rater, limit=MOST_TALKS))


def pasted_talks(
    unit: UnitOfWork, viewer: Person, *, now: datetime, limit: int
) -> list[tuple[Dialogue, Scorecard]]:
    """Talks of the last 30 days that the viewer may read and in which a line looks pasted, newest
    first; those the viewer is to mark blindly come once they are marked."""
    team = None if viewer.role is Role.ADMIN else viewer.team
    blind = to_mark(unit, viewer)
    pool = unit.audits.pool(team=team, since=now - PERIOD, limit=MOST_TALKS)
    found = [
        (dialogue, card)
        for dialogue, card in pool
        if card.pasted and dialogue.id not in blind and dialogue.person_id != viewer.id
    ]
    return found[:limit]


def is_to_mark(unit: UnitOfWork, rater: Person, dialogue_id: str) -> bool:
    """Whether this talk waits for the rater's marks."""
    if unit.audits.task(dialogue_id) is None:
        return False
    return dialogue_id in to_mark(unit, rater)


def review_of(
    case: Case,
    given: Mapping[str, tuple[float | None, int | None]],
    *,
    rater: Person,
    reader: LineReader,
    now: datetime,
) -> Review:
    """The review a rater's answers make: `given` is check -> (mark, turn).

    The machine's own marks are those of the same moment, without anything people decided.
    """
    machine = case.machine_card(reader)
    human = tuple(_human(case, check, *answer) for check, answer in given.items())
    return Review(
        dialogue_id=case.dialogue.id,
        rater_id=rater.id,
        origin=Origin.AUDIT,
        person_id=case.dialogue.person_id,
        at=now,
        version=machine.version,
        human=human,
        machine=said_by(machine, human),
        overall=_overall(case, human, machine, reader),
        machine_overall=machine.overall,
    )


def said_by(machine: Scorecard, human: Sequence[HumanMark]) -> tuple[tuple[str, Mark], ...]:
    """The machine's answers to the checks that a person has answered."""
    said = {mark.check: mark.mark for mark in machine.marks}
    there = {error.id for error in machine.critical}
    return tuple(
        (one.check, float(one.check in there) if one.check in CRITICAL else said.get(one.check))
        for one in human
    )


def _human(case: Case, check: str, mark: float | None, turn: int | None) -> HumanMark:
    said = next((one for one in case.transcript.trainee_turns if one.seq == turn), None)
    return HumanMark(check, mark, turn if said else None, quote_of(said) if said else "")


def _overall(
    case: Case, human: Sequence[HumanMark], machine: Scorecard, reader: LineReader
) -> float | None:
    """The talk's score with the person's marks in the place of the machine's."""
    marks = [one for one in human if one.check not in CRITICAL]
    errors = {one.check: one for one in human if one.check in CRITICAL}
    known = {error.id for error in machine.critical}
    ruling = Ruling(
        marks=tuple(by_person(one) for one in marks),
        confirmed=_those(machine, errors, present=True),
        dismissed=_those(machine, errors, present=False),
        added=tuple(
            CriticalError(one.check, one.turn or 0, one.quote, "by_person", True, MarkSource.HUMAN)
            for one in errors.values()
            if one.mark == 1 and one.check not in known
        ),
    )
    return case.ruled(ruling).card(reader).overall


def _those(
    machine: Scorecard, errors: Mapping[str, HumanMark], *, present: bool
) -> frozenset[tuple[str, int]]:
    return frozenset(
        (error.id, error.turn)
        for error in machine.critical
        if error.id in errors and (errors[error.id].mark == 1) is present
    )


def by_person(one: HumanMark) -> CheckMark:
    """A person's answer as a mark of a card."""
    return CheckMark(
        check=one.check,
        mark=one.mark,
        turn=one.turn,
        quote=one.quote,
        why="by_person",
        source=MarkSource.HUMAN,
    )


def ratings_of(reviews: Sequence[Review], teams: Mapping[str, str]) -> dict[str, list[Rating]]:
    """Blinded answers by check; `teams`: person -> team, a group that must make no difference.

    Of each talk the first person's answer is compared with the machine's of that time, and with
    the second person's where there is one.
    """
    by_talk: defaultdict[str, list[Review]] = defaultdict(list)
    for review in reviews:
        if review.origin is Origin.AUDIT:
            by_talk[review.dialogue_id].append(review)
    found: defaultdict[str, list[Rating]] = defaultdict(list)
    for talk, those in by_talk.items():
        first, second = those[0], those[1] if len(those) > 1 else None
        machine = dict(first.machine)
        others = {one.check: one.mark for one in second.human} if second else {}
        for one in first.human:
            found[one.check].append(
                Rating(
                    talk=talk,
                    person=first.person_id,
                    machine=machine.get(one.check),
                    first=one.mark,
                    second=others.get(one.check),
                    twice=one.check in others,
                    groups=(teams[first.person_id],) if first.person_id in teams else (),
                )
            )
    return dict(found)


def agreement(
    reviews: Sequence[Review], teams: Mapping[str, str], *, draws: int = DRAWS
) -> list[Figures]:
    """The figures of every check that was marked, in the order of the form."""
    ratings = ratings_of(reviews, teams)
    return [
        figures(check, ratings[check], critical=check in CRITICAL, seed=1, draws=draws)
        for check in ASKED
        if check in ratings
    ]


@dataclass(frozen=True, slots=True)
class TeamMean:
    """A team's mean score 0..10: what people would give to all its talks that may be read, and
    what the machine gives. `machine` is None below MEAN_FROM talks, `estimate` below two of either
    kind."""

    team: str
    talks: int
    audited: int
    machine: float | None
    estimate: Estimate | None


def team_means(
    pool: Sequence[tuple[Dialogue, Scorecard]],
    reviews: Sequence[Review],
    tasks: Sequence[AuditTask],
    teams: Mapping[str, str],
) -> list[TeamMean]:
    """Prediction-powered means by team: the machine's marks of all talks, put right by the talks
    that were drawn at random and marked by people."""
    random = {task.dialogue_id for task in tasks if Why.RANDOM in task.whys}
    looked: dict[str, Review] = {}
    for review in reviews:
        if review.origin is Origin.AUDIT and review.dialogue_id in random:
            looked.setdefault(review.dialogue_id, review)
    found = []
    for team in sorted({teams[one.person_id] for one, _ in pool if one.person_id in teams}):
        own = [
            (dialogue.id, card.overall)
            for dialogue, card in pool
            if teams.get(dialogue.person_id) == team and card.overall is not None
        ]
        pairs = [
            (looked[name].machine_overall, looked[name].overall)
            for name, _ in own
            if name in looked
        ]
        both = [(m, h) for m, h in pairs if m is not None and h is not None]
        rest = [score for name, score in own if name not in looked]
        estimate = prediction_powered_mean(rest, [m for m, _ in both], [h for _, h in both])
        mean = sum(score for _, score in own) / len(own) if len(own) >= MEAN_FROM else None
        found.append(TeamMean(team, len(own), len(both), mean, estimate))
    return found
