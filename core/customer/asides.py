"""What customers say beside the matter: made from small grammars, never a fact of the case."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

from core.domain.scenario import Scenario
from core.plain_yaml import load_plain

DATA = Path(__file__).parent / "data"

_CHOICE = re.compile(r"\{([^{}]*)\}")
_ASKED_TWICE = re.compile(
    r"((?:是不是|会不会|能不能|有没有|可不可以|要不要|需不需要|什么|怎么|哪|几).*)[吗么]$"
)
"""A question that is one already takes no particle of a question."""


@dataclass(frozen=True, slots=True)
class AsideGroup:
    """Grammars of asides, and the cases they suit: an industry, words of the case (empty: any)."""

    lines: tuple[str, ...]
    industry: str
    when: tuple[str, ...]

    def suits(self, scenario: Scenario) -> bool:
        """Whether these may be said in the case."""
        about = f"{scenario.family} {scenario.title} {scenario.goal}"
        right_trade = self.industry in ("", scenario.industry)
        return right_trade and (not self.when or any(word in about for word in self.when))


@dataclass(frozen=True, slots=True)
class Aside:
    """One aside; `use` is the id of its grammar, which comes once in a dialogue."""

    text: str
    use: str


@lru_cache(maxsize=4)
def load_asides(language: str) -> tuple[AsideGroup, ...]:
    """The asides shipped for `language` (zh, en)."""
    raw = load_plain((DATA / f"asides.{language}.yaml").read_text(encoding="utf-8"))
    return tuple(
        AsideGroup(
            lines=tuple(group["lines"]),
            industry=group.get("industry", ""),
            when=tuple(group.get("when", ())),
        )
        for group in raw["groups"]
    )


def aside(
    groups: Sequence[AsideGroup],
    *,
    scenario: Scenario,
    used: Collection[str],
    chance: Random,
) -> Aside | None:
    """Something to say beside the matter that was not said in this dialogue yet; every group that
    suits the case is as likely as another."""
    fresh = [
        [
            Aside(line, f"aside/{number}/{place}")
            for place, line in enumerate(group.lines)
            if f"aside/{number}/{place}" not in used
        ]
        for number, group in enumerate(groups)
        if group.suits(scenario)
    ]
    left = [group for group in fresh if group]
    if not left:
        return None
    one = chance.choice(chance.choice(left))
    return Aside(_expanded(one.text, chance), one.use)


def _expanded(line: str, chance: Random) -> str:
    said = _CHOICE.sub(lambda found: chance.choice(found.group(1).split("|")), line)
    return _ASKED_TWICE.sub(r"\1", said)
