"""Articles at the console: cases whose articles changed, what no article says, one passage."""

from __future__ import annotations

import json

from aiohttp import web

from bots.web.deps import DEPS
from bots.web.frame import frame
from bots.web.guard import Visitor, fields_of, signed_in
from bots.web.render import page, see_other
from bots.web.watching import author, console_frame
from core.domain.knowledge import Reader
from core.domain.upkeep import ArticleMark, Gap, GapState
from core.errors import NotFound
from core.ports.storage import UnitOfWork
from core.services.knowledge_help import cited

LISTED = 200
EXPORTED = 5000
PAGE = "/console/articles"


async def articles(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/articles: changed articles by case, and the open proposals."""
    deps = request.app[DEPS]
    author(visitor)

    def work(unit: UnitOfWork) -> tuple[list[ArticleMark], list[Gap]]:
        changed = [mark for mark in unit.article_marks.all() if mark.changed_at is not None]
        return changed, list(unit.gaps.recent(state=GapState.OPEN, limit=LISTED))

    changed, gaps = await deps.transactions.read(work)
    facts = {
        **await console_frame(request, visitor),
        "changed": [(mark, _title(request, mark.scenario_id)) for mark in changed],
        "gaps": [(gap, _title(request, gap.scenario_id)) for gap in gaps],
    }
    return page("console_articles.html", language=visitor.language, facts=facts)


async def checked(request: web.Request, visitor: Visitor) -> web.Response:
    """POST /console/articles/checked: an author has looked at the case."""
    author(visitor)
    fields = await fields_of(request)
    named = (fields.get("scenario", ""), fields.get("article", ""))

    def work(unit: UnitOfWork) -> None:
        marks = {(mark.scenario_id, mark.article): mark for mark in unit.article_marks.all()}
        if named not in marks:
            raise NotFound(what="article", name=named[1])
        unit.article_marks.put(marks[named].checked())

    await request.app[DEPS].transactions.write(work)
    return see_other(PAGE)


async def settle_gap(request: web.Request, visitor: Visitor) -> web.Response:
    """POST /console/gaps/{key}: written into an article (done), or not worth one (dismissed)."""
    author(visitor)
    key, fields = request.match_info["key"], await fields_of(request)
    done = fields.get("state") == GapState.DONE.value
    state = GapState.DONE if done else GapState.DISMISSED
    await request.app[DEPS].transactions.write(lambda unit: unit.gaps.settle(key, state))
    return see_other(PAGE)


async def export(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/gaps.jsonl: every proposal with its state, one a line."""
    author(visitor)
    gaps = await request.app[DEPS].transactions.read(lambda unit: unit.gaps.recent(limit=EXPORTED))
    lines = [
        {
            "scenario": gap.scenario_id,
            "language": gap.language,
            "question": gap.question,
            "claim": gap.claim,
            "times": gap.times,
            "last_at": gap.last_at.isoformat(),
            "state": gap.state.value,
        }
        for gap in gaps
    ]
    return web.Response(
        text="".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines),
        content_type="application/x-ndjson",
        headers={"Content-Disposition": 'attachment; filename="gaps.jsonl"'},
    )


async def passage(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /knowledge/{id}: one passage, where a hint or a correction leads."""
    deps, written = request.app[DEPS], request.match_info["id"]
    found = await deps.knowledge.passage(int(written), reader=Reader.of(visitor.person))
    where = "" if found.place.section else cited(found).place
    facts = {**frame(request, visitor), "passage": found, "where": where}
    return page("passage.html", language=visitor.language, facts=facts)


def _title(request: web.Request, scenario_id: str) -> str:
    """The name of a case; its id where its pack is gone."""
    try:
        return request.app[DEPS].content.scenario(scenario_id).title
    except NotFound:
        return scenario_id


def routes() -> list[web.AbstractRouteDef]:
    """The routes of this desk."""
    return [
        web.get(PAGE, signed_in(articles)),
        web.post(f"{PAGE}/checked", signed_in(checked)),
        web.post("/console/gaps/{key:[0-9a-f]{32}}", signed_in(settle_gap)),
        web.get("/console/gaps.jsonl", signed_in(export)),
        web.get("/knowledge/{id:-?[0-9]{1,12}}", signed_in(passage)),
    ]
