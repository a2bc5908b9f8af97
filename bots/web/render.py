"""Templates -> pages. Words come from the catalogue, and everything is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bots.facts import name_of, number
from bots.web.deps import DEPS
from core.catalogue import LANGUAGES, has, say

_HERE = Path(__file__).parent
STATIC = _HERE / "static"


def page(
    template: str, *, language: str, facts: Mapping[str, object], status: int = 200
) -> web.Response:
    """One page in `language`, filled with `facts`."""
    text = (
        _templates()
        .get_template(template)
        .render(
            language=language,
            say=partial(say, language),
            name_of=partial(name_of, language),
            number=number,
            **facts,
        )
    )
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8")


def problem(request: web.Request, key: str, *, status: int, language: str = "") -> web.Response:
    """A page, or JSON where that was asked for, that says what is wrong in one sentence."""
    language = language or guess_language(request)
    sentence = say(language, f"page.{key}")
    if wants_json(request):
        return web.json_response({"problem": key, "text": sentence}, status=status)
    advice = f"page.{key}_advice"
    facts = {
        "sentence": sentence,
        "advice": say(language, advice) if has(language, advice) else "",
        "way_back": key != "sign_in_needed",
    }
    return page("problem.html", language=language, facts=facts, status=status)


def see_other(path: str) -> web.Response:
    """After a form: go and look there."""
    return web.Response(status=303, headers={"Location": path})


def wants_json(request: web.Request) -> bool:
    """Whether the asker is a program rather than a person."""
    asked = "application/json" in request.headers.get("Accept", "")
    return asked or request.path.startswith("/api/")


def guess_language(request: web.Request) -> str:
    """For somebody who is not signed in: the browser's first wish, else the house's language."""
    wish = request.headers.get("Accept-Language", "")[:2].lower()
    return wish if wish in LANGUAGES else request.app[DEPS].language


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
