"""The customer's mood as numbers that only rules may change.

The formulas and their numbers are those of the coaching notes (emotion state machine); what each
rests on is named there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.domain.persona import Mood, Persona
from core.domain.reading import LineReading, TraineeAct
from core.domain.scenario import Difficulty


@dataclass(frozen=True, slots=True)
class EmotionState:
    """Heat, worry, confusion, trust, progress in 0..1; patience in trainee turns.

    `deviation` multiplies bad news (1..1.5); `baseline` is the heat of the start;
    `relational` counts gestures of sympathy already spent; `relational_run` those in a row
    without any step forward.
    """

    heat: float
    worry: float
    confusion: float
    trust: float
    patience: float
    progress: float = 0.0
    deviation: float = 1.0
    baseline: float = 0.0
    relational: int = 0
    relational_run: int = 0


class HeatLevel(StrEnum):
    """Heat in words; each level begins where the one before it ends."""

    CONTENT = "content"
    CALM = "calm"
    IMPATIENT = "impatient"
    ANGRY = "angry"
    FURIOUS = "furious"
    ESCALATED = "escalated"


class Colour(StrEnum):
    """What else colours the customer's words."""

    CONFUSED = "confused"
    ANXIOUS = "anxious"
    SUSPICIOUS = "suspicious"


HEAT_LIMITS: tuple[tuple[HeatLevel, float], ...] = (
    (HeatLevel.CONTENT, 0.14),
    (HeatLevel.CALM, 0.35),
    (HeatLevel.IMPATIENT, 0.55),
    (HeatLevel.ANGRY, 0.75),
    (HeatLevel.FURIOUS, 0.92),
)


@dataclass(frozen=True, slots=True)
class Gains:
    """Every number of the machine. Names ending in `_dg` are gains on progress, names that
    begin with `trust`, `worry`, `confusion` or `patience` move those; the rest move heat."""

    solve_accept: float = -0.28
    solve_accept_dg: float = 0.90
    solve_step: float = -0.10
    solve_step_dg: float = 0.10
    time_commit: float = -0.06
    time_commit_dg: float = 0.04
    empathy_specific: float = -0.10
    empathy_generic: float = -0.03
    apology_owned: float = -0.08
    apology_bare: float = -0.03
    apology_bare_until: float = 0.55
    explain: float = -0.05
    ask_needed: float = -0.01
    ask_needed_dg: float = 0.03
    ask_repeat: float = 0.10
    off_topic: float = 0.08
    silence: float = 0.09
    refuse_alt: float = 0.04
    refuse_flat: float = 0.18
    relational_only: float = 0.06
    transfer_announced: float = 0.02
    transfer_unannounced: float = 0.12
    phrase: tuple[float, ...] = (0.04, 0.10, 0.22, 0.32, 0.32)

    inertia: float = 0.75
    worst: float = 0.45
    best: float = -0.20
    noise_sd: float = 0.07
    repeat_share: float = 0.5
    progress_before_goal: float = 0.95
    deviation_step: float = 0.25
    deviation_max: float = 1.5

    trust_kept: float = 0.06
    trust_specific: float = 0.04
    trust_broken: float = -0.10
    trust_contradicted: float = -0.08
    trust_critical: float = -0.15
    confusion_stays: float = 0.7
    confusion_jargon: float = 0.15
    confusion_long: float = 0.10
    confusion_steps: float = -0.20
    confusion_restate: float = -0.10
    worry_stays: float = 0.8
    worry_no_time: float = 0.10
    worry_time: float = -0.15
    worry_progress: float = -0.10
    patience_turn: float = -1.0
    patience_no_progress: float = -1.0
    patience_silence: float = -2.0
    patience_step: float = 1.0


GAINS = Gains()

SENSITIVITY: dict[Difficulty, float] = {
    Difficulty.ENTRY: 0.8,
    Difficulty.BASIC: 0.8,
    Difficulty.MEDIUM: 1.0,
    Difficulty.HIGH: 1.25,
    Difficulty.CHALLENGE: 1.25,
}

_LADDER = (0.8, 1.0, 1.25)

_ASKS = (TraineeAct.ASK_OPEN, TraineeAct.ASK_SLOT, TraineeAct.VERIFY_ID)
_RELATIONAL = (
    TraineeAct.EMPATHY_SPECIFIC,
    TraineeAct.EMPATHY_GENERIC,
    TraineeAct.APOLOGY_OWNED,
    TraineeAct.APOLOGY_BARE,
)
_ANNOUNCES = (TraineeAct.EXPLAIN, TraineeAct.HOLD, TraineeAct.TIME_COMMIT)
_MAKES_WAIT = (TraineeAct.HOLD, TraineeAct.TRANSFER)
_PLEASES = ("F9",)
"""Promises beyond one's powers: forbidden, but nobody is angry to hear one."""

_TAKES_UP = (TraineeAct.EXPLAIN, TraineeAct.RESTATE, TraineeAct.HOLD_RETURN)


def level(heat: float) -> HeatLevel:
    """The name of a heat in 0..1."""
    for name, end in HEAT_LIMITS:
        if heat < end:
            return name
    return HeatLevel.ESCALATED


def colours(state: EmotionState) -> frozenset[Colour]:
    """What shows in the customer's words besides heat."""
    shown = {
        Colour.CONFUSED: state.confusion > 0.5,
        Colour.ANXIOUS: state.worry > 0.6,
        Colour.SUSPICIOUS: state.trust < 0.25,
    }
    return frozenset(colour for colour, visible in shown.items() if visible)


def start(mood: Mood, persona: Persona) -> EmotionState:
    """The customer's mood before the first word."""
    return EmotionState(
        heat=mood.heat,
        worry=mood.worry,
        confusion=mood.confusion,
        trust=mood.trust,
        patience=mood.patience * persona.manner.patience,
        baseline=mood.heat,
    )


def feel(
    state: EmotionState,
    reading: LineReading,
    *,
    settled_now: int,
    sub_goals: int,
    silence_limits: float = 0.0,
    noise: float = 0.0,
    difficulty: Difficulty = Difficulty.MEDIUM,
    harder: int = 0,
    goal_met: bool = False,
    kept_promise: bool = False,
    broken_promise: bool = False,
    contradicted: bool = False,
    failed_fix: bool = False,
) -> EmotionState:
    """The mood after one line of the trainee.

    `settled_now` sub-goals of `sub_goals` were met by this line, `goal_met` says that none is
    left; `silence_limits` is the wait before the line in reply limits, whole ones count;
    `noise` is one draw of N(0, `GAINS.noise_sd`); `harder` are steps of sensitivity above (or,
    negative, below) that of `difficulty`.
    """
    gain = _progress_gain(reading, settled_now=settled_now, sub_goals=sub_goals)
    progress = 1.0 if goal_met else min(GAINS.progress_before_goal, state.progress + gain)
    silences = int(silence_limits)
    run = _relational_run(state, reading, gain)
    bad = _bad_news(reading, silences=silences, relational_run=run)
    good = _good_news(state, reading, settled_now=settled_now)
    base = state.baseline * (1 - progress)
    heat = base + GAINS.inertia * (state.heat - base) + noise
    heat += min(GAINS.worst, _sensitivity(difficulty, harder) * state.deviation * bad)
    heat += max(GAINS.best, good)
    worse = broken_promise or failed_fix or reading.does(TraineeAct.REFUSE_FLAT)
    trust = state.trust + _trust_gain(
        reading, kept=kept_promise, broken=broken_promise, contradicted=contradicted
    )
    return EmotionState(
        heat=_share(heat),
        worry=_share(_worry(state, reading, gain)),
        confusion=_share(_confusion(state, reading)),
        trust=_share(trust),
        patience=_patience(state, reading, gain=gain, silent=silences > 0, solved=settled_now > 0),
        progress=progress,
        deviation=(
            min(GAINS.deviation_max, state.deviation + GAINS.deviation_step)
            if worse
            else state.deviation
        ),
        baseline=state.baseline,
        relational=state.relational + len(_gestures(state, reading)),
        relational_run=run,
    )


def asks_needed(reading: LineReading) -> bool:
    """Whether the line asks for something that was not told yet."""
    return reading.does(*_ASKS) and not asks_again(reading)


def asks_again(reading: LineReading) -> bool:
    """Whether the line asks only for what was told already."""
    news = set(reading.asked) - set(reading.repeated_ask)
    return not news and (bool(reading.repeated_ask) or reading.does(TraineeAct.ASK_REPEAT))


def _sensitivity(difficulty: Difficulty, harder: int) -> float:
    """How hard bad news is taken; the steps never leave the range of the difficulties."""
    step = _LADDER.index(SENSITIVITY[difficulty]) + harder
    return _LADDER[min(len(_LADDER) - 1, max(0, step))]


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))


def _progress_gain(reading: LineReading, *, settled_now: int, sub_goals: int) -> float:
    gain = GAINS.solve_accept_dg * settled_now / max(1, sub_goals)
    if reading.does(TraineeAct.SOLVE_STEP):
        gain += GAINS.solve_step_dg
    if reading.does(TraineeAct.TIME_COMMIT):
        gain += GAINS.time_commit_dg
    if asks_needed(reading):
        gain += GAINS.ask_needed_dg
    return gain


def _relational_run(state: EmotionState, reading: LineReading, gain: float) -> int:
    forward = gain > 0 or reading.does(TraineeAct.EXPLAIN)
    return 0 if forward or not reading.does(*_RELATIONAL) else state.relational_run + 1


def moves_on(reading: LineReading, *, gain: float) -> bool:
    """Whether the customer sees the talk move on: a step, an answer, what was said taken up."""
    announced = reading.does(TraineeAct.HOLD) and reading.named_time
    return gain > 0 or announced or reading.does(*_TAKES_UP)


def _bad_news(reading: LineReading, *, silences: int, relational_run: int) -> float:
    total = GAINS.silence * silences
    if asks_again(reading):
        total += GAINS.ask_repeat
    if reading.off_topic:
        total += GAINS.off_topic
    if reading.does(TraineeAct.REFUSE_FLAT):
        total += GAINS.refuse_flat
    elif reading.does(TraineeAct.REFUSE_ALT):
        total += GAINS.refuse_alt
    if relational_run >= 2:
        total += GAINS.relational_only
    if reading.does(TraineeAct.TRANSFER):
        announced = reading.does(*_ANNOUNCES) or reading.named_owner
        total += GAINS.transfer_announced if announced else GAINS.transfer_unannounced
    for hit in reading.phrases:
        if hit.severity > 0 and hit.category not in _PLEASES:
            total += GAINS.phrase[min(hit.severity, len(GAINS.phrase)) - 1]
    return total


def _gestures(state: EmotionState, reading: LineReading) -> tuple[float, ...]:
    """Heat gains of the line's gestures of sympathy before they wear off."""
    gestures: list[float] = []
    if reading.does(TraineeAct.EMPATHY_SPECIFIC):
        gestures.append(GAINS.empathy_specific)
    elif reading.does(TraineeAct.EMPATHY_GENERIC):
        gestures.append(GAINS.empathy_generic)
    if reading.does(TraineeAct.APOLOGY_OWNED):
        gestures.append(GAINS.apology_owned)
    elif reading.does(TraineeAct.APOLOGY_BARE):
        hot = state.heat > GAINS.apology_bare_until
        gestures.append(0.0 if hot else GAINS.apology_bare)
    return tuple(gestures)


def _good_news(state: EmotionState, reading: LineReading, *, settled_now: int) -> float:
    total = GAINS.solve_accept if settled_now else 0.0
    if reading.does(TraineeAct.SOLVE_STEP):
        total += GAINS.solve_step
    if reading.does(TraineeAct.TIME_COMMIT):
        total += GAINS.time_commit
    if reading.does(TraineeAct.EXPLAIN):
        total += GAINS.explain
    if asks_needed(reading):
        total += GAINS.ask_needed
    for spent, gesture in enumerate(_gestures(state, reading), start=state.relational):
        total += gesture * GAINS.repeat_share**spent
    return total


def _trust_gain(reading: LineReading, *, kept: bool, broken: bool, contradicted: bool) -> float:
    total = GAINS.trust_kept if kept else 0.0
    if reading.does(TraineeAct.EMPATHY_SPECIFIC) or reading.names_loss:
        total += GAINS.trust_specific
    if broken:
        total += GAINS.trust_broken
    if contradicted:
        total += GAINS.trust_contradicted
    if reading.breached:
        total += GAINS.trust_critical
    return total


def _confusion(state: EmotionState, reading: LineReading) -> float:
    value = GAINS.confusion_stays * state.confusion
    if reading.jargon:
        value += GAINS.confusion_jargon
    if reading.long:
        value += GAINS.confusion_long
    if reading.clear_steps:
        value += GAINS.confusion_steps
    if reading.does(TraineeAct.RESTATE):
        value += GAINS.confusion_restate
    return value


def _worry(state: EmotionState, reading: LineReading, gain: float) -> float:
    value = GAINS.worry_stays * state.worry
    timed = reading.named_time or reading.does(TraineeAct.TIME_COMMIT)
    if reading.does(*_MAKES_WAIT) and not timed:
        value += GAINS.worry_no_time
    if reading.does(TraineeAct.TIME_COMMIT):
        value += GAINS.worry_time
    if gain > 0:
        value += GAINS.worry_progress
    return value


def _patience(
    state: EmotionState, reading: LineReading, *, gain: float, silent: bool, solved: bool
) -> float:
    value = state.patience + GAINS.patience_turn
    if not moves_on(reading, gain=gain):
        value += GAINS.patience_no_progress
    if silent:
        value += GAINS.patience_silence
    if solved or reading.does(TraineeAct.SOLVE_STEP):
        value += GAINS.patience_step
    return value
