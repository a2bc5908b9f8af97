"""The patterns of the guards, from `data/guards.<language>.yaml`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.customer.pattern_files import DATA, compile_pattern, load_yaml
from core.errors import ContentError, ContentFault

GROUPS = (
    "agent_phrases",
    "offers",
    "leaks",
    "thanks",
    "yields",
    "ends",
    "ends_not",
    "orders",
    "injections",
    "role_labels",
    "lists",
    "markdown",
    "names",
    "past_times",
    "weekdays",
    "units",
)
LISTS = ("end_tokens", "stops", "hotlines")


@dataclass(frozen=True, slots=True)
class GuardWords:
    """The patterns of one language (`data/guards.<language>.yaml`).

    `end_tokens` are taken out of a reply, `stops` end it; `hotlines` are numbers everybody knows.
    """

    patterns: dict[str, re.Pattern[str]]
    end_tokens: tuple[str, ...]
    stops: tuple[str, ...]
    hotlines: frozenset[str]

    def hit(self, name: str, text: str) -> bool:
        """Whether any pattern of the group `name` is found in `text` (normal form)."""
        return self.patterns[name].search(text) is not None


@lru_cache(maxsize=4)
def guard_words(language: str) -> GuardWords:
    """The patterns of `language`; ContentError with every fault of the file."""
    file = DATA / f"guards.{language}.yaml"
    loaded = load_yaml(file)
    faults: list[ContentFault] = []
    bad = [name for name in (*GROUPS, *LISTS) if not _texts(loaded.get(name))]
    if bad:
        raise ContentError([ContentFault(file.name, 1, f"{name}: text needed") for name in bad])
    patterns = {name: compile_pattern(file, _joined(loaded[name]), faults) for name in GROUPS}
    if faults:
        raise ContentError(faults)
    return GuardWords(
        patterns=patterns,
        end_tokens=tuple(loaded["end_tokens"]),
        stops=tuple(loaded["stops"]),
        hotlines=frozenset(loaded["hotlines"]),
    )


def _texts(written: object) -> bool:
    """Whether this is a text or a list of texts; an unquoted colon makes something else of it."""
    texts = written if isinstance(written, list) else [written]
    return bool(texts) and all(isinstance(one, str) and one for one in texts)


def _joined(written: str | Sequence[str]) -> str:
    return written if isinstance(written, str) else "|".join(f"(?:{one})" for one in written)
