"""The text leg: SQLite FTS5 over characters, pairs of them, stems and groups of the lexicon.

FTS5 chooses a few passages by the question's rarest tokens; `knowledge/ranking.py` looks at these
closely.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.domain.knowledge import Question
from knowledge.lexicon import Lexicon
from knowledge.ranking import Corpus, PassageReading, Ranking, Reading, read
from knowledge.text_file import GROUP, Row, Scope, TextFile, candidates, scopes_of, spread_of
from knowledge.words import homophones

CLOSE, CLOSE_LATIN = 32, 64
"""Passages of each index that are looked at closely; more of them where the question has no
Chinese, whose words tell fewer passages apart."""

_COMMON = 0.25
"""Tokens in a larger share of the passages do not choose candidates, if rarer ones are asked."""

_FEWEST = 4
_MOST_TOKENS = 64
"""Tokens of a question that choose candidates, the rarest first."""

_MOST_POSTINGS = 4000
"""Places where these tokens stand, all together, unless the fewest have more: what FTS5 takes
grows with them, and the close look counts the common ones anyway."""

_CORRECTED = 6
_SLIP = 0.5
"""What a pair is worth that sounds like the one asked, which stands nowhere."""

_CONTEXT = 0.15
_TOPIC = 0.1
_KEPT_READINGS = 4096


class TextIndex(TextFile):
    """The index in one file, and the search in it. All methods block, and may be called from
    several threads. IndexUnavailable when the file cannot be used."""

    def __init__(self, path: Path, lexicon: Lexicon) -> None:
        super().__init__(path, lexicon)
        self._readings: OrderedDict[tuple[int, str, str], PassageReading] = OrderedDict()
        self._lock = threading.Lock()

    def search(self, question: Question, *, limit: int) -> list[tuple[int, int, float]]:
        """(passage id, document id, score) of the best, best first, one for each passage."""
        asked = read(question.text, self._lexicon)
        if not asked.ones and not asked.words:
            return []
        with self.snapshot() as db:
            scopes = [scope for scope in scopes_of(db) if _is_asked(scope, question)]
            if not scopes:
                return []
            found = self._find(db, asked, question, scopes)
        found.sort(key=lambda hit: (-hit[2], hit[0]))
        return found[:limit]

    def _find(
        self, db: sqlite3.Connection, asked: Reading, question: Question, scopes: Sequence[Scope]
    ) -> list[tuple[int, int, float]]:
        corpus = _corpus(db, asked, scopes)
        slips = _slips(db, asked, corpus, scopes)
        match = _match(asked, corpus, slips)
        if not match:
            return []
        close = CLOSE if asked.ones else CLOSE_LATIN
        days = _days(question)
        rows = [row for scope in scopes for row in candidates(db, scope, match, days, close)]
        readings = [self._passage_reading(row) for row in rows]
        scores = Ranking(asked, corpus, extra=slips).scores(readings)
        self._raise_near(question, rows, readings, scores, corpus)
        return [(row.id, row.document, score) for row, score in zip(rows, scores, strict=True)]

    def _raise_near(
        self,
        question: Question,
        rows: Sequence[Row],
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
            for at, row in enumerate(rows):
                if set(row.topics.split("\n")) & set(question.topics):
                    scores[at] += bonus

    def _passage_reading(self, row: Row) -> PassageReading:
        key = row.id, row.title, row.body
        with self._lock:
            known = self._readings.get(key)
            if known is not None:
                self._readings.move_to_end(key)
                return known
        made = PassageReading(row.title, row.body, self._lexicon)
        with self._lock:
            self._readings[key] = made
            if len(self._readings) > _KEPT_READINGS:
                self._readings.popitem(last=False)
        return made


def _is_asked(scope: Scope, question: Question) -> bool:
    if not scope.passages or not question.reader.may_read(scope.team):
        return False
    return question.collection in (None, scope.collection)


def _corpus(db: sqlite3.Connection, asked: Reading, scopes: Sequence[Scope]) -> Corpus:
    """How rare the question's tokens are among everything that could be found."""
    groups = {f"{GROUP}{group}": group for group in asked.groups}
    tokens = {**{token: token for token in (*asked.ones, *asked.twos, *asked.words)}, **groups}
    body, title = spread_of(db, tokens, scopes)
    total = sum(scope.passages for scope in scopes)
    return Corpus(
        passages=total,
        body_size=sum(scope.body for scope in scopes) / total,
        title_size=sum(scope.title for scope in scopes) / total,
        spread=body | title,  # of both the larger
        title_spread=title,
    )


def _slips(
    db: sqlite3.Connection, asked: Reading, corpus: Corpus, scopes: Sequence[Scope]
) -> dict[str, float]:
    """Pairs that sound like one asked which stands nowhere: the wrong key of a pinyin keyboard."""
    unknown = [pair for pair in asked.twos if not corpus.spread.get(pair)]
    alike: dict[str, list[str]] = {}
    for pair in unknown[:_CORRECTED]:
        first, second = pair[0], pair[1]
        alike[pair] = [other + second for other in homophones(first)]
        alike[pair] += [first + other for other in homophones(second)]
    if not alike:
        return {}
    body, title = spread_of(db, {other: other for some in alike.values() for other in some}, scopes)
    known: Counter[str] = body + title
    slips: dict[str, float] = {}
    for some in alike.values():
        best = max(some, key=lambda other: known[other], default="")
        if known[best]:
            slips[best] = _SLIP
    return slips


def _match(asked: Reading, corpus: Corpus, slips: Mapping[str, float]) -> str:
    """The FTS5 query that chooses candidates: any of the rarer tokens."""
    spread = {t: corpus.spread.get(t, 0) for t in (*asked.ones, *asked.twos, *asked.words)}
    spread |= {t: max(1, corpus.spread.get(t, 0)) for t in slips}
    spread |= {f"{GROUP}{group}": corpus.spread.get(group, 0) for group in asked.groups}
    there = sorted((t for t, n in spread.items() if n), key=lambda t: spread[t])
    rare = [t for t in there if spread[t] <= _COMMON * corpus.passages]
    chosen: list[str] = []
    postings = 0
    for token in (rare if len(rare) >= _FEWEST else there)[:_MOST_TOKENS]:
        postings += spread[token]
        if len(chosen) >= _FEWEST and postings > _MOST_POSTINGS:
            break
        chosen.append(token)
    return " OR ".join(f'"{token}"' for token in chosen)


def _days(question: Question) -> tuple[str, str]:
    """What must have begun by, and not ended before; without a day everything passes."""
    if question.day is None:
        return "9999", ""
    day = question.day.isoformat()
    return day, day
