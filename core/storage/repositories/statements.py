"""Small pieces that several repositories share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Insert, Table, Update, insert
from sqlalchemy.exc import IntegrityError

from core.errors import StorageError

AT_ONCE = 500
"""Ids in one question: databases take only so many parameters."""


def parts_of(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """The ids in parts that fit into one question, each id once."""
    ordered = sorted(set(ids))
    for first in range(0, len(ordered), AT_ONCE):
        yield ordered[first : first + AT_ONCE]


def insert_if_new(table: Table) -> Insert:
    """INSERT that leaves a row with the same unique key as it is (row count 0).

    Callers keep the key columns short enough themselves: on MySQL IGNORE would also cut values.
    """
    return (
        insert(table)
        .prefix_with("OR IGNORE", dialect="sqlite")
        .prefix_with("IGNORE", dialect="mysql")
        .prefix_with("IGNORE", dialect="mariadb")
    )


def replace_row(
    connection: Connection,
    values: Mapping[str, Any],
    *,
    replace: Update,
    add: Insert,
    here: Mapping[str, Any],
) -> None:
    """Put a row in the place of the one with the same primary key, or add it. `here` holds the
    key as `replace` names it."""
    if connection.execute(replace, {**values, **here}).rowcount == 1:
        return
    try:
        connection.execute(add, values)
    except IntegrityError:
        # Another transaction may have added it in this moment; or something else stands in the
        # way, and then there is still nothing to replace.
        if connection.execute(replace, {**values, **here}).rowcount != 1:
            raise


def new_id(result: CursorResult[Any]) -> int:
    """The id an INSERT of one row was given."""
    id_: int | None = result.lastrowid
    if id_ is None:
        raise StorageError("the driver gave no id for a new row")
    return id_
