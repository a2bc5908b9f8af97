"""The text leg: SQLite FTS5 over characters, pairs of them, stems and groups of the lexicon.

A file that is derived from the database and may be thrown away at any time. Every searching
process catches it up by the number of the last change it holds; processes on one host share it.
Each collection of each team has an index of its own, so its statistics are those of its own
passages, and nothing of another team can be reached through it.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.domain.knowledge import Passage, Question
from core.errors import IndexUnavailable
from core.ports.knowledge_store import Change, State
from knowledge.lexicon import Lexicon
from knowledge.ranking import Corpus, PassageReading, Ranking, Reading, read, read_passage
from knowledge.words import folded, homophones, singles_and_pairs, stems

logger = logging.getLogger("knowledge")

FORMAT = "1"
"""Changes whenever the same passage would be written otherwise."""

CLOSE, CLOSE_LATIN = 32, 64
"""Passages of each index that are looked at closely; more of them where the question has no
Chinese, whose words tell fewer passages apart."""

_COMMON = 0.25
"""Tokens in a larger share of the passages do not choose candidates, if rarer ones are asked."""

_FEWEST = 4
_MOST_TOKENS = 64
"""Tokens of a question that choose candidates, the rarest first."""

_CORRECTED = 6
_SLIP = 0.5
"""What a pair is worth that sounds like the one asked, which stands nowhere."""

_CONTEXT = 0.15
_TOPIC = 0.1
_KEPT_READINGS = 4096
_LOCK_WAIT_S = 30.0

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
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """One collection of one team."""

    id: int
    team: str
    collection: str
    passages: int
    body: int
    title: int


class TextIndex:
    """The index in one file. All methods block, and may be called from several threads."""

    def __init__(self, path: Path, lexicon: Lexicon) -> None:
        self._path = path
        self._lexicon = lexicon
        self._here = threading.local()
        self._readings: OrderedDict[tuple[int, str], PassageReading] = OrderedDict()
        self._lock = threading.Lock()

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
            _drop_all(db)
            _set_meta(db, "is", self._identity(state.epoch))
            _set_meta(db, "change", "0")
            return 0

    def held(self) -> int:
        """The number of the last change that is held, without a look at anything else."""
        with self._reading() as db:
            return int(_meta(db, "change") or 0)

    def apply(self, changes: Sequence[Change]) -> None:
        """Take in changes, in their order, in one step; those held already do no harm."""
        with self._writing() as db:
            held = int(_meta(db, "change") or 0)
            for change in changes:
                if change.change > held:
                    self._replace(db, change)
            if changes:
                _set_meta(db, "change", str(max(held, changes[-1].change)))

    def search(self, question: Question, *, limit: int) -> list[tuple[int, int, float]]:
        """(passage id, document id, score) of the best, best first, one for each passage."""
        asked = read(question.text, self._lexicon)
        if not asked.ones and not asked.words:
            return []
        with self._reading() as db:
            scopes = [scope for scope in _scopes(db) if _is_asked(scope, question)]
            if not scopes:
                return []
            found = self._find(db, asked, question, scopes)
        found.sort(key=lambda hit: (-hit[2], hit[0]))
        return found[:limit]

    def close(self) -> None:
        """Close this thread's connection; those of other threads close with them."""
        db = getattr(self._here, "db", None)
        if db is not None:
            db.close()
            self._here.db = None

    def _find(
        self, db: sqlite3.Connection, asked: Reading, question: Question, scopes: Sequence[Scope]
    ) -> list[tuple[int, int, float]]:
        corpus = _corpus(db, asked, scopes)
        slips = _slips(db, asked, corpus, scopes)
        match = _match(asked, corpus, slips)
        if not match:
            return []
        close = CLOSE if asked.ones else CLOSE_LATIN
        rows: dict[int, tuple[int, int, str, str, str]] = {}
        for scope in scopes:
            values = (match, *_days(question), close)
            for row in db.execute(_CANDIDATES.format(scope.id), values):
                rows[row[0]] = row
        readings = [self._passage_reading(id_, row[2], row[3]) for id_, row in rows.items()]
        ranking = Ranking(asked, corpus, extra=slips)
        scores = ranking.scores(readings)
        self._raise_near(question, rows, readings, scores, corpus)
        return [(row[0], row[1], score) for row, score in zip(rows.values(), scores, strict=True)]

    def _raise_near(
        self,
        question: Question,
        rows: Mapping[int, tuple[int, int, str, str, str]],
        readings: Sequence[PassageReading],
        scores: list[float],
        corpus: Corpus,
    ) -> None:
        """Passages about what the dialogue is about come a little higher."""
        if question.context:
            around = read(" ".join(question.context), self._lexicon)
            for at, score in enumerate(Ranking(around, corpus).scores(readings)):
                scores[at] += _CONTEXT * score
        if question.topics:
            bonus = _TOPIC * max(map(abs, scores), default=0.0)
            for at, row in enumerate(rows.values()):
                if set(row[4].split("\n")) & set(question.topics):
                    scores[at] += bonus

    def _passage_reading(self, id_: int, title: str, body: str) -> PassageReading:
        key = (id_, f"{title}\n{body}")
        with self._lock:
            known = self._readings.get(key)
            if known is not None:
                self._readings.move_to_end(key)
                return known
        made = read_passage(title, body, self._lexicon)
        with self._lock:
            self._readings[key] = made
            if len(self._readings) > _KEPT_READINGS:
                self._readings.popitem(last=False)
        return made

    def _replace(self, db: sqlite3.Connection, change: Change) -> None:
        document = change.document_id
        row = db.execute("SELECT scope FROM documents WHERE id = ?", (document,)).fetchone()
        if row is not None:
            self._take_out(db, row[0], document)
        if change.passages:
            self._put_in(db, change)

    def _take_out(self, db: sqlite3.Connection, scope: int, document: int) -> None:
        kept = db.execute(
            "SELECT id, title, body FROM passages WHERE document = ?", (document,)
        ).fetchall()
        for id_, title, body in kept:
            tokens = self._tokens(title), self._tokens(body)
            db.execute(
                f"INSERT INTO text_{scope} (text_{scope}, rowid, title, body)"
                " VALUES ('delete', ?, ?, ?)",
                (id_, *tokens),
            )
            _count(db, scope, -1, *tokens)
        db.execute("DELETE FROM passages WHERE document = ?", (document,))
        db.execute("DELETE FROM documents WHERE id = ?", (document,))

    def _put_in(self, db: sqlite3.Connection, change: Change) -> None:
        scope = _scope_of(db, change.key.team, change.key.collection)
        db.execute(
            "INSERT INTO documents VALUES (?, ?, ?)", (change.document_id, scope, change.change)
        )
        for passage in change.passages:
            title, body = _title_of(passage), _body_of(passage)
            since, until = passage.validity.since, passage.validity.until
            db.execute(
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
            db.execute(
                f"INSERT INTO text_{scope} (rowid, title, body) VALUES (?, ?, ?)",
                (passage.id, *tokens),
            )
            _count(db, scope, 1, *tokens)

    def _tokens(self, plain: str) -> str:
        """What FTS5 keeps of a folded text; every token is letters and digits only."""
        ones, twos = singles_and_pairs(plain)
        words = stems(plain)
        groups = (f"{_GROUP}{group}" for group in self._lexicon.read(plain, words))
        return " ".join((*ones, *twos, *words, *groups))

    def _identity(self, epoch: str) -> str:
        return f"{FORMAT}:{self._lexicon.version}:{epoch}"

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        db = self._connection()
        try:
            yield db
        except sqlite3.Error as error:
            self.close()
            raise IndexUnavailable(f"{type(error).__name__}: {error}") from error

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as db:
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
        there = db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'meta'").fetchone()[0]
        if not there:
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
        db.execute("COMMIT")
        return db


_GROUP = "zq"
"""Begins the tokens of groups, so that no word is taken for one."""

_CHECKSUM = "SELECT count(*), coalesce(sum(change), 0) FROM documents"


def _meta(db: sqlite3.Connection, name: str) -> str | None:
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def _set_meta(db: sqlite3.Connection, name: str, value: str) -> None:
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))


def _drop_all(db: sqlite3.Connection) -> None:
    for scope in _scopes(db):
        db.execute(f"DROP TABLE spread_{scope.id}")
        db.execute(f"DROP TABLE text_{scope.id}")
    for table in ("scopes", "documents", "passages", "meta"):
        db.execute(f"DELETE FROM {table}")


def _scopes(db: sqlite3.Connection) -> list[Scope]:
    rows = db.execute("SELECT id, team, collection, passages, body, title FROM scopes")
    return [Scope(*row) for row in rows]


def _is_asked(scope: Scope, question: Question) -> bool:
    if not scope.passages or not question.reader.may_read(scope.team):
        return False
    return question.collection in (None, scope.collection)


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
    db.execute(f"CREATE VIRTUAL TABLE spread_{id_} USING fts5vocab(text_{id_}, 'col')")
    return id_


def _count(db: sqlite3.Connection, scope: int, sign: int, title: str, body: str) -> None:
    db.execute(
        "UPDATE scopes SET passages = passages + ?, title = title + ?, body = body + ?"
        " WHERE id = ?",
        (sign, sign * _size(title), sign * _size(body), scope),
    )


def _size(tokens: str) -> int:
    """Characters and words among the tokens."""
    return sum(
        len(token) == 1 or (token.isascii() and not token.startswith(_GROUP))
        for token in tokens.split()
    )


def _title_of(passage: Passage) -> str:
    return folded(passage.title)


def _body_of(passage: Passage) -> str:
    return folded("\n".join((*passage.place.section, *passage.aliases, passage.text)))


def _corpus(db: sqlite3.Connection, asked: Reading, scopes: Sequence[Scope]) -> Corpus:
    """How rare the question's tokens are among everything that could be found."""
    groups = {f"{_GROUP}{group}": group for group in asked.groups}
    tokens = {**{token: token for token in (*asked.ones, *asked.twos, *asked.words)}, **groups}
    body, title = _spread(db, tokens, scopes)
    total = sum(scope.passages for scope in scopes)
    return Corpus(
        passages=total,
        body_size=sum(scope.body for scope in scopes) / total,
        title_size=sum(scope.title for scope in scopes) / total,
        spread=body | title,  # of both the larger
        title_spread=title,
    )


def _spread(
    db: sqlite3.Connection, tokens: Mapping[str, str], scopes: Sequence[Scope]
) -> tuple[Counter[str], Counter[str]]:
    """In how many bodies and titles each token stands, under the name it is given."""
    body: Counter[str] = Counter()
    title: Counter[str] = Counter()
    asked = list(tokens)
    holes = ", ".join("?" * len(asked))
    for scope in scopes:
        rows = db.execute(
            f"SELECT term, col, doc FROM spread_{scope.id} WHERE term IN ({holes})", asked
        )
        for token, column, count in rows:
            (title if column == "title" else body)[tokens[token]] += count
    return body, title


def _slips(
    db: sqlite3.Connection, asked: Reading, corpus: Corpus, scopes: Sequence[Scope]
) -> dict[str, float]:
    """Pairs that sound like one asked which stands nowhere: the wrong key of a pinyin keyboard."""
    slips: dict[str, float] = {}
    unknown = [
        pair
        for pair in asked.twos
        if not corpus.spread.get(pair) and not corpus.title_spread.get(pair)
    ]
    alike: dict[str, list[str]] = {}
    for pair in unknown[:_CORRECTED]:
        first, second = pair[0], pair[1]
        alike[pair] = [other + second for other in homophones(first)]
        alike[pair] += [first + other for other in homophones(second)]
    others = {other: other for some in alike.values() for other in some}
    body, title = _spread(db, others, scopes)
    known = body + title
    for some in alike.values():
        best = max(some, key=lambda other: known[other], default="")
        if known[best]:
            slips[best] = _SLIP
    return slips


def _match(asked: Reading, corpus: Corpus, slips: Mapping[str, float]) -> str:
    """The FTS5 query that chooses candidates: any of the tokens, the common ones left out."""
    tokens = [*asked.ones, *asked.twos, *asked.words, *slips]
    groups = list(asked.groups)
    spread = {t: max(corpus.spread.get(t, 0), corpus.title_spread.get(t, 0)) for t in tokens}
    spread |= {f"{_GROUP}{group}": corpus.spread.get(group, 0) for group in groups}
    there = sorted((t for t, n in spread.items() if n or t in slips), key=lambda t: spread[t])
    rare = [t for t in there if spread[t] <= _COMMON * corpus.passages]
    chosen = rare if len(rare) >= _FEWEST else there
    return " OR ".join(f'"{token}"' for token in chosen[:_MOST_TOKENS])


_CANDIDATES = (
    "SELECT p.id, p.document, p.title, p.body, p.topics"
    " FROM text_{0} AS t JOIN passages AS p ON p.id = t.rowid"
    " WHERE text_{0} MATCH ? AND p.since <= ? AND p.until >= ?"
    " ORDER BY bm25(text_{0}, 1.0, 1.0) LIMIT ?"
)


def _days(question: Question) -> tuple[str, str]:
    """What must have begun by, and not ended before; without a day everything passes."""
    if question.day is None:
        return "9999", ""
    day = question.day.isoformat()
    return day, day
