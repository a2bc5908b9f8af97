"""Help during a talk and what is said after it (coaching notes, §1, §7)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.domain.agenda import CustomerState
from core.domain.dialogue import Speaker
from core.domain.reading import TraineeAct
from core.domain.rubric import HOUSE_RUBRIC, LIMITS, Rubric
from core.domain.scenario import Scenario, SubGoal
from core.domain.scorecard import Advice, Debrief, HeatStep, Reason, Scorecard
from core.domain.transcript import Transcript
from core.ports.line_reader import LineReader
from core.services.better_lines import better_lines, fill, proof_label
from core.services.checks.prepare import prepare
from core.services.checks.talk import STEPS, Line, Talk, half_of, quote_of
from core.services.mending import Mending, mending_of
from core.services.read_once import ReadOnce
from core.services.weak_lines import Weak, weak_lines

LOWER_THIRD = 10 / 3
MIDDLE_THIRD = 20 / 3
BY_ABSENCE = frozenset({"C04", "C07", "C12", "C14", "C20", "C25", "C26"})
"""Right when nothing happened: a weaker strength to point at."""
FORMULAS = frozenset({"C01", "C02", "C23"})
"""Right with a set phrase: the weakest strength that still has a sentence to show."""
QUESTIONS = (TraineeAct.ASK_OPEN, TraineeAct.ASK_SLOT, TraineeAct.VERIFY_ID)
"""Who asks nothing is not praised for asking nothing twice."""
LONGEST_REPLY = 60
"""Characters of the customer's answer that are shown with a line."""
_TRIED = 8
"""Faults looked at, the gravest first, for one that a better sentence can be shown for."""


@dataclass(frozen=True, slots=True)
class Hint:
    """Help of one size: 1 only what it is about, 2 also the act, 3 also half a sentence. `about` is
    what an article to read about it is looked for by, never shown."""

    size: int
    act: TraineeAct | None
    label: str
    partial: str
    about: str = ""


def debrief(
    transcript: Transcript,
    card: Scorecard,
    *,
    level: float | None,
    reader: LineReader,
    rubric: Rubric = HOUSE_RUBRIC,
) -> Debrief:
    """What the trainee is told after a talk.

    `level` is the trainee's mean shown level 0..10: below a third one strength and one fix, in
    the middle one and two, above all of them; None (nothing known yet) counts as the lowest.
    A better line is given only if the talk with it loses no mark; faults that have one come
    before others, critical errors before all.
    """
    reader = ReadOnce(reader)
    talk = prepare(transcript, reader=reader)
    heat = heat_steps(transcript)
    steps = {step.turn: step for step in heat}
    ranked = sorted(_strengths(talk, card, steps, rubric), key=lambda pair: -pair[0])
    strengths = _by_line([advice for _, advice in ranked])
    weak = weak_lines(talk, card, steps, rubric=rubric)
    mending = mending_of(talk, reader=reader, rubric=rubric) if talk.lines else None
    good, bad = dose(level)
    return Debrief(
        dialogue_id=transcript.id,
        strengths=_measured(strengths, good),
        fixes=_fixes(weak, bad, talk=talk, mending=mending, steps=steps),
        heat=heat,
        critical=card.critical,
    )


def without_leaks(told: Debrief, transcript: Transcript, *, reader: LineReader) -> Debrief:
    """The same without better lines that hold a fact the customer has not told: what is found
    out by asking in the whole case must not be read in a part of it."""
    talk = prepare(transcript, reader=reader)
    facts = talk.scenario.facts if talk.scenario else ()
    hidden = [
        way for fact in facts if fact.key not in talk.told for way in (fact.value, *fact.surfaces)
    ]

    def safe(one: Advice) -> Advice:
        leaks = any(_says(one.better, way) and not _says(one.quote, way) for way in hidden)
        return replace(one, better="") if leaks else one

    return replace(told, fixes=tuple(safe(one) for one in told.fixes))


def _says(text: str, way: str) -> bool:
    """Whether the text says it; in letters only as whole words ("no" is not in "now")."""
    if not way.isascii():
        return bool(way) and way in text
    return bool(re.search(rf"(?<![A-Za-z0-9]){re.escape(way)}(?![A-Za-z0-9])", text)) and bool(way)


def dose(level: float | None) -> tuple[int | None, int | None]:
    """How many strengths and fixes a trainee of this level (0..10) can use; None is all."""
    if level is None or level < LOWER_THIRD:
        return 1, 1
    return (1, 2) if level < MIDDLE_THIRD else (None, None)


def heat_steps(transcript: Transcript) -> tuple[HeatStep, ...]:
    """What each trainee line did to the customer's heat, where the mood was kept."""
    return tuple(
        HeatStep(
            turn=turn.seq,
            quote=quote_of(turn),
            heat_before=turn.mood_before.heat,
            heat_after=turn.mood_after.heat,
        )
        for turn in transcript.trainee_turns
        if turn.mood_before is not None and turn.mood_after is not None
    )


def hint(state: CustomerState, scenario: Scenario, *, size: int) -> Hint:
    """Help with the next useful move; a bigger size says more, never the whole sentence."""
    act, label, sentence = _next_move(state, scenario)
    return Hint(
        size=size,
        act=act if size >= 2 else None,
        label=label,
        partial=half_of(sentence) if size >= 3 else "",
        about=f"{label} {sentence}",
    )


def hint_size(taken: Sequence[int], *, level: float | None, asked: int = 0) -> int:
    """How much the next hint says (coaching notes, §7).

    Each further hint says a little more and then begins anew. Help fades with skill: who is in the
    middle third (`level` 0..10, None while nothing is known) gets no half sentence unasked, who is
    above it only the question. A whole sentence is never given.
    """
    most = 3 if level is None or level < LOWER_THIRD else 2 if level < MIDDLE_THIRD else 1
    return asked or 1 + len(taken) % most


def _next_move(state: CustomerState, scenario: Scenario) -> tuple[TraineeAct, str, str]:
    """The act that helps most now, what it is about, and a model sentence for it."""
    lines = better_lines(scenario.language)
    facts = {
        "loss": scenario.losses[0] if scenario.losses else "",
        "verify": proof_label(scenario),
    }
    if state.mood.heat >= LIMITS.provoked and state.mood.relational == 0:
        words = next(filter(None, (fill(sentence, facts) for sentence in lines.of("C09"))))
        return TraineeAct.EMPATHY_SPECIFIC, facts["loss"], words
    if scenario.needs_verification and not state.verified and facts["verify"]:
        return TraineeAct.VERIFY_ID, facts["verify"], fill(lines.of("C03")[-1], facts)
    goal = _next_goal(state, scenario)
    slot = _needed_slot(state, scenario, goal)
    if slot:
        label = scenario.fact(slot).label
        return TraineeAct.ASK_SLOT, label, fill(lines.of("C06")[-1], {"fact": label})
    if goal is not None:
        return TraineeAct.SOLVE_ACCEPT, goal.label, goal.reference_line
    return TraineeAct.CONFIRM, scenario.goal, lines.close[0]


def _next_goal(state: CustomerState, scenario: Scenario) -> SubGoal | None:
    """The next open sub-goal: one whose earlier goals are settled, else the first open one."""
    keys = {goal.key for goal in scenario.sub_goals}
    unsettled = [goal for goal in scenario.sub_goals if goal.key not in state.settled]
    ready = [
        goal
        for goal in unsettled
        if all(need in state.settled for need in goal.needs if need in keys)
    ]
    return next(iter(ready or unsettled), None)


def _needed_slot(state: CustomerState, scenario: Scenario, goal: SubGoal | None) -> str:
    facts = {fact.key for fact in scenario.facts}
    wanted = goal.needs if goal else ()
    return next((key for key in wanted if key in facts and key not in state.told), "")


def _strengths(
    talk: Talk, card: Scorecard, steps: dict[int, HeatStep], rubric: Rubric
) -> Iterator[tuple[float, Advice]]:
    """What was right, with its worth. Nobody is praised for a line that did harm, and what was
    right because nothing happened is said without a sentence to show it."""
    busy = any(talk.doing(*STEPS))
    asked = any(talk.doing(*QUESTIONS))
    for mark in card.marks:
        if mark.mark != 1 or mark.turn is None or (mark.check == "C12" and not busy):
            continue
        if mark.check == "C23" and not card.outcome.solved:
            continue
        if mark.check == "C07" and not asked:
            continue
        step, absent = steps.get(mark.turn), mark.check in BY_ABSENCE
        line = None if absent else talk.line_at(mark.turn)
        if not absent and _is_no_model(line, step):
            continue
        worth = rubric.weight(mark.check) * (
            0.1 if absent else 0.5 if mark.check in FORMULAS else 1.0
        )
        worth += max(0, -step.tenths) * 0.5 if step and not absent else 0.0
        yield (
            worth,
            Advice(
                check=mark.check,
                turn=None if absent else mark.turn,
                quote="" if absent else mark.quote,
                why=mark.why,
                facts=mark.facts,
                heat=None if absent else step,
                reply=_reply(line),
                counter=_counter(mark.check, talk, mark.quote) if line else "",
            ),
        )


def _reply(line: Line | None) -> str:
    """The customer's next message after a line; "" where nothing came, or no word."""
    said = (turn.text.strip() for turn in (line.replies if line else ()))
    return next((text for text in said if sum(map(str.isalnum, text)) > 1), "")[:LONGEST_REPLY]


def _counter(check: str, talk: Talk, quote: str) -> str:
    """A sentence that does the opposite of what the check asks for; never the trainee's own."""
    text = better_lines(talk.transcript.language).counter.get(check, "")
    return "" if text and text in quote else text


def _is_no_model(line: Line | None, step: HeatStep | None) -> bool:
    rose = step is not None and step.tenths > 0
    reading = line.reading if line else None
    faulty = reading is not None and (
        reading.acts == {TraineeAct.APOLOGY_BARE}
        or bool(reading.breached)
        or any(hit.severity for hit in reading.phrases)
    )
    return rose or faulty


def _fixes(
    weak: Sequence[Weak],
    count: int | None,
    *,
    talk: Talk,
    mending: Mending | None,
    steps: dict[int, HeatStep],
) -> tuple[Advice, ...]:
    """The lines to speak of, in order; where few are asked for, those one can mend at once."""
    tried = list(weak if count is None else weak[:_TRIED])
    grave: list[Advice] = []
    mendable: list[Advice] = []
    rest: list[Advice] = []
    for fault in sorted(tried, key=lambda one: not one.grave):
        if count is not None and len(_by_line([*grave, *mendable])) >= count:
            # Whatever comes now stands behind them.
            break
        one = _advice(fault, talk, mending=mending, steps=steps)
        (grave if fault.grave else mendable if one.better else rest).append(one)
    lines = _by_line([*grave, *mendable, *rest])
    if count is not None:
        return _measured(lines, count)
    order = [fault.turn for fault in tried]
    return tuple(sorted(lines, key=lambda one: order.index(one.turn)))


def _by_line(advice: Sequence[Advice]) -> list[Advice]:
    """What is said of one line put together, and lines that one sentence mends taken once; the
    first of each stays, the others are its further reasons. What has no line stays alone."""
    found: list[Advice] = []
    for one in advice:
        spot = next((at for at, other in enumerate(found) if _same_point(one, other)), None)
        if spot is None:
            found.append(one)
        elif found[spot].turn == one.turn:
            reason = Reason(one.check, one.why, one.facts)
            found[spot] = replace(found[spot], also=(*found[spot].also, reason))
    return found


def _same_point(one: Advice, other: Advice) -> bool:
    same_line = one.turn is not None and one.turn == other.turn
    return same_line or bool(one.better and one.better == other.better)


def _measured(advice: Sequence[Advice], count: int | None) -> tuple[Advice, ...]:
    """The first ones; where few are asked for, each says one thing only."""
    if count is None:
        return tuple(advice)
    return tuple(replace(one, also=()) for one in advice[:count])


def _advice(
    fault: Weak, talk: Talk, *, mending: Mending | None, steps: dict[int, HeatStep]
) -> Advice:
    line = _line_to_mend(talk, fault.turn)
    better = mending.better(fault.about, line) if mending is not None and line is not None else ""
    return Advice(
        check=fault.check,
        turn=fault.turn,
        quote=fault.quote,
        why=fault.why,
        facts=fault.facts,
        better=better,
        replay_from=line.turn.seq if line else None,
        heat=steps.get(line.turn.seq) if line else None,
        reply=_reply(line),
        counter=_counter(fault.check, talk, fault.quote),
    )


def _line_to_mend(talk: Talk, seq: int | None) -> Line | None:
    """The trainee line a fault is mended in: the quoted one, or the last one before it."""
    if seq is None:
        return None
    turn = next(turn for turn in talk.transcript.turns if turn.seq == seq)
    if turn.speaker is Speaker.TRAINEE:
        return talk.line_at(seq)
    return next((line for line in reversed(talk.lines) if line.turn.seq < seq), None)
