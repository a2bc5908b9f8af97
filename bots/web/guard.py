"""Who is asking, and may they: sessions, CSRF tokens, rate limits."""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from aiohttp import BodyPartReader, web

from bots.web.deps import DEPS, SESSION_LASTS
from bots.web.render import problem
from core.domain.people import Person
from core.errors import NotAllowed, NotFound, StorageError, StorageUnavailable

logger = logging.getLogger("bots.web")

SESSION = "peilian_session"
VISIT = "peilian_visit"
"""A cookie for those who are not signed in yet, so that their form too has a CSRF token."""

CSRF_FIELD = "csrf"
CSRF_HEADER = "X-CSRF-Token"

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_POSTS_PER_MINUTE = 60
_GETS_PER_MINUTE = 240
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person and the token their forms must carry."""

    person: Person
    csrf: str

    @property
    def language(self) -> str:
        """The language of this person's pages."""
        return self.person.language


Parts: TypeAlias = dict[str, str | tuple[str, bytes]]
"""A form with a file in it: text, or (file name, bytes)."""
_PARTS = web.RequestKey("parts", Parts)

Page: TypeAlias = Callable[[web.Request, Visitor], Awaitable[web.StreamResponse]]
Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


def digest_of(token: str) -> str:
    """What is kept of a token; the token itself is only with the person."""
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_of(cookie: str) -> str:
    """The form token that belongs to a cookie."""
    return hmac.new(cookie.encode(), b"form", hashlib.sha256).hexdigest()


def new_token() -> str:
    """A token nobody can guess."""
    return secrets.token_urlsafe(32)


def new_key() -> str:
    """A key under which one form, or one line, counts once."""
    return secrets.token_hex(16)


def set_cookie(request: web.Request, response: web.StreamResponse, name: str, value: str) -> None:
    """A cookie no script can read."""
    response.set_cookie(
        name,
        value,
        max_age=int(SESSION_LASTS.total_seconds()),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=request.app[DEPS].secure_cookies or _by_https(request),
    )


def _by_https(request: web.Request) -> bool:
    """Whether the browser came by https, to us or to the proxy before us. A header that lies
    harms only the cookie of whoever sent it."""
    return request.secure or request.headers.get("X-Forwarded-Proto", "") == "https"


def signed_in(work: Page, *, most_bytes: int = 0) -> Handler:
    """A handler for people who are signed in; others are told where to begin. `most_bytes`: the
    body may be larger than elsewhere, for those who got this far."""

    async def handle(request: web.Request) -> web.StreamResponse:
        visitor = await visitor_of(request)
        if visitor is None:
            return problem(request, "sign_in_needed", status=401)
        if not await _calm(request, visitor.person.id):
            return problem(request, "too_fast", status=429, language=visitor.language)
        if most_bytes:
            request = request.clone(client_max_size=most_bytes)
        if request.method not in _SAFE and not await form_is_ours(request, visitor.csrf):
            return problem(request, "bad_form", status=403, language=visitor.language)
        try:
            return await work(request, visitor)
        except NotFound:
            return problem(request, "not_found", status=404, language=visitor.language)
        except NotAllowed:
            return problem(request, "not_allowed", status=403, language=visitor.language)

    return bounded(handle)


def open_to_all(work: Handler) -> Handler:
    """A handler for anybody, slowed down by address."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if not await _calm(request, request.remote or "nobody"):
            return problem(request, "too_fast", status=429)
        return await work(request)

    return bounded(handle)


def bounded(work: Handler) -> Handler:
    """A handler whose store may be away: that is a 503, said in words."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await work(request)
        except StorageError as error:
            logger.warning("web request not served", extra={"error": type(error).__name__})
            return problem(request, "unavailable", status=503)

    return handle


async def visitor_of(request: web.Request) -> Visitor | None:
    """The person behind the session cookie, or None."""
    token = cookie_of(request, SESSION)
    if not token:
        return None
    deps = request.app[DEPS]
    now = deps.clock.now()
    person = await deps.transactions.read(
        lambda unit: unit.people.session_person(digest_of(token), now=now)
    )
    return None if person is None else Visitor(person, csrf_of(token))


async def form_is_ours(request: web.Request, expected: str) -> bool:
    """Whether a POST was made by a page of ours: the token in the form or in the header."""
    given = request.headers.get(CSRF_HEADER, "")
    if not given:
        given = (await fields_of(request)).get(CSRF_FIELD, "")
    return given.isascii() and hmac.compare_digest(given, expected)


async def fields_of(request: web.Request) -> Mapping[str, str]:
    """The text fields of a form or of a JSON object; others are left out, and there are none
    in what cannot be read."""
    try:
        given = await _body_of(request)
    except (ValueError, LookupError, RecursionError):
        return {}
    return {
        key: value for key, value in given.items() if isinstance(value, str) and _is_text(value)
    }


async def _body_of(request: web.Request) -> Mapping[str, object]:
    if request.content_type == "multipart/form-data":
        return await parts_of(request)
    if request.content_type != "application/json":
        return await request.post()
    body = await request.json()
    return body if isinstance(body, dict) else {}


async def parts_of(request: web.Request) -> Parts:
    """The parts of a multipart form, all in memory and read once.
    Raises HTTPRequestEntityTooLarge."""
    if _PARTS in request:
        return request[_PARTS]
    found: Parts = {}
    left = request.client_max_size
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or not part.name:
            continue
        data = bytearray()
        while chunk := await part.read_chunk():
            left -= len(chunk)
            if left < 0:
                raise web.HTTPRequestEntityTooLarge(request.client_max_size, 0)
            data += chunk
        name = part.filename
        found[part.name] = (name, bytes(data)) if name else data.decode("utf-8", "replace")
    request[_PARTS] = found
    return found


def _is_text(value: str) -> bool:
    """Half a surrogate pair is no text: no store and no platform takes it."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def cookie_of(request: web.Request, name: str) -> str:
    """A cookie of ours, or nothing: ours are plain ASCII."""
    value = request.cookies.get(name, "")
    return value if value.isascii() else ""


async def _calm(request: web.Request, who: str) -> bool:
    """Whether `who` is within the limits. Without the live state nobody is slowed down."""
    posts = request.method not in _SAFE
    limit = _POSTS_PER_MINUTE if posts else _GETS_PER_MINUTE
    bucket = f"web:{'post' if posts else 'get'}:{who}"
    try:
        return await request.app[DEPS].live.take(bucket, limit=limit, per=_MINUTE)
    except StorageUnavailable:
        return True
