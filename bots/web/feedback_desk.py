"""Feedback on the simulation at the console: by theme, what was done about it, and as data."""

from __future__ import annotations

import json
from collections.abc import Sequence

from aiohttp import web

from bots.intake import OUTBOX_TOPIC, replies_topic
from bots.web.deps import DEPS, WebDeps
from bots.web.guard import Visitor, fields_of, signed_in
from bots.web.render import page, problem, see_other, wants_json
from bots.web.watching import author, console_frame, leave_trace, team_of
from core.domain.messages import Json
from core.domain.people import Person
from core.errors import NotFound
from core.ports.storage import UnitOfWork
from core.services.feedback import answer_theme, export_lines
from core.services.remark_themes import Themed, clustered

MAX_NOTE = 1000
MOST_REMARKS = 2000
EXAMPLES = 3


async def feedback(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/feedback: themes with their counts and examples."""
    viewer = author(visitor)
    themed = await read_themes(request.app[DEPS], viewer)
    facts = {
        **await console_frame(request, visitor),
        "themes": themed,
        "examples": EXAMPLES,
        "everybody": team_of(viewer) is None,
    }
    return page("console_feedback.html", language=visitor.language, facts=facts)


async def read_themes(deps: WebDeps, viewer: Person) -> list[Themed]:
    """All feedback the viewer may read, by theme, with a trace of the look."""
    now = deps.clock.now()

    def work(unit: UnitOfWork) -> list[Themed]:
        found = unit.feedback.recent(team=team_of(viewer), limit=MOST_REMARKS)
        seen = [(remark.person_id, remark.dialogue_id) for remark, _ in found]
        leave_trace(unit, viewer, seen, why="feedback", now=now)
        return clustered(found)

    return await deps.transactions.write(work)


async def answer(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """POST /console/feedback/{theme}: say what was done, to everybody who wrote about it."""
    deps, viewer = request.app[DEPS], author(visitor)
    fields = await fields_of(request)
    note = fields.get("note", "").strip()
    if not note or len(note) > MAX_NOTE:
        return problem(request, "bad_note", status=400, language=visitor.language)
    only = {int(one) for one in fields.get("only", "").split(",") if one.strip().isdecimal()}
    now, name = deps.clock.now(), request.match_info["theme"]

    def work(unit: UnitOfWork) -> list[int]:
        themed = clustered(unit.feedback.recent(team=team_of(viewer), limit=MOST_REMARKS))
        theme = next((one for one in themed if one.id == name), None)
        if theme is None:
            raise NotFound(what="theme", name=name)
        return answer_theme(unit, theme, note, only=only, by=viewer, now=now)

    told = await deps.transactions.write(work)
    await deps.live.publish(OUTBOX_TOPIC)
    for conversation_id in dict.fromkeys(told):
        await deps.live.publish(replies_topic(conversation_id))
    if wants_json(request):
        return web.json_response({"told": len(told)})
    return see_other("/console/feedback")


async def export(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/feedback.jsonl: one line per remark, for the next adapter."""
    deps, viewer = request.app[DEPS], author(visitor)
    themed = await read_themes(deps, viewer)
    lines = await deps.transactions.read(lambda unit: export_lines(unit, themed))
    return web.Response(
        text="".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines),
        content_type="application/x-ndjson",
        headers={"Content-Disposition": 'attachment; filename="feedback.jsonl"'},
    )


def themes_json(themed: Sequence[Themed]) -> list[Json]:
    """The themes in the API."""
    return [
        {
            "theme": theme.id,
            "about": theme.about,
            "words": list(theme.words),
            "count": len(theme.remarks),
            "open": theme.open,
            "remarks": [
                {
                    "id": remark.id,
                    "text": remark.text,
                    "at": remark.at.isoformat(),
                    "answer": given.text if given else None,
                }
                for remark, given in theme.remarks
            ],
        }
        for theme in themed
    ]


def routes() -> list[web.AbstractRouteDef]:
    """The routes of this desk."""
    return [
        web.get("/console/feedback", signed_in(feedback)),
        web.get("/console/feedback.jsonl", signed_in(export)),
        web.post("/console/feedback/{theme}", signed_in(answer)),
        web.post("/api/v1/console/feedback/{theme}", signed_in(answer)),
    ]
