"""What trainees say about the simulation, by theme: by examples first, by likeness for the rest.

Everything can be explained: a remark shares words with a theme's examples, a group of the rest
shares character pairs with its oldest remark.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from core.domain.remark import Remark, RemarkAnswer
from core.plain_yaml import load_plain
from core.services.by_example import Examples

ALIKE = 0.35
"""Cosine of character pairs from which two remarks say the same."""
OTHER = "other"
SURE, LEAD = 4.0, 2.0
"""A remark is filed where its log odds are so high, and so far above the next theme's."""
SAID_SIGNS = 6
"""So many signs are named as having filed a remark where it is."""


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


@cache
def _themes() -> tuple[Examples, Mapping[str, str]]:
    """The examples of the data file by theme, and what each theme is about."""
    source = files("core.services.data").joinpath("themes.yaml")
    raw = load_plain(source.read_text(encoding="utf-8"))
    examples = Examples({name: [*entry["zh"], *entry["en"]] for name, entry in raw.items()})
    return examples, {name: str(entry["about"]) for name, entry in raw.items()}


def theme_of(text: str) -> tuple[str, str, tuple[str, ...]] | None:
    """The theme whose examples a text is most like, what that is about, and the words that spoke
    for it most; None where it is like none of them."""
    examples, about = _themes()
    weights = examples.weights(text)
    if not weights:
        return None
    sums = [math.fsum(column) for column in zip(*weights.values(), strict=True)]
    second, best = sorted(sums)[-2:]
    at = sums.index(best)
    theme = examples.kinds[at]
    if best < SURE or best - second < LEAD or about[theme] == OTHER:
        return None
    words = _strongest(text, {sign: row[at] for sign, row in weights.items()})
    return theme, about[theme], words


def _strongest(text: str, weights: Mapping[str, float]) -> tuple[str, ...]:
    """The words that speak for a theme most, as they stand in the text; what overlaps is one."""
    signs = [sign for sign, weight in weights.items() if len(sign) > 1 and weight > 0.0]
    signs.sort(key=lambda sign: (-weights[sign], sign))
    plain = text.lower()
    covered: set[int] = set()
    for sign in signs[:SAID_SIGNS]:
        at = plain.find(sign)
        covered.update(range(at, at + len(sign)) if at >= 0 else ())
    shown = "".join(char if at in covered else "\n" for at, char in enumerate(plain))
    return tuple(dict.fromkeys(filter(None, shown.split("\n"))))


def clustered(remarks: Sequence[tuple[Remark, RemarkAnswer | None]]) -> list[Themed]:
    """All remarks by theme, the largest group first; each remark is in one group."""
    by_theme: dict[str, list[tuple[Remark, RemarkAnswer | None]]] = {}
    words: dict[str, Counter[str]] = {}
    about: dict[str, str] = {}
    rest: list[tuple[Remark, RemarkAnswer | None]] = []
    for one in remarks:
        found = theme_of(one[0].text)
        if found is None:
            rest.append(one)
            continue
        theme, about[theme], hits = found
        by_theme.setdefault(theme, []).append(one)
        words.setdefault(theme, Counter()).update(hits)
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
