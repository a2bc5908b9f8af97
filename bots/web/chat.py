"""The conversation on the page: a feed that waits, and a way to write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from bots.intake import replies_topic
from bots.waiting import first_of
from bots.web.deps import CLOSING, DEPS, MAX_TEXT, POLL_S, WebDeps, address_of
from bots.web.guard import Visitor, fields_of, new_token, signed_in
from bots.web.render import problem, see_other, wants_json
from core.domain.dialogue import Dialogue, Speaker, Status, Turn
from core.domain.messages import InboundMessage, Json, NoticeCode, SendOutcome
from core.domain.people import Person
from core.ports.live_state import Subscription
from core.ports.storage import Kept, OutboxRow, UnitOfWork

FEED_LIMIT = 100
HISTORY_ROWS = 1000
"""How far back the page looks in the outbox; ids are shared by all conversations."""

HISTORY_LINES = 200

BUTTONS = {"hint": "提示", "record": "资料", "pause": "暂停", "resume": "继续", "end": "结束"}
"""What a button says in the person's name: the same words that can be typed."""

_KEY = re.compile(r"[A-Za-z0-9-]{8,64}")
_UNSEEN = {SendOutcome.WAITING, SendOutcome.DEFERRED}


@dataclass(frozen=True, slots=True)
class ChatLine:
    """One line of the page: whose it is (trainee, customer, coach), and the words."""

    speaker: str
    text: str
    row_id: int = 0
    debrief_of: str = ""


@dataclass(frozen=True, slots=True)
class Chat:
    """The conversation as the page shows it first; `last` is where the feed goes on."""

    lines: tuple[ChatLine, ...]
    last: int
    dialogue: Dialogue | None

    @property
    def status(self) -> str:
        """The status of the open dialogue, or `none`."""
        return status_of(self.dialogue)


@dataclass(frozen=True, slots=True)
class Fed:
    """What the feed found: rows in order, and how the dialogue stands."""

    rows: tuple[OutboxRow, ...]
    dialogue: Dialogue | None


def status_of(dialogue: Dialogue | None) -> str:
    """The status of an open dialogue, `none` where there is none."""
    if dialogue is None or dialogue.status in (Status.ENDED, Status.DROPPED):
        return "none"
    return dialogue.status.value


async def read_chat(deps: WebDeps, person: Person) -> Chat:
    """The last lines of the person's conversation."""

    def work(unit: UnitOfWork) -> Chat:
        conversation = unit.conversations.at(address_of(person))
        last = unit.outbox.last_id(conversation.id)
        after = max(0, last - HISTORY_ROWS)
        rows = unit.outbox.feed(conversation.id, after=after, limit=HISTORY_ROWS)
        dialogue = _shown(unit, conversation.dialogue_id, rows)
        turns = unit.dialogues.turns(dialogue.id) if dialogue else ()
        lines = chat_lines(deps, rows, turns, dialogue_id=dialogue.id if dialogue else None)
        return Chat(lines=tuple(lines[-HISTORY_LINES:]), last=last, dialogue=dialogue)

    return await deps.transactions.read(work)


def _shown(unit: UnitOfWork, open_id: str | None, rows: Sequence[OutboxRow]) -> Dialogue | None:
    """The open dialogue, else the one that was talked about last."""
    spoken = [row.message.dialogue_id for row in rows if row.message.dialogue_id]
    dialogue_id = open_id or (spoken[-1] if spoken else None)
    return unit.dialogues.get(dialogue_id) if dialogue_id else None


def chat_lines(
    deps: WebDeps, rows: Sequence[OutboxRow], turns: Sequence[Turn], *, dialogue_id: str | None
) -> list[ChatLine]:
    """Rows and the trainee's own turns in the order they came.

    Both name the inbox row they belong to; a row that answers nothing follows the row before.
    Customer turns whose rows lie too far back, or in the talk that is replayed, are taken from
    the dialogue.
    """
    first = next((n for n, row in enumerate(rows) if row.message.dialogue_id == dialogue_id), 0)
    placed: list[tuple[int, int, int, ChatLine]] = []
    place, answered = 0, set()
    for row in rows[first:]:
        place = row.message.inbox_id or place
        if row.message.code is NoticeCode.CUSTOMER_LINE:
            answered.add(place)
        placed.append((place, 1, row.id, _line_of_row(deps, row)))
    for turn in turns:
        begun = turn.inbox_id or 0
        if turn.speaker is Speaker.TRAINEE or begun not in answered:
            placed.append((begun, 0, turn.seq, ChatLine(turn.speaker.value, turn.text)))
    return [line for *_, line in sorted(placed, key=lambda item: item[:3])]


def _line_of_row(deps: WebDeps, row: OutboxRow) -> ChatLine:
    code = row.message.code
    return ChatLine(
        speaker="customer" if code is NoticeCode.CUSTOMER_LINE else "coach",
        text=deps.word(row.message),
        row_id=row.id,
        debrief_of=(row.message.dialogue_id or "") if code is NoticeCode.DEBRIEF else "",
    )


async def feed(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /chat/feed?after=N: rows newer than N, at once or as soon as there are any.

    An empty answer after POLL_S seconds is no fault: the page asks again.
    """
    deps = request.app[DEPS]
    asked = request.query.get("after", "0")
    if not asked.isascii() or not asked.isdigit() or len(asked) > 18:
        return problem(request, "not_found", status=400, language=visitor.language)
    after = int(asked)
    conversation_id = await _conversation_of(deps, visitor.person)
    async with deps.live.subscribe(replies_topic(conversation_id)) as bell:
        found = await _fetch(deps, conversation_id, after)
        if not found.rows and request.query.get("wait") != "0":
            await first_of(_rung(bell), request.app[CLOSING].wait())
            found = await _fetch(deps, conversation_id, after)
    await _mark_seen(deps, found.rows)
    rows: list[Json] = [_row_json(deps, row) for row in found.rows]
    last = found.rows[-1].id if found.rows else after
    return web.json_response({"rows": rows, "last": last, "status": status_of(found.dialogue)})


async def _rung(bell: Subscription) -> None:
    await bell.wait(POLL_S)


async def _conversation_of(deps: WebDeps, person: Person) -> int:
    return await deps.transactions.read(lambda unit: unit.conversations.at(address_of(person)).id)


async def _fetch(deps: WebDeps, conversation_id: int, after: int) -> Fed:
    def work(unit: UnitOfWork) -> Fed:
        rows = unit.outbox.feed(conversation_id, after=after, limit=FEED_LIMIT)
        open_id = unit.conversations.get(conversation_id).dialogue_id
        return Fed(tuple(rows), unit.dialogues.get(open_id) if open_id else None)

    return await deps.transactions.read(work)


async def _mark_seen(deps: WebDeps, rows: Sequence[OutboxRow]) -> None:
    """A row that went to the page counts as sent; the page may still ask for it again."""
    ids = [row.id for row in rows if row.state in _UNSEEN]
    if ids:
        now = deps.clock.now()
        await deps.transactions.write(
            lambda unit: unit.outbox.settle(ids, SendOutcome.SENT, now=now)
        )


def _row_json(deps: WebDeps, row: OutboxRow) -> dict[str, Json]:
    line = _line_of_row(deps, row)
    return {
        "id": row.id,
        "code": row.message.code.value,
        "speaker": line.speaker,
        "text": line.text,
        "dialogue_id": row.message.dialogue_id,
        "debrief_of": line.debrief_of,
        "delay_s": row.message.delay_s,
    }


async def send(request: web.Request, visitor: Visitor) -> web.Response:
    """POST /chat/send: keep a line under the page's own key, so that a repeat is one line."""
    fields = await fields_of(request)
    text = fields.get("text", "").strip() or BUTTONS.get(fields.get("button", ""), "")
    key = fields.get("key", "") or new_token().replace("_", "-")
    if not text or len(text) > MAX_TEXT or not _KEY.fullmatch(key):
        return problem(request, "bad_line", status=400, language=visitor.language)
    kept = await keep_text(request, visitor, text, key=key)
    if wants_json(request):
        return web.json_response({"inbox_id": kept.inbox_id, "new": kept.is_new})
    return see_other("/#chat")


async def keep_text(request: web.Request, visitor: Visitor, text: str, *, key: str = "") -> Kept:
    """Hand a text to the intake as if the person had typed it."""
    deps = request.app[DEPS]
    return await deps.intake.keep(
        InboundMessage(
            address=address_of(visitor.person),
            key=f"{visitor.person.id}/{key or new_token()}",
            text=text,
            sent_at=deps.clock.now(),
        )
    )


def routes() -> list[web.AbstractRouteDef]:
    """The routes of the conversation."""
    return [
        web.get("/chat/feed", signed_in(feed)),
        web.post("/chat/send", signed_in(send)),
    ]
