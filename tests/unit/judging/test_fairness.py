"""The same content in other words scores the same: dialect, terse lines, a second language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest
import yaml

from core.content.library import open_library
from core.customer.line_reader import PatternLineReader
from core.domain.dialogue import EndReason, Speaker, Turn
from core.domain.transcript import Transcript
from core.services.judging import judge

READER = PatternLineReader()
LIBRARY = open_library()
TALKS: Mapping[str, Sequence[Mapping[str, str]]] = yaml.safe_load(
    (Path(__file__).parents[2] / "data" / "fairness.zh.yaml").read_text(encoding="utf-8")
)
STYLES = {
    name: [key for key in talk[0] if key not in ("customer", "plain")]
    for name, talk in TALKS.items()
}
MOST = 0.3
"""Points of 10 that wording may cost or bring: 3 of 100."""
LINES = [(name, at) for name, talk in TALKS.items() for at in range(len(talk))]


def _score(name: str, styles: Sequence[str]) -> float:
    turns: list[Turn] = []
    for line, style in zip(TALKS[name], styles, strict=True):
        for speaker, text in ((Speaker.CUSTOMER, line["customer"]), (Speaker.TRAINEE, line[style])):
            turns.append(Turn(len(turns) + 1, speaker, text, at_s=15.0 * len(turns)))
    talk = Transcript(
        id=name,
        turns=tuple(turns),
        language="zh",
        scenario=LIBRARY.scenario(name),
        end_reason=EndReason.SOLVED,
    )
    overall = judge(talk, reader=READER).overall
    assert overall is not None
    return overall


@cache
def _plain(name: str) -> float:
    return _score(name, ["plain"] * len(TALKS[name]))


def test_there_are_enough_lines_over_several_cases() -> None:
    assert len(LINES) >= 30
    assert len(TALKS) >= 4
    assert all(_plain(name) > 8.5 for name in TALKS)


@pytest.mark.parametrize(
    ("name", "style"), [(name, style) for name, styles in STYLES.items() for style in styles]
)
def test_a_whole_talk_in_other_words_scores_the_same(name: str, style: str) -> None:
    found = _score(name, [style] * len(TALKS[name]))
    assert abs(found - _plain(name)) <= MOST


@pytest.mark.parametrize(("name", "at"), LINES)
def test_one_line_in_other_words_scores_the_same(name: str, at: int) -> None:
    for style in STYLES[name]:
        styles = [style if other == at else "plain" for other in range(len(TALKS[name]))]
        assert abs(_score(name, styles) - _plain(name)) <= MOST, style
