"""Rewind a dialogue to a turn and try another line."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from core.domain import customer
from core.domain.agenda import CustomerState
from core.domain.dialogue import Dialogue, Mode, Pace, Speaker, Status, Turn
from core.domain.director import noted_at
from core.domain.messages import NoticeCode, OutboundMessage
from core.errors import DialogueError, DialogueFault
from core.ports.content import ContentLibrary
from core.services.desk import Desk
from core.services.effects import Effects


def replay(
    desk: Desk,
    source: Dialogue,
    turns: tuple[Turn, ...],
    *,
    at: int | None,
    new_id: str,
    content: ContentLibrary,
    pace: Pace,
    now: datetime,
) -> Effects:
    """A new dialogue that stands where `source` stood just before trainee turn `at`.

    `at` None means the first trainee turn. Raises DialogueError when `at` is no turn of the
    trainee. The customer's machine is run again over the lines before, so it knows what it
    knew then; what was said stays word for word.
    """
    mine = [turn.seq for turn in turns if turn.speaker is Speaker.TRAINEE]
    if not mine:
        raise DialogueError(DialogueFault.NOTHING_TO_REPLAY)
    start = mine[0] if at is None else _trainee_turn(turns, at)
    kept = tuple(replace(turn, inbox_id=None) for turn in turns if turn.seq < start)
    state = rebuild(source, kept, content=content, pace=pace)
    active_s = kept[-1].at_s if kept else 0.0
    dialogue = replace(
        source,
        id=new_id,
        conversation_id=desk.conversation.id,
        mode=Mode.REPLAY,
        state=state,
        status=Status.RUNNING,
        end_reason=None,
        ended_at=None,
        started_at=now - timedelta(seconds=active_s),
        clock_since=now,
        last_turn_at=now,
        active_s=active_s,
        turn_count=len(kept),
        hints=(),
        wrap_up={},
        order_id=None,
        replay_of=source.id,
        replay_from=start,
    )
    last = [turn.text for turn in kept if turn.speaker is Speaker.CUSTOMER][-1:]
    notice = OutboundMessage(
        address=desk.conversation.address,
        code=NoticeCode.RESUMED,
        facts={
            "title": content.scenario(source.scenario_id, source.versions.scenario).title,
            "last": last[0] if last else "",
        },
        dialogue_id=dialogue.id,
        language=desk.language,
    )
    return Effects(messages=(notice,), begin=dialogue, turns=((dialogue.id, kept),))


def rebuild(
    dialogue: Dialogue, turns: tuple[Turn, ...], *, content: ContentLibrary, pace: Pace
) -> CustomerState:
    """The customer's state after these turns, found by running its machine over them again."""
    scenario = content.scenario(dialogue.scenario_id, dialogue.versions.scenario)
    persona = content.persona(dialogue.persona_id)
    state = customer.open_case(
        scenario=scenario,
        persona=persona,
        mood=content.mood(dialogue.mood_id),
        chance=Random(f"{dialogue.seed}:open"),
        owed=dialogue.state.owed,
        read=dialogue.state.read,
    ).state
    heard_at = 0.0
    for position, turn in enumerate(turns):
        if turn.speaker is Speaker.CUSTOMER:
            state = replace(state, spoken=state.spoken + 1, recent=(*state.recent, turn.text)[-5:])
            continue
        if turn.reading is None:
            continue
        silence = int((turn.at_s - heard_at) / pace.reply_limit.total_seconds())
        heard_at = turn.at_s
        state = customer.hear(
            state,
            turn.reading,
            scenario=scenario,
            persona=persona,
            silence_limits=float(silence),
            chance=Random(f"{dialogue.seed}:{position}"),
            move=noted_at(dialogue.state, state.lines + 1),
        ).state
    return state


def _trainee_turn(turns: tuple[Turn, ...], seq: int) -> int:
    speaker = next((turn.speaker for turn in turns if turn.seq == seq), None)
    if speaker is Speaker.TRAINEE:
        return seq
    fault = DialogueFault.NO_SUCH_TURN if speaker is None else DialogueFault.NOT_OWN_TURN
    raise DialogueError(fault, turn=seq)
