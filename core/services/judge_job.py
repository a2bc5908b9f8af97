"""The `judge` job: an ended dialogue becomes a scorecard, and the debrief goes out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from core.domain.ability import Ability
from core.domain.claims import Verdict
from core.domain.dialogue import Mode
from core.domain.jobs import Job, JobKind, NewJob
from core.domain.messages import Json, NoticeCode, OutboundMessage
from core.domain.scorecard import Advice, Debrief, Scorecard
from core.errors import NotFound
from core.ports.content import ContentLibrary
from core.ports.delivery import Conversation
from core.ports.line_reader import LineReader
from core.ports.storage import Transactions, UnitOfWork
from core.services.judged import Case, read_case
from core.services.knowledge_help import correction_facts
from core.services.transcripts import pasted_json, sheet_json, speed_json
from core.services.upkeep import gaps_of


async def judge_dialogue(
    job: Job,
    *,
    transactions: Transactions,
    content: ContentLibrary,
    reader: LineReader,
    now: datetime,
    with_model: bool = False,
) -> int | None:
    """Judge and tell; the conversation told, or None where the talk is not to be scored.
    `with_model`: a judge model is asked afterwards, by a job of its own.

    The job is ended first in the transaction, so the debrief is written once. Judging the same
    dialogue again (another job) replaces its card.
    """
    dialogue_id = str(job.payload["dialogue_id"])
    case = await transactions.read(lambda unit: read_case(unit, dialogue_id, content))
    if not case.dialogue.scored:
        await transactions.write(lambda unit: unit.jobs.done(job.id, now=now))
        return None
    card = case.card(reader)
    told = case.debrief(card, reader)

    def write(unit: UnitOfWork) -> int | None:
        if not unit.jobs.done(job.id, now=now):
            # A slow runner's claim ran out, and the one that took over was quicker.
            return None
        # Read again: the talk of a guest may have become a colleague's in the meantime.
        person_id = unit.dialogues.get(dialogue_id).person_id
        conversation = unit.conversations.get(case.dialogue.conversation_id)
        if unit.scorecards.get(dialogue_id) is None:  # judged again, it is counted once
            for gap in gaps_of(case.dialogue, case.transcript.turns, now):
                unit.gaps.add(gap)
        unit.scorecards.put(card, told, person_id=person_id, now=now)
        unit.outbox.add([_message(conversation, card, told, untold(case))], now=now)
        if with_model:
            unit.jobs.add(_model_job(job, now), now=now)
        return conversation.id

    return await transactions.write(write)


def _model_job(job: Job, now: datetime) -> NewJob:
    """What the model says is added later: nobody waits for it."""
    key = f"model-{job.key}"
    return NewJob(kind=JobKind.MODEL_JUDGE, key=key, due_at=now, payload=job.payload)


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


def untold(case: Case) -> list[Json]:
    """What was wrong in the talk and could not be said at once: in exams and replays."""
    if case.dialogue.mode is Mode.PRACTICE:
        return []
    wrong = [
        (turn.seq, turn.correction)
        for turn in case.transcript.trainee_turns
        if turn.correction is not None and turn.correction.verdict is Verdict.CONTRADICTED
    ]
    once = {(one.limit, one.rule): (seq, one) for seq, one in reversed(wrong)}
    return [{"turn": seq, **correction_facts(one)} for seq, one in reversed(once.values())]


def _message(
    conversation: Conversation, card: Scorecard, told: Debrief, corrections: list[Json]
) -> OutboundMessage:
    return OutboundMessage(
        address=conversation.address,
        code=NoticeCode.DEBRIEF,
        facts={**debrief_facts(card, told), "corrections": corrections},
        dialogue_id=card.dialogue_id,
        language=conversation.language,
    )


def debrief_facts(card: Scorecard, told: Debrief) -> dict[str, Json]:
    """The debrief as plain data, ready for the catalogue's words."""
    abilities: dict[str, Json] = {ability.value: card.ability(ability) for ability in Ability}
    return {
        "dialogue_id": card.dialogue_id,
        "overall": card.overall,
        "sheet": sheet_json(card.sheet) if card.sheet else None,
        "speed": speed_json(card.speed) if card.speed else None,
        "pasted": [pasted_json(one) for one in card.pasted],
        "abilities": abilities,
        "strengths": [advice_facts(advice) for advice in told.strengths],
        "fixes": [advice_facts(advice) for advice in told.fixes],
        "heat": [
            {
                "turn": step.turn,
                "tenths": step.tenths,
                "before": round(10 * step.heat_before, 1),
                "after": round(10 * step.heat_after, 1),
            }
            for step in told.heat
        ],
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


def advice_facts(advice: Advice) -> dict[str, Json]:
    """One piece of advice as plain data."""
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
