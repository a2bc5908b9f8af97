"""`peilian people`: a company's list comes in, and codes and links for its people go out."""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.catalogue import say
from core.domain.people import Person
from core.errors import NotFound
from core.ports.storage import Transactions, UnitOfWork
from core.services.binding import give_code, give_link, new_code
from core.services.list_file import BadLine
from core.services.people_import import Imported, compare, keep, read_people
from ops.files import check_writable, writing

_SECRET_FILE = 0o600


@dataclass(frozen=True, slots=True)
class Pass:
    """What one person is handed: a code for the chat tool and a link for the page."""

    person: Person
    code: str
    token: str


@dataclass(frozen=True, slots=True)
class PeopleDesk:
    """Imports people and hands out passes; `tell` takes each sentence for the terminal."""

    transactions: Transactions
    language: str
    address: str
    tell: Callable[[str], None]

    async def take_in(
        self, data: bytes, *, source: Path, dry_run: bool, out: Path | None, now: datetime
    ) -> bool:
        """Keep everybody in `data`, or, if a line is wrong, nobody. False then.

        `source` is only named; `out` is where codes go instead of the terminal."""
        read = read_people(data, language=self.language)
        if read.faults:
            for fault in read.faults:
                self.tell(f"{source}:{fault.line}: {self._why(fault)}")
            self.tell(say(self.language, "people.nobody_kept", count=len(read.faults)))
            return False
        if dry_run:
            found = await self.transactions.read(lambda unit: compare(unit, read))
            self._count(found, "people.would")
            return True
        if out is not None:
            # Once people are kept, their codes must have a place to go.
            check_writable(out)
        pairs = [_secrets() for _ in read.people]
        kept = await self.transactions.write(lambda unit: keep(unit, read, pairs, now=now))
        self._count(kept, "people.kept")
        given = zip(kept.new, pairs, strict=False)
        self._hand_out([Pass(person, code, token) for person, (code, token) in given], out)
        return True

    async def new_passes(self, ids: Sequence[str], *, out: Path | None, now: datetime) -> bool:
        """A fresh code and link for each of these people. False if one is not known."""
        if out is not None:
            check_writable(out)
        pairs = [_secrets() for _ in ids]

        def work(unit: UnitOfWork) -> list[Pass]:
            passes = []
            for person_id, (code, token) in zip(ids, pairs, strict=True):
                person = unit.people.get(person_id)
                give_code(unit, person_id, code, now=now)
                give_link(unit, person_id, token, now=now)
                passes.append(Pass(person, code, token))
            return passes

        try:
            passes = await self.transactions.write(work)
        except NotFound as error:
            self.tell(say(self.language, "people.unknown", id=error.name))
            return False
        self._hand_out(passes, out)
        return True

    def _count(self, found: Imported, key: str) -> None:
        counts = {"new": len(found.new), "changed": len(found.changed), "same": len(found.same)}
        self.tell(say(self.language, key, **counts))

    def _hand_out(self, passes: Sequence[Pass], out: Path | None) -> None:
        if not passes:
            return
        table = io.StringIO(newline="")
        rows = csv.writer(table)
        columns = ("id", "name", "team", "code", "link")
        rows.writerow([say(self.language, f"people.column.{column}") for column in columns])
        for given in passes:
            person, link = given.person, f"{self.address}/signin/{given.token}"
            rows.writerow([person.id, person.name, person.team, given.code, link])
        if out is None:
            self.tell(table.getvalue().rstrip())
        else:
            with writing(out, mode=_SECRET_FILE) as target:
                # The mark tells Excel that this is UTF-8.
                target.write(table.getvalue().encode("utf-8-sig"))
            self.tell(say(self.language, "people.written", path=out))
        self.tell(say(self.language, "people.how"))

    def _why(self, fault: BadLine) -> str:
        return say(self.language, f"list_fault.{fault.fault.value}", about=fault.about)


def _secrets() -> tuple[str, str]:
    return new_code(secrets.choice), secrets.token_urlsafe(24)
