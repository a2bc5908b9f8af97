"""English words in the one form they are compared in: contractions taken apart, irregular forms
(took, children) and British spelling made common, then the stem."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from core.plain_yaml import load_plain

_BRITISH = re.compile(r"(?<=[a-z]{4})is(?=(?:e|ed|es|er|ing|ation)$)")


@lru_cache(maxsize=50_000)
def stems_of(word: str) -> tuple[str, ...]:
    """The stems of one small word; two of a contraction whose apostrophe is gone ("didnt"). Other
    Latin words change little."""
    forms, short = _words()
    stem = _stemmer().stemWord
    return tuple(
        str(stem(_BRITISH.sub("iz", forms.get(part, part))))
        for part in short.get(word, word).split()
    )


@cache
def _words() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Irregular form -> common form; contraction -> its two words."""
    read = load_plain(files("knowledge.data").joinpath("english.yaml").read_bytes())
    forms = {form: common for common, others in read["forms"].items() for form in others}
    return forms, read["short"]


@cache
def _stemmer() -> Any:  # noqa: ANN401  (the library ships no types)
    import snowballstemmer

    return snowballstemmer.stemmer("english")
