"""The trainee's pages: where to begin, what was practised, what it adds up to, help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web
from markupsafe import Markup

from bots import results
from bots.pictures import said
from bots.planning import PlanDesk
from bots.web import reading, views
from bots.web.chat import say_and_show
from bots.web.deps import DEPS, WebDeps
from bots.web.frame import frame
from bots.web.guard import Visitor, bounded, fields_of, open_to_all, signed_in, visitor_of
from bots.web.render import page, problem
from core.domain.ability import Ability
from core.domain.dialogue import Dialogue
from core.domain.scenario import Difficulty, Scenario
from core.domain.scorecard import Scorecard
from core.domain.training import Drill
from core.services import progress
from core.services.judged import title_of

PRACTICE = "练习"
QUICK = "微练"
MOST_WORDS = 60
"""Characters of what is looked for."""
BEHIND = 5
"""Practices shown behind one ability."""


async def home(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /: go on, begin with what is recommended, or choose."""
    deps = request.app[DEPS]
    start = await reading.start(deps, visitor.person)
    title = title_of(deps.content, start.dialogue) if start.dialogue else ""
    facts = {
        **frame(request, visitor),
        "dialogue": start.dialogue,
        "title": title,
        "suggestion": _suggested(deps, visitor.language, start.suggestion),
        "best": start.best,
        **_chosen(request, deps.content.scenarios(visitor.language), start.best),
    }
    return page("home.html", language=visitor.language, facts=facts)


def _chosen(
    request: web.Request, scenarios: Sequence[Scenario], best: Mapping[str, float]
) -> dict[str, object]:
    """The cases that fit what the visitor looks for: words, a difficulty, only new ones."""
    words = request.query.get("words", "")[:MOST_WORDS].strip()
    difficulty = request.query.get("difficulty", "")
    new = bool(request.query.get("new"))
    fitting = [
        one
        for one in scenarios
        if _has(one, words) and difficulty in ("", one.difficulty) and not (new and one.id in best)
    ]
    return {
        "scenarios": fitting,
        "words": words,
        "difficulties": sorted({one.difficulty for one in scenarios}, key=list(Difficulty).index),
        "difficulty": difficulty,
        "new": new,
    }


def _has(scenario: Scenario, words: str) -> bool:
    told = f"{scenario.title} {scenario.family} {scenario.brief}".lower()
    return all(word in told for word in words.lower().split())


def _suggested(
    deps: WebDeps, language: str, drill: Drill | None
) -> tuple[Scenario, str, str] | None:
    """The case, the ability it is for, and the reason in words."""
    if drill is None:
        return None
    facts = PlanDesk(deps.content, deps.zone).facts(language, drill)
    return (
        deps.content.scenario(drill.scenario_id),
        drill.ability.value,
        results.reason_of(language, facts),
    )


async def practice(request: web.Request, visitor: Visitor) -> web.Response:
    """POST /practice: say 练习, with the scenario's id where one was chosen."""
    fields = await fields_of(request)
    scenario_id = fields.get("scenario", "")
    if scenario_id:
        request.app[DEPS].content.scenario(scenario_id)
    text = f"{PRACTICE} {scenario_id}".strip()
    return await say_and_show(request, visitor, text, key=fields.get("key", ""))


async def quick(request: web.Request, visitor: Visitor) -> web.Response:
    """POST /practice/quick: say 微练, with the ability where one was named."""
    fields = await fields_of(request)
    text = f"{QUICK} {fields.get('ability', '')}".strip()
    return await say_and_show(request, visitor, text, key=fields.get("key", ""))


async def history(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /dialogues: all dialogues, newest first, and the way the scores went."""
    deps = request.app[DEPS]
    practised = await reading.practised(deps, visitor.person)
    items = [(item, title_of(deps.content, item.dialogue)) for item in practised]
    facts = {
        **frame(request, visitor),
        "items": items,
        "trend": Markup(said.trend(visitor.language, reading.scores(practised))),
    }
    return page("history.html", language=visitor.language, facts=facts)


async def profile(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /profile: the nine abilities, none shown as fact on too little practice."""
    deps, language = request.app[DEPS], visitor.language
    cards = await reading.cards(deps, visitor.person)
    levels = reading.levels_of(deps, visitor.person, cards)
    facts = {
        **frame(request, visitor),
        "rows": views.level_rows(language, levels),
        "radar": Markup(views.level_radar(language, levels)),
        "behind": [_behind(deps, level.ability, cards) for level in levels],
        "version": progress.TRACKER_VERSION,
    }
    return page("profile.html", language=language, facts=facts)


def _behind(
    deps: WebDeps, ability: Ability, cards: Sequence[tuple[Dialogue, Scorecard]]
) -> list[tuple[Dialogue, Scorecard, str]]:
    """The newest practices that an ability was scored in, with the titles of their cases."""
    scored = [pair for pair in cards if pair[1].ability(ability) is not None]
    return [
        (dialogue, card, title_of(deps.content, dialogue)) for dialogue, card in scored[:BEHIND]
    ]


async def help_page(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /help: how it goes, the words that can be typed, who sees what."""
    return page("help.html", language=visitor.language, facts=frame(request, visitor))


async def front(request: web.Request) -> web.StreamResponse:
    """GET /: the page for those signed in, a word for the others (and no fault in it).

    Only strangers are counted by their address: a whole company may sit behind one.
    """
    known = await visitor_of(request) is not None
    return await (_home if known else _greeting)(request)


async def greeting(request: web.Request) -> web.StreamResponse:
    """What strangers see."""
    return problem(request, "sign_in_needed", status=200)


_home, _greeting = signed_in(home), open_to_all(greeting)


def routes() -> list[web.AbstractRouteDef]:
    """The trainee's routes."""
    return [
        web.get("/", bounded(front)),
        web.post("/practice", signed_in(practice)),
        web.post("/practice/quick", signed_in(quick)),
        web.get("/dialogues", signed_in(history)),
        web.get("/profile", signed_in(profile)),
        web.get("/help", signed_in(help_page)),
    ]
