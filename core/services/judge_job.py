"""The `judge` job: an ended dialogue becomes a scorecard, and the debrief goes out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from core.domain.ability import Ability
from core.domain.dialogue import Dialogue
from core.domain.messages import Json, NoticeCode, OutboundMessage
from core.domain.scorecard import Advice, Debrief, Scorecard
from core.domain.transcript import Transcript
from core.ports.content import ContentLibrary
from core.ports.line_reader import LineReader
from core.ports.storage import Conversation, Transactions, UnitOfWork
from core.services import coaching, judging


async def judge_dialogue(
    dialogue_id: str,
    *,
    transactions: Transactions,
    content: ContentLibrary,
    reader: LineReader,
    now: datetime,
) -> int | None:
    """Judge and tell; the conversation told, or None where the talk is not to be scored.

    Judging the same dialogue again replaces its card.
    """
    transcript, dialogue = await transactions.read(lambda unit: _load(unit, dialogue_id, content))
    if not dialogue.scored:
        return None
    card = judging.judge(transcript, reader=reader)
    told = coaching.debrief(transcript, card, level=None, reader=reader)

    def write(unit: UnitOfWork) -> int:
        conversation = unit.conversations.get(dialogue.conversation_id)
        unit.scorecards.put(card, told, person_id=dialogue.person_id, now=now)
        unit.outbox.add([_message(conversation, card, told)], now=now)
        return conversation.id

    return await transactions.write(write)


def _load(
    unit: UnitOfWork, dialogue_id: str, content: ContentLibrary
) -> tuple[Transcript, Dialogue]:
    dialogue = unit.dialogues.get(dialogue_id)
    transcript = Transcript(
        id=dialogue.id,
        turns=tuple(unit.dialogues.turns(dialogue_id)),
        language=dialogue.language,
        scenario=content.scenario(dialogue.scenario_id),
        end_reason=dialogue.end_reason,
        hints=dialogue.hints,
        wrap_up=dialogue.wrap_up or None,
        timed=True,
    )
    return transcript, dialogue


def _message(conversation: Conversation, card: Scorecard, told: Debrief) -> OutboundMessage:
    return OutboundMessage(
        address=conversation.address,
        code=NoticeCode.DEBRIEF,
        facts=debrief_facts(card, told),
        dialogue_id=card.dialogue_id,
        language=conversation.language,
    )


def debrief_facts(card: Scorecard, told: Debrief) -> dict[str, Json]:
    """The debrief as plain data, ready for the catalogue's words."""
    abilities: dict[str, Json] = {ability.value: card.ability(ability) for ability in Ability}
    return {
        "dialogue_id": card.dialogue_id,
        "overall": card.overall,
        "abilities": abilities,
        "strengths": [_advice(advice) for advice in told.strengths],
        "fixes": [_advice(advice) for advice in told.fixes],
        "heat": [{"turn": step.turn, "tenths": step.tenths} for step in told.heat],
        "critical": [
            {
                "id": error.id,
                "turn": error.turn,
                "quote": error.quote,
                "why": error.why,
                "confirmed": error.confirmed,
                "facts": dict(error.facts),
            }
            for error in told.critical
        ],
    }


def _advice(advice: Advice) -> dict[str, Json]:
    plain: dict[str, Json] = {
        key: value for key, value in asdict(advice).items() if key not in ("facts", "heat")
    }
    plain["facts"] = dict(advice.facts)
    plain["heat"] = advice.heat.tenths if advice.heat else None
    return plain
