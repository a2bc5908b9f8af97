"""One dialogue with its marks, and what can be done about it: replay, appeal, closing form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from aiohttp import web
from markupsafe import Markup

from bots.web import reading, views
from bots.web.case import wrap_up_of
from bots.web.chat import say_and_show
from bots.web.deps import DEPS
from bots.web.frame import frame
from bots.web.guard import Visitor, fields_of, signed_in
from bots.web.render import page, problem, see_other, wants_json
from core.domain.dialogue import Dialogue, Mode, Status
from core.domain.scorecard import Advice, Debrief
from core.errors import NotFound
from core.services.judged import title_of

REPLAY = "重来"
APPEAL = "申诉"
WRAP_UP = "小结"

MAX_REASON = 500
MAX_FIELD = 200

_BREAKS = re.compile(r"[\s;；]+")


async def dialogue(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /dialogues/{id}: what to keep, what to mend, every sentence with its marks."""
    deps, language = request.app[DEPS], visitor.language
    found, is_newest = await reading.judged(deps, visitor.person, request.match_info["dialogue_id"])
    standing = await reading.standing(deps, visitor.person, found.dialogue.id)
    rows = views.mark_rows(language, found.card) if found.card else []
    advice, ended = found.debrief, found.dialogue.status is Status.ENDED
    facts = {
        **frame(request, visitor),
        "title": title_of(deps.content, found.dialogue),
        "found": found,
        "groups": views.grouped(rows),
        "sheet": views.sheet_rows(language, found.card) if found.card else [],
        "speed": views.speed_of(language, found.card) if found.card else "",
        "trusted": views.trust_line(language, found),
        "pasted": views.pasted_rows(language, found.card) if found.card else [],
        "pinned": views.pinned(rows),
        "heat": {step.turn: step.tenths for step in advice.heat} if advice else {},
        "strengths": _explained(language, advice.strengths if advice else ()),
        "fixes": _explained(language, advice.fixes if advice else ()),
        "advised": _at_turns(language, advice) if advice else {},
        "radar": Markup(views.radar_of(language, found.card)) if found.card else "",
        "mood": Markup(views.mood_of(language, advice.heat)) if advice else "",
        "can_replay": ended
        and (is_newest or found.dialogue.mode is not Mode.MICRO)
        and not await reading.is_talking(deps, visitor.person),
        "judging": found.card is None and found.dialogue.scored,
        "standing": standing,
        "due": {one.id: deps.answer_time.due_at(one.at) for one, _ in standing.appeals},
        "model": views.model_rows(language, standing.judgement),
        "can_share": ended
        and found.dialogue.mode is not Mode.EXAM
        and found.dialogue.order_id is None,
    }
    return page("dialogue.html", language=language, facts=facts)


def _explained(language: str, advice: Sequence[Advice]) -> Sequence[tuple[Advice, str]]:
    return [(item, views.reasons_of(language, item)) for item in advice]


def _at_turns(language: str, told: Debrief) -> Mapping[int, Sequence[tuple[str, Advice, str]]]:
    """What is said of each line: what kind of point it is, the advice, and why."""
    found: dict[int, list[tuple[str, Advice, str]]] = {}
    kinds = [("strength", one) for one in told.strengths]
    kinds += [("stop" if one.stops else "start", one) for one in told.fixes]
    for kind, one in kinds:
        turn = one.turn if kind == "strength" else one.replay_from or one.turn
        if turn is not None:
            found.setdefault(turn, []).append((kind, one, views.reasons_of(language, one)))
    return found


async def replay(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """POST /dialogues/{id}/replay: say 重来 with the practice and the turn. A micro-drill can only
    be tried again while it is the newest."""
    fields = await fields_of(request)
    found, is_newest = await _said(request, visitor, fields.get("turn", ""))
    text = f"{REPLAY} #{found.id} {fields['turn']}"
    if found.mode is Mode.MICRO:
        if not is_newest:
            raise NotFound(what="turn", name=found.id)
        text = f"{REPLAY} {fields['turn']}"
    return await say_and_show(request, visitor, text, key=fields.get("key", ""))


async def appeal(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """POST /dialogues/{id}/appeal: say 申诉 with the practice, the turn and the reason."""
    fields = await fields_of(request)
    found, _ = await _said(request, visitor, fields.get("turn", ""))
    reason = fields.get("reason", "").strip()
    if not reason or len(reason) > MAX_REASON:
        return problem(request, "bad_line", status=400, language=visitor.language)
    text = f"{APPEAL} #{found.id} {fields['turn']} {reason}"
    return await say_and_show(request, visitor, text, key=fields.get("key", ""))


async def share(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """POST /dialogues/{id}/share: the trainee shows this practice, or (`shown` 0) no longer."""
    dialogue_id = request.match_info["dialogue_id"]
    shown = (await fields_of(request)).get("shown", "1") != "0"
    await reading.share(request.app[DEPS], visitor.person, dialogue_id, shown=shown)
    if wants_json(request):
        return web.json_response({"shown": shown})
    return see_other(f"/dialogues/{dialogue_id}")


async def _said(request: web.Request, visitor: Visitor, turn: str) -> tuple[Dialogue, bool]:
    """The practice, if it is the visitor's own and the turn was said in it; and whether it is the
    newest."""
    found, is_newest = await reading.judged(
        request.app[DEPS], visitor.person, request.match_info["dialogue_id"]
    )
    if turn not in {str(known.seq) for known in found.turns}:
        raise NotFound(what="turn", name=found.dialogue.id)
    return found.dialogue, is_newest


async def wrap_up(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """POST /dialogues/{id}/wrap-up: say 小结 with the fields that were filled in."""
    deps, fields = request.app[DEPS], await fields_of(request)
    found, is_newest = await reading.judged(deps, visitor.person, request.match_info["dialogue_id"])
    form = wrap_up_of(deps.content, found.dialogue)
    if form is None or not is_newest:
        raise NotFound(what="wrap-up", name=found.dialogue.id)
    # One line per field: what would end a field is made a blank.
    given = [
        (label, _BREAKS.sub(" ", fields.get(f"field-{key}", "")).strip()[:MAX_FIELD])
        for key, label, _ in form.fields
    ]
    lines = [f"{label}：{value}" for label, value in given if value]
    if not lines:
        return problem(request, "bad_line", status=400, language=visitor.language)
    text = "\n".join([WRAP_UP, *lines])
    return await say_and_show(request, visitor, text, key=fields.get("key", ""))


def routes() -> list[web.AbstractRouteDef]:
    """The routes of one dialogue."""
    return [
        web.get("/dialogues/{dialogue_id}", signed_in(dialogue)),
        web.post("/dialogues/{dialogue_id}/replay", signed_in(replay)),
        web.post("/dialogues/{dialogue_id}/appeal", signed_in(appeal)),
        web.post("/dialogues/{dialogue_id}/wrap-up", signed_in(wrap_up)),
        web.post("/dialogues/{dialogue_id}/share", signed_in(share)),
        web.post("/api/v1/dialogues/{dialogue_id}/share", signed_in(share)),
    ]
