"""Rows in dictionaries, found by key or by index, and put back when a transaction fails."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, datetime
from typing import Generic, TypeVar

from core.errors import StorageError

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")

Index = Callable[[R], Hashable]
"""Under which value a row is found; None leaves it out of the index."""


class Journal:
    """How to undo what was changed since the last commit, newest last."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def note(self, undo: Callable[[], None]) -> None:
        """Remember one change."""
        self._undo.append(undo)

    def roll_back(self) -> None:
        """Undo everything, newest first."""
        while self._undo:
            self._undo.pop()()

    def commit(self) -> None:
        """Keep everything."""
        self._undo.clear()


class Table(Generic[K, R]):
    """Immutable rows by key. Ids grow and are never given twice, not even after a rollback."""

    def __init__(self, journal: Journal, **indexes: Index[R]) -> None:
        self._journal = journal
        self._indexes: Mapping[str, Index[R]] = indexes
        self._rows: dict[K, R] = {}
        self._found: dict[tuple[str, Hashable], dict[K, None]] = {}
        self._last_id = 0

    def new_id(self) -> int:
        """An id higher than all before."""
        self._last_id += 1
        return self._last_id

    def get(self, key: K) -> R | None:
        """The row of this key."""
        return self._rows.get(key)

    def put(self, key: K, row: R) -> None:
        """Keep a row, in place of the one that is there."""
        before = self._rows.get(key)
        self._journal.note(lambda: self._set(key, before))
        self._set(key, row)

    def drop(self, key: K) -> None:
        """Forget a row, if it is there."""
        before = self._rows.get(key)
        self._journal.note(lambda: self._set(key, before))
        self._set(key, None)

    def by(self, index: str, value: Hashable) -> list[R]:
        """All rows that the index holds under this value, in no order."""
        return [self._rows[key] for key in self._found.get((index, value), ())]

    def one(self, index: str, value: Hashable) -> R | None:
        """The only row that the index holds under this value."""
        return next(iter(self.by(index, value)), None)

    def all(self) -> list[R]:
        """All rows, in no order."""
        return list(self._rows.values())

    def _set(self, key: K, row: R | None) -> None:
        before = self._rows.pop(key, None)
        for name, index in self._indexes.items():
            if before is not None:
                self._unlist((name, index(before)), key)
            if row is not None and (value := index(row)) is not None:
                self._found.setdefault((name, value), {})[key] = None
        if row is not None:
            self._rows[key] = row

    def _unlist(self, place: tuple[str, Hashable], key: K) -> None:
        keys = self._found.get(place)
        if keys is None:
            return
        keys.pop(key, None)
        if not keys:
            del self._found[place]


def utc(moment: datetime) -> datetime:
    """The same moment in UTC; StorageError for one without a zone."""
    if moment.tzinfo is None:
        raise StorageError("a datetime without a zone cannot be stored")
    return moment.astimezone(UTC)


def utc_or_none(moment: datetime | None) -> datetime | None:
    """The same for a moment that may be missing."""
    return None if moment is None else utc(moment)
