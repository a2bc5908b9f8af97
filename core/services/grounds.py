"""What a suggested sentence may claim: what the case says, and nothing else.

A trainee may have invented a sum, a deadline or a gift; a better sentence that keeps it would
teach the invention. So every figure must stand in the case or in the customer's own words, and
every clause that tells, promises, grants or refuses something must be told in the case's words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from core.domain.amounts import numbers, strange_numbers
from core.domain.claims import Point, agree
from core.domain.reading import TraineeAct
from core.domain.scenario import Scenario
from core.ports.line_reader import LineContext, LineReader
from core.readers.claims import content_grams, figures
from core.services.checks.talk import Talk

CLAIMS = frozenset(
    {
        TraineeAct.EXPLAIN,
        TraineeAct.INFORM,
        TraineeAct.SOLVE_STEP,
        TraineeAct.SOLVE_ACCEPT,
        TraineeAct.TIME_COMMIT,
        TraineeAct.COMPENSATE,
        TraineeAct.REFUSE_FLAT,
        TraineeAct.REFUSE_ALT,
        TraineeAct.TRANSFER,
    }
)
"""Acts that say something which can be wrong or has to be kept."""
SHARED = 0.75
"""Of a claim's content that must be in the case's words."""
THIN = 4
"""Grams below which a clause that was not understood says nothing ("收到")."""
UNITS = (
    "块|元|毛|角|分钟|个|天|号|日|月|年|点|小时|次|周|折|倍|%|秒|张|单|台|件"
    "|dollars?|bucks|cents|percent|pounds|days?|weeks?|months?|years?|hours?|minutes?|times|[ap]m"
)
_CLAUSE = re.compile(r"(?:[^，。！？；：,!?;\n.]|\.(?!\s|$))+")


@dataclass(frozen=True, slots=True)
class CaseWords:
    """What a case and the house's own sentences say: numbers, sums, times and counts, and their
    content as grams."""

    numbers: frozenset[str]
    points: tuple[Point, ...]
    grams: frozenset[str]


@dataclass(frozen=True, slots=True)
class Grounds:
    """What one talk's suggestions may rest on: the case, and the numbers the customer said.
    `reader` hears which clauses claim something; `known` are clauses looked at before."""

    context: LineContext
    case: CaseWords
    heard: frozenset[str]
    reader: LineReader
    known: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    def bear(self, text: str) -> bool:
        """Whether everything the text claims stands in the case."""
        return _figures(text) <= self.heard and all(map(self._bears, _CLAUSE.findall(text)))

    def _bears(self, clause: str) -> bool:
        if clause not in self.known:
            self.known[clause] = self._bears_clause(clause)
        return self.known[clause]

    def _bears_clause(self, clause: str) -> bool:
        said = content_grams(clause)
        told = sum(len(gram) for gram in said & self.case.grams)
        enough = told >= SHARED * sum(map(len, said))
        if enough and self._bears_figures(clause):
            # Whatever it does: reading it costs more than all the rest.
            return True
        acts = self.reader.read(clause, self.context).acts
        if not acts & CLAIMS:
            return True
        thin = not enough and acts == {TraineeAct.INFORM} and len(said) < THIN
        return thin and self._bears_figures(clause)

    def _bears_figures(self, clause: str) -> bool:
        return _figures(clause) <= self.case.numbers and all(
            any(agree(point, known) for known in self.case.points) for point in figures(clause)
        )


def grounds_of(talk: Talk, house: tuple[str, ...], *, reader: LineReader) -> Grounds:
    """The grounds of this talk; `house` are sentences that promise nothing but to take care."""
    language, scenario = talk.transcript.language, talk.scenario
    case = _of_case(scenario, house)
    said = " ".join(turn.text for turn in talk.transcript.customer_turns)
    heard = case.numbers | numbers(_plain(said))
    return Grounds(LineContext(language, scenario), case, heard, reader)


@lru_cache(maxsize=64)
def _of_case(scenario: Scenario | None, house: tuple[str, ...]) -> CaseWords:
    told = (*_told(scenario), *house) if scenario else house
    return CaseWords(
        numbers=numbers(_plain(" ".join(told))),
        points=tuple(dict.fromkeys(point for text in told for point in figures(text))),
        grams=frozenset[str]().union(*map(content_grams, told)),
    )


def _told(case: Scenario) -> Iterator[str]:
    """What the case says is so: never what it forbids, nor what the customer only wants."""
    yield from (case.brief, case.goal, *case.losses)
    for goal in case.sub_goals:
        yield from (goal.label, goal.reference_line, *("".join(way) for way in goal.said_by))
    for fact in case.facts:
        yield from (fact.label, fact.value, *fact.surfaces)
    for limit in case.policy_limits:
        yield from (limit.rule, limit.instead)
    for line in case.record:
        yield from (line.label, line.value)


def _figures(text: str) -> frozenset[str]:
    return strange_numbers(_plain(text), units=UNITS)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()
