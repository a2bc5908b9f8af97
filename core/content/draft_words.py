"""The words a draft is read and filled in with, by language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from core.plain_yaml import load_plain

_LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class DraftWords:
    """One language; `ways` are templates by what they fill in, the first one the likeliest."""

    customer: tuple[str, ...]
    clerk: tuple[str, ...]
    separator: str
    question: tuple[str, ...]
    wish: tuple[str, ...]
    help: tuple[str, ...]
    refuse: tuple[str, ...]
    strip: tuple[str, ...]
    stop: tuple[str, ...]
    amount: str
    time: str
    identity: Mapping[str, str]
    identity_value: str
    industries: Mapping[str, tuple[str, ...]]
    ways: Mapping[str, tuple[str, ...]]
    policy: Mapping[str, tuple[str, ...]]
    personas: tuple[str, ...]
    emotions: tuple[str, ...]

    def joined(self, parts: tuple[str, ...] | list[str]) -> str:
        """Several entries as one answer, each once."""
        return self.separator.join(dict.fromkeys(part for part in parts if part))

    def parts(self, text: str) -> list[str]:
        """The entries of one answer; both kinds of semicolon part them."""
        return list(dict.fromkeys(part.strip() for part in re.split("[;；]", text) if part.strip()))

    def filled(self, way: str, **facts: str) -> tuple[str, ...]:
        """The templates of `way` with these facts in them."""
        return tuple(template.format(**facts) for template in self.ways[way])

    def wordings(self, line: str) -> tuple[str, ...]:
        """Ways to recognise a sentence: of each clause two words that say something."""
        found = []
        for clause in re.split(r"[，。；！？,;!?]|\. |\.$", line):
            words = self._telling(clause)
            found.append(" + ".join(words[:2]))
        return tuple(dict.fromkeys(one for one in found if one))[:8] or (line,)

    def _telling(self, clause: str) -> list[str]:
        if re.search(r"[\u4e00-\u9fff]", clause):
            stops = "|".join(map(re.escape, sorted(self.stop, key=len, reverse=True)))
            return [part for part in re.split(rf"{stops}|[\s、：]", clause) if len(part) > 1]
        words = [word.strip("\"'():") for word in clause.split()]
        return [word for word in words if word.casefold() not in self.stop and len(word) > 1]


@cache
def draft_words(language: str) -> DraftWords:
    """The words of `language`; an unknown one is Chinese."""
    known = language if language in _LANGUAGES else _LANGUAGES[0]
    source = files("core.content.data").joinpath(f"drafting.{known}.yaml")
    raw: dict[str, Any] = load_plain(source.read_text(encoding="utf-8"))
    for key in ("industries", "ways", "policy"):
        raw[key] = {name: tuple(words) for name, words in raw[key].items()}
    plain: dict[str, Any] = {
        k: tuple(map(str, v)) if isinstance(v, list) else v for k, v in raw.items()
    }
    return DraftWords(**plain)
