"""What trainees say about the simulation, by theme: words first, likeness for the rest.

Everything can be explained: a theme is a list of words, a group of the rest is what shares
character pairs with its oldest remark.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from core.domain.remark import Remark, RemarkAnswer
from core.plain_yaml import load_plain

ALIKE = 0.35
"""Cosine of character pairs from which two remarks say the same."""
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme of the word list; `about` is realism, score, hint or product."""

    id: str
    about: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Themed:
    """Remarks that say the same, newest first. `about` and `words` say why they are together;
    `id` is a theme's, or `other-N` with the id of the oldest remark of a group without one."""

    id: str
    about: str
    words: tuple[str, ...]
    remarks: tuple[tuple[Remark, RemarkAnswer | None], ...]

    @property
    def open(self) -> int:
        """How many have no answer yet."""
        return sum(answer is None for _, answer in self.remarks)


@lru_cache(maxsize=1)
def themes() -> tuple[Theme, ...]:
    """The themes of the data file, in its order."""
    source = files("core.services.data").joinpath("themes.yaml")
    raw = load_plain(source.read_text(encoding="utf-8"))
    return tuple(
        Theme(name, str(entry["about"]), tuple(str(word) for word in entry["words"]))
        for name, entry in raw.items()
    )


def theme_of(text: str) -> tuple[Theme | None, tuple[str, ...]]:
    """The theme a text holds most words of (the first of several), and those words."""
    plain = text.lower()
    found = [(theme, tuple(w for w in theme.words if w in plain)) for theme in themes()]
    best = max(found, key=lambda pair: sum(map(len, pair[1])), default=None)
    return (best[0], best[1]) if best and best[1] else (None, ())


def clustered(remarks: Sequence[tuple[Remark, RemarkAnswer | None]]) -> list[Themed]:
    """All remarks by theme, the largest group first; each remark is in one group."""
    by_theme: dict[str, list[tuple[Remark, RemarkAnswer | None]]] = {}
    words: dict[str, Counter[str]] = {}
    about: dict[str, str] = {}
    rest: list[tuple[Remark, RemarkAnswer | None]] = []
    for one in remarks:
        theme, hits = theme_of(one[0].text)
        if theme is None:
            rest.append(one)
            continue
        by_theme.setdefault(theme.id, []).append(one)
        words.setdefault(theme.id, Counter()).update(hits)
        about[theme.id] = theme.about
    groups = [
        Themed(name, about[name], tuple(w for w, _ in words[name].most_common(4)), tuple(those))
        for name, those in by_theme.items()
    ]
    groups += _alike(rest)
    return sorted(groups, key=lambda group: (-len(group.remarks), group.id))


def _alike(rest: Sequence[tuple[Remark, RemarkAnswer | None]]) -> list[Themed]:
    """Leaders in the order of time: a remark joins the first one it is like enough."""
    leaders: list[tuple[Counter[str], list[tuple[Remark, RemarkAnswer | None]]]] = []
    for one in sorted(rest, key=lambda pair: pair[0].id):
        pairs = _pairs(one[0].text)
        for leader, members in leaders:
            if _cosine(leader, pairs) >= ALIKE:
                members.append(one)
                break
        else:
            leaders.append((pairs, [one]))
    return [
        Themed(f"{OTHER}-{members[0][0].id}", OTHER, (), tuple(reversed(members)))
        for _, members in leaders
    ]


def _pairs(text: str) -> Counter[str]:
    plain = "".join(char for char in text.lower() if char.isalnum())
    return Counter(plain[at : at + 2] for at in range(max(1, len(plain) - 1)))


def _cosine(a: Mapping[str, int], b: Mapping[str, int]) -> float:
    dot = sum(count * b.get(pair, 0) for pair, count in a.items())
    lengths = math.sqrt(sum(c * c for c in a.values()) * sum(c * c for c in b.values()))
    return dot / lengths if lengths else 0.0
