"""A study's talks are written down in the spelling of the file that a pack was learned from."""

from __future__ import annotations

import re

from core.domain.dialogue import Speaker, Turn
from core.domain.style import DIGIT, StylePack
from ops.study.rendering import rendered

TURNS = (
    Turn(1, Speaker.CUSTOMER, "刚买就降价了", 0.0),
    Turn(2, Speaker.TRAINEE, "订单尾号6614对吗，差价40元", 5.0),
    Turn(3, Speaker.CUSTOMER, "尾号6614", 9.0),
    Turn(4, Speaker.CUSTOMER, "页面上现在是319元我买的时候359", 12.0),
)


def pack(**facts: object) -> StylePack:
    return StylePack("zh", 0, 0, (), (), {}, {}, {}, 0.0, {}, 3, {}, **facts)  # type: ignore[arg-type]


def test_without_a_pack_or_without_masks_nothing_changes() -> None:
    assert rendered(TURNS, None, seed=1) == TURNS
    assert rendered(TURNS, pack(forms={f"https://shop/{DIGIT}": 0.1}), seed=1) == TURNS


def test_numbers_become_the_files_marks_and_the_trainees_stay() -> None:
    masked = rendered(TURNS, pack(number_marks={"[数字]": 1.0}), seed=1)

    assert [turn.text for turn in masked] == [
        "刚买就降价了",
        "订单尾号6614对吗，差价40元",
        "尾号[数字]",
        "页面上现在是[数字]元我买的时候[数字]",
    ]


def test_a_number_that_is_told_takes_a_form_of_the_file() -> None:
    forms = {f"[ORDER_{DIGIT * 5}]": 0.5, f"https://shop/{DIGIT}": 0.4, f"#E-{DIGIT}": 0.4}
    masked = rendered(TURNS, pack(number_marks={"[数字]": 1.0}, forms=forms), seed=1)

    assert re.fullmatch(r"\[ORDER_\d{5}\]", masked[2].text)
    assert masked == rendered(TURNS, pack(number_marks={"[数字]": 1.0}, forms=forms), seed=1)


def test_emoticons_and_links_take_the_files_spelling() -> None:
    turns = (
        Turn(1, Speaker.CUSTOMER, "https://item.example.com/abc", 0.0),
        Turn(2, Speaker.CUSTOMER, "谢谢😊", 3.0),
        Turn(3, Speaker.CUSTOMER, "👌👌", 6.0),
    )
    own = pack(forms={f"https://shop/1{DIGIT}": 0.1}, emoticon_marks={"#E-s[x]": 1.0})
    link, thanks, signs = (turn.text for turn in rendered(turns, own, seed=1))

    assert re.fullmatch(r"https://shop/1\d", link)
    assert (thanks, signs) == ("谢谢#E-s[x]", "#E-s[x]#E-s[x]")
    assert rendered(turns, pack(), seed=1) == turns


def test_the_files_last_mark_follows_the_last_turn() -> None:
    masked = rendered(TURNS, pack(last_line="END"), seed=1)

    assert masked[:-1] == TURNS
    assert (masked[-1].seq, masked[-1].speaker, masked[-1].text) == (5, Speaker.CUSTOMER, "END")
