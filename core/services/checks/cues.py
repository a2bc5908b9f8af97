"""Signs in customers' lines, for talks whose mood nobody kept."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from core.plain_yaml import load_plain
from core.services.by_example import Examples

_LANGUAGES = ("zh", "en")
UNHAPPY_HEAT = 0.5
FURIOUS_HEAT = 0.75
CALM_HEAT = 0.2
SURELY_UPSET = 20.0
"""Log odds from which a message without any of the words counts as upset. High: who is wrongly
taken for upset costs the trainee the marks for an answer to it."""


@dataclass(frozen=True, slots=True)
class Cues:
    """Lower-case substrings: what a customer thinks; `cuts_off`: a trainee who interrupts.

    `plain` holds such a word and means none of it ("投诉电话"). `fillers` stand before what a
    customer says, `tags` after it; neither says anything."""

    unhappy: tuple[str, ...]
    furious: tuple[str, ...]
    plain: tuple[str, ...]
    no: tuple[str, ...]
    thanks: tuple[str, ...]
    cuts_off: tuple[str, ...]
    fillers: tuple[str, ...]
    tags: tuple[str, ...]

    def heat(self, text: str) -> float:
        """A rough heat 0..1 of one customer line: by its words, else by whom it sounds like."""
        lowered = text.lower()
        for word in self.plain:
            lowered = lowered.replace(word, " ")
        if holds(lowered, self.furious):
            return FURIOUS_HEAT
        upset = holds(lowered, self.unhappy) or _sounds_upset(lowered)
        return UNHAPPY_HEAT if upset else CALM_HEAT


@cache
def _moods() -> Examples:
    """Calm and upset messages."""
    source = files("core.services.data").joinpath("moods.yaml")
    return Examples(load_plain(source.read_text(encoding="utf-8")))


def _sounds_upset(text: str) -> bool:
    upset = _moods().kinds.index("upset")
    return math.fsum(row[upset] for row in _moods().weights(text).values()) >= SURELY_UPSET


@cache
def cues_of(language: str) -> Cues:
    """The cues of one language; Chinese where the language is unknown."""
    known = language if language in _LANGUAGES else "zh"
    source = files("core.services.data").joinpath(f"cues.{known}.yaml")
    raw: dict[str, list[str]] = load_plain(source.read_text(encoding="utf-8"))
    return Cues(**{key: tuple(str(word) for word in words) for key, words in raw.items()})


def holds(text: str, words: tuple[str, ...]) -> bool:
    """Whether `text` holds any of the words."""
    lowered = text.lower()
    return any(word in lowered for word in words)


def asks(text: str) -> bool:
    """Whether a line is a question, as customers write them."""
    ends = ("?", "？", "吗", "呢", "么", "没有啊", "怎么办", "行不行", "多久", "什么时候")
    return "?" in text or "？" in text or text.rstrip("。.!！~ ").endswith(ends)
