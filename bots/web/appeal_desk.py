"""Appeals at the console: what waits and until when, one appeal with its evidence, the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from bots.intake import OUTBOX_TOPIC, replies_topic
from bots.web import views
from bots.web.deps import DEPS, WebDeps
from bots.web.guard import Visitor, fields_of, signed_in
from bots.web.reading_desk import name_in
from bots.web.render import page, problem, see_other, wants_json
from bots.web.watching import (
    LISTED,
    console_frame,
    leave_trace,
    readable,
    team_of,
    watched,
    watcher,
)
from core.domain.appeal import AppealOutcome, Ruling
from core.domain.people import Person
from core.domain.remark import Remark
from core.domain.review import HumanMark, ShownWhy
from core.domain.scorecard import CheckMark, CriticalError, Scorecard
from core.errors import NotFound
from core.ports.storage import UnitOfWork
from core.services.appeals import Answer
from core.services.auditing import HALVES, by_person
from core.services.judged import title_of

MAX_REASON = 1000
MARKS: Mapping[str, float | None] = {"1": 1.0, "0.5": 0.5, "0": 0.0, "na": None}
"""What a mark is called in forms and in the API."""


@dataclass(frozen=True, slots=True)
class AppealRow:
    """One appeal in a list. `late`: its time to be answered is over."""

    remark: Remark
    person: str
    title: str
    quote: str
    due: datetime
    late: bool
    outcome: AppealOutcome | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class AppealCase:
    """One appeal with the whole talk, its marks, and what can be decided about it."""

    row: AppealRow
    person: Person
    judged: views.Judged
    marks: tuple[CheckMark, ...]
    critical: tuple[CriticalError, ...]


async def appeals(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/appeals: those that wait, the oldest first, and the last answers."""
    waiting, settled = await read_appeals(request.app[DEPS], watcher(visitor))
    facts = {**await console_frame(request, visitor), "waiting": waiting, "settled": settled}
    return page("console_appeals.html", language=visitor.language, facts=facts)


async def read_appeals(deps: WebDeps, viewer: Person) -> tuple[list[AppealRow], list[AppealRow]]:
    """Waiting and settled appeals of the viewer's people, with a trace of the look."""
    now, team = deps.clock.now(), team_of(viewer)

    def work(unit: UnitOfWork) -> tuple[list[AppealRow], list[AppealRow]]:
        open_ones = [
            row
            for remark in unit.appeals.waiting(team=team, limit=LISTED)
            if (row := _row(unit, deps, viewer, remark, None, now)) is not None
        ]
        done = [
            row
            for remark, outcome in unit.appeals.settled(team=team, limit=20)
            if (row := _row(unit, deps, viewer, remark, outcome, now)) is not None
        ]
        seen = [(row.remark.person_id, row.remark.dialogue_id) for row in (*open_ones, *done)]
        leave_trace(unit, viewer, seen, why="appeals", now=now)
        return open_ones, done

    return await deps.transactions.write(work)


def _row(
    unit: UnitOfWork,
    deps: WebDeps,
    viewer: Person,
    remark: Remark,
    outcome: AppealOutcome | None,
    now: datetime,
) -> AppealRow | None:
    try:
        person = watched(unit, viewer, remark.person_id)
        dialogue = unit.dialogues.get(remark.dialogue_id or "")
    except NotFound:
        return None
    turns = unit.dialogues.turns(dialogue.id)
    due = deps.answer_time.due_at(remark.at)
    return AppealRow(
        remark=remark,
        person=person.name,
        title=title_of(deps.content, dialogue),
        quote=next((turn.text for turn in turns if turn.seq == remark.turn), ""),
        due=due,
        late=outcome is None and now > due,
        outcome=outcome,
        by=name_in(unit, outcome.ruled_by) if outcome else "",
    )


async def appeal(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/appeals/{id}: the talk, the marks, the form."""
    found = await read_appeal(request.app[DEPS], watcher(visitor), _id_of(request))
    facts = {
        **await console_frame(request, visitor),
        "found": found,
        "rows": {row.check: row for row in views.marks_as_rows(visitor.language, found.marks)},
        "halves": HALVES,
        "choices": MARKS,
    }
    return page("console_appeal.html", language=visitor.language, facts=facts)


def _id_of(request: web.Request) -> int:
    given = request.match_info["remark_id"]
    if not (given.isascii() and given.isdigit() and len(given) <= 18):
        raise NotFound(what="appeal", name=given)
    return int(given)


async def read_appeal(deps: WebDeps, viewer: Person, remark_id: int) -> AppealCase:
    """One appeal of a person the viewer watches over, with a trace of the look."""
    now = deps.clock.now()

    def work(unit: UnitOfWork) -> AppealCase:
        remark = unit.appeals.get(remark_id)
        dialogue, person = readable(unit, viewer, remark.dialogue_id or "")
        outcomes = {one.id: outcome for one, outcome in unit.appeals.of_dialogue(dialogue.id)}
        row = _row(unit, deps, viewer, remark, outcomes.get(remark_id), now)
        kept = unit.scorecards.get(dialogue.id)
        if row is None or kept is None:
            raise NotFound(what="appeal", name=str(remark_id))
        seen = [(person.id, dialogue.id)]
        leave_trace(unit, viewer, seen, why=ShownWhy.APPEALED.value, now=now)
        judged = views.Judged(dialogue, tuple(unit.dialogues.turns(dialogue.id)), *kept)
        return AppealCase(row, person, judged, *_in_question(kept[0], remark.turn))

    return await deps.transactions.write(work)


def _in_question(
    card: Scorecard, turn: int | None
) -> tuple[tuple[CheckMark, ...], tuple[CriticalError, ...]]:
    """Everything that can be marked anew, what is about the named turn first."""
    marks = sorted(card.marks, key=lambda mark: (mark.turn != turn, mark.check))
    errors = sorted(card.critical, key=lambda error: (error.turn != turn, error.turn, error.id))
    return tuple(marks), tuple(errors)


async def settle(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """POST /console/appeals/{id}: upheld with new marks, or declined with a reason."""
    deps, viewer = request.app[DEPS], watcher(visitor)
    found = await read_appeal(deps, viewer, _id_of(request))
    answer = _answer(await fields_of(request), found)
    if answer is None:
        return problem(request, "bad_ruling", status=400, language=visitor.language)
    told = await deps.settle_appeals.settle(answer, by=viewer, now=deps.clock.now())
    if told is None:
        return problem(request, "ruled_before", status=409, language=visitor.language)
    await deps.live.publish(OUTBOX_TOPIC)
    await deps.live.publish(replies_topic(told))
    if wants_json(request):
        return web.json_response({"settled": answer.remark_id, "upheld": answer.upheld})
    return see_other("/console/appeals")


def _answer(fields: Mapping[str, str], found: AppealCase) -> Answer | None:
    """What the form says; None where it makes no sense: no reason, upheld without anything
    changed, declined with a change."""
    reason = fields.get("reason", "").strip()
    outcome = fields.get("outcome", "")
    ruling = _ruling(fields, found)
    if not reason or len(reason) > MAX_REASON or outcome not in ("upheld", "declined"):
        return None
    upheld = outcome == "upheld"
    if ruling is None or (ruling != Ruling()) is not upheld:
        return None
    return Answer(found.row.remark.id, upheld, reason, ruling)


def _ruling(fields: Mapping[str, str], found: AppealCase) -> Ruling | None:
    marks = []
    for before in found.marks:
        given = fields.get(f"mark-{before.check}", "")
        if not given:
            continue
        if given not in MARKS or (given == "0.5" and before.check not in HALVES):
            return None
        if MARKS[given] != before.mark or before.unscored is not None:
            one = HumanMark(before.check, MARKS[given], before.turn, before.quote)
            marks.append(by_person(one))
    decided = {
        (error.id, error.turn): fields.get(f"critical-{error.id}-{error.turn}", "")
        for error in found.critical
    }
    if any(word not in ("", "confirm", "dismiss") for word in decided.values()):
        return None
    return Ruling(
        marks=tuple(marks),
        confirmed=frozenset(key for key, word in decided.items() if word == "confirm"),
        dismissed=frozenset(key for key, word in decided.items() if word == "dismiss"),
    )


def routes() -> list[web.AbstractRouteDef]:
    """The routes of this desk."""
    return [
        web.get("/console/appeals", signed_in(appeals)),
        web.get("/console/appeals/{remark_id}", signed_in(appeal)),
        web.post("/console/appeals/{remark_id}", signed_in(settle)),
        web.post("/api/v1/console/appeals/{remark_id}", signed_in(settle)),
    ]
