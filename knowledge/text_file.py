"""The SQLite file of the text leg: what it holds and how it is caught up.

A file that is derived from the database and may be thrown away at any time; processes on one host
share it. Each collection of each team has an FTS5 table of its own, so its statistics are those of
its own passages, and nothing of another team can be reached through it.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.domain.knowledge import Passage
from core.errors import IndexUnavailable
from core.ports.knowledge_store import Change, State
from knowledge.lexicon import Lexicon
from knowledge.words import folded, singles_and_pairs, stems

logger = logging.getLogger("knowledge")

FORMAT = "3"
"""Changes whenever the same passage would be written otherwise."""

GROUP = "zq"
"""Begins the tokens of groups, so that no word is taken for one."""

_LOCK_WAIT_S = 30.0
_HOLES = 500
"""Values in one statement."""

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE scopes (
    id INTEGER PRIMARY KEY, team TEXT NOT NULL, collection TEXT NOT NULL,
    passages INTEGER NOT NULL, body INTEGER NOT NULL, title INTEGER NOT NULL,
    UNIQUE (team, collection));
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, scope INTEGER NOT NULL, change INTEGER NOT NULL);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, scope INTEGER NOT NULL, document INTEGER NOT NULL,
    title TEXT NOT NULL, body TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL,
    topics TEXT NOT NULL);
CREATE INDEX passages_document ON passages (document);
CREATE INDEX passages_dated ON passages (scope) WHERE since != '' OR until != '9999';
CREATE TABLE spread (
    scope INTEGER NOT NULL, token TEXT NOT NULL, body INTEGER NOT NULL, title INTEGER NOT NULL,
    PRIMARY KEY (scope, token)) WITHOUT ROWID;
"""

_CHECKSUM = "SELECT count(*), coalesce(sum(change), 0) FROM documents"
_SPREAD = (
    "INSERT INTO spread VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
    " SET body = body + excluded.body, title = title + excluded.title"
)
_CANDIDATES = (
    "SELECT rowid FROM text_{0} WHERE text_{0} MATCH ? AND rowid NOT IN ("
    "SELECT id FROM passages WHERE scope = {0} AND (since != '' OR until != '9999')"
    " AND (since > ? OR until < ?)) ORDER BY rank LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Scope:
    """One collection of one team."""

    id: int
    team: str
    collection: str
    passages: int
    body: int
    title: int


@dataclass(frozen=True, slots=True)
class Row:
    """One passage as it is searched: folded texts, the topics one a line."""

    id: int
    document: int
    title: str
    body: str
    topics: str


class TextFile:
    """All methods block, and may be called from several threads. IndexUnavailable when the file
    cannot be used."""

    def __init__(self, path: Path, lexicon: Lexicon) -> None:
        self._path = path
        self._lexicon = lexicon
        self._here = threading.local()

    def verify(self, state: State, held: int, checksum: tuple[int, int]) -> int:
        """The number of the last change that is held, once it is sure that the file belongs to
        this state. `checksum` is that of the database up to `held`, which was read before. A file
        of another database, another past of it, or another format is begun anew: then it is 0."""
        with self._writing() as db:
            now_held = int(_meta(db, "change") or 0)
            same = _meta(db, "is") == self._identity(state.epoch)
            if same and now_held > held:
                # Another process has just taken in more: it has looked.
                return now_held
            if same and held <= state.change and db.execute(_CHECKSUM).fetchone() == checksum:
                return held
            if held:
                logger.info("knowledge index begun anew", extra={"held": held})
            _make_anew(db)
            _set_meta(db, "is", self._identity(state.epoch))
            _set_meta(db, "change", "0")
            return 0

    def held(self) -> int:
        """The number of the last change that is held, without a look at anything else."""
        with self._connected() as db:
            return int(_meta(db, "change") or 0)

    def apply(self, changes: Sequence[Change]) -> None:
        """Take in changes, in their order, in one step; those held already do no harm."""
        with self._writing() as db:
            held = int(_meta(db, "change") or 0)
            batch = _Batch(db, self._lexicon)
            for change in changes:
                if change.change > held:
                    batch.replace(change)
            batch.count()
            if changes:
                _set_meta(db, "change", str(max(held, changes[-1].change)))

    def close(self) -> None:
        """Close this thread's connection; those of other threads close with them."""
        db = getattr(self._here, "db", None)
        if db is not None:
            db.close()
            self._here.db = None

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection, which sees the file as it is now until the end."""
        with self._connected() as db:
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.execute("COMMIT")

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        db = self._connection()
        try:
            yield db
        except sqlite3.Error as error:
            self.close()
            raise IndexUnavailable(f"{type(error).__name__}: {error}") from error

    def _identity(self, epoch: str) -> str:
        return f"{FORMAT}:{self._lexicon.version}:{epoch}"

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._connected() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def _connection(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._here, "db", None)
        if db is None:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                db = self._here.db = self._opened()
            except sqlite3.DatabaseError as error:
                if "locked" in str(error):
                    raise IndexUnavailable(str(error)) from error
                # A file that is none: it holds nothing that is not in the database.
                logger.warning("knowledge index is broken and begun anew")
                for ending in ("", "-wal", "-shm"):
                    self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
                db = self._here.db = self._opened()
        return db

    def _opened(self) -> sqlite3.Connection:
        db = sqlite3.connect(
            self._path, timeout=_LOCK_WAIT_S, isolation_level=None, check_same_thread=False
        )
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=OFF")
        db.execute("PRAGMA temp_store=MEMORY")
        db.execute("BEGIN IMMEDIATE")
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
            _make(db)
        db.execute("COMMIT")
        return db


class _Batch:
    """Documents replaced in one step; how often each token stands is counted up at its end."""

    def __init__(self, db: sqlite3.Connection, lexicon: Lexicon) -> None:
        self._db = db
        self._lexicon = lexicon
        self._body: Counter[tuple[int, str]] = Counter()
        self._title: Counter[tuple[int, str]] = Counter()

    def replace(self, change: Change) -> None:
        """The document's passages as they are now; none where it is gone."""
        document = change.document_id
        row = self._db.execute("SELECT scope FROM documents WHERE id = ?", (document,)).fetchone()
        if row is not None:
            self._take_out(row[0], document)
        if change.passages:
            self._put_in(change)

    def count(self) -> None:
        """Write how often tokens stand; what stands nowhere any more is forgotten."""
        rows = [(*key, self._body[key], self._title[key]) for key in {*self._body, *self._title}]
        self._db.executemany(_SPREAD, rows)
        gone = [row[:2] for row in rows if row[2] < 0 or row[3] < 0]
        self._db.executemany(
            "DELETE FROM spread WHERE scope = ? AND token = ? AND body <= 0 AND title <= 0", gone
        )

    def _take_out(self, scope: int, document: int) -> None:
        kept = self._db.execute(
            "SELECT id, title, body FROM passages WHERE document = ?", (document,)
        ).fetchall()
        for id_, title, body in kept:
            tokens = self._tokens(title), self._tokens(body)
            self._db.execute(
                f"INSERT INTO text_{scope} (text_{scope}, rowid, title, body)"
                " VALUES ('delete', ?, ?, ?)",
                (id_, " ".join(tokens[0]), " ".join(tokens[1])),
            )
            self._count(scope, -1, *tokens)
        self._db.execute("DELETE FROM passages WHERE document = ?", (document,))
        self._db.execute("DELETE FROM documents WHERE id = ?", (document,))

    def _put_in(self, change: Change) -> None:
        scope = _scope_of(self._db, change.key.team, change.key.collection)
        self._db.execute(
            "INSERT INTO documents VALUES (?, ?, ?)", (change.document_id, scope, change.change)
        )
        for passage in change.passages:
            title, body = folded(passage.title), _body_of(passage)
            since, until = passage.validity.since, passage.validity.until
            self._db.execute(
                "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    passage.id,
                    scope,
                    change.document_id,
                    title,
                    body,
                    since.isoformat() if since else "",
                    until.isoformat() if until else "9999",
                    "\n".join(passage.topics),
                ),
            )
            tokens = self._tokens(title), self._tokens(body)
            self._db.execute(
                f"INSERT INTO text_{scope} (rowid, title, body) VALUES (?, ?, ?)",
                (passage.id, " ".join(tokens[0]), " ".join(tokens[1])),
            )
            self._count(scope, 1, *tokens)

    def _count(self, scope: int, sign: int, title: list[str], body: list[str]) -> None:
        self._db.execute(
            "UPDATE scopes SET passages = passages + ?, title = title + ?, body = body + ?"
            " WHERE id = ?",
            (sign, sign * _size(title), sign * _size(body), scope),
        )
        for token in set(title):
            self._title[scope, token] += sign
        for token in set(body):
            self._body[scope, token] += sign

    def _tokens(self, plain: str) -> list[str]:
        """What FTS5 keeps of a folded text; every token is letters and digits only."""
        ones, twos = singles_and_pairs(plain)
        words = stems(plain)
        groups = (f"{GROUP}{group}" for group in self._lexicon.read(plain, words))
        return [*ones, *twos, *words, *groups]


def scopes_of(db: sqlite3.Connection) -> list[Scope]:
    """All collections of all teams."""
    rows = db.execute("SELECT id, team, collection, passages, body, title FROM scopes")
    return [Scope(*row) for row in rows]


def spread_of(
    db: sqlite3.Connection, tokens: Mapping[str, str], scopes: Sequence[Scope]
) -> tuple[Counter[str], Counter[str]]:
    """In how many bodies and titles each token stands, under the name it is given."""
    body: Counter[str] = Counter()
    title: Counter[str] = Counter()
    asked = list(tokens)
    for scope in scopes:
        for at in range(0, len(asked), _HOLES):
            some = asked[at : at + _HOLES]
            holes = ", ".join("?" * len(some))
            rows = db.execute(
                f"SELECT token, body, title FROM spread WHERE scope = ? AND token IN ({holes})",
                (scope.id, *some),
            )
            for token, in_bodies, in_titles in rows:
                body[tokens[token]] += in_bodies
                title[tokens[token]] += in_titles
    return body, title


def candidates(
    db: sqlite3.Connection, scope: Scope, match: str, days: tuple[str, str], limit: int
) -> list[Row]:
    """The best passages of one scope by FTS5's own BM25, best first: those that have begun by the
    first day and not ended before the second."""
    found = [row[0] for row in db.execute(_CANDIDATES.format(scope.id), (match, *days, limit))]
    holes = ", ".join("?" * len(found))
    rows = db.execute(
        f"SELECT id, document, title, body, topics FROM passages WHERE id IN ({holes})", found
    )
    by_id = {row[0]: Row(*row) for row in rows}
    return [by_id[id_] for id_ in found]


def _make(db: sqlite3.Connection) -> None:
    for statement in _SCHEMA.split(";"):
        db.execute(statement)


def _make_anew(db: sqlite3.Connection) -> None:
    """Whatever an earlier form of this file held, nothing of it stays."""
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL%'"
    plain = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    # Virtual tables first, those that only look into another one before it.
    for query in (f"{tables} ORDER BY sql LIKE '%fts5vocab%' DESC", plain):
        for (name,) in db.execute(query).fetchall():
            db.execute(f"DROP TABLE IF EXISTS {name}")
    _make(db)


def _meta(db: sqlite3.Connection, name: str) -> str | None:
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def _set_meta(db: sqlite3.Connection, name: str, value: str) -> None:
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))


def _scope_of(db: sqlite3.Connection, team: str, collection: str) -> int:
    row = db.execute(
        "SELECT id FROM scopes WHERE team = ? AND collection = ?", (team, collection)
    ).fetchone()
    if row is not None:
        return int(row[0])
    id_ = db.execute(
        "INSERT INTO scopes (team, collection, passages, body, title) VALUES (?, ?, 0, 0, 0)",
        (team, collection),
    ).lastrowid
    assert id_ is not None
    db.execute(
        f"CREATE VIRTUAL TABLE text_{id_} USING fts5(title, body, content='', tokenize='unicode61')"
    )
    return id_


def _size(tokens: list[str]) -> int:
    """Characters and words among the tokens."""
    return sum(
        len(token) == 1 or (token.isascii() and not token.startswith(GROUP)) for token in tokens
    )


def _body_of(passage: Passage) -> str:
    return folded("\n".join((*passage.place.section, *passage.aliases, passage.text)))
