"""Replies that look pasted are named with what makes them look so, and no mark changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.domain.dialogue import Speaker
from core.domain.scorecard import Pasted, PasteSign, Scorecard
from core.domain.transcript import Transcript
from core.services.checks.pasted import text_signs
from core.services.judging import judge
from tests.unit.judging.test_gaming import CASE, HONEST, LAZY, READER, _talk

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests/data"


@cache
def examples() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = yaml.safe_load(
        (DATA / "pasted.yaml").read_text(encoding="utf-8")
    )
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_models_write_is_noticed_and_what_people_write_is_not(language: str) -> None:
    pasted, written = examples()["pasted"][language], examples()["written"][language]
    noticed = [text for text in pasted if text_signs(text, language)]
    assert len(noticed) >= 0.9 * len(pasted), set(pasted) - set(noticed)
    assert [text for text in written if text_signs(text, language)] == []


def clerks() -> list[tuple[str, str]]:
    """Every trainee's line we have, with its language."""
    files = [ROOT / "core/learned/data/trainee_lines.zh.jsonl", DATA / "acts_heldout.zh.jsonl"]
    lines = [
        (json.loads(line)["text"], "zh")
        for file in files
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    for file in sorted(DATA.glob("trainee_lines*.yaml")):
        language = "en" if file.stem.endswith(".en") else "zh"
        rows: list[dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))
        lines += [(row["text"], language) for row in rows]
    return lines


def test_of_all_lines_that_people_wrote_less_than_one_in_a_thousand_is_noticed() -> None:
    lines = clerks()
    assert len(lines) > 4000
    assert sum(bool(text_signs(text, language)) for text, language in lines) <= len(lines) / 1000


@pytest.mark.parametrize("masked", ["（**省**市**区**路**号）", "号码185****2959", "**区**路"])
def test_masked_addresses_and_numbers_are_no_layout(masked: str) -> None:
    assert text_signs(f"烦请提供详细地址{masked}，我给您登记", "zh") == ()


def card(talk: Transcript, others: Sequence[str] = ()) -> Scorecard:
    return judge(talk, reader=READER, others=frozenset(others))


def with_line(text: str, *, after_s: float = 15.0) -> Transcript:
    """A lazy talk that ends with this line, so many seconds after the trainee's last one."""
    turns = _talk([*LAZY, ("那扣掉的钱呢", text)]).turns
    last = turns[-3].at_s
    late = [replace(turn, at_s=last) for turn in turns[-2:-1]]
    end = replace(turns[-1], at_s=last + after_s)
    return replace(_talk(LAZY), turns=(*turns[:-2], *late, end))


LONG = HONEST[4][1]


def signs(found: Scorecard) -> list[tuple[int, tuple[PasteSign, ...]]]:
    return [(one.turn, one.signs) for one in found.pasted]


def test_a_long_line_faster_than_anybody_types_is_noticed_and_a_typed_one_is_not() -> None:
    assert len(LONG) > 60
    assert signs(card(with_line(LONG, after_s=3))) == [(10, (PasteSign.TOO_FAST,))]
    assert card(with_line(LONG, after_s=40)).pasted == ()
    assert card(with_line("会处理的，您稍等。", after_s=1)).pasted == ()


def test_a_line_that_had_waited_somewhere_says_nothing_about_typing() -> None:
    """The network was away, or the file's times are cut to the minute."""
    assert card(with_line(LONG, after_s=0)).pasted == ()
    assert card(replace(with_line(LONG, after_s=3), timed=False)).pasted == ()


def test_a_colleagues_own_words_are_noticed_and_greetings_and_taught_lines_are_not() -> None:
    own = "查到了，是上个月8号的活动短信开的，我现在就给您取消，下个月起不再扣这笔钱。"
    assert signs(card(with_line(own), [own])) == [(10, (PasteSign.COPIED,))]
    assert card(with_line(own), [f"{own}好吗"]).pasted == ()
    greeting = "您好，我是客服小林，很高兴为您服务，请问有什么可以帮到您的呢，您请讲？"
    assert card(with_line(greeting), [greeting]).pasted == ()
    taught = CASE.sub_goals[-1].reference_line
    assert card(with_line(taught), [taught]).pasted == ()


def test_the_half_sentence_of_a_hint_is_noticed_where_one_was_taken() -> None:
    taught = with_line(f"好的，{CASE.sub_goals[-1].reference_line}")
    helped = replace(taught, hints=(1, 3))
    assert signs(card(helped)) == [(10, (PasteSign.HINT,))]
    assert card(replace(taught, hints=(1, 2))).pasted == ()
    assert card(replace(with_line("会处理的，您稍等。"), hints=(3,))).pasted == ()
    assert card(helped).overall == card(replace(taught, hints=(1, 3, 3))).overall


def test_no_mark_changes_because_a_line_looks_pasted() -> None:
    plain = card(_talk(HONEST))
    others = [line for _, line in HONEST]
    copied = card(_talk(HONEST), others)
    assert copied.pasted
    assert replace(copied, pasted=()) == plain
    rushed = [
        replace(turn, at_s=turn.seq * 1.0) if turn.speaker is Speaker.TRAINEE else turn
        for turn in _talk(HONEST).turns
    ]
    fast = card(replace(_talk(HONEST), turns=tuple(rushed)))
    assert {one.check: one.mark for one in fast.marks if one.check not in ("C25", "C26")} == {
        one.check: one.mark for one in plain.marks if one.check not in ("C25", "C26")
    }


def test_quotes_are_the_lines_own_words() -> None:
    text = examples()["pasted"]["zh"][0]
    (found,) = card(with_line(text)).pasted
    assert isinstance(found, Pasted)
    assert found.quote in text
