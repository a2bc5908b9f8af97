"""What of a talk speaks for its customer's satisfaction: character n-grams by who wrote them and
where, signs and lengths by place, counts, waiting times, and pairs of these. Single customer
messages (`message`) and sentences on their own (`manner`) have features of their own.

In the trainee's view no customer text is read; that a customer turn stands somewhere is.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import groupby, pairwise
from typing import TypeAlias, cast

from core.domain.dialogue import Speaker, Turn
from core.domain.messages import Json
from core.learned.manner import SENTENCE_WEIGHTS, manner, sentence_texts
from core.learned.message import MESSAGE_WEIGHTS, message_facts, message_texts
from core.learned.predict import character_grams
from core.learned.signs import signs

SHORTEST, LONGEST = 1, 3
TAIL, HEAD = 12, 8
"""Characters of the trainee's last words and of a last turn's first ones."""

RECENT = 4
"""Turns of each side that count as all of them when one customer turn is judged."""

FURTHEST = 4.0
"""A fact counts as no further from its mean than so many standard deviations."""


class View(StrEnum):
    """Whose turns may be read."""

    BOTH = "both"
    TRAINEE = "trainee"


class Reads(StrEnum):
    """What a judge was learned from, and so how it reads."""

    TALKS = "talks"
    MESSAGES = "messages"
    SENTENCES = "sentences"


Block: TypeAlias = tuple[Turn, ...]
"""Turns of one side in a row."""

# How much each field counts beside the others, found by cross-validation.
WEIGHTS: Mapping[View, Mapping[str, float]] = {
    View.BOTH: {
        "t_last": 1.0,
        "t_all": 1.0,
        "c_last": 0.8,
        "c_late": 2.0,
        "c_all": 1.0,
        "end": 1.0,
        "c_end": 1.2,
        "c_head": 0.6,
        "facts": 0.4,
        "pairs": 0.6,
    },
    View.TRAINEE: {
        "t_last": 2.0,
        "t_first": 1.0,
        "t_all": 1.0,
        "t_tail": 0.3,
        "t_head": 0.3,
        "t_answered": 1.0,
        "facts": 0.12,
        "pairs": 0.3,
    },
}

_LONGEST_COUNTED = 8


@dataclass(frozen=True, slots=True)
class Features:
    """Column -> value, and the part of a value that one turn brought: (turn, column) -> value.
    Counts and pairs belong to no turn."""

    values: Mapping[int, float]
    shares: Mapping[tuple[int, int], float]


@dataclass(frozen=True, slots=True)
class Slice:
    """A talk, or its part up to a customer turn, as the fields see it."""

    blocks: tuple[Block, ...]
    asked: bool
    """Whether one customer turn is judged instead of the whole talk."""

    def of(self, speaker: Speaker) -> tuple[Block, ...]:
        """This side's blocks, only the recent ones where one turn is judged."""
        found = tuple(block for block in self.blocks if block[0].speaker is speaker)
        return found[-RECENT:] if self.asked else found

    @property
    def single(self) -> bool:
        """Whether the whole talk is one turn, a sentence on its own."""
        return not self.asked and sum(map(len, self.blocks)) == 1

    @property
    def answered(self) -> bool:
        """Whether the customer has the last word."""
        return bool(self.blocks) and self.blocks[-1][0].speaker is Speaker.CUSTOMER


def cut(turns: Sequence[Turn], *, upto: int | None = None) -> Slice:
    """All turns, those of one side in a row taken together; or single turns to number `upto`."""
    if upto is not None:
        return Slice(tuple((turn,) for turn in turns if turn.seq <= upto), asked=True)
    rows = groupby(turns, key=lambda turn: turn.speaker)
    return Slice(tuple(tuple(row) for _, row in rows), asked=False)


def texts(found: Slice, view: View) -> dict[str, list[tuple[int, str]]]:
    """Field -> the pieces of text in it, each with the number of its turn."""
    mine, theirs = found.of(Speaker.TRAINEE), found.of(Speaker.CUSTOMER)
    last = _pieces(mine[-1:])
    if view is View.TRAINEE:
        return {
            "t_last": last,
            "t_first": _pieces(mine[:1]),
            "t_all": _pieces(mine),
            "t_tail": [(turn, text[-TAIL:]) for turn, text in last[-1:]],
            "t_head": [(turn, text[:HEAD]) for turn, text in last[:1]],
            "t_answered": last if found.answered else [],
        }
    later = theirs[-1:] if len(theirs) > 1 or found.asked else ()
    return {
        "t_last": last,
        "t_all": _pieces(mine),
        "c_last": _pieces(later),
        "c_late": _pieces(theirs[1:]),
        "c_all": _pieces(theirs),
        "end": _pieces(found.blocks[-1:]) if not found.asked else _pieces(theirs[-2:-1]),
        "c_end": _pieces(theirs[-1:]) if found.answered else [],
        "c_head": [(turn, text[:HEAD]) for turn, text in _pieces(later)[:1]],
    }


def _pieces(blocks: Sequence[Block]) -> list[tuple[int, str]]:
    return [(turn.seq, turn.text) for block in blocks for turn in block]


def facts(found: Slice, view: View) -> list[tuple[int, float]]:
    """Numbers of a talk in a fixed order, each with the turn it belongs to (0: to none)."""
    mine, theirs = found.of(Speaker.TRAINEE), found.of(Speaker.CUSTOMER)
    numbers = [*_signs(mine[-1:]), *_signs(mine), *_signs(mine[:1])]
    counts = [len(mine) == count for count in range(4)]
    if view is View.BOTH:
        numbers += [*_signs(theirs[-1:]), *_signs(theirs[:1]), *_signs(theirs[1:])]
        size = len(found.blocks)
        counts += [size == count for count in range(2, _LONGEST_COUNTED)]
        counts += [found.answered, len(theirs) > 1]
        counts += [size == count and found.answered for count in range(2, _LONGEST_COUNTED)]
    return numbers + [(0, float(count)) for count in counts] + _waits(found.blocks)


def _signs(blocks: Sequence[Block]) -> list[tuple[int, float]]:
    text = "\n".join(turn.text for block in blocks for turn in block)
    owner = blocks[0][-1].seq if len(blocks) == 1 else 0
    return [(owner, sign) for sign in signs(text)]


def _waits(blocks: Sequence[Block]) -> list[tuple[int, float]]:
    """The longest and the last wait for the trainee's answer, in log seconds; 0 without times."""
    waits = [
        max(0.0, later[0].at_s - earlier[-1].at_s)
        for earlier, later in pairwise(blocks)
        if later[0].speaker is Speaker.TRAINEE
    ]
    if not waits:
        return [(0, 0.0), (0, 0.0)]
    return [(0, math.log1p(max(waits))), (0, math.log1p(waits[-1]))]


def _read(
    found: Slice, view: View, reads: Reads
) -> tuple[dict[str, list[tuple[int, str]]], list[tuple[int, float]]]:
    """The pieces of text by field, and the numbers."""
    if reads is Reads.MESSAGES:
        pieces = _pieces(found.of(Speaker.CUSTOMER))
        return message_texts(pieces), message_facts(pieces)
    if reads is Reads.SENTENCES:
        pieces = _pieces(found.blocks if view is View.BOTH else found.of(Speaker.TRAINEE))
        return sentence_texts(pieces), manner(pieces)
    return texts(found, view), facts(found, view)


def _weights(view: View, reads: Reads) -> Mapping[str, float]:
    if reads is Reads.TALKS:
        return WEIGHTS[view]
    return MESSAGE_WEIGHTS if reads is Reads.MESSAGES else SENTENCE_WEIGHTS


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The n-grams of one field with their inverse document frequencies."""

    grams: tuple[str, ...]
    idf: tuple[float, ...]


@dataclass(frozen=True)
class Space:
    """The columns: every field's n-grams, the facts, and their pairs, in this order."""

    view: View
    fields: Mapping[str, Vocabulary]
    means: tuple[float, ...]
    spreads: tuple[float, ...]
    reads: Reads = Reads.TALKS

    @property
    def fact_columns(self) -> range:
        """The columns of the facts; the n-grams stand before them, the pairs behind."""
        start = sum(len(words.grams) for words in self.fields.values())
        return range(start, start + len(self.means))

    @property
    def width(self) -> int:
        """How many columns there are."""
        size = len(self.means)
        return self.fact_columns.stop + size * (size + 1) // 2

    @cached_property
    def _columns(self) -> Mapping[str, Mapping[str, tuple[int, float]]]:
        found, start = {}, 0
        for name, words in self.fields.items():
            found[name] = {
                gram: (start + at, idf)
                for at, (gram, idf) in enumerate(zip(words.grams, words.idf, strict=True))
            }
            start += len(words.grams)
        return found

    @cached_property
    def _scale(self) -> Mapping[str, float]:
        weights = _weights(self.view, self.reads)
        total = sum(weights.values())
        return {name: math.sqrt(weight / total) for name, weight in weights.items()}

    def features(self, turns: Sequence[Turn], *, upto: int | None = None) -> Features:
        """The talk, or its part up to a customer turn, in these columns."""
        words, numbers = _read(cut(turns, upto=upto), self.view, self.reads)
        values: dict[int, float] = {}
        shares: dict[tuple[int, int], float] = defaultdict(float)
        for name, pieces in words.items():
            values.update(self._words(name, pieces, shares))
        values.update(self._numbers(numbers, shares))
        return Features(values, shares)

    def _words(
        self, name: str, pieces: Sequence[tuple[int, str]], shares: dict[tuple[int, int], float]
    ) -> dict[int, float]:
        columns = self._columns[name]
        counts: Counter[str] = Counter()
        by_turn: list[tuple[int, Counter[str]]] = []
        for turn, text in pieces:
            held = Counter(
                gram for gram in character_grams(text, SHORTEST, LONGEST) if gram in columns
            )
            by_turn.append((turn, held))
            counts += held
        raw = {gram: (1.0 + math.log(count)) * columns[gram][1] for gram, count in counts.items()}
        norm = math.sqrt(sum(value * value for value in raw.values())) or 1.0
        unit = self._scale[name] / norm
        for turn, held in by_turn:
            for gram, count in held.items():
                shares[turn, columns[gram][0]] += unit * raw[gram] * count / counts[gram]
        return {columns[gram][0]: unit * value for gram, value in raw.items()}

    def _numbers(
        self, found: Sequence[tuple[int, float]], shares: dict[tuple[int, int], float]
    ) -> Iterator[tuple[int, float]]:
        size, start = len(self.means), self.fact_columns.start
        unit, pair = self._scale["facts"] / math.sqrt(size), self._scale["pairs"] / size
        standard = [
            max(-FURTHEST, min(FURTHEST, (value - mean) / spread))
            for (_, value), mean, spread in zip(found, self.means, self.spreads, strict=True)
        ]
        for at, ((turn, _), value) in enumerate(zip(found, standard, strict=True)):
            if turn:
                shares[turn, start + at] += unit * value
            yield start + at, unit * value
        at = start + size
        for left in range(size):
            for right in range(left, size):
                double = 1.0 if left == right else math.sqrt(2.0)
                yield at, pair * double * standard[left] * standard[right]
                at += 1

    def data(self) -> dict[str, Json]:
        """The file form."""
        words: dict[str, Json] = {
            name: {"grams": list(one.grams), "idf": [round(value, 4) for value in one.idf]}
            for name, one in self.fields.items()
        }
        return {
            "view": self.view.value,
            "reads": self.reads.value,
            "fields": words,
            "means": [round(value, 6) for value in self.means],
            "spreads": [round(value, 6) for value in self.spreads],
        }

    @classmethod
    def of(cls, data: Mapping[str, Json]) -> Space:
        """The columns of a file form; older files only tell whether they read sentences."""
        older = Reads.SENTENCES if data.get("sentences") else Reads.TALKS
        written = cast(dict[str, dict[str, list[str]]], data["fields"])
        return cls(
            view=View(cast(str, data["view"])),
            fields={
                name: Vocabulary(tuple(one["grams"]), tuple(map(float, one["idf"])))
                for name, one in written.items()
            },
            means=tuple(cast(list[float], data["means"])),
            spreads=tuple(cast(list[float], data["spreads"])),
            reads=Reads(cast(str, data.get("reads", older))),
        )


def learn_space(slices: Sequence[Slice], view: View, *, seen_in: int = 2) -> Space:
    """The n-grams that `seen_in` of these talks hold, and the mean and spread of each fact."""
    reads = _reads(slices, view)
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    rows = []
    for one in slices:
        words, numbers = _read(one, view, reads)
        for name, pieces in words.items():
            grams = (
                gram for _, text in pieces for gram in character_grams(text, SHORTEST, LONGEST)
            )
            seen[name].update(set(grams))
        rows.append([value for _, value in numbers])
    known = 0 if reads is Reads.MESSAGES else len(slices)
    fields = {
        name: _vocabulary(counts, seen_in=seen_in, texts=known) for name, counts in seen.items()
    }
    columns = list(zip(*rows, strict=True))
    means = [math.fsum(column) / len(column) for column in columns]
    spreads = [
        math.sqrt(math.fsum((value - mean) ** 2 for value in column) / len(column)) + 1e-6
        for column, mean in zip(columns, means, strict=True)
    ]
    return Space(view, fields, tuple(means), tuple(spreads), reads)


def _reads(slices: Sequence[Slice], view: View) -> Reads:
    if all(one.single for one in slices):
        return Reads.SENTENCES
    if view is View.BOTH and all(one.asked for one in slices):
        return Reads.MESSAGES
    return Reads.TALKS


def _vocabulary(seen: Mapping[str, int], *, seen_in: int, texts: int) -> Vocabulary:
    """Rare n-grams count more where the `texts` are talks; 0 texts: all count alike, for the words
    that tell the mood of a short message are the common ones."""
    kept = sorted(gram for gram, count in seen.items() if count >= seen_in)
    idf = [math.log((1 + texts) / (1 + seen[gram])) + 1.0 if texts else 1.0 for gram in kept]
    return Vocabulary(tuple(kept), tuple(idf))
