"""The company's own QA sheet at the console: hand in, see what each item seems to mean, confirm or
change it, take it into use, go back; and the points of items that only people can give.

A sheet that was confirmed is never changed: a correction is another sheet, and every scorecard
keeps the version it was judged by.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from aiohttp import web

from bots.facts import name_of
from bots.web.deps import DEPS, WebDeps
from bots.web.guard import Visitor, fields_of, new_key, parts_of, signed_in
from bots.web.reading_desk import name_in
from bots.web.render import page, problem, see_other
from bots.web.watching import console_frame, readable, watcher
from core.domain.messages import Json
from core.domain.qa_sheet import KeptSheet, QaSheet
from core.domain.rubric import CHECKS, CRITICAL
from core.errors import NotFound, SettingsError
from core.ports.storage import UnitOfWork
from core.services.auditing import is_to_mark
from core.services.judged import Case, read_case
from core.services.sheet_points import points_of, review_of_points

PAGE = "/console/company-sheet"
MAX_FILE_BYTES = 2 * 2**20
MOST_CHECKS = 4
"""Checks one item may stand for."""


async def overview(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/company-sheet: the sheet in use, all that came in, and the form for another."""
    return await _overview(request, visitor)


async def _overview(
    request: web.Request, visitor: Visitor, *, faults: Sequence[str] = ()
) -> web.Response:
    deps = request.app[DEPS]
    watcher(visitor)

    def work(unit: UnitOfWork) -> tuple[KeptSheet | None, list[tuple[KeptSheet, str]]]:
        return unit.qa_sheets.in_use(), [
            (one, name_in(unit, one.by_id)) for one in unit.qa_sheets.all()
        ]

    used, sheets = await deps.transactions.read(work)
    facts = {
        **await console_frame(request, visitor),
        "used": used,
        "sheets": sheets,
        "of_files": deps.content.rubric.sheet,
        "faults": faults,
    }
    status = 400 if faults else 200
    return page("company_sheets.html", language=visitor.language, facts=facts, status=status)


async def hand_in(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """POST /console/company-sheet: each page of an XLSX that holds a sheet becomes a proposal with
    suggested checks."""
    deps, viewer = request.app[DEPS], watcher(visitor)
    given = (await parts_of(request)).get("file") if _has_file(request) else None
    if not isinstance(given, tuple):
        return await _overview(request, visitor, faults=[_word(visitor, "no_file")])
    name, data = given[0][:200], given[1]
    try:
        pages = await asyncio.to_thread(deps.read_qa_sheet, data, name, visitor.language)
    except SettingsError as wrong:
        return await _overview(request, visitor, faults=wrong.faults)
    now = deps.clock.now()
    proposals = [
        KeptSheet(
            new_key(),
            name if len(pages) == 1 else f"{name}「{found.title}」",
            found.sheet,
            viewer.id,
            now,
            left_out=found.left_out,
        )
        for found in pages
    ]

    def write(unit: UnitOfWork) -> None:
        for one in proposals:
            unit.qa_sheets.put(one)

    await deps.transactions.write(write)
    return see_other(f"{PAGE}/{proposals[0].id}" if len(proposals) == 1 else PAGE)


async def show(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/company-sheet/{id}: each item with the checks it stands for, to be changed."""
    deps = request.app[DEPS]
    watcher(visitor)
    kept = await _kept(deps, request.match_info["sheet_id"])
    facts = {
        **await console_frame(request, visitor),
        "kept": kept,
        "choices": _choices(deps, visitor.language),
        "places": range(MOST_CHECKS),
    }
    return page("company_sheet.html", language=visitor.language, facts=facts)


async def confirm(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """POST /console/company-sheet/{id}: with these checks it counts from now on."""
    deps, viewer = request.app[DEPS], watcher(visitor)
    kept = await _kept(deps, request.match_info["sheet_id"])
    sheet = _chosen(await fields_of(request), kept.sheet, _choices(deps, visitor.language))
    if sheet is None:
        return problem(request, "bad_marks", status=400, language=visitor.language)
    now = deps.clock.now()
    fresh = new_key() if kept.confirmed and sheet != kept.sheet else kept.id
    confirmed = replace(
        kept, id=fresh, sheet=sheet, by_id=viewer.id, at=now, confirmed=True, used_at=now
    )
    await deps.transactions.write(lambda unit: unit.qa_sheets.put(confirmed))
    return see_other(PAGE)


async def use(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """POST /console/company-sheet/{id}/use: go back to one that was confirmed before."""
    deps = request.app[DEPS]
    watcher(visitor)
    kept = await _kept(deps, request.match_info["sheet_id"])
    if not kept.confirmed:
        raise NotFound(what="QA sheet", name=kept.id)
    used = replace(kept, used_at=deps.clock.now())
    await deps.transactions.write(lambda unit: unit.qa_sheets.put(used))
    return see_other(PAGE)


async def stop(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """POST /console/company-sheet/stop: no sheet of the console counts any more."""
    watcher(visitor)
    await request.app[DEPS].transactions.write(lambda unit: unit.qa_sheets.stop())
    return see_other(PAGE)


async def as_file(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/company-sheet/{id}/qa_sheet.yaml: for a content folder or `peilian judge`."""
    deps = request.app[DEPS]
    watcher(visitor)
    kept = await _kept(deps, request.match_info["sheet_id"])
    return web.Response(
        text=deps.word_qa_sheet(kept.sheet, kept.confirmed),
        content_type="application/yaml",
        charset="utf-8",
        headers={"Content-Disposition": 'attachment; filename="qa_sheet.yaml"'},
    )


async def points(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """POST /console/dialogues/{dialogue_id}/points: what a person gives for items the machine has
    nothing to say about, `points-0` and so on by the item's place."""
    deps, viewer = request.app[DEPS], watcher(visitor)
    dialogue_id = request.match_info["dialogue_id"]
    fields, now = await fields_of(request), deps.clock.now()

    def read(unit: UnitOfWork) -> Case:
        readable(unit, viewer, dialogue_id)
        if is_to_mark(unit, viewer, dialogue_id):
            raise NotFound(what="dialogue", name=dialogue_id)
        return read_case(unit, dialogue_id, deps.content)

    case = await deps.transactions.read(read)
    given = points_of(fields, case, deps.reader)
    if not given:
        return problem(request, "bad_marks", status=400, language=visitor.language)
    with_them = replace(case, points={**case.points, **given})
    card = with_them.card(deps.reader)
    told = with_them.debrief(card, deps.reader)
    review = review_of_points(with_them, card, by=viewer, now=now)

    def write(unit: UnitOfWork) -> None:
        unit.audits.put_review(review)
        dialogue = unit.dialogues.get(dialogue_id)
        judged_at = dialogue.ended_at or now
        unit.scorecards.put(card, told, person_id=dialogue.person_id, now=judged_at)

    await deps.transactions.write(write)
    return see_other(f"/console/dialogues/{dialogue_id}")


async def sheet_answer(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /api/v1/console/company-sheet: the sheet in use, null where there is none."""
    watcher(visitor)
    kept = await request.app[DEPS].transactions.read(lambda unit: unit.qa_sheets.in_use())
    return web.json_response({"sheet": None if kept is None else _json(kept)})


def _json(kept: KeptSheet) -> dict[str, Json]:
    items: list[Json] = [
        {
            "item": item.words,
            "points": item.points,
            "veto": item.veto,
            "deducts": item.deducts,
            "checks": list(item.checks),
        }
        for item in kept.sheet.items
    ]
    return {
        "version": kept.sheet.version,
        "name": kept.name,
        "by": kept.by_id,
        "used_at": kept.used_at.isoformat() if kept.used_at else None,
        "items": items,
    }


async def _kept(deps: WebDeps, sheet_id: str) -> KeptSheet:
    return await deps.transactions.read(lambda unit: unit.qa_sheets.get(sheet_id))


def _choices(deps: WebDeps, language: str) -> Mapping[str, str]:
    """What an item may stand for, by id: the house's checks, the team's own, critical errors."""
    own = {check.id: check.name for check in deps.content.rubric.checks}
    checks = {check.id: name_of(language, "check", check.id) for check in CHECKS}
    return checks | own | {error: name_of(language, "critical", error) for error in CRITICAL}


def _chosen(
    fields: Mapping[str, str], sheet: QaSheet, choices: Mapping[str, str]
) -> QaSheet | None:
    """The sheet with the checks of the form; None where one of them is none."""
    items = []
    for at, item in enumerate(sheet.items):
        given = [fields.get(f"item-{at}-{place}", "") for place in range(MOST_CHECKS)]
        checks = tuple(dict.fromkeys(filter(None, given)))
        if any(check not in choices for check in checks):
            return None
        items.append(replace(item, checks=checks))
    return QaSheet(tuple(items))


def _has_file(request: web.Request) -> bool:
    return request.content_type == "multipart/form-data"


def _word(visitor: Visitor, key: str) -> str:
    return name_of(visitor.language, "company_sheet", key)


def routes() -> list[web.AbstractRouteDef]:
    """The routes of this desk."""
    return [
        web.get(PAGE, signed_in(overview)),
        web.post(PAGE, signed_in(hand_in, most_bytes=MAX_FILE_BYTES)),
        web.post(f"{PAGE}/stop", signed_in(stop)),
        web.get(f"{PAGE}/{{sheet_id}}", signed_in(show)),
        web.post(f"{PAGE}/{{sheet_id}}", signed_in(confirm)),
        web.post(f"{PAGE}/{{sheet_id}}/use", signed_in(use)),
        web.get(f"{PAGE}/{{sheet_id}}/qa_sheet.yaml", signed_in(as_file)),
        web.post("/console/dialogues/{dialogue_id}/points", signed_in(points)),
        web.get("/api/v1/console/company-sheet", signed_in(sheet_answer)),
    ]
