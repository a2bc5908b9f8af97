"""Words that mean one thing: what customers say beside what articles write."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import yaml

from core.errors import ContentError, ContentFault
from core.plain_yaml import load_plain
from knowledge.words import folded, stems

_HAN = re.compile(r"[\u3400-\u9fff]")
_SHIPPED = ("concepts", "lexicon")
_LANGUAGES = ("zh", "en")
_COMPANY = "lexicon.yaml"


@dataclass(frozen=True)
class Lexicon:
    """Groups of words. `read` names the groups a folded text touches; `spoken` are further words
    of a group that count in questions only; `version` changes with the words."""

    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    version: str = ""
    spoken: Mapping[str, Sequence[str]] = field(default_factory=dict)

    # Built when the first text is read: many a command never reads one.
    @cached_property
    def _written(self) -> _Finder:
        return _Finder(self._tokens(self.groups))

    @cached_property
    def _asked(self) -> _Finder:
        return _Finder([*self._tokens(self.groups), *self._tokens(self.spoken)])

    def _tokens(self, words: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
        names = {name: at for at, name in enumerate(dict.fromkeys([*self.groups, *self.spoken]))}
        return [(f"k{names[name]}", word) for name, many in words.items() for word in many]

    def read(self, text: str, stemmed: Sequence[str], *, asked: bool = False) -> list[str]:
        """A token for every group that a folded text with these stems touches, each time; a
        question (`asked`) may touch it with spoken words too."""
        return (self._asked if asked else self._written).find(text, stemmed)


class _Finder:
    """Finds words in texts: Chinese ones as they stand, the longest first, others by stems.

    A word of which a group lists several forms is at its core and counts as often."""

    def __init__(self, words: Sequence[tuple[str, str]]) -> None:
        han: dict[str, list[str]] = {}
        latin: dict[tuple[str, ...], list[str]] = {}
        for token, plain in dict.fromkeys((token, folded(word)) for token, word in words):
            if _HAN.search(plain):
                han.setdefault(plain, []).append(token)
            elif stemmed := tuple(stems(plain)):
                latin.setdefault(stemmed, []).append(token)
        longest_first = sorted(map(re.escape, han), key=len, reverse=True)
        self._han, self._latin = han, latin
        self._pattern = re.compile("|".join(longest_first)) if han else None
        self._longest: dict[str, int] = {}
        for first, *rest in latin:
            self._longest[first] = max(self._longest.get(first, 0), 1 + len(rest))

    def find(self, text: str, stemmed: Sequence[str]) -> list[str]:
        found: list[str] = []
        if self._pattern is not None:
            for match in self._pattern.finditer(text):
                found += self._han[match[0]]
        for at, first in enumerate(stemmed):
            for size in range(1, self._longest.get(first, 0) + 1):
                found += self._latin.get(tuple(stemmed[at : at + size]), ())
        return found


def open_lexicon(content_dir: Path | None = None) -> Lexicon:
    """The shipped words, and the company's own `zh/lexicon.yaml` and `en/lexicon.yaml`.

    Raises ContentError where a company's file is none.
    """
    groups: dict[str, list[str]] = {}
    spoken: dict[str, list[str]] = {}
    texts: list[str] = []
    for place, label in _sources(content_dir):
        text = place.read_text(encoding="utf-8")
        texts.append(text)
        broad = place.name.startswith(_SHIPPED[0])
        for formal, said in _entries(text, label).items():
            groups.setdefault(formal, [formal])
            (groups[formal] if broad else spoken.setdefault(formal, [])).extend(said)
    version = hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
    return Lexicon(groups, version, spoken)


def _sources(content_dir: Path | None) -> Iterable[tuple[Traversable, str]]:
    data = files("knowledge.data")
    for stem_ in _SHIPPED:
        for language in _LANGUAGES:
            place = data.joinpath(f"{stem_}.{language}.yaml")
            if place.is_file():
                yield place, place.name
    for language in _LANGUAGES if content_dir is not None else ():
        assert content_dir is not None
        path = content_dir / language / _COMPANY
        if path.is_file():
            yield path, str(path)


def _entries(text: str, label: str) -> Mapping[str, list[str]]:
    try:
        read = load_plain(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        raise ContentError([ContentFault(label, line, "YAML")]) from error
    entries = read.get("entries") if isinstance(read, dict) else None
    if not isinstance(entries, dict):
        raise ContentError([ContentFault(label, 1, "entries: {word: [other words]}")])
    found: dict[str, list[str]] = {}
    for formal, said in entries.items():
        if not isinstance(said, list):
            raise ContentError([ContentFault(label, 1, f"{formal}: [ … ]")])
        found[str(formal)] = [str(one) for one in said]
    return found
