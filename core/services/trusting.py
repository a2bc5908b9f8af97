"""How far each check is trusted: looked at again whenever people have marked more talks.

At most one step at a time. The first talks that people marked become the fixed set; the machine
judges it anew each time, and a fall of agreement there sends a check one step back. What it was
trusted for was the machine of before: until agreement on the fixed set is what it was, only talks
marked after the fall count for another step up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.agreement import gwet_ac1
from core.domain.review import CheckTrust, Gate, Mark, Origin, Review, Trust
from core.domain.rubric import CRITICAL
from core.errors import ModelError, NotFound
from core.ports.content import ContentLibrary
from core.ports.line_reader import LineReader
from core.ports.storage import Transactions, UnitOfWork
from core.services.audit_gates import MARKS, Figures, Verdict, drifted, graduate, unmarked
from core.services.auditing import FIXED, agreement
from core.services.checks.prepare import prepare
from core.services.judged import Case, read_case
from core.services.model_judge import ModelJudge

FEWEST_FIXED = 10
"""Below so many talks of the fixed set nothing is said about drift."""


@dataclass(frozen=True, slots=True)
class RefreshTrust:
    """The use case; `model` judges the fixed set as well where there is one."""

    transactions: Transactions
    content: ContentLibrary
    reader: LineReader
    model: ModelJudge | None = None

    async def refresh(self, *, now: datetime) -> Sequence[CheckTrust]:
        """Look at every check; the states as they are now."""
        reviews, teams, known = await self.transactions.write(_read)
        again = await self._reaudit(reviews)
        states = {state.check: state for state in known}
        found = {one.check: one for one in await asyncio.to_thread(agreement, reviews, teams)}
        for state in known:
            if is_down(state, again.get(state.check)):
                new = [review for review in reviews if review.at > state.since]
                figures = await asyncio.to_thread(agreement, new, teams)
                of_it = next((one for one in figures if one.check == state.check), None)
                found[state.check] = of_it or unmarked(state.check)
        changed = [
            next_state(
                states.get(one.check) or CheckTrust(one.check, Trust.HUMAN_ONLY, (), now),
                one,
                reaudit_ac1=again.get(one.check),
                now=now,
            )
            for one in found.values()
        ]

        def write(unit: UnitOfWork) -> Sequence[CheckTrust]:
            for state in changed:
                unit.audits.put_trust(state)
            return unit.audits.trusts()

        return await self.transactions.write(write)

    async def _reaudit(self, reviews: Sequence[Review]) -> Mapping[str, float | None]:
        """AC1 of the machine as it is today and the first person, on the fixed set."""
        fixed = await self.transactions.read(_fixed)
        human: dict[str, Review] = {}
        for review in reviews:
            if review.origin is Origin.AUDIT and review.dialogue_id in fixed:
                human.setdefault(review.dialogue_id, review)
        pairs: dict[str, list[tuple[Mark, Mark]]] = {}
        for name, review in human.items():
            machine = await self._machine(name)
            for one in review.human:
                if one.check in machine:
                    pairs.setdefault(one.check, []).append((machine[one.check], one.mark))
        return {check: _ac1(check, those) for check, those in pairs.items()}

    async def _machine(self, dialogue_id: str) -> Mapping[str, Mark]:
        try:
            case = await self.transactions.read(
                lambda unit: read_case(unit, dialogue_id, self.content)
            )
        except NotFound:
            return {}
        case = await self._with_model(case)
        card = case.machine_card(self.reader)
        there = {error.id for error in card.critical}
        return {
            **{mark.check: mark.mark for mark in card.marks},
            **{check: float(check in there) for check in CRITICAL},
        }

    async def _with_model(self, case: Case) -> Case:
        if self.model is None:
            return case
        rules = replace(case, verdicts=()).machine_card(self.reader)
        try:
            asked = await self.model.ask(prepare(case.transcript, reader=self.reader), rules)
        except ModelError:
            return case
        return replace(case, verdicts=asked.verdicts)


def is_down(state: CheckTrust, reaudit_ac1: float | None) -> bool:
    """Whether the check has fallen for a drift that is still there."""
    return Gate.DRIFTED in state.gates and drifted(state.reference_ac1, reaudit_ac1)


def next_state(
    before: CheckTrust, found: Figures, *, reaudit_ac1: float | None, now: datetime
) -> CheckTrust:
    """The state after these figures. What agreement was on the fixed set when a step up was
    earned is the reference for drift from then on. A check that has fallen for its drift falls no
    further for the same drift; its `found` is of what was marked since."""
    down = is_down(before, reaudit_ac1)
    verdict = graduate(
        before.trust,
        found,
        critical=found.check in CRITICAL,
        reference_ac1=None if down else before.reference_ac1,
        reaudit_ac1=reaudit_ac1,
    )
    if down and verdict.trust is before.trust:
        verdict = Verdict(before.trust, (Gate.DRIFTED,))
    moved = verdict.trust is not before.trust
    reference = before.reference_ac1
    if reference is None or (moved and Gate.DRIFTED not in verdict.gates):
        reference = reaudit_ac1
    return CheckTrust(
        check=before.check,
        trust=verdict.trust,
        gates=verdict.gates,
        since=now if moved else before.since,
        reference_ac1=reference,
        reaudit_ac1=reaudit_ac1,
    )


def _read(
    unit: UnitOfWork,
) -> tuple[Sequence[Review], Mapping[str, str], Sequence[CheckTrust]]:
    reviews = unit.audits.reviews(team=None)
    _fill_fixed(unit, reviews)
    teams = {person.id: person.team for person in unit.people.everyone(also_gone=True)}
    return reviews, teams, unit.audits.trusts()


def _fill_fixed(unit: UnitOfWork, reviews: Sequence[Review]) -> None:
    """The first FIXED talks that were marked blindly; once in, a talk stays."""
    marked = dict.fromkeys(
        review.dialogue_id for review in reviews if review.origin is Origin.AUDIT
    )
    unit.audits.fix(list(marked)[:FIXED])


def _fixed(unit: UnitOfWork) -> frozenset[str]:
    return frozenset(
        task.dialogue_id for task in unit.audits.tasks(team=None, limit=10**6) if task.fixed
    )


def _ac1(check: str, pairs: Sequence[tuple[Mark, Mark]]) -> float | None:
    if len(pairs) < FEWEST_FIXED:
        return None
    words = (0.0, 1.0) if check in CRITICAL else MARKS
    found = gwet_ac1([m for m, _ in pairs], [h for _, h in pairs], categories=words)
    return None if found is None else round(found.value, 4)
