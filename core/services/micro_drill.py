"""A micro-drill from its one angry line to the verdict on the one reply.

The verdict is made in the reply's own turn, without a model and without a job: it is there as soon
as the reply is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from core.domain import emotion, micro
from core.domain.ability import Ability
from core.domain.agenda import CustomerState
from core.domain.customer import Step
from core.domain.dialogue import Dialogue, EndReason, Mode, Speaker, Status, Turn
from core.domain.messages import Json, NoticeCode
from core.domain.people import Person
from core.domain.reading import LineReading
from core.domain.scorecard import Debrief, Scorecard
from core.domain.sieve import sieve
from core.errors import DialogueError, DialogueFault
from core.ports.customer_engine import Spoken, SpokenLine
from core.services.breaks import put_away
from core.services.casting import cast
from core.services.desk import Desk, running
from core.services.effects import Effects
from core.services.ending import notice
from core.services.judge_job import advice_facts
from core.services.judged import micro_case, slip_before
from core.services.role_play import MAX_LINE, RolePlay, context_of, customer_turns

SECOND_LOOK_S = 1.5
"""Longest wait for what the articles say of the reply; the verdict does not wait for more."""

_ENDS = "。！？!?…~～."


@dataclass(frozen=True, slots=True)
class MicroChoice:
    """Which line; `read` are the customers' lines of the person's last talks."""

    scenario_id: str
    ability: Ability
    read: Collection[str] = ()


async def start(
    plays: RolePlay, desk: Desk, person: Person, choice: MicroChoice, now: datetime
) -> Effects:
    """The line. DialogueError(NO_MICRO) where the case has none for the ability."""
    offered = plays.content.scenario(choice.scenario_id)
    angry = [one for one in offered.emotions if one in micro.ANGRY]
    called = cast(plays.content, offered.id, plays.new_seed(), moods=angry)
    scenario, persona, mood = called.scenario, called.persona, called.mood
    moment = micro.moment(scenario, choice.ability)
    if moment is None:
        raise DialogueError(DialogueFault.NO_MICRO)
    state = CustomerState(mood=emotion.start(mood, persona), read=sieve(choice.read))
    dialogue = replace(
        plays.begun(desk, person, called, state, now), mode=Mode.MICRO, focus=choice.ability
    )
    step = Step(state=state, acts=moment.acts)
    spoken = _in_one(await plays.speak(dialogue, step, ()))
    turns = customer_turns(spoken, after=0, at_s=0.0)
    dialogue = replace(dialogue, state=spoken.state, turn_count=len(turns))
    facts: dict[str, Json] = {
        "title": scenario.title,
        "brief": scenario.brief,
        "persona": persona.name,
        "mood": plays.mood_name(mood.id, scenario.language),
        "said": "".join(one.text for one in slip_before(moment, scenario.language)),
    }
    said = notice(desk, NoticeCode.CUSTOMER_LINE, {"text": turns[0].text, "opens": True}, dialogue)
    begun = notice(desk, NoticeCode.MICRO_STARTED, facts, dialogue)
    return put_away(desk, now).also(
        Effects(messages=(begun, said), begin=dialogue, turns=((dialogue.id, turns),))
    )


def again(plays: RolePlay, desk: Desk, now: datetime) -> Effects:
    """The drill at the desk once more, the same line. It says nothing new about ability."""
    source = desk.dialogue
    if source is None or source.focus is None:
        raise DialogueError(DialogueFault.NOTHING_TO_REPLAY)
    line = replace(desk.turns[0], inbox_id=None)
    dialogue = replace(
        source,
        id=plays.new_id(),
        started_at=now,
        clock_since=now,
        last_turn_at=now,
        status=Status.RUNNING,
        end_reason=None,
        ended_at=None,
        active_s=0.0,
        turn_count=1,
        replay_of=source.replay_of or source.id,
    )
    said = notice(desk, NoticeCode.CUSTOMER_LINE, {"text": line.text, "opens": True}, dialogue)
    return put_away(desk, now).also(
        Effects(messages=(said,), begin=dialogue, turns=((dialogue.id, (line,)),))
    )


def leave(desk: Desk, now: datetime) -> Effects:
    """The line stays without a reply, unscored."""
    ended = running(desk).end(EndReason.REPLACED, now)
    told = notice(desk, NoticeCode.MICRO_LEFT, {}, ended)
    return Effects(messages=(told,), save=(ended,))


async def answer(
    plays: RolePlay, desk: Desk, text: str, *, inbox_id: int, now: datetime
) -> Effects:
    """The reply, its card and the verdict, all at once."""
    dialogue = running(desk)
    if len(text) > MAX_LINE:
        raise DialogueError(DialogueFault.TOO_LONG, limit=MAX_LINE)
    reading = plays.reader.read(text, context_of(dialogue, desk.turns, scenario_of=plays.content))
    line = Turn(
        seq=dialogue.turn_count + 1,
        speaker=Speaker.TRAINEE,
        text=text,
        at_s=round(dialogue.elapsed_s(now), 1),
        inbox_id=inbox_id,
        reading=reading,
        mood_before=dialogue.state.mood,
        correction=None,
    )
    line = await _looked_up(plays, desk, dialogue, line, reading, now)
    ended = replace(dialogue, turn_count=line.seq, last_turn_at=now).end(EndReason.ANSWERED, now)
    case = micro_case(ended, (*desk.turns, line), plays.content)
    card = case.card(plays.reader)
    told = case.debrief(card, plays.reader)
    return Effects(
        messages=(notice(desk, NoticeCode.VERDICT, verdict_facts(ended, card, told), ended),),
        save=(ended,),
        turns=((dialogue.id, (line,)),),
        cards=((dialogue.person_id, card, told),),
    )


def verdict_facts(dialogue: Dialogue, card: Scorecard, told: Debrief) -> dict[str, Json]:
    """A verdict as plain data: the ability with its score 0..10, what was good, what to mend."""
    focus = dialogue.focus
    good, fix = (
        next((advice_facts(one) for one in items), None) for items in (told.strengths, told.fixes)
    )
    return {
        "dialogue_id": dialogue.id,
        "ability": focus.value if focus else "",
        "score": card.ability(focus) if focus else None,
        "good": good,
        "fix": fix,
        "again": dialogue.replay_of is not None,
    }


async def _looked_up(
    plays: RolePlay,
    desk: Desk,
    dialogue: Dialogue,
    line: Turn,
    reading: LineReading,
    now: datetime,
) -> Turn:
    try:
        async with asyncio.timeout(SECOND_LOOK_S):
            return replace(line, correction=await plays.correction(desk, dialogue, reading, now))
    except TimeoutError:
        return line


def _in_one(spoken: Spoken) -> Spoken:
    """The burst as one message; a mistyped word is not put right in it."""
    lines = [line for line in spoken.lines if not line.text.startswith("*")] or [*spoken.lines]
    text = lines[0].text
    for line in lines[1:]:
        border = " " if text[-1:] in _ENDS or not text.isascii() else ". "
        text = f"{text}{border}{line.text}"
    acts = tuple(act for line in spoken.lines for act in line.acts)
    return replace(spoken, lines=(SpokenLine(text=text, acts=acts),))
