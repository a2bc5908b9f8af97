"""Class exams for whoever shows them: made from a blueprint, redrawn for a retake, and listed."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bots.facts import number
from bots.planning import PlanDesk
from core.catalogue import say
from core.domain.people import Person
from core.domain.scenario import Scenario
from core.domain.training import Order, OrderKind
from core.ports.storage import UnitOfWork
from training_plans.exams import Round, Slot, draw, exams_in, order_id, redraw, rounds_of
from training_plans.orders import EXAM_PREFIX, round_number

_FORMULA = "=+-@\t\r"
"""A cell that begins with one of these is run by a spreadsheet."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for everybody in an exam: window (local dates, both included), pass mark 0..10
    of the mean, tries at each case, and how many draws there are: the next one begins by itself
    once one was sat and not passed."""

    opens_on: date | None = None
    due_on: date | None = None
    pass_mark: float | None = None
    attempts: int = 1
    rounds: int = 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person's part: rounds, and of each order that was sat the practice and the sentence to
    mend first in it."""

    person: Person
    rounds: tuple[Round, ...]
    quotes: Mapping[str, tuple[str, str]]

    @property
    def passed(self) -> bool:
        """Whether one of the rounds was passed."""
        return any(one.passed for one in self.rounds)

    @property
    def failed(self) -> bool:
        """Whether the newest round is over and none was passed: a retake is in question."""
        return not self.passed and bool(self.rounds) and self.rounds[-1].mean is not None


@dataclass(frozen=True, slots=True)
class Exam:
    """One class exam with its pass list."""

    id: str
    terms: Terms
    candidates: tuple[Candidate, ...]


def exam_orders(
    people: Sequence[Person],
    blueprint: Sequence[Slot],
    terms: Terms,
    *,
    by: Person,
    key: str,
    desk: PlanDesk,
    now: datetime,
) -> list[Order]:
    """The orders of a new exam; TooFewCases where the cases do not suffice. The key is the seed."""
    group = f"{EXAM_PREFIX}{key}"
    orders = []
    for language in sorted({one.language for one in people}):
        mine = [one for one in people if one.language == language]
        drawn = draw(blueprint, desk.content.scenarios(language), places=len(mine), seed=key)
        for person, cases in zip(mine, drawn, strict=True):
            at, seen = people.index(person), frozenset(cases)
            orders += _orders(person, cases, terms, group=group, at=at, number=1, by=by, now=now)
            for later in range(2, terms.rounds + 1):
                seed = f"{group}:{at}:{later}"
                cases = redraw(cases, seen, desk.content.scenarios(language), seed=seed)
                seen |= frozenset(cases)
                orders += _orders(
                    person, cases, terms, group=group, at=at, number=later, by=by, now=now
                )
    return orders


def retake_orders(
    exam: Exam, scenarios: Sequence[Scenario], candidate: Candidate, *, by: Person, now: datetime
) -> list[Order]:
    """Another draw of equal difficulty for somebody who did not pass."""
    last = candidate.rounds[-1]
    seen = frozenset(case.order.scenario_id for one in candidate.rounds for case in one.cases)
    at = int(last.cases[0].order.id.split(":")[-3])
    cases = redraw(
        [case.order.scenario_id for case in last.cases],
        seen,
        scenarios,
        seed=f"{exam.id}:{at}:{last.number + 1}",
    )
    return _orders(
        candidate.person, cases, exam.terms, group=exam.id, at=at, number=last.number + 1, by=by,
        now=now,
    )  # fmt: skip


def read_exams(
    unit: UnitOfWork, desk: PlanDesk, people: Sequence[Person], *, now: datetime, only: str = ""
) -> list[Exam]:
    """The exams these people sit, the newest first."""
    known = {one.id: one for one in people}
    mine = [one for one in unit.orders.open_orders() if one.person_id in known]
    found = exams_in(mine)
    groups = [group for group in found if only in ("", group)]
    on = desk.today(now)
    exams = []
    for group in groups:
        orders = found[group]
        first = orders[-1]
        rounds = max(round_number(one) for one in orders)
        terms = Terms(first.opens_on, first.due_on, first.pass_mark, first.attempts or 1, rounds)
        ids = dict.fromkeys(one.person_id for one in orders)
        candidates = tuple(
            _candidate(
                unit, desk, known[name], [one for one in orders if one.person_id == name], on
            )
            for name in ids
        )
        exams.append(Exam(group, terms, candidates))
    return exams[::-1]


def pass_list(language: str, exam: Exam, desk: PlanDesk) -> list[list[str]]:
    """The list as a table: a head, then a line for each case of each round of each person."""
    names = ("id", "name", "round", "case", "result", "mean", "passed", "quote")
    table = [[say(language, f"exam.column.{name}") for name in names]]
    for one in exam.candidates:
        for sat in one.rounds:
            for case in sat.cases:
                table.append(
                    [
                        one.person.id,
                        one.person.name,
                        str(sat.number),
                        desk.content.scenario(case.order.scenario_id).title,
                        "" if case.result is None else number(case.result),
                        "" if sat.mean is None else number(sat.mean),
                        say(language, f"exam.state.{state_of(sat)}"),
                        one.quotes.get(case.order.id, ("", ""))[1],
                    ]
                )
    return table


def state_of(sat: Round) -> str:
    """`passed`, `failed`, or `open` while it may still be sat."""
    return "passed" if sat.passed else "open" if sat.mean is None else "failed"


def as_csv(table: Sequence[Sequence[str]]) -> bytes:
    """The table as CSV that spreadsheets read as UTF-8; no cell of it is run."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([safe(cell) for cell in row] for row in table)
    return text.getvalue().encode("utf-8-sig")


def safe(cell: str) -> str:
    """The cell as text, whatever somebody wrote into it."""
    return f"'{cell}" if cell[:1] and cell[0] in _FORMULA else cell


def _orders(
    person: Person,
    cases: Sequence[str],
    terms: Terms,
    *,
    group: str,
    at: int,
    number: int,
    by: Person,
    now: datetime,
) -> list[Order]:
    return [
        Order(
            id=order_id(group, at, place, number),
            person_id=person.id,
            by_id=by.id,
            kind=OrderKind.EXAM,
            scenario_id=name,
            at=now,
            opens_on=terms.opens_on,
            due_on=terms.due_on,
            pass_mark=terms.pass_mark,
            attempts=terms.attempts,
            group=group,
        )
        for place, name in enumerate(cases)
    ]


def _candidate(
    unit: UnitOfWork, desk: PlanDesk, person: Person, orders: Sequence[Order], on: date
) -> Candidate:
    practised = desk.practised(unit, person)
    rounds = rounds_of(orders, practised, on=on)
    quotes = {}
    for sat in (case for one in rounds for case in one.cases if case.result is not None):
        held = next(
            one.dialogue_id
            for one in practised
            if one.exam
            and one.scenario_id == sat.order.scenario_id
            and one.attempt.at >= sat.order.at
        )
        kept = unit.scorecards.get(held)
        fixes = kept[1].fixes if kept else ()
        quotes[sat.order.id] = (held, next((fix.quote for fix in fixes if fix.quote), ""))
    return Candidate(person, rounds, quotes)
