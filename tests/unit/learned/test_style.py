"""A style pack holds figures and what many dialogues share, and nobody's own words."""

from __future__ import annotations

import json

import pytest

from core.domain.style import DIGIT, StylePack, Utterance
from core.learned.style import Learned, learn_style, with_odds
from core.services.style_file import pack_json, read_pack

SECRET = "我叫欧阳锋住白驼山庄"


def lines() -> list[Utterance]:
    """40 dialogues: greetings in all, questions, numbers, and one person's own words."""
    found = []
    for at in range(40):
        name = f"d{at}"
        found += [
            Utterance(name, 0, "在吗"),
            Utterance(name, 1, "快递怎么还没到啊"),
            Utterance(name, 1, "都三天了，急用"),
            Utterance(name, 2, f"订单号{80000 + at}"),
            Utterance(name, 3, "好的，谢谢" if at % 2 else "好的"),
            Utterance(name, 4, "您帮忙看下吧" if at % 10 == 0 else "你帮忙看下吧"),
        ]
    return [*found, Utterance("d0", 5, SECRET)]


@pytest.fixture(scope="module")
def learned() -> Learned:
    return learn_style(lines(), language="zh")


def test_the_figures_are_those_of_the_lines(learned: Learned) -> None:
    pack = learned.pack

    assert (pack.lines, pack.dialogues) == (241, 40)
    assert pack.lengths == (2, 2, 5, 6, 7, 7, 8, 8, 8)
    assert pack.burst_shares == (0.8010, 0.199, 0.0)
    assert pack.polite_you == 0.1
    assert pack.stock["在吗"] == pytest.approx(40 / 201, abs=1e-4)


def test_what_one_dialogue_says_is_nowhere_in_the_pack(learned: Learned) -> None:
    written = json.dumps(pack_json(learned.pack), ensure_ascii=False)

    for at in range(len(SECRET) - 1):
        assert SECRET[at : at + 2] not in written
    assert learned.rare_grams > 0


def test_messages_with_numbers_are_counted_and_not_learned(learned: Learned) -> None:
    written = json.dumps(pack_json(learned.pack)["grams"], ensure_ascii=False)

    assert learned.masked_lines == 40
    assert "订单号" not in written
    assert "800" not in written


def test_wordings_of_the_source_are_likelier_than_others(learned: Learned) -> None:
    pack = learned.pack

    assert pack.likelihood("快递怎么还没到啊") > pack.likelihood("快递为何尚未送达呢")
    assert pack.likelihood("好的，谢谢") > pack.likelihood("好的 谢谢")


def test_a_pack_survives_its_file(learned: Learned) -> None:
    again = read_pack(json.dumps(pack_json(learned.pack)))

    assert again == learned.pack
    assert again.likelihood("在吗") == learned.pack.likelihood("在吗")


@pytest.mark.parametrize("text", ["{}", "[]", '{"format": "peilian-style-1"}'])
def test_a_file_that_is_no_pack_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="style pack"):
        read_pack(text)


def test_too_few_lines_teach_nothing() -> None:
    with pytest.raises(ValueError, match="199 lines"):
        learn_style(lines()[:199], language="zh")


def test_an_empty_pack_still_gives_a_likelihood() -> None:
    pack = StylePack("zh", 0, 0, (), (), {}, {}, {}, 0.0, {}, 3, {})

    assert pack.likelihood("在吗") < -10


def masked_lines() -> list[Utterance]:
    """40 dialogues of a file that was masked and ends each with a mark of its own."""
    found = []
    for at in range(40):
        name = f"d{at}"
        found += [
            Utterance(name, 0, "您好" if at % 2 else "在吗"),
            Utterance(name, 1, f"[ORDER_{10000 + at}]"),
            Utterance(name, 2, "一共[数字]元对吗"),
            Utterance(name, 3, "[NAME]他说不行" if at == 7 else "好的"),
            Utterance(name, 4, "END"),
        ]
    return [*found, Utterance("d0", 5, "END")]


def test_a_files_own_marks_are_told_from_what_its_customers_say() -> None:
    pack = learn_style(masked_lines(), language="zh").pack

    # A digit that all have in common is the file's own; the others are anybody's.
    assert pack.forms[f"[ORDER_100{DIGIT}{DIGIT}]"] == pytest.approx(40 / 201, abs=1e-4)
    assert not any("他说" in form for form in pack.forms)
    assert pack.number_marks == {"[数字]": 1.0}
    assert (pack.first_lines["在吗"], pack.first_lines["您好"]) == (0.5, 0.5)
    assert pack.last_line == ""


def test_a_line_that_only_ends_dialogues_is_a_mark_of_the_file() -> None:
    pack = learn_style(masked_lines()[:-1], language="zh").pack

    assert pack.last_line == "END"
    assert "END" not in pack.stock
    assert pack.lines == 200


def test_a_file_without_masks_teaches_none(learned: Learned) -> None:
    pack = learned.pack

    assert (pack.number_marks, pack.last_line) == ({}, "")
    assert list(pack.forms.values()) == [pytest.approx(40 / 241, abs=1e-4)]
    assert all(form.startswith("订单号") and DIGIT in form for form in pack.forms)


def test_emoticons_and_links_are_learned_as_shares_and_marks() -> None:
    said = ["好的😊", "#E-s[数字x]", "https://shop.example/item/4711", "好的#E-s[数字x]"]
    found = [
        Utterance(f"d{at}", turn, text)
        for at in range(50)
        for turn, text in enumerate([*said, "谢谢" if at % 2 else "好"])
    ]

    pack = learn_style(found, language="zh").pack

    assert (pack.emoticons_alone, pack.emoticons_last, pack.links) == (0.2, 0.4, 1.0)
    assert pack.emoticon_marks == {
        "#E-s[数字x]": pytest.approx(2 / 3, abs=1e-3),
        "😊": pytest.approx(1 / 3, abs=1e-3),
    }
    assert "https://shop.example/item/4711" in pack.forms


def test_odds_tell_the_source_from_our_own_customer_and_hold_nobodys_words() -> None:
    pack = learn_style(lines(), language="zh").pack
    ours = ["快递为何尚未送达呢", "万分感谢您的帮助", "敬请告知"] * 40

    weighed = with_odds(pack, lines(), ours)

    assert weighed.log_odds("快递怎么还没到啊") > 0 > weighed.log_odds("敬请告知")
    written = json.dumps(pack_json(weighed)["odds"], ensure_ascii=False)
    assert not any(SECRET[at : at + 2] in written for at in range(len(SECRET) - 1))
    assert read_pack(json.dumps(pack_json(weighed))) == weighed
