"""The simulated customer's mind: an agenda that the talk pushes and pops.

Pure: no clock, chance passed in. The same state, line and chance give the same step. After the
coaching notes (embedded engine) and the agenda-based user simulation they cite.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.domain import emotion, side_talk
from core.domain.agenda import CustomerAct, CustomerActKind, CustomerState, Move, Way
from core.domain.dialogue import EndReason
from core.domain.director import EASED_PATIENCE, noted
from core.domain.disclosure import Chance, answer, helping, say, volunteered
from core.domain.emotion import HeatLevel, level
from core.domain.hearing import Hearing, take_in
from core.domain.listening import offence
from core.domain.persona import Mood, Persona
from core.domain.reactions import fallback, next_goal, nod, react
from core.domain.reading import LineReading, TraineeAct
from core.domain.scenario import Scenario

MAX_MESSAGES = 20
"""Customer messages in one dialogue; the last one says goodbye."""

ABUSE_LIMIT = 3
"""Insults before the customer walks off to a supervisor."""

RAGE_LIMIT = 4
"""Lines in a row that leave the customer furious; then he goes: nobody is shouted at for long."""

ESCALATES_AT = 0.92
"""Heat at which the customer hangs up or asks for a supervisor."""

MOST_ACTS = 3
"""Acts in one turn."""

POPS = ((0.65, 1), (0.88, 2), (1.0, 3))
"""Cumulative shares of one, two and three acts in a turn (.65/.23/.12)."""

TWIST_SHARE = 0.6
"""Chance per turn that a twist comes once its progress is reached."""

LINGERS = 3
"""Trainee lines after the goal is met at which the customer says goodbye unasked."""

GRACE = -4.0
"""Patience at which the customer leaves although the talk is moving on; between nought and
this only a line that brings nothing ends it. Nobody hangs up on the answer itself."""

_BRINGS = (
    TraineeAct.SOLVE_STEP,
    TraineeAct.TIME_COMMIT,
    TraineeAct.EXPLAIN,
    TraineeAct.RESTATE,
    TraineeAct.HOLD_RETURN,
)
_REQUESTS = (CustomerActKind.PRESS, CustomerActKind.STATE_PROBLEM)
_LASTING = (CustomerActKind.ANSWER_SLOT, CustomerActKind.STATE_PROBLEM, CustomerActKind.CLOSE)
_UPSET = (CustomerActKind.VENT, CustomerActKind.THREATEN, CustomerActKind.REJECT)
"""Whoever does one of these does not go on to help the trainee along."""

_CLOSE = CustomerAct(CustomerActKind.CLOSE)


@dataclass(frozen=True, slots=True)
class Step:
    """What the customer does next. `end` is set when these are the last words of the talk."""

    state: CustomerState
    acts: tuple[CustomerAct, ...]
    end: EndReason | None = None


def open_case(
    *,
    scenario: Scenario,
    persona: Persona,
    mood: Mood,
    chance: Chance,
    owed: str = "",
    read: str = "",
) -> Step:
    """The customer's first move: the opening, and now and then a little more.

    `owed`: the time promised in a former talk about the same matter, which was not kept; `read`:
    a sieve of the lines the trainee knows from former talks.
    """
    feeling = emotion.start(mood, persona)
    if owed:
        feeling = side_talk.disappointed(feeling)
    ways = [Way.FIRST, *(Way.PLAIN for _ in scenario.sub_goals[1:])]
    requests = [
        CustomerAct(CustomerActKind.STATE_PROBLEM, goal.key, way=way)
        for goal, way in zip(scenario.sub_goals, ways, strict=True)
    ]
    facts = [
        CustomerAct(CustomerActKind.ANSWER_SLOT, key, way=Way.UNASKED)
        for key in volunteered(scenario)
    ]
    to_do = [CustomerAct(CustomerActKind.OPEN), *facts, *requests, _CLOSE]
    state = CustomerState(mood=feeling, stack=tuple(reversed(to_do)), owed=owed, read=read)
    hot = level(feeling.heat) in (HeatLevel.ANGRY, HeatLevel.FURIOUS, HeatLevel.ESCALATED)
    urgent = (CustomerAct(CustomerActKind.VENT, way=Way.FIRST),) if hot else ()
    reminds = side_talk.at_once(state, chance)
    if reminds:
        state, urgent = replace(state, reminded=True), (side_talk.reminder(),)
    first = state.stack[-1:] + urgent
    step = _step(
        replace(state, stack=state.stack[:-1]),
        first,
        scenario=scenario,
        chance=chance,
        least=2 if reminds else 1,
    )
    wonder = side_talk.wonders(feeling, persona, chance)
    return replace(step, state=replace(step.state, wonder=wonder))


def hear(
    state: CustomerState,
    reading: LineReading,
    *,
    scenario: Scenario,
    persona: Persona,
    silence_limits: float,
    chance: Chance,
    move: Move = Move.NONE,
    time_up: bool = False,
) -> Step:
    """The customer's answer to one line of the trainee.

    `silence_limits`: how many whole reply limits passed before the line; `move`: what the
    director does with it; `time_up`: the talk's time is over, whatever the line says.
    """
    hearing = take_in(
        state, reading, scenario=scenario, silence_limits=silence_limits, chance=chance
    )
    end = _end(hearing, time_up=time_up)
    if end is not None:
        return _farewell(hearing, end, scenario)
    hearing, answers = _answers(hearing, scenario=scenario, chance=chance)
    mind, twist = _twist(hearing, scenario=scenario, chance=chance, move=move)
    hearing = replace(hearing, after=mind)
    urgent = react(
        hearing, answers=answers, twist=twist, scenario=scenario, persona=persona, chance=chance
    )
    hearing, directed = _directed(hearing, move, urgent=urgent, scenario=scenario)
    mind, beside = side_talk.beside(hearing, urgent, scenario)
    hearing = replace(hearing, after=mind)
    urgent = (*beside, *urgent, *directed)
    urgent = urgent or nod(hearing, scenario=scenario, chance=chance)
    agenda = any(_ready(act, mind, scenario) for act in mind.stack)
    if not urgent and not agenda:
        urgent = (fallback(hearing, scenario=scenario, chance=chance),)
    least = 2 if twist and hearing.settled_now else 1
    if directed:
        least = min(MOST_ACTS, len(urgent))
    if answers:
        least = max(least, urgent.index(answers[0]) + 1)
    return _step(mind, urgent, scenario=scenario, chance=chance, least=least)


def _answers(
    hearing: Hearing, *, scenario: Scenario, chance: Chance
) -> tuple[Hearing, tuple[CustomerAct, ...]]:
    """What the line asks for and the state that remembers it; a line that makes no sense asks
    for nothing, and an offer of help is answered with the request itself."""
    reading = hearing.reading
    winds_down = hearing.goal_met and reading.does(
        TraineeAct.ASK_OPEN, TraineeAct.CONFIRM, TraineeAct.MORE
    )
    if hearing.sound is not Way.PLAIN or (winds_down and not reading.asked):
        return hearing, ()
    polite = reading.does(TraineeAct.GREET, TraineeAct.SELF_INTRO)
    if polite and reading.does(TraineeAct.ASK_OPEN) and not reading.asked:
        goal = next_goal(hearing.after, scenario)
        return hearing, (CustomerAct(CustomerActKind.STATE_PROBLEM, goal, way=Way.OFFERED_HELP),)
    asked, answers = answer(hearing.after, reading, scenario=scenario, chance=chance)
    return replace(hearing, after=asked), answers


def _directed(
    hearing: Hearing, move: Move, *, urgent: tuple[CustomerAct, ...], scenario: Scenario
) -> tuple[Hearing, tuple[CustomerAct, ...]]:
    """What a director's lighter or harder hand adds to the answer, and the state that remembers
    it. A line that cannot be answered or meets the goal is left alone."""
    state = hearing.after
    free = not hearing.goal_met and hearing.sound is Way.PLAIN
    if move not in (Move.EASE, Move.PRESS) or not free:
        return hearing, ()
    if move is Move.PRESS:
        harder = replace(state, directed=noted(state, move))
        act = CustomerAct(CustomerActKind.BARGAIN if hearing.settled_now else CustomerActKind.DOUBT)
        busy = len(urgent) >= MOST_ACTS or any(one.kind is act.kind for one in urgent)
        return replace(hearing, after=harder), () if busy else (act,)
    patience = state.mood.patience + EASED_PATIENCE
    mood = replace(state.mood, patience=patience)
    lighter = replace(state, mood=mood, directed=noted(state, move))
    upset = any(act.kind in _UPSET or act.way is Way.LAST for act in urgent)
    acts = () if upset or len(urgent) >= MOST_ACTS else helping(state, scenario)
    return replace(hearing, after=lighter), acts


def _end(hearing: Hearing, *, time_up: bool) -> EndReason | None:
    """How the talk ends with this line, if it does."""
    state, reading = hearing.after, hearing.reading
    last_message = state.spoken >= MAX_MESSAGES - 1
    if state.mood.heat >= ESCALATES_AT or state.abuse >= ABUSE_LIMIT:
        return EndReason.ESCALATED
    if hearing.goal_met:
        over = hearing.before.content or state.lingering >= LINGERS or last_message or time_up
        return EndReason.SOLVED if over or reading.does(TraineeAct.CLOSE) else None
    if reading.does(TraineeAct.CLOSE):
        return EndReason.FINISHED_BY_TRAINEE
    if state.mood.patience <= (GRACE if _brings_something(hearing) else 0):
        return EndReason.GIVEN_UP
    if state.raging >= RAGE_LIMIT:
        return EndReason.GIVEN_UP
    if time_up:
        return EndReason.TIME_LIMIT
    return EndReason.TURN_LIMIT if last_message else None


def _brings_something(hearing: Hearing) -> bool:
    reading = hearing.reading
    news = set(reading.asked) - set(reading.repeated_ask)
    return bool(hearing.settled_now) or bool(news) or reading.does(*_BRINGS)


_UNSOLVED = (EndReason.GIVEN_UP, EndReason.FINISHED_BY_TRAINEE, EndReason.TIME_LIMIT)
_LAST_WORDS = {
    EndReason.SOLVED: Way.BYE,
    EndReason.FINISHED_BY_TRAINEE: Way.DROPPED,
    EndReason.TURN_LIMIT: Way.LIMIT,
    EndReason.TIME_LIMIT: Way.LIMIT,
}


def _farewell(hearing: Hearing, end: EndReason, scenario: Scenario) -> Step:
    state = hearing.after
    way = _LAST_WORDS.get(end, Way.PLAIN)
    if way is Way.BYE and not hearing.reading.does(TraineeAct.CLOSE):
        way = Way.PLAIN  # Nobody has said goodbye to be answered.
    last = [CustomerAct(CustomerActKind.CLOSE, way=way)]
    if end is EndReason.ESCALATED:
        last.insert(0, CustomerAct(CustomerActKind.THREATEN))
    taken = offence(hearing.reading)
    if taken is not None and end in (EndReason.ESCALATED, EndReason.GIVEN_UP):
        last.insert(0, CustomerAct(CustomerActKind.VENT, way=taken.way))
    elif hearing.settled_now:
        last.insert(0, CustomerAct(CustomerActKind.ACCEPT, hearing.settled_now[-1]))
    elif end in _UNSOLVED:
        last[:0] = side_talk.parting(state, scenario)
    elif end is EndReason.SOLVED and hearing.reading.does(TraineeAct.MORE):
        last.insert(0, CustomerAct(CustomerActKind.ACCEPT, way=Way.MORE))
    return Step(state=replace(state, stack=()), acts=tuple(last), end=end)


def _twist(
    hearing: Hearing, *, scenario: Scenario, chance: Chance, move: Move
) -> tuple[CustomerState, tuple[CustomerAct, ...]]:
    """At most one twist a turn, once the talk has come far enough for it or the director wants
    one; he may also hold it back."""
    state = hearing.after
    if hearing.goal_met:
        return state, ()
    for twist in scenario.twists:
        if twist.key in state.twists or state.mood.heat < twist.from_heat:
            continue
        wanted = move is Move.TWIST
        due = state.mood.progress >= twist.after_progress and chance.random() < TWIST_SHARE
        if due and move is Move.HOLD:
            return replace(state, directed=noted(state, move)), ()
        if wanted or due:
            heat = min(1.0, max(0.0, state.mood.heat + twist.heat))
            moved = replace(
                state,
                mood=replace(state.mood, heat=heat),
                twists=(*state.twists, twist.key),
                directed=noted(state, Move.TWIST if wanted else Move.NONE),
            )
            return moved, (CustomerAct(CustomerActKind.STATE_PROBLEM, twist.key),)
    return state, ()


def _step(
    state: CustomerState,
    urgent: tuple[CustomerAct, ...],
    *,
    scenario: Scenario,
    chance: Chance,
    least: int = 1,
) -> Step:
    """Take one, two or three acts off the agenda; urgent ones lie on top of it.

    Answers, requests and twists that find no room now stay on the agenda; a reaction that is
    not shown at once is forgotten.
    """
    to_do = _agenda((*urgent, *reversed(state.stack)))
    pressing = len(_agenda(urgent))
    ready = [
        act for place, act in enumerate(to_do) if place < pressing or _ready(act, state, scenario)
    ]
    now = _once(ready)[: max(least, _pop_count(chance))]
    named = {act.about for act in now if act.kind in _REQUESTS}
    kept = [act for act in to_do if act not in now and act.kind in _LASTING]
    kept = [act for act in kept if act.kind not in _REQUESTS or act.about not in named]
    spoken = say(state, now, scenario=scenario)
    stack = (_CLOSE, *reversed(kept))
    return Step(state=replace(spoken, stack=stack), acts=tuple(now))


def _once(acts: list[CustomerAct]) -> list[CustomerAct]:
    """The acts without a second request for the same thing."""
    kept: list[CustomerAct] = []
    for act in acts:
        asked = {other.about for other in kept if other.kind in _REQUESTS}
        if act.kind not in _REQUESTS or act.about not in asked:
            kept.append(act)
    return kept


def _ready(act: CustomerAct, state: CustomerState, scenario: Scenario) -> bool:
    """Whether an act of the agenda may be said: a request waits for the goals it builds on."""
    if act.kind is CustomerActKind.CLOSE:
        return False
    if act.kind is not CustomerActKind.STATE_PROBLEM:
        return True
    goals = {goal.key: goal for goal in scenario.sub_goals}
    goal = goals.get(act.about)
    return goal is None or all(need in state.settled for need in goal.needs if need in goals)


def _agenda(acts: tuple[CustomerAct, ...]) -> list[CustomerAct]:
    """The acts in order, each thing once, without the farewell."""
    first = {(act.kind, act.about): act for act in reversed(acts)}
    order = dict.fromkeys((act.kind, act.about) for act in acts)
    return [first[name] for name in order if name[0] is not CustomerActKind.CLOSE]


def _pop_count(chance: Chance) -> int:
    drawn = chance.random()
    for share, count in POPS:
        if drawn < share:
            return count
    return POPS[-1][1]


__all__ = ["MAX_MESSAGES", "Chance", "Step", "hear", "next_goal", "open_case"]
