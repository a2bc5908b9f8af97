"""The `judge` job: an ended dialogue becomes a scorecard, and the debrief goes out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from core.domain.ability import Ability
from core.domain.dialogue import Dialogue
from core.domain.jobs import Job
from core.domain.messages import Json, NoticeCode, OutboundMessage
from core.domain.scorecard import Advice, Debrief, Scorecard
from core.domain.transcript import Transcript
from core.errors import NotFound
from core.ports.content import ContentLibrary
from core.ports.line_reader import LineReader
from core.ports.storage import Conversation, Transactions, UnitOfWork
from core.services import coaching, judging, progress

CARDS = 60
"""Scored talks that are looked at for the person's level."""


async def judge_dialogue(
    job: Job,
    *,
    transactions: Transactions,
    content: ContentLibrary,
    reader: LineReader,
    now: datetime,
) -> int | None:
    """Judge and tell; the conversation told, or None where the talk is not to be scored.

    The job is done in the same transaction, so the debrief is written once. Judging the same
    dialogue again (another job) replaces its card.
    """
    dialogue_id = str(job.payload["dialogue_id"])
    transcript, dialogue = await transactions.read(lambda unit: _load(unit, dialogue_id, content))
    if not dialogue.scored:
        await transactions.write(lambda unit: unit.jobs.done(job.id, now=now))
        return None
    carried, level = await transactions.read(lambda unit: _before(unit, dialogue, content))
    card = judging.judge(transcript, reader=reader, carried=carried)
    told = coaching.debrief(transcript, card, level=level, reader=reader)

    def write(unit: UnitOfWork) -> int:
        # Read again: the talk of a guest may have become a colleague's in the meantime.
        person_id = unit.dialogues.get(dialogue_id).person_id
        conversation = unit.conversations.get(dialogue.conversation_id)
        unit.scorecards.put(card, told, person_id=person_id, now=now)
        unit.outbox.add([_message(conversation, card, told)], now=now)
        unit.jobs.done(job.id, now=now)
        return conversation.id

    return await transactions.write(write)


def give_up(
    unit: UnitOfWork, job: Job, *, content: ContentLibrary, error: str, now: datetime
) -> int | None:
    """The job is failed for good and the trainee is told; the conversation told, if there is one.

    `error` is the name of what went wrong, never a person's words.
    """
    unit.jobs.fail(job.id, now=now, error=error)
    try:
        dialogue = unit.dialogues.get(str(job.payload.get("dialogue_id")))
        conversation = unit.conversations.get(dialogue.conversation_id)
        title = content.scenario(dialogue.scenario_id, dialogue.versions.scenario).title
    except NotFound as missing:
        if missing.what != "scenario":
            return None
        # A content pack was taken away; its id is the best name left.
        title = dialogue.scenario_id
    message = OutboundMessage(
        address=conversation.address,
        code=NoticeCode.NOT_JUDGED,
        facts={"title": title},
        dialogue_id=dialogue.id,
        language=conversation.language,
    )
    unit.outbox.add([message], now=now)
    return conversation.id


def _load(
    unit: UnitOfWork, dialogue_id: str, content: ContentLibrary
) -> tuple[Transcript, Dialogue]:
    dialogue = unit.dialogues.get(dialogue_id)
    transcript = Transcript(
        id=dialogue.id,
        turns=tuple(unit.dialogues.turns(dialogue_id)),
        language=dialogue.language,
        scenario=content.scenario(dialogue.scenario_id, dialogue.versions.scenario),
        end_reason=dialogue.end_reason,
        hints=dialogue.hints,
        wrap_up=dialogue.wrap_up or None,
        timed=True,
    )
    return transcript, dialogue


def _before(
    unit: UnitOfWork, dialogue: Dialogue, content: ContentLibrary
) -> tuple[tuple[str, ...], float | None]:
    """The checks the person's last debrief asked to mend, and the person's level until then."""

    def logit(scenario_id: str) -> float:
        scenario = content.find_scenario(scenario_id, dialogue.language)
        return scenario.difficulty.logit if scenario else 0.0

    cards = [
        (other, card)
        for other, card in unit.scorecards.of_person(dialogue.person_id, limit=CARDS)
        if other.started_at < dialogue.started_at
    ]
    last = unit.scorecards.get(cards[0][0].id) if cards else None
    fixes = last[1].fixes if last else ()
    carried = tuple(one.check for fix in fixes for one in fix.reasons)
    levels = progress.profile(dialogue.person_id, cards, logit)
    return carried, progress.overall_level(levels)


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
        key: value for key, value in asdict(advice).items() if key not in ("facts", "heat", "also")
    }
    plain["facts"] = dict(advice.facts)
    plain["stops"] = advice.stops
    plain["also"] = [
        {"check": one.check, "why": one.why, "facts": dict(one.facts)} for one in advice.also
    ]
    plain["heat"] = advice.heat.tenths if advice.heat else None
    return plain
