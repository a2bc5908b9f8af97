"""What was done about feedback goes back to whoever gave it; and feedback as training data."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from core.domain.dialogue import Speaker, Turn
from core.domain.messages import Json, NoticeCode, OutboundKind, OutboundMessage
from core.domain.people import Person
from core.domain.remark import Remark, RemarkAnswer
from core.errors import NotFound
from core.ports.delivery import Conversation
from core.ports.storage import UnitOfWork
from core.services.remark_themes import Themed

QUOTED = 60
"""Characters of a remark that are said back."""
BEFORE = 6
"""Lines of the customer that stand before a remark in the export."""


def answer_theme(
    unit: UnitOfWork,
    theme: Themed,
    text: str,
    *,
    only: Collection[int] = (),
    by: Person,
    now: datetime,
) -> list[int]:
    """Answer every open remark of a theme (or `only` these of it) in one go; the conversations
    told. A remark is answered once."""
    told = []
    for remark, answer in theme.remarks:
        if answer is not None or (only and remark.id not in only):
            continue
        if not unit.feedback.answer(RemarkAnswer(remark.id, by.id, text, now)):
            continue
        conversation = _where(unit, remark)
        if conversation is not None:
            unit.outbox.add([_message(conversation, remark, text)], now=now)
            told.append(conversation.id)
    return told


def _where(unit: UnitOfWork, remark: Remark) -> Conversation | None:
    """Where the remark was written, else where its writer was met last."""
    if remark.dialogue_id is not None:
        try:
            dialogue = unit.dialogues.get(remark.dialogue_id)
            return unit.conversations.get(dialogue.conversation_id)
        except NotFound:
            pass
    known = unit.conversations.of_person(remark.person_id)
    return known[-1] if known else None


def _message(conversation: Conversation, remark: Remark, text: str) -> OutboundMessage:
    short = remark.text if len(remark.text) <= QUOTED else f"{remark.text[:QUOTED]}…"
    return OutboundMessage(
        address=conversation.address,
        code=NoticeCode.FEEDBACK_ANSWERED,
        facts={"remark": short, "answer": text},
        kind=OutboundKind.PUSH,
        language=conversation.language,
    )


def export_lines(unit: UnitOfWork, themed: Sequence[Themed]) -> list[dict[str, Json]]:
    """One line per remark for the next adapter: the opinion, its theme, and what the simulated
    customer had said before it. A trainee's own lines are in it only where the practice may be
    read (shared, appealed against, an exam)."""
    return [
        _line(unit, theme, remark, answer) for theme in themed for remark, answer in theme.remarks
    ]


def _line(
    unit: UnitOfWork, theme: Themed, remark: Remark, answer: RemarkAnswer | None
) -> dict[str, Json]:
    found: dict[str, Json] = {
        "id": remark.id,
        "at": remark.at.isoformat(),
        "about": theme.about,
        "theme": theme.id,
        "text": remark.text,
        "turn": remark.turn,
        "answer": answer.text if answer else None,
    }
    if remark.dialogue_id is None:
        return found
    try:
        dialogue = unit.dialogues.get(remark.dialogue_id)
    except NotFound:
        return found
    readable = bool(unit.shares.why_shown(dialogue.id))
    turns: list[Json] = [
        {"seq": turn.seq, "speaker": turn.speaker.value, "text": turn.text}
        for turn in _before(unit.dialogues.turns(dialogue.id), remark.turn)
        if readable or turn.speaker is Speaker.CUSTOMER
    ]
    return found | {
        "dialogue": dialogue.id,
        "scenario": dialogue.scenario_id,
        "persona": dialogue.persona_id,
        "emotion": dialogue.mood_id,
        "engine": dialogue.engine,
        "turns": turns[-BEFORE:],
    }


def _before(turns: Sequence[Turn], turn: int | None) -> Sequence[Turn]:
    return [one for one in turns if turn is None or one.seq <= turn]
