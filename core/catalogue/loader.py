"""Reads the catalogues once; a sentence is a template filled with facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from string import Formatter

from core.plain_yaml import load_plain

LANGUAGES = ("zh", "en")
"""The languages spoken, the default first."""


def say(language: str, key: str, /, **facts: object) -> str:
    """The sentence under `key` (dotted, such as `end.solved`) with `facts` put in.

    An unknown language is answered in the default one. KeyError for an unknown key or a fact
    that the sentence needs and did not get.
    """
    sentence = _catalogue(language)[key]
    return sentence.format(**facts) if facts or "{" in sentence else sentence


def has(language: str, key: str) -> bool:
    """Whether there are words under `key`."""
    return key in _catalogue(language)


def keys(language: str) -> frozenset[str]:
    """All keys of one language."""
    return frozenset(_catalogue(language))


def needs(language: str, key: str) -> frozenset[str]:
    """The names of the facts that the sentence under `key` puts in."""
    return frozenset(name for _, name, _, _ in Formatter().parse(_catalogue(language)[key]) if name)


def _catalogue(language: str) -> Mapping[str, str]:
    return _load(language if language in LANGUAGES else LANGUAGES[0])


@cache
def _load(language: str) -> Mapping[str, str]:
    text = files("core.catalogue").joinpath(f"{language}.yaml").read_text(encoding="utf-8")
    return dict(_flat(load_plain(text)))


def _flat(tree: Mapping[str, object], path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        key = f"{path}{name}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{key}.")
        else:
            yield key, str(value)
