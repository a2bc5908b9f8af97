"""From a cue to what the model is told and what its reply may be.

What may not be said yet is not in the prompt at all: what is absent cannot leak.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from core.customer.guards import Allowance, length, pieces, says
from core.customer.hand import room
from core.domain.agenda import CustomerAct, CustomerActKind, Way
from core.domain.dialogue import Speaker
from core.domain.emotion import HeatLevel, colours, level
from core.domain.scenario import Fact, Scenario, Wordings
from core.domain.sieve import has_read
from core.ports.customer_engine import Cue
from core.prompts.render import PromptBook, Script

SAMPLES = 2
_MEDIAN = 6.0
_SPREAD = 0.75
"""Log-normal message length with median 6, mean 8 and a ninth decile of 16, as in real chats."""
_LEAST_CAP = 10
_MOST_CAP = 60
_ROOM_PER_WORDING = 4
_MIND = (CustomerActKind.OPEN, CustomerActKind.STATE_PROBLEM, CustomerActKind.PRESS)


@dataclass(frozen=True, slots=True)
class Briefing:
    """One turn of the model: what fills the prompt, and the bounds of its reply (still without
    the prompt's own words)."""

    script: Script
    allowance: Allowance


@dataclass(frozen=True, slots=True)
class _Case:
    """The cue with what is open and what is closed in it."""

    cue: Cue
    chance: Random
    now: dict[str, tuple[str, ...]]
    told: dict[str, str]
    locked: tuple[str, ...]
    refuted: tuple[str, ...]

    def free(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Those of `words` that give nothing locked away."""
        return tuple(one for one in words if not any(says(one, lock) for lock in self.locked))

    def pick(self, words: tuple[str, ...]) -> str:
        free = self.free(words)
        free = tuple(one for one in free if not has_read(self.cue.state.read, one)) or free
        return self.chance.choice(free) if free else ""


def brief(cue: Cue, book: PromptBook) -> Briefing:
    """What the model needs to word the cue's acts, and what it may make of them.

    The same cue gives the same briefing: lengths, samples and wordings are drawn by its seed.
    """
    case = _open(cue)
    mood = cue.state.mood
    acts = tuple(_act(act, case, book) for act in cue.acts)
    given = tuple(one for _, one in acts if one)
    lines = _lines(case)
    target, cap = _length(case, lines, given=given)
    heat = level(mood.heat)
    words = book.mood(heat, colours(mood))
    script = Script(
        card=cue.persona.card,
        goal=case.pick((cue.scenario.goal,)),
        told=_told_lines(case, book),
        facts=_fact_lines(case, book),
        mood=words,
        acts=tuple(line for line, _ in acts),
        samples=_samples(case),
        reminder=f"{cue.persona.name} / {words}",
        lines=lines,
        target=target,
        cap=cap,
    )
    allowance = _allowance(case, heat=heat, given=given, lines=lines, cap=cap)
    return Briefing(script=script, allowance=allowance)


def _allowance(
    case: _Case, *, heat: HeatLevel, given: tuple[str, ...], lines: int, cap: int
) -> Allowance:
    cue, scenario = case.cue, case.cue.scenario
    history = cue.history
    sayable = (
        case.pick((scenario.goal,)),
        *case.free(scenario.openings),
        *given,
        *(way for key in case.told for way in _ways(scenario.fact(key))),
        *(way for ways in case.now.values() for way in ways),
        *_samples(case),
    )
    return Allowance(
        language=cue.language,
        acts=cue.acts,
        heat=heat,
        lines=lines,
        cap=cap,
        sayable="\n".join(sayable),
        locked=case.locked,
        refuted=case.refuted,
        needed=tuple(case.now.items()),
        clerk_words=_clerk_words(scenario),
        solutions=_solutions(scenario),
        markers=cue.persona.markers,
        heard=tuple(turn.text for turn in history if turn.speaker is Speaker.TRAINEE),
        said=tuple(turn.text for turn in history if turn.speaker is Speaker.CUSTOMER)
        or cue.state.recent,
        read=cue.state.read,
    )


def _open(cue: Cue) -> _Case:
    """Sort every fact: said now, told before, or closed."""
    acts = {act.about: act for act in cue.acts if act.kind is CustomerActKind.ANSWER_SLOT}
    known = "\n".join(turn.text for turn in cue.history)
    now: dict[str, tuple[str, ...]] = {}
    told: dict[str, str] = {}
    closed: list[str] = []
    refuted: list[str] = []
    for fact in cue.scenario.facts:
        right, wrong = _ways(fact), fact.wrong_surfaces
        act = acts.get(fact.key)
        if act is not None:
            now[fact.key] = wrong if act.wrong else right
            closed.extend(right if act.wrong else ())
            refuted.extend(() if act.wrong else wrong)
        elif fact.key in cue.state.told:
            told[fact.key] = fact.value
            refuted.extend(wrong)
        else:
            spoken = fact.key in cue.state.told_wrong
            closed.extend(right if spoken else (*right, *wrong))
    closed.extend(
        words
        for twist in cue.scenario.twists
        if twist.key not in cue.state.twists
        for words in twist.surfaces
    )
    free = [known, *told.values(), *(way for ways in now.values() for way in ways)]
    locked = _kept(closed, free)
    return _Case(
        cue=cue,
        chance=Random(f"{cue.seed}:briefing"),
        now=now,
        told=told,
        locked=locked,
        refuted=_kept(refuted, free[1:]),
    )


def _ways(fact: Fact) -> tuple[str, ...]:
    """All right ways to say a fact."""
    return (*fact.surfaces, fact.value)


def _kept(closed: list[str], free: list[str]) -> tuple[str, ...]:
    """The closed wordings that mean something by themselves and are not said anyway."""
    return tuple(
        words
        for words in dict.fromkeys(closed)
        if _telling(words) and not any(says(text, words) for text in free)
    )


def _telling(words: str) -> bool:
    return len("".join(pieces(words))) > 1


def _act(act: CustomerAct, case: _Case, book: PromptBook) -> tuple[str, str]:
    """The act in words, and the wording that it hands to the model."""
    scenario = case.cue.scenario
    label, words = "", ""
    if act.kind in _MIND:
        words = _matter(act, case)
    elif act.way is Way.LAST_TIME:
        words = case.cue.state.owed
    elif act.kind is CustomerActKind.SELF_DISCLOSE:
        hidden = act.way is Way.HIDDEN
        words = case.pick(scenario.hidden_surfaces if hidden else case.cue.persona.self_disclosures)
    else:
        fact = _fact(scenario, act.about)
        label = case.pick((fact.label,)) if fact else ""
    if act.kind is CustomerActKind.ANSWER_SLOT:
        words = _way(act.about, case)
    unsolved = len(case.cue.state.settled) < len(scenario.sub_goals)
    told = book.act(act.kind, label=label, words=words, way=act.way, unsolved=unsolved)
    return told, words


def _matter(act: CustomerAct, case: _Case) -> str:
    scenario = case.cue.scenario
    if act.kind is CustomerActKind.OPEN:
        return case.pick(scenario.openings) or case.pick((scenario.goal,)) or scenario.family
    requests = next((goal.request for goal in scenario.sub_goals if goal.key == act.about), ())
    twists = next((twist.surfaces for twist in scenario.twists if twist.key == act.about), ())
    words = case.pick((*requests, *twists))
    return words or ("" if act.kind is CustomerActKind.PRESS else case.pick((scenario.goal,)))


def _way(key: str, case: _Case) -> str:
    return case.now[key][case.cue.seed % len(case.now[key])]


def _fact(scenario: Scenario, key: str) -> Fact | None:
    return next((fact for fact in scenario.facts if fact.key == key), None)


def _told_lines(case: _Case, book: PromptBook) -> tuple[str, ...]:
    scenario = case.cue.scenario
    return tuple(
        book.fact(scenario.fact(key).label, value, state="said") for key, value in case.told.items()
    )


def _fact_lines(case: _Case, book: PromptBook) -> tuple[str, ...]:
    wrong = {act.about for act in case.cue.acts if act.wrong}
    return tuple(
        book.fact(
            case.cue.scenario.fact(key).label,
            _way(key, case),
            state="wrongly" if key in wrong else "say_now",
        )
        for key in case.now
    )


def _samples(case: _Case) -> tuple[str, ...]:
    """Two lines as this persona types them; they hold nothing of the case."""
    own = case.free(case.cue.persona.self_disclosures) or case.free(case.cue.scenario.openings)
    return tuple(Random(f"{case.cue.seed}:samples").sample(own, min(SAMPLES, len(own))))


def _lines(case: _Case) -> int:
    """How many messages the reply may have: one, or a burst."""
    manner, acts = case.cue.persona.manner, len(case.cue.acts)
    burst = case.chance.random() < 0.3 + manner.burst
    wanted = max(2, acts) if burst else 1
    return min(room(case.cue), wanted)


def _length(case: _Case, lines: int, *, given: tuple[str, ...]) -> tuple[int, int]:
    """Target and cap of the whole reply; the wordings it is given always find room."""
    language, manner = case.cue.language, case.cue.persona.manner
    drawn = _MEDIAN * math.exp(case.chance.gauss(0.0, _SPREAD)) * manner.length
    messages = max(lines, math.sqrt(max(1, len(case.cue.acts))))
    given_room = sum(length(words, language) + _ROOM_PER_WORDING for words in given)
    target = max(4, round(drawn * messages))
    cap = min(_MOST_CAP, max(_LEAST_CAP, target)) + given_room
    return min(target + given_room, cap), cap


def _clerk_words(scenario: Scenario) -> tuple[str, ...]:
    """What only the trainee's side knows."""
    return (
        *(goal.reference_line for goal in scenario.sub_goals),
        *(limit.rule for limit in scenario.policy_limits),
        *(limit.instead for limit in scenario.policy_limits),
        *(line.value for line in scenario.record),
    )


def _solutions(scenario: Scenario) -> Wordings:
    return tuple(group for goal in scenario.sub_goals for group in goal.said_by)
