"""Better sentences for a weak one, built from the trainee's own (proved in mending.py)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain
from string import Formatter
from types import MappingProxyType

from core.domain.dialogue import Speaker
from core.domain.reading import TraineeAct
from core.domain.rubric import LIMITS
from core.domain.scenario import Fact, Scenario, SubGoal
from core.plain_yaml import load_plain
from core.ports.line_reader import LineContext, LineReader
from core.services.checks.cues import Cues
from core.services.checks.talk import Line, Talk
from core.services.grounds import Grounds
from core.services.own_words import ordered, own_words, without_jargon

OPTIONAL = frozenset({"hello"})
"""Placeholders that may be empty."""
LONGEST_SAID = 40
MOST_GAPS = {"zh": 1, "en": 12}
"""Spaces in a message that is one thought: between words in English, between pieces in Chinese."""
_SENTENCE_END = re.compile(r"[。！？!?]|\. ")
_MARKS = re.compile(r"([。！？，；、!?])[。！？，；、!?]+")
"""A customer's "！！" is quoted as one mark."""
_BORDERS = "。！？，；.!?,; \n"
_PLACEHOLDER = re.compile(r"\{\w+\}")
_OPENERS = re.compile(r"^(?:(?:好的?|嗯+|行|ok(?:ay)?|alright|well)[，,。.! ]+)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class BetterLines:
    """Sentences by check id (C..) and by phrase category (F..), the best fitting one first;
    `counter` holds by check what not to say; `upset` goes before a line to somebody who is;
    `neutral` may stay of a trainee's own words, since they claim nothing."""

    checks: Mapping[str, tuple[str, ...]]
    phrases: Mapping[str, tuple[str, ...]]
    close: tuple[str, ...]
    counter: Mapping[str, str]
    upset: str
    neutral: tuple[str, ...]

    def of(self, about: str) -> tuple[str, ...]:
        """The sentences for a check or a phrase category; none is no fault."""
        return self.checks.get(about) or self.phrases.get(about) or ()

    @property
    def house(self) -> tuple[str, ...]:
        """All sentences without what is filled in: they promise nothing but to take care."""
        templates = chain(*self.checks.values(), *self.phrases.values())
        filled = (_PLACEHOLDER.sub("", template) for template in templates)
        return (*filled, *self.close, self.upset, *self.neutral)


@cache
def better_lines(language: str) -> BetterLines:
    """The sentences of one language; Chinese where the language is unknown."""
    known = language if language in ("zh", "en") else "zh"
    source = files("core.services.data").joinpath(f"better.{known}.yaml")
    raw = load_plain(source.read_text(encoding="utf-8"))
    return BetterLines(
        checks=MappingProxyType({key: tuple(lines) for key, lines in raw["checks"].items()}),
        phrases=MappingProxyType({key: tuple(lines) for key, lines in raw["phrases"].items()}),
        close=tuple(raw["close"]),
        counter=MappingProxyType(dict(raw["counter"])),
        upset=str(raw["upset"]),
        neutral=tuple(raw["neutral"]),
    )


def candidates(
    about: str, talk: Talk, line: Line, *, reader: LineReader, grounds: Grounds
) -> Iterator[str]:
    """Whole sentences that could stand instead of this line, the best fitting first. None claims
    what the case does not say."""
    facts = _facts(talk, line, about=about, reader=reader, grounds=grounds)
    for template in better_lines(talk.transcript.language).of(about):
        filled = fill(template, facts)
        if not filled or filled == line.turn.text or _repeats(filled):
            continue
        if grounds.bear(filled):
            yield filled


def _repeats(text: str) -> bool:
    """Whether a sentence stands in it twice: the trainee's own and the model's may be the same."""
    said = [part.strip() for part in _SENTENCE_END.split(text) if len(part.strip()) > 3]
    return len(said) != len(set(said))


def fill(template: str, facts: Mapping[str, str]) -> str:
    """The sentence with its placeholders filled, or "" when one of them is empty."""
    wanted = [name for _, name, _, _ in Formatter().parse(template) if name]
    if any(not facts.get(name) for name in wanted if name not in OPTIONAL):
        return ""
    return template.format(**{name: facts.get(name, "") for name in wanted}).strip()


def missing_fact(talk: Talk) -> Fact | None:
    """The first fact the case needs that was never told."""
    scenario = talk.scenario
    slots = scenario.required_slots if scenario else ()
    key = next((key for key in slots if key not in talk.told), None)
    return scenario.fact(key) if scenario and key else None


def proof_label(scenario: Scenario | None) -> str:
    """What a customer proves identity with, in words."""
    facts = scenario.facts if scenario else ()
    return next((fact.label for fact in facts if fact.verifies), "")


def unmet_needs(goal: SubGoal, talk: Talk, seq: int) -> tuple[str, ...]:
    """What the goal needs (facts, other goals) that was not there before the turn `seq`."""
    known = {key for key, at in {**talk.told, **talk.settled}.items() if at < seq}
    return tuple(need for need in goal.needs if need not in known)


def _bye(own: str) -> str:
    """A farewell that follows another clause: without the word it was opened with."""
    return _inside(_OPENERS.sub("", own))


def _inside(label: str) -> str:
    """A label as it stands inside a sentence: "Order number" but "PIN"."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


class _Facts(Mapping[str, str]):
    """What stands for each placeholder, worked out when a sentence asks for it."""

    def __init__(self, ways: Mapping[str, Callable[[], str]]) -> None:
        self._ways = ways
        self._known: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name not in self._known:
            self._known[name] = self._ways[name]()
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ways)

    def __len__(self) -> int:
        return len(self._ways)


def _facts(
    talk: Talk, line: Line, *, about: str, reader: LineReader, grounds: Grounds
) -> Mapping[str, str]:
    scenario = talk.scenario
    own = cache(lambda: own_words(line, talk, reader=reader, grounds=grounds, about=about))
    closes = line.reading.does(TraineeAct.CLOSE)
    return _Facts(
        {
            "hello": lambda: own().hello,
            "own": lambda: own().whole,
            "bye": lambda: _bye(own().whole) if closes else "",
            "upset": lambda: _upset(talk, line),
            "rest": lambda: own().rest,
            "loss": lambda: _loss(talk, line),
            "said": lambda: _said(talk, line),
            "fact": lambda: _inside(fact.label) if (fact := missing_fact(talk)) else "",
            "needed": lambda: _inside(_needed(talk, line)),
            "verify": lambda: _inside(proof_label(scenario)),
            "reference": lambda: _reference(talk, line),
            "instead": lambda: _instead(scenario, line),
            "commitment": lambda: _commitment(talk, line, reader=reader),
            "ordered": lambda: _ordered(own().rest, talk, line),
            "instead_of_jargon": lambda: without_jargon(line),
        }
    )


def _upset(talk: Talk, line: Line) -> str:
    return better_lines(talk.transcript.language).upset if line.heat >= LIMITS.hot else ""


def _ordered(own: str, talk: Talk, line: Line) -> str:
    return ordered(own, talk.transcript.language) if _only_steps(line) else ""


def _only_steps(line: Line) -> bool:
    return line.reading.acts <= {TraineeAct.SOLVE_STEP, TraineeAct.INFORM}


def _loss(talk: Talk, line: Line) -> str:
    """What the customer lost, in the customer's own words where they have been said."""
    losses = talk.scenario.losses if talk.scenario else ()
    said = [t.text for t in talk.before(line.turn.seq) if t.speaker is Speaker.CUSTOMER]
    spoken = (loss for loss in losses if any(loss in text for text in said))
    return next(spoken, losses[0] if losses else "")


def _needed(talk: Talk, line: Line) -> str:
    """The name of the first fact the first open goal waits for."""
    goal = next(iter(talk.open_goals()), None)
    if goal is None:
        return ""
    facts = {fact.key: fact.label for fact in talk.scenario.facts} if talk.scenario else {}
    unmet = unmet_needs(goal, talk, line.turn.seq)
    return next((facts[need] for need in unmet if need in facts and need not in talk.told), "")


def _reference(talk: Talk, line: Line) -> str:
    """The model answer for the first thing still open, if it could be answered in this line."""
    goal = next(iter(talk.open_goals()), None)
    if goal is None or unmet_needs(goal, talk, line.turn.seq):
        return ""
    return goal.reference_line


def _instead(scenario: Scenario | None, line: Line) -> str:
    """What the policy allows instead of what the line claimed."""
    limits = scenario.policy_limits if scenario else ()
    broken = (limit.instead for limit in limits if limit.key in line.reading.breached)
    return next(filter(None, broken), "")


def _commitment(talk: Talk, line: Line, *, reader: LineReader) -> str:
    """A promise with somebody and a time, as the case itself allows it; the trainee's time is
    never made up where the case is known."""
    scenario = talk.scenario
    if scenario is None:
        return ""
    allowed = [
        goal.reference_line
        for goal in scenario.sub_goals
        if not unmet_needs(goal, talk, line.turn.seq)
    ]
    allowed.append(_instead(scenario, line))
    context = LineContext(talk.transcript.language, scenario)
    for text in filter(None, allowed):
        reading = reader.read(text, context)
        if reading.does(TraineeAct.TIME_COMMIT) and reading.named_owner and reading.named_time:
            return text
    return ""


def _said(talk: Talk, line: Line) -> str:
    """What the customer said is the matter: the longest message that told a fact of the case
    other than a proof of identity, else the first message of some length."""
    proofs = {fact.key for fact in talk.scenario.facts if fact.verifies} if talk.scenario else set()
    proving = {talk.told[key] for key in proofs if key in talk.told}
    telling = set(talk.told.values()) - proving
    said = {
        turn.seq: _bare(_MARKS.sub(r"\1", turn.text), talk.cues)
        for turn in talk.before(line.turn.seq)
        if turn.speaker is Speaker.CUSTOMER and turn.seq not in proving
    }
    fitting = {seq: text for seq, text in said.items() if 4 <= len(text) <= LONGEST_SAID}
    told = [_fact_in(text, talk) for seq, text in fitting.items() if seq in telling]
    if told:
        return max(told, key=len)
    gaps = MOST_GAPS.get(talk.transcript.language, 1)
    return next((text for text in fitting.values() if text.count(" ") <= gaps), "")


def _bare(text: str, cues: Cues) -> str:
    """What a message says, without the sounds it begins with and the questions hung on it."""
    left = text.strip(_BORDERS)
    for words in cues.fillers:
        if left.lower().startswith(words):
            rest = left[len(words) :].lstrip()
            if rest[:1] in _BORDERS or (len(words) > 2 and not words.isascii()):
                return _bare(rest, cues)
    for words in cues.tags:
        rest = left[: len(left) - len(words)].rstrip()
        if left.lower().endswith(words) and rest[-1:] in _BORDERS:
            return _bare(rest, cues)
    return left


def _fact_in(text: str, talk: Talk) -> str:
    """The part of a customer's message that tells a fact; all of it where the words differ."""
    facts = talk.scenario.facts if talk.scenario else ()
    ways = (way for fact in facts for way in (fact.value, *fact.surfaces))
    return max((way for way in ways if len(way) >= 4 and way in text), key=len, default=text)
