"""The conversation: its page, a feed that waits, and a way to write."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from bots.intake import replies_topic
from bots.waiting import first_of
from bots.web.case import case_of, wrap_up_of
from bots.web.deps import CLOSING, DEPS, MAX_TEXT, POLL_S, WebDeps, address_of
from bots.web.frame import frame
from bots.web.guard import Visitor, fields_of, new_key, signed_in
from bots.web.lines import ChatLine, merged, newest_said, status_of, whole_talk
from bots.web.render import page, problem, see_other
from core.domain.dialogue import Dialogue, Mode, Speaker, Turn
from core.domain.messages import InboundMessage, Json, SendOutcome
from core.domain.people import Person
from core.ports.delivery import Kept, OutboxRow
from core.ports.live_state import Subscription
from core.ports.storage import UnitOfWork

FEED_LIMIT = 100
HISTORY_ROWS = 1000
"""How far back the page looks in the outbox; ids are shared by all conversations."""

HISTORY_LINES = 200

BUTTONS = {"hint": "提示", "record": "资料", "pause": "暂停", "resume": "继续", "end": "结束"}
"""What a button says in the person's name: the same words that can be typed."""

_KEY = re.compile(r"[A-Za-z0-9-]{8,64}")
_UNSEEN = {SendOutcome.WAITING, SendOutcome.DEFERRED}


@dataclass(frozen=True, slots=True)
class Chat:
    """The conversation as the page shows it first; the feed goes on from `last` and `said`."""

    lines: tuple[ChatLine, ...]
    last: int
    said: int
    dialogue: Dialogue | None

    @property
    def status(self) -> str:
        """The status of the open dialogue, or `none`."""
        return status_of(self.dialogue)

    @property
    def exam(self) -> bool:
        """Whether help and the customer's mood are kept back."""
        return self.dialogue is not None and self.dialogue.mode is Mode.EXAM


@dataclass(frozen=True, slots=True)
class Fed:
    """What the feed found: rows and the trainee's own turns, and how the dialogue stands."""

    rows: tuple[OutboxRow, ...]
    turns: tuple[Turn, ...]
    dialogue: Dialogue | None


async def chat(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /chat: the conversation with the case beside it."""
    deps = request.app[DEPS]
    shown = await read_chat(deps, visitor.person)
    facts = {
        **frame(request, visitor),
        "chat": shown,
        "case": case_of(deps.content, shown.dialogue),
        "wrap_up": wrap_up_of(deps.content, shown.dialogue),
    }
    return page("chat.html", language=visitor.language, facts=facts)


async def case(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /chat/case: the part beside the conversation, as it stands now."""
    deps = request.app[DEPS]
    shown = await read_chat(deps, visitor.person)
    facts = {"case": case_of(deps.content, shown.dialogue)}
    return page("_case.html", language=visitor.language, facts=facts)


async def wrap_up(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /chat/wrap-up: the closing form of the dialogue that ended last, if it has one."""
    deps = request.app[DEPS]
    shown = await read_chat(deps, visitor.person)
    facts = {**frame(request, visitor), "wrap_up": wrap_up_of(deps.content, shown.dialogue)}
    return page("_wrap_up.html", language=visitor.language, facts=facts)


async def read_chat(deps: WebDeps, person: Person) -> Chat:
    """The last lines of the person's conversation."""

    def work(unit: UnitOfWork) -> Chat:
        conversation = unit.conversations.at(address_of(person))
        last = unit.outbox.last_id(conversation.id)
        after = max(0, last - HISTORY_ROWS)
        rows = unit.outbox.feed(conversation.id, after=after, limit=HISTORY_ROWS)
        dialogue = _shown(unit, conversation.dialogue_id, rows)
        turns = unit.dialogues.turns(dialogue.id) if dialogue else ()
        lines = whole_talk(rows, turns, dialogue=dialogue, word=deps.word)[-HISTORY_LINES:]
        return Chat(lines=tuple(lines), last=last, said=newest_said(lines), dialogue=dialogue)

    return await deps.transactions.read(work)


def _shown(unit: UnitOfWork, open_id: str | None, rows: Sequence[OutboxRow]) -> Dialogue | None:
    """The open dialogue, else the one that was talked about last."""
    spoken = [row.message.dialogue_id for row in rows if row.message.dialogue_id]
    dialogue_id = open_id or (spoken[-1] if spoken else None)
    return unit.dialogues.get(dialogue_id) if dialogue_id else None


async def feed(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /api/v1/feed?after=N&said=M: rows newer than N and what the trainee said in inbox rows
    newer than M, at once or as soon as there is any.

    An empty answer after POLL_S seconds is no fault: the page asks again.
    """
    deps = request.app[DEPS]
    after, said = _position(request, "after"), _position(request, "said")
    if after is None or said is None:
        return problem(request, "not_found", status=400, language=visitor.language)
    conversation_id = await _conversation_of(deps, visitor.person)
    async with deps.live.subscribe(replies_topic(conversation_id)) as bell:
        found = await _fetch(deps, conversation_id, after=after, said=said)
        if not (found.rows or found.turns) and request.query.get("wait") != "0":
            await first_of(_rung(bell), request.app[CLOSING].wait())
            found = await _fetch(deps, conversation_id, after=after, said=said)
    await _mark_seen(deps, found.rows)
    lines = merged(found.rows, found.turns, word=deps.word, since=said)
    rows: list[Json] = [line.json for line in lines]
    return web.json_response(
        {
            "rows": rows,
            "last": found.rows[-1].id if found.rows else after,
            "said": newest_said(lines, since=said),
            "status": status_of(found.dialogue),
        }
    )


def _position(request: web.Request, name: str) -> int | None:
    given = request.query.get(name, "0")
    whole = given.isascii() and given.isdigit() and len(given) <= 18
    return int(given) if whole else None


async def _rung(bell: Subscription) -> None:
    await bell.wait(POLL_S)


async def _conversation_of(deps: WebDeps, person: Person) -> int:
    return await deps.transactions.read(lambda unit: unit.conversations.at(address_of(person)).id)


async def _fetch(deps: WebDeps, conversation_id: int, *, after: int, said: int) -> Fed:
    def work(unit: UnitOfWork) -> Fed:
        rows = tuple(unit.outbox.feed(conversation_id, after=after, limit=FEED_LIMIT))
        open_id = unit.conversations.get(conversation_id).dialogue_id
        # A dialogue that ended between two questions is named by its rows.
        named = {row.message.dialogue_id for row in rows} | {open_id}
        turns = tuple(
            turn
            for dialogue_id in sorted(filter(None, named))
            for turn in unit.dialogues.turns(dialogue_id)
            if turn.speaker is Speaker.TRAINEE and (turn.inbox_id or 0) > said
        )
        return Fed(rows, turns, unit.dialogues.get(open_id) if open_id else None)

    return await deps.transactions.read(work)


async def _mark_seen(deps: WebDeps, rows: Sequence[OutboxRow]) -> None:
    """A row that went to the page counts as sent; the page may still ask for it again."""
    ids = [row.id for row in rows if row.state in _UNSEEN]
    if ids:
        now = deps.clock.now()
        await deps.transactions.write(
            lambda unit: unit.outbox.settle(ids, SendOutcome.SENT, now=now)
        )


async def add_line(request: web.Request, visitor: Visitor) -> web.Response:
    """POST /api/v1/lines: keep a line under the asker's own key, so that a repeat is one line."""
    given = _line(await fields_of(request))
    if given is None:
        return problem(request, "bad_line", status=400, language=visitor.language)
    text, key = given
    kept = await keep_text(request, visitor, text, key=key)
    return web.json_response({"inbox_id": kept.inbox_id, "new": kept.is_new})


async def send(request: web.Request, visitor: Visitor) -> web.Response:
    """POST /chat/send: the same as a form, for a browser without scripts."""
    given = _line(await fields_of(request))
    if given is None:
        return problem(request, "bad_line", status=400, language=visitor.language)
    text, key = given
    return await say_and_show(request, visitor, text, key=key)


def _line(fields: Mapping[str, str]) -> tuple[str, str] | None:
    """Text (or what the named button says) and key; None when either cannot be taken."""
    text = fields.get("text", "").strip() or BUTTONS.get(fields.get("button", ""), "")
    key = fields.get("key", "") or new_key()
    return (text, key) if text and len(text) <= MAX_TEXT and _KEY.fullmatch(key) else None


async def say_and_show(
    request: web.Request, visitor: Visitor, text: str, *, key: str = ""
) -> web.Response:
    """After a form: the conversation, with the answer in it if it comes soon.

    `key` is the form's own: pressed twice, it is worked once. A key of another form is no key.
    """
    deps = request.app[DEPS]
    key = key if _KEY.fullmatch(key) else new_key()
    kept = await keep_text(request, visitor, text, key=key)
    try:
        async with asyncio.timeout(deps.form_wait_s):
            await _worked(deps, kept)
    except TimeoutError:
        pass  # the page shows what is there, and asks on
    return see_other("/chat")


async def _worked(deps: WebDeps, kept: Kept) -> None:
    async with deps.live.subscribe(replies_topic(kept.conversation_id)) as bell:
        while not await deps.transactions.read(lambda unit: unit.inbox.is_closed(kept.inbox_id)):
            await bell.wait(deps.form_wait_s)


async def keep_text(request: web.Request, visitor: Visitor, text: str, *, key: str) -> Kept:
    """Hand a text to the intake as if the person had typed it."""
    deps = request.app[DEPS]
    return await deps.intake.keep(
        InboundMessage(
            address=address_of(visitor.person),
            key=f"{visitor.person.id}/{key}",
            text=text,
            sent_at=deps.clock.now(),
        )
    )


def routes() -> list[web.AbstractRouteDef]:
    """The routes of the conversation."""
    return [
        web.get("/chat", signed_in(chat)),
        web.get("/chat/case", signed_in(case)),
        web.get("/chat/wrap-up", signed_in(wrap_up)),
        web.post("/chat/send", signed_in(send)),
        web.get("/api/v1/feed", signed_in(feed)),
        web.post("/api/v1/lines", signed_in(add_line)),
    ]
