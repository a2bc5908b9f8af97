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
from functools import cached_property
from itertools import chain, combinations

from knowledge.lexicon import Lexicon
from knowledge.words import folded, letter_grams, lines, singles_and_pairs, size_of, stems

Counts = Counter[str]

B = 0.75
K1, K1_WORDS = 1.2, 4.0

LETTERED = 16
"""Passages whose letters are looked at, the best by everything else: letters take the most time."""

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
    "group": 0.4,
    "pair_title": 0.2,
    "pair_line": 3.0,
    "length": -1.8,
}
"""What one unit of each finding is worth, for a question with Chinese characters and without."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A question, taken apart once."""

    text: str
    ones: Counts
    twos: Counts
    words: Counts
    groups: Counts


class Line:
    """One line of a passage, taken apart as far as it is asked about."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.text = text
        self._lexicon = lexicon

    @cached_property
    def stems(self) -> list[str]:
        """Of its Latin words, in order."""
        return stems(self.text)

    @cached_property
    def letters(self) -> Counts:
        """Neighbouring letters inside its Latin words."""
        return Counter(letter_grams(self.text))

    @cached_property
    def groups(self) -> Counts:
        """Of the lexicon."""
        return Counter(self._lexicon.read(self.text, self.stems))


class PassageReading:
    """A passage, taken apart as far as it is asked about; both texts are folded already. `size`
    and `title_size` count characters and words."""

    def __init__(self, title: str, body: str, lexicon: Lexicon) -> None:
        self.title, self.body = title, body
        self.title_size, self.size = size_of(title), size_of(body)
        self.title_line = Line(title, lexicon)
        said = [Line(line, lexicon) for line in lines(body)]
        self.lines = [self.title_line, *said] if title else said

    @cached_property
    def words(self) -> Counts:
        """Stems of title and body."""
        return Counter(chain.from_iterable(line.stems for line in self.lines))

    @cached_property
    def groups(self) -> Counts:
        """Of the lexicon, in title and body."""
        found: Counter[str] = Counter()
        for line in self.lines:
            found.update(line.groups)
        return found

    @cached_property
    def title_pairs(self) -> Counts:
        """Groups that stand together in the title."""
        return Counter(_pairs(self.title_line.groups))

    @cached_property
    def near(self) -> Counts:
        """Words of one line that stand within four of each other."""
        return Counter(chain.from_iterable(_near(line.stems) for line in self.lines))


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
    plain = folded(text)
    ones, twos = singles_and_pairs(plain)
    words = stems(plain)
    groups = lexicon.read(plain, words, asked=True)
    return Reading(plain, Counter(ones), Counter(twos), Counter(words), Counter(groups))


def shared_words(question: str, there: str) -> float:
    """The share 0..1 of a question's pairs of characters and stems that stand in a text."""
    plain = folded(there)
    pairs = set(singles_and_pairs(folded(question))[1])
    words = set(stems(folded(question)))
    shared = sum(pair in plain for pair in pairs) + len(words & set(stems(plain)))
    return shared / max(1, len(pairs) + len(words))


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
        self._text = question.text
        self._corpus = corpus
        twos = {**(extra or {}), **_asked(question.twos)}
        self._ones = _weighed(_asked(question.ones), corpus.rarity)
        self._twos = _weighed(twos, corpus.rarity)
        self._title_twos = _weighed(twos, corpus.title_rarity)
        self._line_twos = {token: corpus.rarity(token) for token in twos}
        self._words = _weighed(_asked(question.words), corpus.rarity)
        self._groups = _asked(question.groups)
        self._pairs = _asked(Counter(_pairs(question.groups)))
        self._near = _asked(Counter(_near(stems(question.text))))
        self._letters = _asked(Counter(letter_grams(question.text)))

    def scores(self, passages: Sequence[PassageReading]) -> list[float]:
        """A score for each passage; higher is better."""
        weights = HAN if self._ones else LATIN
        scores = [
            sum(weights.get(name, 0.0) * value for name, value in found.items())
            for found in self.findings(passages)
        ]
        best = sorted(range(len(scores)), key=lambda at: -scores[at])[:LETTERED]
        for at, worth in zip(best, self._letters_of([passages[at] for at in best]), strict=True):
            scores[at] += weights["letters_line"] * worth
        return scores

    def _letters_of(self, passages: Sequence[PassageReading]) -> Sequence[float]:
        """How much of the question's letters the best line of each passage has."""
        if not self._letters:
            return [0.0] * len(passages)
        letters = _Field(self._letters, [line.letters for p in passages for line in p.lines], K1)
        return [
            max(letters.score(line.letters) for line in p.lines) if p.lines else 0.0
            for p in passages
        ]

    def findings(self, passages: Sequence[PassageReading]) -> list[dict[str, float]]:
        """What was found in each passage, by the names of `HAN` and `LATIN`; letters are only
        looked at in the best of them."""
        found = [{"length": math.log(1 + passage.size)} for passage in passages]
        if self._ones:
            self._find_characters(passages, found)
        if self._words:
            self._find_words(passages, found)
        if self._groups:
            self._find_groups(passages, found)
        return found

    def _find_characters(
        self, passages: Sequence[PassageReading], found: Sequence[dict[str, float]]
    ) -> None:
        corpus = self._corpus
        for passage, here in zip(passages, found, strict=True):
            norm = K1 * _norm(passage.size, corpus.body_size)
            title_norm = K1 * _norm(passage.title_size, corpus.title_size)
            body = passage.body
            here["one"] = _bm25(self._ones, body.count, K1, norm)
            here["two"] = _bm25(self._twos, body.count, K1, norm)
            here["two_title"] = _bm25(self._title_twos, passage.title.count, K1, title_norm)
            here["run"] = _shared_runs(self._text, body)
            here["two_line"] = max(map(self._shared, passage.lines), default=0.0)

    def _shared(self, line: Line) -> float:
        """The worth of the question's pairs in a line, less in a longer one."""
        text = line.text
        shared = sum(worth for token, worth in self._line_twos.items() if token in text)
        return shared / (8 + len(text)) ** 0.2 if shared else 0.0

    def _find_words(
        self, passages: Sequence[PassageReading], found: Sequence[dict[str, float]]
    ) -> None:
        usual = self._corpus.whole_size
        near = _Field(self._near, [passage.near for passage in passages], K1_WORDS)
        for passage, here in zip(passages, found, strict=True):
            norm = K1_WORDS * _norm(passage.title_size + passage.size, usual)
            here["word"] = _bm25(self._words, passage.words.__getitem__, K1_WORDS, norm)
            here["near"] = near.score(passage.near)

    def _find_groups(
        self, passages: Sequence[PassageReading], found: Sequence[dict[str, float]]
    ) -> None:
        groups = _Field(self._groups, [passage.groups for passage in passages], K1_WORDS)
        for passage, here in zip(passages, found, strict=True):
            here["group"] = groups.score(passage.groups)
        texts = [line.groups for passage in passages for line in passage.lines]
        if self._ones:
            of_lines = _Field(self._groups, texts, K1)
            _find_best(passages, found, name="group_line", score=of_lines.score)
            return
        _find_best(passages, found, name="pair_line", score=_Together(self._groups, texts).score)
        pairs = _Field(self._pairs, [passage.title_pairs for passage in passages], K1_WORDS)
        for passage, here in zip(passages, found, strict=True):
            here["pair_title"] = pairs.score(passage.title_pairs)


def _find_best(
    passages: Sequence[PassageReading],
    found: Sequence[dict[str, float]],
    *,
    name: str,
    score: Callable[[Counts], float],
) -> None:
    """The best line of each passage by its groups."""
    for passage, here in zip(passages, found, strict=True):
        here[name] = max((score(line.groups) for line in passage.lines), default=0.0)


class _Together:
    """Groups of the question that stand by twos in one line: the cosine of line and question, a
    rare two worth more."""

    def __init__(self, asked: Mapping[str, float], texts: Sequence[Counts]) -> None:
        self._asked = asked.keys()
        spread: Counter[tuple[str, str]] = Counter()
        for text in texts:
            spread.update(self._shared(text))
        self._worth = {
            two: (1 + math.log((1 + len(texts)) / (1 + spread[two]))) ** 2
            for two in combinations(sorted(asked), 2)
        }
        self._size = math.sqrt(sum(self._worth.values()))

    def score(self, text: Counts) -> float:
        """How much of both is in both."""
        shared = sum(self._worth[two] for two in self._shared(text))
        return shared / self._size / math.sqrt(math.comb(len(text), 2)) if shared else 0.0

    def _shared(self, text: Counts) -> Iterable[tuple[str, str]]:
        return combinations(sorted(self._asked & text.keys()), 2)


class _Field:
    """BM25 whose statistics come from the passages at hand: for what no index counts."""

    def __init__(self, asked: Mapping[str, float], texts: Sequence[Counts], k1: float) -> None:
        self._k1 = k1
        spread: Counter[str] = Counter()
        size = 0
        for text in texts:
            spread.update(asked.keys() & text.keys())
            size += sum(text.values())
        self._size = size / max(1, len(texts))
        self._asked = {
            token: worth * _rarity(len(texts), spread[token])
            for token, worth in asked.items()
            if spread[token]
        }

    def score(self, there: Counts) -> float:
        """How well one of these texts answers."""
        if self._asked.keys().isdisjoint(there):
            return 0.0
        norm = self._k1 * _norm(sum(there.values()), self._size)
        return _bm25(self._asked, there.__getitem__, self._k1, norm)


def _norm(size: float, usual: float) -> float:
    return 1 - B + B * size / max(1.0, usual)


def _asked(counts: Counts) -> dict[str, float]:
    """What each token is worth that is asked so many times."""
    return {token: 2.0 * count / (count + 1) for token, count in counts.items()}


def _weighed(asked: Mapping[str, float], rarity: Callable[[str], float]) -> dict[str, float]:
    return {token: worth * rarity(token) for token, worth in asked.items()}


def _bm25(
    asked: Mapping[str, float], count_of: Callable[[str], int], k1: float, norm: float
) -> float:
    """The sum over what is asked, each token with its worth; `norm` holds `k1` already."""
    total = 0.0
    for token, worth in asked.items():
        count = count_of(token)
        if count:
            total += worth * count / (count + norm)
    return total * (k1 + 1)


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
