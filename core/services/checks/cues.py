"""Signs in customers' lines, for talks whose mood nobody kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from core.plain_yaml import load_plain

_LANGUAGES = ("zh", "en")
UNHAPPY_HEAT = 0.5
FURIOUS_HEAT = 0.75
CALM_HEAT = 0.2


@dataclass(frozen=True, slots=True)
class Cues:
    """Lower-case substrings: what a customer thinks; `cuts_off`: a trainee who interrupts.

    `fillers` stand before what a customer says, `tags` after it; neither says anything."""

    unhappy: tuple[str, ...]
    furious: tuple[str, ...]
    no: tuple[str, ...]
    thanks: tuple[str, ...]
    cuts_off: tuple[str, ...]
    fillers: tuple[str, ...]
    tags: tuple[str, ...]

    def heat(self, text: str) -> float:
        """A rough heat 0..1 of one customer line."""
        if holds(text, self.furious):
            return FURIOUS_HEAT
        return UNHAPPY_HEAT if holds(text, self.unhappy) else CALM_HEAT


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
