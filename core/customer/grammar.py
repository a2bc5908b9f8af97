"""Templates and how an act becomes a phrase."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from random import Random

from core.domain.agenda import CustomerAct, CustomerActKind, CustomerState, Way
from core.domain.emotion import HeatLevel, level
from core.domain.persona import Persona
from core.domain.scenario import Fact, Scenario
from core.domain.wording import bare
from core.plain_yaml import load_plain

DATA = Path(__file__).parent / "data"

_GROUPS = {
    HeatLevel.CONTENT: "cool",
    HeatLevel.CALM: "cool",
    HeatLevel.IMPATIENT: "warm",
    HeatLevel.ANGRY: "hot",
    HeatLevel.FURIOUS: "hot",
    HeatLevel.ESCALATED: "hot",
}
_SLOT = re.compile(r"\{(\w+)\}")
_MARK_BEFORE_COMMA = re.compile(r"([?!.]),")
_OPENED = ("opening", "request", "twist", "fallback", "accept")
"""Slots whose content may begin with a word that opens a message."""

_WORN = 0.15
_PLAIN = 4.0
"""People mostly say the thing itself, without a word before or after."""

_SPREAD = 5.0
_CACHED = 1024

_OWN_HEAT = {"cool": 1.0, "warm": 1.5, "hot": 3.0}
"""How much more often lines of the customer's own heat are taken than those for any heat."""


@dataclass(frozen=True, slots=True, eq=False)
class Grammar:
    """The wordings of one language.

    `pools`: name of an act, then heat group (any, cool, warm, hot), then lines; `overlays`:
    colour or mood, then place (before, after), then words; `openers` begin a message and do
    not follow each other; `asking`: words after which only a request that is one of `questions`
    can follow; `by_heart` is found in labels of facts nobody has to look up; `small_before` and
    `small_after` say nothing and stand around a line that would be read again; `digest` names
    the content.
    """

    language: str
    pools: Mapping[str, Mapping[str, tuple[str, ...]]]
    overlays: Mapping[str, Mapping[str, tuple[str, ...]]]
    polite: re.Pattern[str] | None
    polite_word: str
    full_stop: str
    joiner: str
    act_joiner: str
    mark_joiner: str
    openers: tuple[str, ...]
    asking: re.Pattern[str]
    questions: re.Pattern[str]
    by_heart: re.Pattern[str]
    small_before: tuple[str, ...]
    small_after: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """One wording of an act; `uses` are the ids that must not come again in the dialogue."""

    text: str
    uses: tuple[str, ...]


def load_grammar(language: str) -> Grammar:
    """The templates shipped for `language` (zh, en)."""
    content = (DATA / f"templates.{language}.yaml").read_bytes()
    raw = load_plain(content)
    polite = raw["polite"]
    return Grammar(
        language=language,
        pools=_frozen(raw["pools"]),
        overlays=_frozen(raw["overlays"]),
        polite=_polite_pattern(polite["plain"], polite["never"]),
        polite_word=polite["polite"],
        full_stop=raw["full_stop"],
        joiner=raw["joiner"],
        act_joiner=raw["act_joiner"],
        mark_joiner=raw["mark_joiner"],
        openers=tuple(raw["openers"]),
        asking=re.compile(raw["asking"], re.IGNORECASE),
        questions=re.compile(raw["questions"], re.IGNORECASE),
        by_heart=re.compile(raw["by_heart"], re.IGNORECASE),
        small_before=tuple(raw["small_words"]["before"]),
        small_after=tuple(raw["small_words"]["after"]),
        digest=hashlib.sha256(content).hexdigest(),
    )


def heat_group(heat: float) -> str:
    """The group of lines for a heat: cool, warm or hot."""
    return _GROUPS[level(heat)]


def pool_name(
    act: CustomerAct, *, state: CustomerState, scenario: Scenario, grammar: Grammar
) -> str:
    """Which pool words the act: what it is about, and its way where that has a pool."""
    name = _matter(act, state=state, scenario=scenario, by_heart=grammar.by_heart)
    special = f"{name}_{act.way}"
    return special if act.way and special in grammar.pools else name


def _matter(
    act: CustomerAct, *, state: CustomerState, scenario: Scenario, by_heart: re.Pattern[str]
) -> str:
    facts = {fact.key: fact for fact in scenario.facts}
    goals = {goal.key for goal in scenario.sub_goals}
    done = goals.issubset(state.settled)
    match act.kind:
        case CustomerActKind.STATE_PROBLEM:
            return "state_problem" if act.about in goals else "twist"
        case CustomerActKind.ANSWER_SLOT:
            if act.about in state.told_wrong and not act.wrong:
                return "answer_fix"
            fact = facts.get(act.about)
            if fact and not _is_number(fact):
                return "answer_say"
            own = fact is not None and by_heart.search(fact.label) and act.way is Way.PLAIN
            return "answer_slot_own" if own else "answer_slot"
        case CustomerActKind.ANSWER_PARTIAL:
            return "answer_repeat" if act.about in facts else "yes"
        case CustomerActKind.DONT_KNOW | CustomerActKind.DOUBT:
            return f"{act.kind}_fact" if act.about in facts else act.kind.value
        case CustomerActKind.ACCEPT | CustomerActKind.REJECT:
            last = act.kind is CustomerActKind.ACCEPT and done
            about_goal = f"{act.kind}_last" if last else f"{act.kind}_goal"
            return about_goal if act.about in goals else act.kind.value
        case CustomerActKind.CLOSE:
            return "close_solved" if done else "close_unsolved"
        case _:
            return act.kind.value


def _is_number(fact: Fact) -> bool:
    """Whether the fact is a number or a code and not a statement."""
    bare = re.sub(r"\W", "", fact.value)
    return bare.isascii() and any(sign.isdigit() for sign in bare)


def slots(
    act: CustomerAct, *, scenario: Scenario, persona: Persona, owed: str = ""
) -> dict[str, tuple[str, ...]]:
    """What may fill each slot of the act's templates; `owed` is the time promised last time."""
    filled: dict[str, tuple[str, ...]] = {
        "opening": scenario.openings,
        "loss": scenario.losses,
        "accept": scenario.accept,
        "fallback": scenario.fallback,
        "self": persona.self_disclosures,
        "me": persona.self_reference,
        "hidden": scenario.hidden_surfaces,
        "when": (owed,) if owed else (),
    }
    for fact in scenario.facts:
        if fact.key == act.about:
            filled["fact"] = fact.wrong_surfaces if act.wrong else fact.surfaces
    for goal in scenario.sub_goals:
        if goal.key == act.about:
            filled["request"] = goal.request
    for twist in scenario.twists:
        if twist.key == act.about:
            filled["twist"] = twist.surfaces
    return filled


def word(
    grammar: Grammar,
    pool: str,
    *,
    group: str,
    filled: Mapping[str, tuple[str, ...]],
    used: Collection[str],
    recent: Collection[str],
    length: float,
    chance: Random,
) -> Phrase:
    """One wording from a pool that was neither used nor said before, of about `length` signs.

    Lines for the customer's own heat come first, then those for any heat of the pool. Should a
    dialogue outlast the whole pool, the wording that was used longest ago comes again.
    """
    everything: list[Phrase] = []
    for groups in (("any", group), tuple(grammar.pools[pool])):
        everything = wordings(grammar, pool, groups, filled)
        fresh = [p for p in everything if p.uses[0] not in used and bare(p.text) not in recent]
        if fresh:
            heated = [_OWN_HEAT[group] if f"/{group}/" in one.uses[0] else 1.0 for one in fresh]
            weights = [
                heat * _weight(phrase, used, length, grammar.language)
                for heat, phrase in zip(heated, fresh, strict=True)
            ]
            return chance.choices(fresh, weights)[0]
    order = {name: place for place, name in enumerate(used)}
    return min(everything, key=lambda phrase: order.get(phrase.uses[0], -1))


def visible_length(text: str, language: str) -> float:
    """Length in signs of Chinese; three latin letters count as one."""
    return len(text) if language == "zh" else len(text) / 3


def _weight(phrase: Phrase, used: Collection[str], length: float, language: str) -> float:
    far = abs(visible_length(phrase.text, language) - length)
    worn = any(use in used for use in phrase.uses)
    plain = phrase.uses[0].startswith("=")
    return math.exp(-far / _SPREAD) * (_WORN if worn else 1.0) * (_PLAIN if plain else 1.0)


def wordings(
    grammar: Grammar,
    pool: str,
    groups: Sequence[str],
    filled: Mapping[str, tuple[str, ...]],
) -> list[Phrase]:
    """All wordings of a pool's heat groups whose slots can be filled."""
    slots_of = tuple(filled.items())
    found: list[Phrase] = []
    for group in groups:
        found.extend(_filled(grammar, pool, group, slots_of))
    return found


@lru_cache(maxsize=_CACHED)
def _filled(
    grammar: Grammar,
    pool: str,
    group: str,
    slots_of: tuple[tuple[str, tuple[str, ...]], ...],
) -> tuple[Phrase, ...]:
    """All fillings of a group's lines: the same in every talk of a case."""
    filled = dict(slots_of)
    return tuple(
        phrase
        for index, line in enumerate(grammar.pools[pool].get(group, ()))
        for phrase in _fill(line, f"{pool}/{group}/{index}", filled, grammar)
    )


def _fill(
    line: str, name: str, filled: Mapping[str, tuple[str, ...]], grammar: Grammar
) -> list[Phrase]:
    """All fillings of a line; a bare slot is named by what fills it."""
    slot = _SLOT.search(line)
    if slot is None:
        return [Phrase(line, (name,))]
    phrases: list[Phrase] = []
    opens = bool(slot.start()) and slot.group(1) in _OPENED
    asks = grammar.asking.search(line, 0, slot.start()) is not None
    for surface in filled.get(slot.group(1), ()):
        if opens and surface.startswith(grammar.openers):
            continue
        if asks and slot.group(1) == "request" and not grammar.questions.search(surface):
            continue
        text = _MARK_BEFORE_COMMA.sub(r"\1", line.replace(slot.group(), surface))
        worn = f"={surface}"
        if _SLOT.search(text):
            rest = _fill(text, name, filled, grammar)
            phrases.extend(replace(one, uses=(*one.uses, worn)) for one in rest)
            continue
        phrases.append(Phrase(text, (worn,) if line == slot.group() else (name, worn)))
    return phrases


def _polite_pattern(plain: str, never: Sequence[str]) -> re.Pattern[str] | None:
    if not plain:
        return None
    tails = "|".join(re.escape(word.removeprefix(plain)) for word in never)
    return re.compile(re.escape(plain) + (f"(?!{tails})" if tails else ""))


def _frozen(
    raw: Mapping[str, Mapping[str, Sequence[str]]],
) -> dict[str, dict[str, tuple[str, ...]]]:
    return {
        name: {group: tuple(lines) for group, lines in groups.items()}
        for name, groups in raw.items()
    }
