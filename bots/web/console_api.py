"""The console as JSON, under /api/v1/console: the same reading, the same isolation."""

from __future__ import annotations

from aiohttp import web

from bots.web import views
from bots.web.appeal_desk import AppealRow, read_appeals
from bots.web.console import read_overview, read_person
from bots.web.deps import DEPS
from bots.web.feedback_desk import read_themes, themes_json
from bots.web.guard import Visitor, signed_in
from bots.web.reading_desk import read_dialogue, read_looks
from bots.web.review_desk import read_agreement, read_queue, row_json
from bots.web.watching import author, taken_along, watcher
from core.domain.messages import Json
from core.services.judged import title_of


async def overview(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /api/v1/console: people in figures, and the means of their teams."""
    found = await read_overview(request.app[DEPS], watcher(visitor))
    people: list[Json] = [
        {
            "id": one.person.id,
            "name": one.person.name,
            "team": one.person.team,
            "practices": one.practices,
            "overall": one.overall,
        }
        for one in found.members
    ]
    teams: list[Json] = [
        {
            "team": one.team,
            "talks": one.talks,
            "audited": one.audited,
            "machine": one.machine,
            "mean": one.estimate.value if one.estimate else None,
            "low": one.estimate.low if one.estimate else None,
            "high": one.estimate.high if one.estimate else None,
        }
        for one in found.means
    ]
    return web.json_response({"people": people, "teams": teams})


async def person(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /api/v1/console/people/{id}: one person's practices; `shown` says why words may be
    read."""
    deps = request.app[DEPS]
    found, held = await read_person(deps, watcher(visitor), request.match_info["person_id"])
    practices: list[Json] = [
        {
            "id": one.dialogue.id,
            "title": one.title,
            "started_at": one.dialogue.started_at.isoformat(),
            "overall": one.overall,
            "shown": [why.value for why in one.why],
        }
        for one in held
    ]
    return web.json_response({"id": found.id, "name": found.name, "practices": practices})


async def dialogue(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /api/v1/console/dialogues/{id}: a practice whose words may be read."""
    deps = request.app[DEPS]
    found = await read_dialogue(deps, watcher(visitor), request.match_info["dialogue_id"])
    shown: list[Json] = [why.value for why in found.why]
    judged = views.judged_json(deps.content, visitor.language, found.judged)
    return web.json_response({"dialogue": judged, "shown": shown, "person": found.person.id})


async def appeals(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /api/v1/console/appeals: what waits and until when, and the last answers."""
    waiting, settled = await read_appeals(request.app[DEPS], watcher(visitor))
    return web.json_response(
        {
            "waiting": [_appeal_json(row) for row in waiting],
            "settled": [_appeal_json(row) for row in settled],
        }
    )


def _appeal_json(row: AppealRow) -> Json:
    outcome = row.outcome
    return {
        "id": row.remark.id,
        "person": row.remark.person_id,
        "dialogue": row.remark.dialogue_id,
        "turn": row.remark.turn,
        "quote": row.quote,
        "text": row.remark.text,
        "at": row.remark.at.isoformat(),
        "due": row.due.isoformat(),
        "late": row.late,
        "upheld": outcome.upheld if outcome else None,
        "reason": outcome.reason if outcome else None,
    }


async def queue(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /api/v1/console/queue: the talks that wait for this rater's marks."""
    deps = request.app[DEPS]
    waiting: list[Json] = [
        {
            "dialogue": one.dialogue.id,
            "title": title_of(deps.content, one.dialogue),
            "drawn_at": one.task.drawn_at.isoformat(),
            "done": one.done,
            "wanted": one.wanted,
        }
        for one in await read_queue(deps, watcher(visitor))
    ]
    return web.json_response({"waiting": waiting})


async def agreement(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /api/v1/console/agreement: figures and state of every check."""
    rows = await read_agreement(request.app[DEPS], watcher(visitor), visitor.language)
    return web.json_response({"checks": [row_json(row) for row in rows]})


async def feedback(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /api/v1/console/feedback: feedback by theme."""
    themed = await read_themes(request.app[DEPS], author(visitor))
    return web.json_response({"themes": themes_json(themed)})


async def looks(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /api/v1/console/looks: who looked at whose words."""
    rows: list[Json] = [
        {
            "at": row.look.at.isoformat(),
            "viewer": row.look.viewer_id,
            "person": row.look.person_id,
            "dialogue": row.look.dialogue_id,
            "why": row.look.why,
        }
        for row in await read_looks(request.app[DEPS], watcher(visitor))
    ]
    return web.json_response({"looks": rows})


def routes() -> list[web.AbstractRouteDef]:
    """The reading routes; what is done is done at the desks' own."""
    base = "/api/v1/console"
    return [
        web.get(base, signed_in(taken_along(overview))),
        web.get(f"{base}/people/{{person_id}}", signed_in(taken_along(person))),
        web.get(f"{base}/dialogues/{{dialogue_id}}", signed_in(taken_along(dialogue))),
        web.get(f"{base}/appeals", signed_in(appeals)),
        web.get(f"{base}/queue", signed_in(queue)),
        web.get(f"{base}/agreement", signed_in(agreement)),
        web.get(f"{base}/feedback", signed_in(feedback)),
        web.get(f"{base}/looks", signed_in(looks)),
    ]
