"""A transcript made ready for the checks: lines read, orders to the machine taken out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from core.domain.dialogue import Speaker, Turn
from core.domain.reading import LineReading, TraineeAct
from core.domain.scenario import Scenario, SubGoal
from core.domain.transcript import Transcript
from core.ports.line_reader import LineContext, LineReader
from core.services.checks.cues import CALM_HEAT, Cues, cues_of
from core.services.checks.talk import Line, Talk, facts_told

ASKING = (TraineeAct.ASK_OPEN, TraineeAct.ASK_SLOT, TraineeAct.VERIFY_ID)
_ROUNDS = 2
"""Rounds of questions and answers after which all is known."""
_SENTENCE = re.compile(r"(?<=[。！？!?；;\n])|(?<=\. )")
_CLAUSE = re.compile(r"(?<=[，,、：:])")


def prepare(transcript: Transcript, *, reader: LineReader) -> Talk:
    """The talk with every trainee line read, injected orders taken out, and what they led to."""
    cues = cues_of(transcript.language)
    told: dict[str, int] = {}
    lines: list[Line] = []
    for at, turn in enumerate(transcript.turns):
        if turn.speaker is Speaker.CUSTOMER:
            for key in facts_told(turn, transcript.scenario):
                told.setdefault(key, turn.seq)
            continue
        reading = _read(transcript, at, reader=reader, told=tuple(told))
        if reading is not None:
            heat = _heat(transcript, at, cues, lines[-1] if lines else None)
            lines.append(Line(turn=turn, reading=reading, heat=heat, replies=()))
    lines = _with_replies(lines, transcript.turns)
    return Talk(
        transcript=transcript,
        lines=tuple(lines),
        told=told,
        settled=_settled(lines, told, transcript.scenario),
        verified_at=_verified_at(lines, told, transcript.scenario),
        cues=cues,
    )


def _read(
    transcript: Transcript, at: int, *, reader: LineReader, told: tuple[str, ...]
) -> LineReading | None:
    """The reading of one trainee turn; None when it says nothing: no word in it, or nothing but
    orders to the machine. Such a turn neither stops a clock nor mends a slip."""
    turn = transcript.turns[at]
    if not any(character.isalnum() for character in turn.text):
        return None
    if turn.reading and not turn.reading.injection:
        return turn.reading
    before = transcript.turns[:at]
    context = LineContext(
        language=transcript.language,
        scenario=transcript.scenario,
        told=told,
        customer_said=tuple(t.text for t in before if t.speaker is Speaker.CUSTOMER)[-3:],
        trainee_said=tuple(t.text for t in before if t.speaker is Speaker.TRAINEE)[-3:],
    )
    reading = turn.reading or reader.read(turn.text, context)
    if not reading.injection:
        return reading
    return _without_orders(turn.text, reading, reader=reader, context=context)


def _without_orders(
    text: str, reading: LineReading, *, reader: LineReader, context: LineContext
) -> LineReading | None:
    """What a line says beside its orders. Faults stay faults wherever they stand in the line."""
    rest = "".join(
        clause
        for sentence in _SENTENCE.split(text)
        for clause in _innocent(sentence, reader=reader, context=context)
    )
    own = reader.read(rest, context) if rest.strip() else None
    if own is None or own.injection:
        own = LineReading(text="", acts=frozenset())
    faults = tuple(hit for hit in reading.phrases if hit.category.startswith("F"))
    if not own.acts and not faults and not reading.breached and not reading.told:
        return None
    kept = tuple(hit for hit in own.phrases if hit.category.startswith("R"))
    return replace(own, phrases=faults + kept, breached=reading.breached, told=reading.told)


def _innocent(sentence: str, *, reader: LineReader, context: LineContext) -> list[str]:
    if not sentence.strip():
        return []
    if not reader.read(sentence, context).injection:
        return [sentence]
    kept: list[str] = []
    for clause in _CLAUSE.split(sentence):
        reading = reader.read(clause, context)
        # Beside an order a clause that does nothing of its own belongs to the order.
        if not reading.injection and reading.acts - {TraineeAct.INFORM}:
            kept.append(clause)
    return kept


def _heat(transcript: Transcript, at: int, cues: Cues, before: Line | None) -> float:
    """The heat a trainee line answers: as the mood was kept, else by what the customer wrote
    since the line before it that said anything."""
    turn = transcript.turns[at]
    if turn.mood_before is not None:
        return turn.mood_before.heat
    since = before.turn.seq if before else 0
    said = [cues.heat(t.text) for t in transcript.customer_turns if since < t.seq < turn.seq]
    return max(said) if said else before.heat if before else CALM_HEAT


def _with_replies(lines: list[Line], turns: tuple[Turn, ...]) -> list[Line]:
    ends = [line.turn.seq for line in lines[1:]] + [turns[-1].seq + 1 if turns else 0]
    return [
        replace(
            line,
            replies=tuple(
                turn
                for turn in turns
                if turn.speaker is Speaker.CUSTOMER and line.turn.seq < turn.seq < end
            ),
        )
        for line, end in zip(lines, ends, strict=False)
    ]


def _settled(
    lines: list[Line], told: Mapping[str, int], scenario: Scenario | None
) -> dict[str, int]:
    """Sub-goal -> seq of the line that settled it. What a goal needs must have come before; in the
    place of one that was not heard once the facts it needs were known stands what that one needs,
    so that it is missed once."""
    settled: dict[str, int] = {}
    goals = scenario.sub_goals if scenario else ()
    facts = [fact.key for fact in scenario.facts] if scenario else []
    known_at = {**_answered(lines, facts), **told}
    heard = {
        goal.key
        for line in lines
        for goal in goals
        if goal.key in line.reading.settled
        and not any(
            known_at.get(need, line.turn.seq) >= line.turn.seq
            for need in goal.needs
            if need in facts
        )
    }
    softer = {goal.key: _needed(goal, goals, heard) for goal in goals}
    for line in lines:
        seq = line.turn.seq
        known = {key for key, at in known_at.items() if at < seq} | settled.keys()
        # Goals may build on each other within one line, whatever order they are listed in.
        for _ in goals:
            for goal in goals:
                aside = goal.key in line.reading.settled_aside
                needs = goal.needs if aside else softer[goal.key]
                if goal.key in line.reading.settled and known.issuperset(needs):
                    settled.setdefault(goal.key, seq)
                    known.add(goal.key)
    return settled


def _needed(goal: SubGoal, goals: Sequence[SubGoal], heard: Collection[str]) -> frozenset[str]:
    """What must have come before the goal, without goals that were heard nowhere."""
    unheard = {one.key: frozenset(one.needs) for one in goals if one.key not in heard}
    needed = frozenset(goal.needs)
    for _ in goals:
        needed = needed.union(*(unheard[key] for key in needed & unheard.keys())) - unheard.keys()
    return needed


def _answered(lines: list[Line], keys: Iterable[str]) -> dict[str, int]:
    """Fact key -> seq of the customer's words after it was asked for, in talks whose turns do not
    note what they tell: real customers have their own words and values for it."""
    if any(turn.acts or turn.told for line in lines for turn in line.replies):
        return {}
    answered: dict[str, int] = {}
    asking = [
        line for line in lines if line.replies and line.answerable and line.reading.does(*ASKING)
    ]
    for round_, line in enumerate(asking, start=1):
        # Asked and answered twice, it is no guess, whichever words the questions had.
        for key in keys if round_ == _ROUNDS else line.reading.asked:
            answered.setdefault(key, line.replies[0].seq)
    return answered


def _verified_at(
    lines: list[Line], told: Mapping[str, int], scenario: Scenario | None
) -> int | None:
    """The seq from which on the customer counts as verified: asked for proof, and gave it."""
    proofs = {fact.key for fact in scenario.facts if fact.verifies} if scenario else set()
    asked = next(
        (
            line
            for line in lines
            if line.reading.does(TraineeAct.VERIFY_ID) or proofs & set(line.reading.asked)
        ),
        None,
    )
    if asked is None:
        return None
    if not proofs:
        return asked.replies[0].seq if asked.replies else None
    given = [told[key] for key in proofs if key in told]
    return max(asked.turn.seq, min(given)) if given else None
