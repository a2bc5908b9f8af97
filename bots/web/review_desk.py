"""Blinded marking at the console: the queue, the form, and what all the marks say of each check."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web
from markupsafe import Markup

from bots.facts import name_of
from bots.pictures.intervals import Interval, intervals
from bots.results import paste_signs
from bots.web.appeal_desk import MARKS
from bots.web.deps import DEPS, WebDeps
from bots.web.guard import Visitor, fields_of, signed_in
from bots.web.render import page, problem, see_other, wants_json
from bots.web.watching import (
    LISTED,
    console_frame,
    leave_trace,
    readable,
    team_of,
    watcher,
)
from core.catalogue import say
from core.domain.agreement import Estimate
from core.domain.messages import Json
from core.domain.people import Person
from core.domain.review import CheckTrust, Gate, Origin, Review, Trust
from core.domain.rubric import CRITICAL
from core.domain.scorecard import Scorecard
from core.errors import NotAllowed, NotFound
from core.ports.storage import UnitOfWork
from core.services.audit_gates import Figures
from core.services.auditing import (
    ASKED,
    HALVES,
    Waiting,
    agreement,
    draw_tasks,
    is_to_mark,
    pasted_talks,
    review_of,
    to_mark,
    waiting_for,
)
from core.services.judged import Case, read_case, title_of

DRAWN = "drawn"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One talk to be marked, without anything the machine or another person said of it."""

    case: Case
    title: str
    twice: bool


@dataclass(frozen=True, slots=True)
class CheckRow:
    """What is known about one check: figures and state; either may be missing."""

    check: str
    name: str
    figures: Figures | None
    trust: Trust
    gates: tuple[Gate, ...]
    reference_ac1: float | None
    reaudit_ac1: float | None


async def queue(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/queue: the talks that wait for this rater."""
    deps, viewer = request.app[DEPS], watcher(visitor)
    waiting = await read_queue(deps, viewer)
    now, language = deps.clock.now(), visitor.language
    pasted = await deps.transactions.read(
        lambda unit: pasted_talks(unit, viewer, now=now, limit=LISTED)
    )
    facts = {
        **await console_frame(request, visitor),
        "waiting": [(one, title_of(deps.content, one.dialogue)) for one in waiting],
        "drawn": _count(request.query.get(DRAWN, "")),
        "pasted": [
            (dialogue, title_of(deps.content, dialogue), _signs(language, card))
            for dialogue, card in pasted
        ],
    }
    return page("console_queue.html", language=language, facts=facts)


def _signs(language: str, card: Scorecard) -> str:
    """What makes lines of the talk look pasted; none of its words."""
    found = dict.fromkeys(sign.value for one in card.pasted for sign in one.signs)
    return paste_signs(language, list(found))


def _count(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 6 else None


async def read_queue(deps: WebDeps, viewer: Person) -> list[Waiting]:
    """What waits for the viewer; no words are in it."""
    return await deps.transactions.read(lambda unit: waiting_for(unit, viewer, limit=LISTED))


async def draw(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """POST /console/queue/draw: draw from what was judged since the last draw."""
    deps, team = request.app[DEPS], team_of(watcher(visitor))
    now = deps.clock.now()
    drawn = await deps.transactions.write(
        lambda unit: draw_tasks(unit, team, content=deps.content, now=now)
    )
    if wants_json(request):
        return web.json_response({DRAWN: drawn})
    return see_other(f"/console/queue?{DRAWN}={drawn}")


async def sheet(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/queue/{dialogue_id}: the talk and the questions."""
    deps, viewer = request.app[DEPS], watcher(visitor)
    found = await read_sheet(deps, viewer, request.match_info["dialogue_id"])
    facts = {
        **await console_frame(request, visitor),
        "found": found,
        "asked": ASKED,
        "critical": CRITICAL,
        "halves": HALVES,
        "choices": MARKS,
    }
    return page("console_sheet.html", language=visitor.language, facts=facts)


async def read_sheet(deps: WebDeps, viewer: Person, dialogue_id: str) -> Sheet:
    """A talk that waits for the viewer's marks, with a trace of the look."""
    now = deps.clock.now()

    def work(unit: UnitOfWork) -> Sheet:
        found, person = readable(unit, viewer, dialogue_id)
        task = unit.audits.task(dialogue_id)
        if task is None or not is_to_mark(unit, viewer, dialogue_id):
            raise NotFound(what="audit task", name=dialogue_id)
        leave_trace(unit, viewer, [(person.id, dialogue_id)], why="audit", now=now)
        case = read_case(unit, dialogue_id, deps.content)
        return Sheet(case, title_of(deps.content, found), task.twice)

    return await deps.transactions.write(work)


async def save(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """POST /console/queue/{dialogue_id}: keep the rater's marks."""
    deps, viewer = request.app[DEPS], watcher(visitor)
    found = await read_sheet(deps, viewer, request.match_info["dialogue_id"])
    given = _given(await fields_of(request), found.case)
    if not given:
        return problem(request, "bad_marks", status=400, language=visitor.language)
    review = review_of(found.case, given, rater=viewer, reader=deps.reader, now=deps.clock.now())
    await deps.transactions.write(lambda unit: unit.audits.put_review(review))
    if wants_json(request):
        return web.json_response({"marked": len(review.human)})
    return see_other("/console/queue")


def _given(
    fields: Mapping[str, str], case: Case
) -> dict[str, tuple[float | None, int | None]] | None:
    """check -> (mark, turn) of what was answered; None where an answer is none."""
    seqs = {str(turn.seq): turn.seq for turn in case.transcript.trainee_turns}
    found: dict[str, tuple[float | None, int | None]] = {}
    for check in ASKED:
        mark, turn = fields.get(f"mark-{check}", ""), fields.get(f"turn-{check}", "")
        if not mark:
            continue
        halved = mark == "0.5" and check not in HALVES
        if mark not in MARKS or halved or (turn and turn not in seqs):
            return None
        if check in CRITICAL and mark not in ("1", "0"):
            return None
        found[check] = (MARKS[mark], seqs.get(turn))
    return found


async def agreement_page(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/agreement: figures and state of each check, as a table and a picture."""
    rows = await read_agreement(request.app[DEPS], watcher(visitor), visitor.language)
    facts = {
        **await console_frame(request, visitor),
        "rows": rows,
        "picture": Markup(agreement_picture(visitor.language, rows)),
        "can_refresh": team_of(visitor.person) is None,
    }
    return page("console_agreement.html", language=visitor.language, facts=facts)


async def read_agreement(deps: WebDeps, viewer: Person, language: str) -> list[CheckRow]:
    """Figures from the reviews of the viewer's people; states are those of the installation."""

    def work(
        unit: UnitOfWork,
    ) -> tuple[Sequence[Review], Mapping[str, str], Sequence[CheckTrust]]:
        teams = {person.id: person.team for person in unit.people.everyone(also_gone=True)}
        return unit.audits.reviews(team=team_of(viewer)), teams, unit.audits.trusts()

    reviews, teams, trusts = await deps.transactions.read(work)
    found = await asyncio.to_thread(agreement, reviews, teams)
    figures = {one.check: one for one in found}
    states = {state.check: state for state in trusts}
    return [_check_row(language, check, figures.get(check), states.get(check)) for check in ASKED]


def _check_row(
    language: str, check: str, found: Figures | None, state: CheckTrust | None
) -> CheckRow:
    family = "critical" if check in CRITICAL else "check"
    return CheckRow(
        check=check,
        name=name_of(language, family, check),
        figures=found,
        trust=state.trust if state else Trust.HUMAN_ONLY,
        gates=state.gates if state else (Gate.FEW_CASES,),
        reference_ac1=state.reference_ac1 if state else None,
        reaudit_ac1=state.reaudit_ac1 if state else None,
    )


def agreement_picture(language: str, rows: Sequence[CheckRow]) -> str:
    """AC1 of machine and people with its interval, and of two people, for each check that was
    marked; empty where none was."""
    found = [
        Interval(
            label=row.name,
            value=one.machine_human.value,
            low=one.machine_human.low,
            high=one.machine_human.high,
            other=one.human_human.value if one.human_human else None,
        )
        for row in rows
        if (one := row.figures) is not None and one.machine_human is not None
    ]
    if not found:
        return ""
    text = say(language, "list.comma").join(f"{one.label} {one.value:.2f}" for one in found)
    return intervals(found, title=say(language, "audit.picture"), text=text)


async def refresh(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """POST /console/agreement/refresh: look at every check now. For admins: states are those of
    the whole installation."""
    deps = request.app[DEPS]
    if team_of(watcher(visitor)) is not None:
        raise NotAllowed("refresh")
    states = await deps.refresh_trust.refresh(now=deps.clock.now())
    if wants_json(request):
        return web.json_response({"checks": [trust_json(state) for state in states]})
    return see_other("/console/agreement")


async def calibration(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/calibration.jsonl: what people marked beside what the machine had said, one
    line per talk and rater; appeals included, nobody's words, and nothing about talks that wait for
    the viewer's own marks."""
    viewer = watcher(visitor)
    reviews, blind = await request.app[DEPS].transactions.read(
        lambda unit: (unit.audits.reviews(team=team_of(viewer)), to_mark(unit, viewer))
    )
    lines = [
        json.dumps(review_json(review), ensure_ascii=False)
        for review in reviews
        if review.origin is not Origin.SHEET and review.dialogue_id not in blind
    ]
    return web.Response(
        text="".join(f"{line}\n" for line in lines),
        content_type="application/x-ndjson",
        headers={"Content-Disposition": 'attachment; filename="calibration.jsonl"'},
    )


def review_json(review: Review) -> dict[str, Json]:
    """A review without quotes."""
    machine = dict(review.machine)
    marks: list[Json] = [
        {"check": one.check, "human": one.mark, "machine": machine.get(one.check)}
        for one in review.human
    ]
    return {
        "dialogue": review.dialogue_id,
        "rater": review.rater_id,
        "origin": review.origin.value,
        "at": review.at.isoformat(),
        "version": review.version,
        "overall": review.overall,
        "machine_overall": review.machine_overall,
        "marks": marks,
    }


def trust_json(state: CheckTrust) -> dict[str, Json]:
    """Where a check stands."""
    return {
        "check": state.check,
        "trust": state.trust.value,
        "gates": [gate.value for gate in state.gates],
        "since": state.since.isoformat(),
        "reference_ac1": state.reference_ac1,
        "reaudit_ac1": state.reaudit_ac1,
    }


def row_json(row: CheckRow) -> dict[str, Json]:
    """One line of the table."""
    found = row.figures
    figures: dict[str, Json] | None = None
    if found is not None:
        figures = {
            "cases": found.cases,
            "twice": found.twice,
            "raw": found.raw,
            "machine_human": _estimate(found.machine_human),
            "human_human": _estimate(found.human_human),
            "weighted_kappa": _estimate(found.weighted),
            "bias": found.bias,
            "recall": _estimate(found.recall),
        }
    return {
        "check": row.check,
        "trust": row.trust.value,
        "gates": [gate.value for gate in row.gates],
        "reference_ac1": row.reference_ac1,
        "reaudit_ac1": row.reaudit_ac1,
        "figures": figures,
    }


def _estimate(found: Estimate | None) -> Json:
    if found is None:
        return None
    return {"value": found.value, "low": found.low, "high": found.high}


def routes() -> list[web.AbstractRouteDef]:
    """The routes of this desk."""
    return [
        web.get("/console/queue", signed_in(queue)),
        web.post("/console/queue/draw", signed_in(draw)),
        web.get("/console/queue/{dialogue_id}", signed_in(sheet)),
        web.post("/console/queue/{dialogue_id}", signed_in(save)),
        web.get("/console/agreement", signed_in(agreement_page)),
        web.post("/console/agreement/refresh", signed_in(refresh)),
        web.get("/console/calibration.jsonl", signed_in(calibration)),
        web.post("/api/v1/console/queue/draw", signed_in(draw)),
        web.post("/api/v1/console/queue/{dialogue_id}", signed_in(save)),
        web.post("/api/v1/console/agreement/refresh", signed_in(refresh)),
    ]
