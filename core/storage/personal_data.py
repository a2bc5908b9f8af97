"""Everything the store holds of one person: read out as it is, or made nobody's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    false,
    or_,
    select,
    tuple_,
    update,
)

from core.domain.dialogue import Status
from core.domain.jobs import JobState
from core.domain.messages import Json, SendOutcome
from core.domain.people import ERASED_PREFIX
from core.errors import NotFound
from core.ports.storage import UnitOfWork
from core.storage.personal_rules import KEPT_CODES, RULES, Link, Rule, Treat
from core.storage.rules import OPEN
from core.storage.tables import (
    conversations,
    dialogues,
    knowledge_gaps,
    metadata,
    people,
    remarks,
    turns,
)
from core.storage.unit_of_work import SqlTransactions, SqlUnitOfWork

Rows = Mapping[str, Sequence[Mapping[str, Json]]]
"""Table -> its rows as plain data."""

_PARSED = (Treat.NOTHING, Treat.EMPTY_LIST, Treat.CODES, Treat.MIND)
_FORGOTTEN: Mapping[str, Json] = {"heard": [], "recent": [], "read": ""}
_UNFINISHED = (JobState.WAITING.value, JobState.CLAIMED.value)
_GIVEN_UP: Mapping[str, str] = {
    **dict.fromkeys((one.value for one in OPEN), SendOutcome.EXPIRED.value),
    **dict.fromkeys(
        (Status.RUNNING.value, Status.PAUSED.value, Status.PARKED.value), Status.DROPPED.value
    ),
}
"""What a message to them and a talk of theirs come to that were not finished."""


@dataclass(frozen=True, slots=True)
class _Whose:
    """By what rows are known to be a person's."""

    person_id: str
    conversations: tuple[int, ...] = ()
    addresses: tuple[tuple[str, str, str], ...] = ()
    dialogues: tuple[str, ...] = ()
    remarks: tuple[int, ...] = ()
    claims: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class SqlPersonalData:
    """`PersonalData` on a database: one transaction each."""

    transactions: SqlTransactions

    async def rows(self, person_id: str) -> Rows:
        return await self.transactions.read(lambda unit: _rows(_connection(unit), person_id))

    async def count(self, person_id: str) -> Mapping[str, int]:
        found = await self.rows(person_id)
        return {table: len(rows) for table, rows in found.items()}

    async def erase(self, person_id: str, *, alias: str) -> Mapping[str, int]:
        return await self.transactions.write(
            lambda unit: _erase(_connection(unit), person_id, alias)
        )


def _connection(unit: UnitOfWork) -> Connection:
    assert isinstance(unit, SqlUnitOfWork)
    return unit.connection


def _rows(connection: Connection, person_id: str) -> Rows:
    whose = _whose(connection, person_id)
    found = {}
    for table in metadata.sorted_tables:
        rule = RULES[table.name]
        mine = [*_about(table, rule, whose), *_by(table, rule, person_id)]
        if not mine:
            continue
        query = select(table).where(or_(*mine)).order_by(*table.primary_key.columns)
        rows = [_plain(rule, dict(row)) for row in connection.execute(query).mappings()]
        if rows:
            found[table.name] = rows
    return found


def _erase(connection: Connection, person_id: str, alias: str) -> Mapping[str, int]:
    """How many rows of each table were changed or deleted."""
    whose = _whose(connection, person_id)
    touched: dict[str, int] = {}
    for table in reversed(metadata.sorted_tables):
        rule = RULES[table.name]
        mine = _about(table, rule, whose)
        count = 0
        if mine and rule.deletes:
            count = connection.execute(delete(table).where(or_(*mine))).rowcount
        elif mine:
            count = _without_words(connection, table, or_(*mine), whose=whose, alias=alias)
        for name, treat in rule.columns.items():
            if treat is Treat.PERSON:
                column = table.c[name]
                named = update(table).where(column == person_id).values({name: alias})
                count = max(count, connection.execute(named).rowcount)
        if count:
            touched[table.name] = count
    return touched


def _whose(connection: Connection, person_id: str) -> _Whose:
    """NotFound for somebody who is not known, or was erased before."""
    known = connection.execute(select(people.c.id).where(people.c.id == person_id)).first()
    if known is None or person_id.startswith(ERASED_PREFIX):
        raise NotFound(what="person", name=person_id)
    c = conversations.c
    held = connection.execute(
        select(c.id, c.channel, c.account, c.user).where(c.person_id == person_id)
    ).all()
    talks = connection.execute(select(dialogues.c.id).where(dialogues.c.person_id == person_id))
    said = connection.execute(select(remarks.c.id).where(remarks.c.person_id == person_id))
    ids = tuple(talks.scalars())
    return _Whose(
        person_id=person_id,
        conversations=tuple(row[0] for row in held),
        addresses=tuple((row[1], row[2], row[3]) for row in held),
        dialogues=ids,
        remarks=tuple(said.scalars()),
        claims=_claims(connection, ids),
    )


def _claims(connection: Connection, ids: Sequence[str]) -> tuple[str, ...]:
    """What the person claimed and no article says, where it was kept for the authors."""
    kept = connection.execute(select(knowledge_gaps.c.claim).distinct()).scalars()
    asked = {claim for claim in kept if claim}
    if not asked or not ids:
        return ()
    notes = connection.execute(select(turns.c.notes).where(turns.c.dialogue_id.in_(ids))).scalars()
    said = (orjson.loads(text).get("correction") or {} for text in notes)
    return tuple({str(one.get("claim", "")) for one in said} & asked)


def _about(table: Table, rule: Rule, whose: _Whose) -> list[ColumnElement[bool]]:
    """Conditions of which a row about the person meets one; none where no row is."""
    if rule.about is None:
        return []
    link, name = rule.about
    column = table.c[name]
    match link:
        case Link.PERSON:
            return [column == whose.person_id]
        case Link.CONVERSATION:
            return [column.in_(whose.conversations)]
        case Link.DIALOGUE:
            return [column.in_(whose.dialogues)]
        case Link.REMARK:
            return [column.in_(whose.remarks)]
        case Link.CLAIM:
            return [column.in_(whose.claims)]
        case Link.ADDRESS:
            place = tuple_(table.c.channel, table.c.account, table.c.user)
            return [place.in_(whose.addresses)] if whose.addresses else [false()]
        case Link.PAYLOAD:
            named = f'"person_id":{orjson.dumps(whose.person_id).decode()}'
            return [column.contains(named, autoescape=True)]


def _by(table: Table, rule: Rule, person_id: str) -> list[ColumnElement[bool]]:
    return [table.c[name] == person_id for name in rule.by]


def _without_words(
    connection: Connection, table: Table, mine: ColumnElement[bool], *, whose: _Whose, alias: str
) -> int:
    key = list(table.primary_key.columns)
    rows = connection.execute(select(table).where(mine).order_by(*key)).mappings().all()
    treats = {
        name: treat
        for name, treat in RULES[table.name].columns.items()
        if treat not in (Treat.KEEP, Treat.PERSON)
    }
    for number, row in enumerate(rows if treats else ()):
        name = f"{alias}:{table.name}:{number}"
        changed = {
            column: _erased(treat, dict(row), column, name=name, person_id=whose.person_id)
            for column, treat in treats.items()
        }
        here = and_(*(column == row[column.name] for column in key))
        connection.execute(update(table).where(here).values(changed))
    return len(rows)


def _erased(treat: Treat, row: Mapping[str, Any], column: str, *, name: str, person_id: str) -> Any:  # noqa: ANN401 - a column of any type
    value = row[column]
    if treat is Treat.KEY and person_id not in value:
        return value
    if treat in (Treat.NAME, Treat.KEY):
        return name
    if treat is Treat.ENDED:
        return value or row["received_at"]
    return _ERASING[treat](value)


def _codes(value: Json, key: str = "") -> Json:
    """The same shape without anything but figures and codes."""
    if isinstance(value, dict):
        return {name: _codes(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_codes(inner, key) for inner in value]
    return "" if isinstance(value, str) and key not in KEPT_CODES else value


_ERASING: Mapping[Treat, Callable[[Any], Any]] = {
    Treat.WORDS: lambda value: "",
    Treat.NOTHING: lambda value: "{}",
    Treat.EMPTY_LIST: lambda value: "[]",
    Treat.CODES: lambda value: orjson.dumps(_codes(orjson.loads(value))).decode(),
    Treat.MIND: lambda value: orjson.dumps({**orjson.loads(value), **_FORGOTTEN}).decode(),
    Treat.CLOSED: lambda value: None,
    Treat.STATE: lambda value: _GIVEN_UP.get(value, value),
    Treat.JOB_STATE: lambda value: JobState.FAILED.value if value in _UNFINISHED else value,
}


def _plain(rule: Rule, row: Mapping[str, Any]) -> dict[str, Json]:
    """A row as JSON; a sign-in's secret is not handed out."""
    return {
        name: _json(rule.columns[name], value)
        for name, value in row.items()
        if rule.columns[name] is not Treat.SECRET
    }


def _json(treat: Treat, value: Any) -> Json:  # noqa: ANN401 - a column of any type
    if isinstance(value, datetime | date):
        return value.isoformat()
    if treat in _PARSED and isinstance(value, str):
        parsed: Json = orjson.loads(value)
        return parsed
    plain: Json = value
    return plain
