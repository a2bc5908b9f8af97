"""The lines of a conversation as the page shows them: pure functions of stored rows and turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.domain.dialogue import Dialogue, Speaker, Status, Turn
from core.domain.messages import Json, NoticeCode, OutboundMessage
from core.ports.delivery import OutboxRow

_JUDGED = frozenset({NoticeCode.DEBRIEF.value, NoticeCode.VERDICT.value})
"""What comes with a scorecard."""


@dataclass(frozen=True, slots=True)
class ChatLine:
    """One line: whose it is (trainee, customer, coach), the words, and what it belongs to.

    `row_id` is 0 for what the trainee said; `inbox_id` is 0 where nothing was answered.
    """

    speaker: str
    text: str
    code: str = ""
    row_id: int = 0
    inbox_id: int = 0
    dialogue_id: str = ""
    delay_s: float = 0.0

    @property
    def debrief_of(self) -> str:
        """The dialogue whose scorecard this line tells of, or nothing."""
        return self.dialogue_id if self.code in _JUDGED else ""

    @property
    def json(self) -> dict[str, Json]:
        """The line as the feed tells it."""
        return {
            "id": self.row_id,
            "code": self.code,
            "speaker": self.speaker,
            "text": self.text,
            "dialogue_id": self.dialogue_id or None,
            "inbox_id": self.inbox_id,
            "debrief_of": self.debrief_of,
            "delay_s": self.delay_s,
        }


def status_of(dialogue: Dialogue | None) -> str:
    """The status of an open dialogue, `none` where there is none."""
    if dialogue is None or dialogue.status in (Status.ENDED, Status.DROPPED):
        return "none"
    return dialogue.status.value


def whole_talk(
    rows: Sequence[OutboxRow],
    turns: Sequence[Turn],
    *,
    dialogue: Dialogue | None,
    word: Callable[[OutboundMessage], str],
) -> list[ChatLine]:
    """A conversation from where its dialogue begins, in the order things came.

    Customer turns without rows of their own (those of the talk that is replayed, and those
    whose rows lie too far back) are taken from the dialogue.
    """
    dialogue_id = dialogue.id if dialogue else None
    own = [row for row in rows if row.message.dialogue_id == dialogue_id]
    first = rows.index(own[0]) if own else 0
    answered = {row.message.inbox_id for row in own if _is_customers(row)}
    opened = any(row.message.code is NoticeCode.DIALOGUE_STARTED for row in own)
    missing = [
        turn
        for turn in turns
        if turn.speaker is Speaker.CUSTOMER
        and not (opened if turn.inbox_id is None else turn.inbox_id in answered)
    ]
    mine = [turn for turn in turns if turn.speaker is Speaker.TRAINEE]
    return merged(rows[first:], [*mine, *missing], word=word)


def merged(
    rows: Sequence[OutboxRow],
    turns: Sequence[Turn],
    *,
    word: Callable[[OutboundMessage], str],
    since: int = 0,
) -> list[ChatLine]:
    """Rows and turns in one order: both name the inbox row they belong to, and a row that
    answers nothing follows the row before it, or what answered `since`."""
    placed: list[tuple[int, int, int, ChatLine]] = []
    place = since
    for row in rows:
        place = row.message.inbox_id or place
        placed.append((place, 1, row.id, _of_row(row, word(row.message))))
    for turn in turns:
        line = ChatLine(turn.speaker.value, turn.text, inbox_id=turn.inbox_id or 0)
        placed.append((line.inbox_id, 0, turn.seq, line))
    return [line for *_, line in sorted(placed, key=lambda item: item[:3])]


def newest_said(lines: Sequence[ChatLine], *, since: int = 0) -> int:
    """The inbox id of the newest thing the trainee said; `since` where there is nothing newer."""
    return max((line.inbox_id for line in lines if line.speaker == "trainee"), default=since)


def _is_customers(row: OutboxRow) -> bool:
    return row.message.code is NoticeCode.CUSTOMER_LINE


def _of_row(row: OutboxRow, text: str) -> ChatLine:
    return ChatLine(
        speaker="customer" if _is_customers(row) else "coach",
        text=text,
        code=row.message.code.value,
        row_id=row.id,
        inbox_id=row.message.inbox_id or 0,
        dialogue_id=row.message.dialogue_id or "",
        delay_s=row.message.delay_s,
    )
