"""Small linear models over character n-grams: JSON weights in, probabilities out, no library.

TF-IDF of character n-grams (sublinear counts, unit length), one logistic regression per label,
each with a sigmoid on top that was fitted on held-out folds (Platt), so that .8 means .8.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from core.domain.messages import Json

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Line:
    """One label's line: a weight for each n-gram of the vocabulary, bias, and the sigmoid's slope
    and offset (probability = 1 / (1 + exp(slope * score + offset)))."""

    weights: tuple[float, ...]
    bias: float
    slope: float
    offset: float


@dataclass(frozen=True)
class TextModel:
    """Label -> line over one vocabulary of n-grams with their inverse document frequencies."""

    shortest: int
    longest: int
    grams: tuple[str, ...]
    idf: tuple[float, ...]
    lines: Mapping[str, Line]
    note: str = ""

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        return {gram: at for at, gram in enumerate(self.grams)}

    def vector(self, text: str) -> dict[int, float]:
        """The text as position -> weight, of unit length; empty when nothing is known."""
        counts = Counter(
            at
            for gram in character_grams(text, self.shortest, self.longest)
            if (at := self._positions.get(gram)) is not None
        )
        raw = {at: (1.0 + math.log(count)) * self.idf[at] for at, count in counts.items()}
        norm = math.sqrt(sum(value * value for value in raw.values()))
        return {at: value / norm for at, value in raw.items()} if norm else {}

    def probabilities(self, text: str, labels: Collection[str] = ()) -> dict[str, float]:
        """Label -> probability 0..1, each label on its own (several may hold); of `labels`, if any
        are given."""
        vector = self.vector(text)
        return {label: _probability(self.lines[label], vector) for label in labels or self.lines}


def character_grams(text: str, shortest: int, longest: int) -> list[str]:
    """All runs of `shortest` to `longest` characters of the lower-cased text."""
    plain = text.lower()
    return [
        plain[at : at + size]
        for size in range(shortest, longest + 1)
        for at in range(len(plain) - size + 1)
    ]


def save(model: TextModel, path: Path) -> None:
    """Write the model as JSON, weights to four digits."""
    data: dict[str, Json] = {
        "format": FORMAT,
        "note": model.note,
        "shortest": model.shortest,
        "longest": model.longest,
        "grams": list(model.grams),
        "idf": [round(value, 4) for value in model.idf],
        "lines": {
            label: {
                "weights": [round(value, 4) for value in line.weights],
                "bias": round(line.bias, 4),
                "slope": round(line.slope, 4),
                "offset": round(line.offset, 4),
            }
            for label, line in model.lines.items()
        },
    }
    path.write_text(json.dumps(data, ensure_ascii=False) + "\n", encoding="utf-8")


def load(text: str) -> TextModel:
    """The model of a file's text; ValueError for a file of another format."""
    data = json.loads(text)
    if data.get("format") != FORMAT:
        raise ValueError(f"text model of format {data.get('format')!r}, not {FORMAT}")
    return TextModel(
        shortest=data["shortest"],
        longest=data["longest"],
        grams=tuple(data["grams"]),
        idf=tuple(data["idf"]),
        lines={
            label: Line(
                weights=tuple(line["weights"]),
                bias=line["bias"],
                slope=line["slope"],
                offset=line["offset"],
            )
            for label, line in data["lines"].items()
        },
        note=data["note"],
    )


def _probability(line: Line, vector: Mapping[int, float]) -> float:
    score = line.bias + sum(line.weights[at] * value for at, value in vector.items())
    return 1.0 / (1.0 + math.exp(min(60.0, line.slope * score + line.offset)))
