"""How well a passage answers a question, from their words alone.

Each passage that a first, cheap search brought is looked at closely: BM25 (Robertson and Zaragoza,
"The probabilistic relevance framework", 2009) over characters, pairs of characters and stems, in
the title and in the body; groups of the lexicon they share; how much of the question stands in one
line; and how long the stretches are that both share word for word. A weighted sum of these orders
the answer. The weights were fitted once on public question sets in Chinese and English
(ops/decisions/0014-retrieval.md), never on single questions.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from knowledge.lexicon import Lexicon
from knowledge.words import folded, letter_grams, lines, singles_and_pairs, stems

Counts = Mapping[str, int]

B = 0.75
K1, K1_WORDS = 1.2, 4.0

NEAR = 4
"""Words at most so far apart stand near each other."""

HAN: Mapping[str, float] = {
    "one": 0.17,
    "two": 0.43,
    "two_title": 0.8,
    "run": 0.38,
    "two_line": 0.53,
    "word": 0.43,
    "near": 0.06,
    "letters_line": 0.08,
    "group": 0.37,
    "group_line": 0.59,
    "length": -1.15,
}
LATIN: Mapping[str, float] = {
    "word": 0.43,
    "near": 0.06,
    "letters_line": 0.08,
    "group": 0.5,
    "pair_title": 0.65,
    "group_line": 0.3,
    "length": -1.8,
}
"""What one unit of each finding is worth, for a question with Chinese characters and without."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text, taken apart once; `size` counts its characters and words."""

    text: str
    ones: Counts
    twos: Counts
    words: Counts
    groups: Counts
    size: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a passage with Latin words in it, or, of any other, its pairs only."""

    twos: frozenset[str]
    letters: Counts
    groups: Counts


@dataclass(frozen=True, slots=True)
class PassageReading:
    """A passage, taken apart once. `title_pairs` are groups that stand together in the title,
    `near` are words that stand within four of each other."""

    title: Reading
    body: Reading
    lines: tuple[Line, ...]
    words: Counts
    groups: Counts
    title_pairs: Counts
    near: Counts


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is known of all passages that could have been found.

    `spread` and `title_spread` tell in how many passages' bodies and titles a token stands.
    """

    passages: int
    body_size: float
    title_size: float
    spread: Mapping[str, int]
    title_spread: Mapping[str, int]

    @property
    def whole_size(self) -> float:
        """Of title and body together."""
        return self.body_size + self.title_size

    def rarity(self, token: str) -> float:
        """The weight of a token found in bodies."""
        return _rarity(self.passages, self.spread.get(token, 0))

    def title_rarity(self, token: str) -> float:
        """The weight of a token found in titles."""
        return _rarity(self.passages, self.title_spread.get(token, 0))


def _rarity(total: int, count: int) -> float:
    return math.log(1 + (max(total, count) - count + 0.5) / (count + 0.5))


def read(text: str, lexicon: Lexicon) -> Reading:
    """Take a question apart."""
    return _read(folded(text), lexicon, asked=True)


def _read(plain: str, lexicon: Lexicon, *, asked: bool = False) -> Reading:
    ones, twos = singles_and_pairs(plain)
    words = stems(plain)
    return Reading(
        plain,
        Counter(ones),
        Counter(twos),
        Counter(words),
        Counter(lexicon.read(plain, words, asked=asked)),
        len(ones) + len(words),
    )


def read_passage(title: str, body: str, lexicon: Lexicon) -> PassageReading:
    """Take a passage apart; both texts are folded already."""
    named = _read(title, lexicon)
    said = [_read(line, lexicon) for line in lines(body)]
    every = [named, *said] if title else said
    whole = Reading(
        body,
        _total(line.ones for line in said),
        _total(line.twos for line in said),
        _total(line.words for line in said),
        _total(line.groups for line in said),
        sum(line.size for line in said),
    )
    near: Counter[str] = Counter()
    for line in every:
        if line.words:
            near.update(_near(stems(line.text)))
    return PassageReading(
        title=named,
        body=whole,
        lines=tuple(_line(line) for line in every),
        words=_total((named.words, whole.words)),
        groups=_total((named.groups, whole.groups)),
        title_pairs=Counter(_pairs(named.groups)),
        near=near,
    )


def _total(counts: Iterable[Counts]) -> Counts:
    total: Counter[str] = Counter()
    for some in counts:
        total.update(some)
    return total


def _line(line: Reading) -> Line:
    letters = Counter(letter_grams(line.text)) if line.words else Counter[str]()
    return Line(frozenset(line.twos), letters, line.groups)


def _pairs(groups: Iterable[str]) -> list[str]:
    return [f"{one} {other}" for one, other in combinations(sorted(groups), 2)]


def _near(words: Sequence[str]) -> list[str]:
    return [
        " ".join(sorted((word, other)))
        for at, word in enumerate(words)
        for other in words[at + 1 : at + NEAR + 1]
    ]


class Ranking:
    """One question against passages of one corpus. `extra` holds tokens that may stand for one
    of the question, with their worth 0..1 (a likely slip of the keyboard put right)."""

    def __init__(
        self, question: Reading, corpus: Corpus, *, extra: Mapping[str, float] | None = None
    ) -> None:
        self._question = question
        self._corpus = corpus
        self._twos = {**(extra or {}), **_asked(question.twos)}
        self._worth = {token: corpus.rarity(token) for token in self._twos}
        self._ones = _asked(question.ones)
        self._words = _asked(question.words)
        self._groups = _asked(question.groups)
        self._pairs = _asked(Counter(_pairs(question.groups)))
        self._near = _asked(Counter(_near(stems(question.text))))
        self._letters = _asked(Counter(letter_grams(question.text)))

    def scores(self, passages: Sequence[PassageReading]) -> list[float]:
        """A score for each passage; higher is better."""
        weights = HAN if self._ones else LATIN
        return [
            sum(weights.get(name, 0.0) * value for name, value in found.items())
            for found in self.findings(passages)
        ]

    def findings(self, passages: Sequence[PassageReading]) -> list[dict[str, float]]:
        """What was found in each passage, by the names of `HAN` and `LATIN`."""
        found = [self._find_characters(passage) for passage in passages]
        if self._words:
            self._find_words(passages, found)
        if self._groups:
            self._find_groups(passages, found)
        return found

    def _find_characters(self, passage: PassageReading) -> dict[str, float]:
        corpus, title, body = self._corpus, passage.title, passage.body
        found = {"length": math.log(1 + body.size)}
        if not self._twos and not self._ones:
            return found
        norm = _norm(body.size, corpus.body_size)
        title_norm = _norm(title.size, corpus.title_size)
        found["one"] = _bm25(self._ones, body.ones, corpus.rarity, K1, norm)
        found["two"] = _bm25(self._twos, body.twos, corpus.rarity, K1, norm)
        found["two_title"] = _bm25(self._twos, title.twos, corpus.title_rarity, K1, title_norm)
        found["run"] = _shared_runs(self._question.text, body.text)
        worth = self._worth
        found["two_line"] = max(
            (
                sum(map(worth.__getitem__, line.twos & worth.keys())) / (8 + len(line.twos)) ** 0.2
                for line in passage.lines
            ),
            default=0.0,
        )
        return found

    def _find_words(
        self, passages: Sequence[PassageReading], found: Sequence[dict[str, float]]
    ) -> None:
        corpus = self._corpus
        near = _Field([passage.near for passage in passages], K1_WORDS)
        letters = _Field([line.letters for p in passages for line in p.lines], K1)
        for passage, here in zip(passages, found, strict=True):
            norm = _norm(passage.title.size + passage.body.size, corpus.whole_size)
            here["word"] = _bm25(self._words, passage.words, corpus.rarity, K1_WORDS, norm)
            here["near"] = near.score(self._near, passage.near)
            here["letters_line"] = max(
                (letters.score(self._letters, line.letters) for line in passage.lines), default=0.0
            )

    def _find_groups(
        self, passages: Sequence[PassageReading], found: Sequence[dict[str, float]]
    ) -> None:
        pairs = _Field([passage.title_pairs for passage in passages], K1_WORDS)
        groups = _Field([passage.groups for passage in passages], K1_WORDS)
        of_lines = _Field([line.groups for p in passages for line in p.lines], K1)
        for passage, here in zip(passages, found, strict=True):
            here["group"] = groups.score(self._groups, passage.groups)
            here["pair_title"] = pairs.score(self._pairs, passage.title_pairs)
            here["group_line"] = max(
                (of_lines.score(self._groups, line.groups) for line in passage.lines), default=0.0
            )


class _Field:
    """BM25 whose statistics come from the passages at hand: for what no index counts."""

    def __init__(self, texts: Sequence[Counts], k1: float) -> None:
        self._total = len(texts)
        self._k1 = k1
        self._spread: Counter[str] = Counter()
        size = 0
        for text in texts:
            self._spread.update(text.keys())
            size += sum(text.values())
        self._size = size / max(1, self._total)

    def score(self, asked: Mapping[str, float], there: Counts) -> float:
        """How well one of these texts answers."""
        shared = asked.keys() & there.keys()
        if not shared:
            return 0.0
        norm = self._k1 * _norm(sum(there.values()), self._size)
        total, spread = self._total, self._spread
        return sum(
            asked[token]
            * _rarity(total, spread[token])
            * there[token]
            * (self._k1 + 1)
            / (there[token] + norm)
            for token in shared
        )


def _norm(size: float, usual: float) -> float:
    return 1 - B + B * size / max(1.0, usual)


def _asked(counts: Counts) -> dict[str, float]:
    """What each token is worth that is asked so many times."""
    return {token: 2.0 * count / (count + 1) for token, count in counts.items()}


def _bm25(
    asked: Mapping[str, float],
    there: Counts,
    rarity: Callable[[str], float],
    k1: float,
    norm: float,
) -> float:
    return sum(
        asked[token] * rarity(token) * there[token] * (k1 + 1) / (there[token] + k1 * norm)
        for token in asked.keys() & there.keys()
    )


def _shared_runs(question: str, body: str) -> float:
    """Stretches of the question that stand in the body as they are, the longer the better."""
    total, at = 0.0, 0
    while at < len(question):
        size = 0
        while at + size < len(question) and question[at : at + size + 1] in body:
            size += 1
        if size >= 2:
            total += size**1.5
        at += max(1, size)
    return total
