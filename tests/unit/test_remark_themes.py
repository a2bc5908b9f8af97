"""What trainees remark is filed where a reader files it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from core.services.remark_themes import theme_of

HELD = Path(__file__).parents[1] / "data" / "remarks_held.yaml"
LEAST = 0.7
"""Of 78 remarks nobody saw while the examples were chosen, 57 are filed as their reader did."""


def _id(text: str) -> str:
    found = theme_of(text)
    return found[0] if found else "other"


def test_most_unseen_remarks_are_filed_as_a_reader_files_them() -> None:
    rows = yaml.safe_load(HELD.read_text(encoding="utf-8"))
    right = [row for row in rows if _id(row["text"]) == row["theme"]]
    assert len(right) >= LEAST * len(rows)
    assert {row["theme"] for row in right} == {row["theme"] for row in rows}


@pytest.mark.parametrize(
    ("text", "theme", "words"),
    [
        ("客户回得太快，不像真人", "unnatural", "不像真人"),
        ("不真实", "unnatural", "不真实"),
        ("分数太低了，我明明道歉了", "too_strict", "太低"),
        ("提示没用，跟客户说的对不上", "hint_useless", "提示没"),
        ("Three hints and NONE of them helped", "hint_useless", "hints"),
    ],
)
def test_the_words_that_filed_a_remark_are_named_as_they_stand(
    text: str, theme: str, words: str
) -> None:
    found = theme_of(text)
    assert found
    assert found[0] == theme
    assert any(words in one for one in found[2])


@pytest.mark.parametrize("text", ["……", "ok", "字体颜色能不能深一点", "能不能加个医院的场景"])
def test_what_is_like_no_theme_is_filed_under_none(text: str) -> None:
    assert theme_of(text) is None
