"""A better sentence for a weak one, built from the trainee's own and proved by judging it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from string import Formatter
from types import MappingProxyType

import yaml

from core.domain.reading import LineReading, TraineeAct
from core.domain.scenario import Fact, PolicyLimit, Scenario, Wordings
from core.domain.scorecard import Scorecard
from core.ports.line_reader import LineReader
from core.services.checks.talk import Line, Talk, meets
from core.services.judging import judge

IN_ONE_LINE = frozenset({"C03", "C04", "C07", "C12", "C14", "C15", "C16", "C17", "C22"})
"""Checks whose fault stands in one line: once mended there, another line may still hold it."""
LONGEST_OWN = 120
LEAST_OWN = 8
_PIECE = re.compile(r"[^，。！？；,!?;\n]+[，。！？；,!?;\n]*")
_GREETING = re.compile(r"^(?:您好|你好|hello|hi)[，,。.!！ ]*", re.IGNORECASE)
_ENDS = tuple("。！？!?.…~")


@dataclass(frozen=True, slots=True)
class BetterLines:
    """Sentences by check id (C..) and by phrase category (F..), the best fitting one first."""

    checks: Mapping[str, tuple[str, ...]]
    phrases: Mapping[str, tuple[str, ...]]
    close: tuple[str, ...]

    def of(self, about: str) -> tuple[str, ...]:
        """The sentences for a check or a phrase category; none is no fault."""
        return self.checks.get(about) or self.phrases.get(about) or ()


@cache
def better_lines(language: str) -> BetterLines:
    """The sentences of one language; Chinese where the language is unknown."""
    known = language if language in ("zh", "en") else "zh"
    source = files("core.services.data").joinpath(f"better.{known}.yaml")
    raw = yaml.safe_load(source.read_text(encoding="utf-8"))
    return BetterLines(
        checks=MappingProxyType({key: tuple(lines) for key, lines in raw["checks"].items()}),
        phrases=MappingProxyType({key: tuple(lines) for key, lines in raw["phrases"].items()}),
        close=tuple(raw["close"]),
    )


def candidates(about: str, talk: Talk, line: Line) -> Iterator[str]:
    """Whole sentences that could stand instead of this line, the best fitting first."""
    facts = _facts(talk, line)
    if about in ("C01", "C02"):
        facts["own"] = _GREETING.sub("", facts["own"])
    for template in better_lines(talk.transcript.language).of(about):
        filled = fill(template, facts)
        if filled and filled != line.turn.text:
            yield filled


def fill(template: str, facts: Mapping[str, str]) -> str:
    """The sentence with its placeholders filled, or "" when one of them is empty."""
    wanted = [name for _, name, _, _ in Formatter().parse(template) if name]
    if any(not facts.get(name) for name in wanted):
        return ""
    return template.format(**{name: facts[name] for name in wanted}).strip()


def proved(about: str, line: Line, *, talk: Talk, card: Scorecard, reader: LineReader) -> str:
    """The first candidate with which the talk is judged better; "" when there is none.

    Better: the check in question (or, for a phrase, the phrase score) rises, no other mark
    falls, and no critical error stands in the line. `card` is the talk's card as the rules see
    it, without any person's ruling.
    """
    for text in candidates(about, talk, line):
        turns = tuple(
            replace(turn, text=text, reading=None) if turn.seq == line.turn.seq else turn
            for turn in talk.transcript.turns
        )
        again = judge(replace(talk.transcript, turns=turns), reader=reader)
        if _is_better(about, again, card, seq=line.turn.seq):
            return text
    return ""


def _is_better(about: str, again: Scorecard, card: Scorecard, *, seq: int) -> bool:
    before = {mark.check: mark.mark for mark in card.marks}
    after = {mark.check: mark.mark for mark in again.marks}
    lost = any(
        old is not None and (new := after[check]) is not None and new < old
        for check, old in before.items()
    )
    erred = any(error.turn == seq for error in again.critical)
    if lost or erred or again.phrase_score < card.phrase_score:
        return False
    if about not in before:
        # Several grave phrases hold the phrase score at 0 even when one of them is gone.
        return again.phrase_score > card.phrase_score or again.phrase_score == 0
    old, new = before[about], after[about]
    moved = about in IN_ONE_LINE and again.mark(about) != card.mark(about)
    return moved or (old is not None and (new is None or new > old))


def own_words(line: Line, scenario: Scenario | None) -> str:
    """The trainee's sentence without the pieces that hold a fault; "" where too little is left.

    A greeting is worth keeping however short it is.
    """
    reading = line.reading
    if reading.injection or reading.repeated_ask:
        return ""
    faults = [hit.text for hit in reading.phrases if hit.category.startswith("F")]
    faults += list(reading.jargon)
    wordings = _forbidden(reading, scenario)
    pieces = _PIECE.findall(line.turn.text)
    kept = [
        piece
        for piece in pieces
        if not any(fault in piece for fault in faults) and not meets(piece, wordings)
    ]
    own = "".join(kept).strip()
    too_little = len(kept) < len(pieces) and len(own) < LEAST_OWN
    if too_little and not reading.does(TraineeAct.GREET):
        return ""
    if not own or len(own) > LONGEST_OWN:
        return ""
    return own if own.endswith(_ENDS) else own.rstrip("，,；; ") + _stop(own)


def _forbidden(reading: LineReading, scenario: Scenario | None) -> Wordings:
    """Words that broke a limit or gave away the record in this line."""
    if scenario is None:
        return ()
    limits = (limit.forbidden for limit in scenario.policy_limits if limit.key in reading.breached)
    fields = (field.spoken_by for field in scenario.record if field.key in reading.told)
    return tuple(group for wordings in (*limits, *fields) for group in wordings)


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


def _facts(talk: Talk, line: Line) -> dict[str, str]:
    scenario = talk.scenario
    fact = missing_fact(talk)
    goals = talk.open_goals() or (scenario.sub_goals if scenario else ())
    plain = _without_jargon(line)
    own = own_words(line, scenario)
    return {
        "own": own,
        "loss": scenario.losses[0] if scenario and scenario.losses else "",
        "said": _said(talk, line),
        "fact": fact.label if fact else "",
        "verify": proof_label(scenario),
        "reference": next((goal.reference_line for goal in goals if goal.reference_line), ""),
        "instead": _instead(scenario, line),
        "ordered": _ordered(own, talk.transcript.language),
        "instead_of_jargon": plain if plain != line.turn.text else "",
    }


def _instead(scenario: Scenario | None, line: Line) -> str:
    limits: tuple[PolicyLimit, ...] = scenario.policy_limits if scenario else ()
    broken = [limit for limit in limits if limit.key in line.reading.breached]
    return next((limit.instead for limit in (*broken, *limits) if limit.instead), "")


def _said(talk: Talk, line: Line) -> str:
    """The customer's own words that the line answers: the longest of the last message group."""
    said: list[str] = []
    for turn in reversed(talk.before(line.turn.seq)):
        if turn.speaker is line.turn.speaker:
            break
        said.append(turn.text.strip())
    return max(said, key=len, default="")[:40]


def _without_jargon(line: Line) -> str:
    text = line.turn.text
    for term in line.reading.jargon:
        text = re.sub(rf"[（(]?{re.escape(term)}[)）]?", "", text)
    return text if len(text.strip()) >= 6 else line.turn.text


def _ordered(own: str, language: str) -> str:
    """The trainee's own steps with numbers before them."""
    pieces = [piece.strip("，。！？；,!?;. \n") for piece in _PIECE.findall(own)]
    pieces = [piece for piece in pieces if len(piece) >= 4]
    if not 2 <= len(pieces) <= 4:
        return ""
    mark, stop = ("；", "。") if language == "zh" else ("; ", ".")
    return mark.join(f"{at}. {piece}" for at, piece in enumerate(pieces, start=1)) + stop


def _stop(text: str) -> str:
    return "。" if re.search(r"[\u4e00-\u9fff]", text) else "."
