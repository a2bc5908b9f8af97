"""The trainee's pages: practise, history, one dialogue with its marks."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from markupsafe import Markup

from bots.web import reading, views
from bots.web.chat import BUTTONS, keep_text, read_chat
from bots.web.deps import DEPS
from bots.web.guard import Visitor, fields_of, open_to_all, signed_in, visitor_of
from bots.web.render import page, problem, see_other
from core.domain.dialogue import Status
from core.domain.people import Role
from core.domain.scorecard import Advice
from core.errors import NotFound

PRACTICE = "练习"
REPLAY = "重来"

WATCHERS = frozenset({Role.SUPERVISOR, Role.ADMIN})


async def home(request: web.Request, visitor: Visitor) -> web.Response:
    """Start button, scenarios, and the conversation."""
    deps = request.app[DEPS]
    chat = await read_chat(deps, visitor.person)
    facts = {
        **frame(visitor),
        "chat": chat,
        "buttons": BUTTONS,
        "scenarios": deps.content.scenarios(visitor.language),
    }
    return page("home.html", language=visitor.language, facts=facts)


async def practice(request: web.Request, visitor: Visitor) -> web.Response:
    """POST /practice: say 练习, with the scenario's id where one was chosen."""
    deps = request.app[DEPS]
    scenario_id = (await fields_of(request)).get("scenario", "")
    if scenario_id:
        deps.content.scenario(scenario_id)
    await keep_text(request, visitor, f"{PRACTICE} {scenario_id}".strip())
    return see_other("/#chat")


async def replay(request: web.Request, visitor: Visitor) -> web.Response:
    """POST /dialogues/{id}/replay: say 重来 with the turn; only the newest dialogue can be."""
    deps = request.app[DEPS]
    turn = (await fields_of(request)).get("turn", "")
    found, is_newest = await reading.judged(deps, visitor.person, request.match_info["dialogue_id"])
    if not is_newest or turn not in {str(known.seq) for known in found.turns}:
        raise NotFound(what="turn", name="replay")
    await keep_text(request, visitor, f"{REPLAY} {turn}")
    return see_other("/#chat")


async def history(request: web.Request, visitor: Visitor) -> web.Response:
    """All dialogues, newest first."""
    deps = request.app[DEPS]
    items = [
        (item, views.title_of(deps.content, item.dialogue))
        for item in await reading.practised(deps, visitor.person)
    ]
    facts = {**frame(visitor), "items": items}
    return page("history.html", language=visitor.language, facts=facts)


async def dialogue(request: web.Request, visitor: Visitor) -> web.Response:
    """One dialogue: every sentence with the marks it earned, the table, the radar."""
    deps, language = request.app[DEPS], visitor.language
    found, is_newest = await reading.judged(deps, visitor.person, request.match_info["dialogue_id"])
    rows = views.mark_rows(language, found.card) if found.card else []
    advice = found.debrief
    facts = {
        **frame(visitor),
        "title": views.title_of(deps.content, found.dialogue),
        "found": found,
        "rows": rows,
        "pinned": views.pinned(rows),
        "heat": {step.turn: step.tenths for step in advice.heat} if advice else {},
        "strengths": _explained(language, advice.strengths if advice else ()),
        "fixes": _explained(language, advice.fixes if advice else ()),
        "radar": Markup(views.radar_of(language, found.card)) if found.card else "",
        "can_replay": is_newest and found.dialogue.status is Status.ENDED,
        "judging": found.card is None and found.dialogue.scored,
    }
    return page("dialogue.html", language=language, facts=facts)


def _explained(language: str, advice: Sequence[Advice]) -> Sequence[tuple[Advice, str]]:
    return [(item, views.reason_of(language, item)) for item in advice]


def frame(visitor: Visitor) -> dict[str, object]:
    """What the frame around every page needs."""
    return {
        "person": visitor.person,
        "csrf": visitor.csrf,
        "watches": visitor.person.role in WATCHERS,
    }


async def front(request: web.Request) -> web.StreamResponse:
    """GET /: the page for those signed in, a word for the others (and no fault in it)."""
    if await visitor_of(request) is None:
        return problem(request, "sign_in_needed", status=200)
    return await _home(request)


_home = signed_in(home)


def routes() -> list[web.AbstractRouteDef]:
    """The trainee's routes."""
    return [
        web.get("/", open_to_all(front)),
        web.post("/practice", signed_in(practice)),
        web.get("/dialogues", signed_in(history)),
        web.get("/dialogues/{dialogue_id}", signed_in(dialogue)),
        web.post("/dialogues/{dialogue_id}/replay", signed_in(replay)),
    ]
