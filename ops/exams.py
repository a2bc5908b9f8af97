"""`peilian exam`: the class exams and their pass lists, on the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bots.book import as_xlsx
from bots.exams import Exam, as_csv, pass_list, read_exams
from bots.planning import PlanDesk
from core.catalogue import say
from core.domain.people import Role
from core.errors import SettingsError
from core.ports.storage import Transactions, UnitOfWork
from ops.files import writing


@dataclass(frozen=True, slots=True)
class ExamDesk:
    """`tell` takes each sentence; `training_only` refuses lists of people's results."""

    transactions: Transactions
    desk: PlanDesk
    language: str
    training_only: bool
    tell: Callable[[str], None]

    async def show(self, only: str, out: Path | None, *, now: datetime) -> bool:
        """Every exam in a line, or the pass list of one, written to `out` (CSV or XLSX) where that
        is given. False where there is no such exam; SettingsError for a list that may not be."""
        if only and self.training_only:
            raise SettingsError([say(self.language, "page.training_only")])
        exams = await self.transactions.read(lambda unit: self._exams(unit, only, now))
        if only and not exams:
            self.tell(say(self.language, "exam.unknown", exam=only))
            return False
        if not only:
            for exam in exams:
                self.tell(self._line(exam))
            return True
        table = pass_list(self.language, exams[0], self.desk)
        if out is None:
            for row in table:
                self.tell("\t".join(row))
            return True
        is_book = out.suffix.lower() == ".xlsx"
        body = as_xlsx(table, title=say(self.language, "exam.title")) if is_book else as_csv(table)
        with writing(out) as file:
            file.write(body)
        return True

    def _exams(self, unit: UnitOfWork, only: str, now: datetime) -> list[Exam]:
        people = [one for one in unit.people.everyone() if one.role is Role.TRAINEE]
        return read_exams(unit, self.desk, people, now=now, only=only)

    def _line(self, exam: Exam) -> str:
        passed = sum(one.passed for one in exam.candidates)
        terms = exam.terms
        window = f"{terms.opens_on or '-'} {terms.due_on or '-'}"
        counts = say(self.language, "page.exam_passed", passed=passed, count=len(exam.candidates))
        return f"{exam.id}\t{window}\t{counts}"
