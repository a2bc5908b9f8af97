"""Facts told too early or told wrong: counted from the finished talk, not from the rules that
made it, so that a fault in those rules shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.agenda import Way
from core.domain.dialogue import Speaker, Turn
from core.domain.disclosure import TRUST_ENOUGH
from core.domain.reading import LineReading, TraineeAct
from core.domain.scenario import Disclosure, Fact, Scenario
from core.domain.wording import bare

_SHORTEST = 2
"""Characters below which a wording proves nothing: it may stand in any sentence."""


@dataclass(frozen=True, slots=True)
class Audit:
    """Facts a customer told in one talk; `leaked` before their rule allowed it, `contradicted`
    with another value after the right one (or without meaning to be wrong)."""

    told: int
    leaked: tuple[str, ...]
    contradicted: tuple[str, ...]

    @property
    def faults(self) -> int:
        """Leaks and contradictions together."""
        return len(self.leaked) + len(self.contradicted)


def audit(turns: Sequence[Turn], scenario: Scenario) -> Audit:
    """Go through a talk and hold every customer message against the disclosure rules."""
    asked: Counter[str] = Counter()
    opened, trust = False, 0.0
    told: set[str] = set()
    leaked: list[str] = []
    contradicted: list[str] = []
    # A director who makes a practice lighter lets the customer tell a fact unasked.
    helped = {act.about for turn in turns for act in turn.acts if act.way is Way.HELPING}
    for turn in turns:
        if turn.speaker is Speaker.TRAINEE:
            if turn.reading is not None:
                asked.update(_asked(turn.reading, scenario))
                opened = opened or turn.reading.does(TraineeAct.ASK_OPEN)
            trust = turn.mood_after.trust if turn.mood_after else trust
            continue
        for fact in scenario.facts:
            if _says(turn.text, fact.surfaces):
                if fact.key not in told | helped and not _allowed(
                    fact,
                    asked=asked[fact.key],
                    opened=opened or _helps(turn, fact),
                    trust=trust,
                ):
                    leaked.append(fact.key)
                told.add(fact.key)
            elif _says(turn.text, fact.wrong_surfaces) and not _meant_wrong(turn, fact, told):
                contradicted.append(fact.key)
    return Audit(told=len(told), leaked=tuple(leaked), contradicted=tuple(contradicted))


def _helps(turn: Turn, fact: Fact) -> bool:
    """Whether the customer brings the fact up to help a weak talk along."""
    return any(act.way is Way.HELPING and act.about == fact.key for act in turn.acts)


def _asked(reading: LineReading, scenario: Scenario) -> set[str]:
    keys = set(reading.asked)
    if reading.does(TraineeAct.VERIFY_ID):
        keys.update(fact.key for fact in scenario.facts if fact.verifies)
    return keys


def _allowed(fact: Fact, *, asked: int, opened: bool, trust: float) -> bool:
    if fact.disclosure is Disclosure.VOLUNTEER:
        return True
    if fact.disclosure is Disclosure.ON_ASK:
        return asked >= 1 or (opened and not fact.verifies)
    if fact.disclosure is Disclosure.ON_TRUST:
        return asked >= 1 and trust >= TRUST_ENOUGH
    return asked >= (2 if fact.disclosure is Disclosure.RELUCTANT else 1)


def _meant_wrong(turn: Turn, fact: Fact, told: set[str]) -> bool:
    marked = any(act.wrong and act.about == fact.key for act in turn.acts)
    return marked and fact.key not in told


def _says(text: str, wordings: Sequence[str]) -> bool:
    return any(len(words) >= _SHORTEST and bare(words) in bare(text) for words in wordings)
