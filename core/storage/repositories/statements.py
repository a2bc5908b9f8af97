"""Small pieces that several repositories share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CursorResult, Insert, Table, insert

from core.errors import StorageError


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


def new_id(result: CursorResult[Any]) -> int:
    """The id an INSERT of one row was given."""
    id_: int | None = result.lastrowid
    if id_ is None:
        raise StorageError("the driver gave no id for a new row")
    return id_
