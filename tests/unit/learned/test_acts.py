"""The act model that comes with the product: its lines, its figures, and what it guesses."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import pytest

from core.domain.reading import TraineeAct
from core.learned.act_fit import (
    WEIGHTY,
    Guessed,
    LabelledLine,
    cross_validate,
    digest,
    figures,
    fit,
    macro_f1,
    read_lines,
)
from core.learned.acts import DATA, LinearActGuesser, chinese_guesser, model_form
from core.learned.predict import load
from core.ports.line_reader import LineContext
from ops.reading import line_reader

LINES = read_lines(DATA / "trainee_lines.zh.jsonl")
MEASURED = json.loads((DATA / "acts.zh.measured.json").read_text(encoding="utf-8"))


def test_every_act_has_sixty_lines_and_no_line_stands_twice() -> None:
    counts = Counter(act for line in LINES for act in line.acts)

    assert len(LINES) >= 2500
    assert len({line.text for line in LINES}) == len(LINES)
    assert set(counts) == set(TraineeAct)
    assert min(counts.values()) >= 60
    assert sum(len(line.acts) > 1 for line in LINES) >= 400
    assert sum(not line.acts for line in LINES) >= 100


def test_the_model_and_its_figures_come_from_the_lines_beside_them() -> None:
    path = DATA / "acts.zh.json"

    assert load(path.read_text(encoding="utf-8")).note == f"lines {digest(LINES)}"
    assert MEASURED["digest"] == digest(LINES)
    assert MEASURED["lines"] == len(LINES)
    assert path.stat().st_size <= 1_500_000


def test_the_figures_beside_the_model_hold_what_they_must() -> None:
    assert MEASURED["macro_f1"] >= 0.70
    assert MEASURED["acts"]["inform"]["threshold"] is None
    for act, found in MEASURED["acts"].items():
        assert found["threshold"] is None or found["threshold"] >= 0.45, act


def test_a_probability_means_what_it_says_within_a_tenth() -> None:
    shares = [(mean, true) for mean, true, count in MEASURED["reliability"] if count >= 100]

    assert len(shares) == 10
    assert all(abs(mean - true) <= 0.11 for mean, true in shares)
    assert all(true < later for (_, true), (_, later) in pairwise(shares))


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("孩子在教室哭了一下午没人管，当妈的听了心都揪着", TraineeAct.EMPATHY_SPECIFIC),
        ("我看完监控回来了，让您候着了", TraineeAct.HOLD_RETURN),
        ("核对一下您是不是产权人本人", TraineeAct.VERIFY_ID),
        ("给您垫付的停车费我们出", TraineeAct.COMPENSATE),
        ("这笔钱我没法给您免，真的不行", TraineeAct.REFUSE_FLAT),
        ("行，年费给您撤了", TraineeAct.SOLVE_ACCEPT),
    ],
)
def test_a_wording_it_never_saw_is_understood(text: str, act: TraineeAct) -> None:
    assert text not in {line.text for line in LINES}
    assert set(chinese_guesser()(text)) == {act}


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("您别挂，我翻翻看", TraineeAct.HOLD),
        ("刚才没记牢，麻烦再念一遍尾号", TraineeAct.ASK_REPEAT),
    ],
)
def test_what_the_patterns_hear_needs_no_guess(text: str, act: TraineeAct) -> None:
    """The patterns left too few lines of these acts to hold a guess to its precision."""
    heard = line_reader().read(text, LineContext(language="zh"))

    assert heard.acts == {act}
    assert act not in chinese_guesser()(text)


@pytest.mark.parametrize(
    "text", ["", "外面下雨了", "您到底想干嘛", "今天热搜看了吗", "他上周来修过一次", "xyz"]
)
def test_it_abstains_where_it_is_not_sure(text: str) -> None:
    assert chinese_guesser()(text) == {}


def test_an_act_without_a_threshold_is_never_guessed() -> None:
    model = load((DATA / "acts.zh.json").read_text(encoding="utf-8"))
    guesser = LinearActGuesser(model, {TraineeAct.HOLD: 0.5}, {})

    assert guesser("给您垫付的停车费我们出") == {}
    assert set(guesser("您别挂，我翻翻看")) == {TraineeAct.HOLD}


def test_an_act_without_a_doubt_is_always_believed() -> None:
    model = load((DATA / "acts.zh.json").read_text(encoding="utf-8"))
    guesser = LinearActGuesser(model, {}, {TraineeAct.TRANSFER: 0.1})
    heard = {TraineeAct.TRANSFER, TraineeAct.SOLVE_STEP}

    assert guesser.doubted("外面下雨了", heard) == {TraineeAct.TRANSFER}
    assert guesser.doubted("我给您转到主管那边", heard) == frozenset()
    assert guesser.doubted("外面下雨了", {TraineeAct.SOLVE_STEP}) == frozenset()


def test_the_model_sees_no_width_case_space_or_digit() -> None:
    assert model_form(" 您好， ＯＫ 12３") == "^您好,ok000$"


def test_a_fit_on_a_few_of_the_lines_is_repeatable_and_already_better_than_chance() -> None:
    three = {TraineeAct.GREET, TraineeAct.SELF_INTRO, TraineeAct.EMPATHY_SPECIFIC}
    few = [LabelledLine(line.text, line.acts & three) for line in LINES[::6]]

    assert fit(few) == fit(few)
    assert macro_f1(cross_validate(few, heard=lambda _: frozenset())) >= 0.3


def _guessed(chance: float, *, true: bool, heard: bool = False) -> Guessed:
    act = frozenset({TraineeAct.TRANSFER})
    line = LabelledLine("", act if true else frozenset())
    return Guessed(line, {"transfer": chance}, act if heard else frozenset())


def test_a_threshold_is_the_lowest_that_is_right_often_enough_on_silent_lines() -> None:
    assert TraineeAct.TRANSFER in WEIGHTY
    right = [_guessed(0.9 - at / 100, true=True) for at in range(9)]
    wrong = [_guessed(0.6 - at / 100, true=False) for at in range(3)]
    heard_anyway = [_guessed(0.99, true=False, heard=True) for _ in range(9)]

    measured = figures([*right, *wrong, *heard_anyway], source="x")
    few = figures([*right[:7], *heard_anyway], source="x")

    # 9 of 9 and 9 of 10 are enough for .85, 9 of 11 is not; of 7 guesses nothing is believed.
    assert measured["acts"] == {
        "transfer": {"lines": 9, "precision": 0.429, "recall": 1.0, "threshold": 0.6, "doubt": None}
    }
    assert isinstance(few["acts"], dict)
    assert few["acts"]["transfer"] == {
        "lines": 7,
        "precision": 0.438,
        "recall": 1.0,
        "threshold": None,
        "doubt": None,
    }


def _doubt_of(guessed: Sequence[Guessed]) -> object:
    acts = figures(guessed, source="x")["acts"]
    assert isinstance(acts, dict)
    transfer = acts["transfer"]
    assert isinstance(transfer, dict)
    return transfer["doubt"]


def test_a_doubt_costs_at_most_fifteen_in_a_hundred_of_what_patterns_rightly_hear() -> None:
    rightly = [_guessed(0.1 + at / 50, true=True, heard=True) for at in range(20)]
    wrongly = [_guessed(0.02, true=False, heard=True) for _ in range(5)]
    unheard = [_guessed(0.01, true=True) for _ in range(9)]

    sure = [_guessed(0.9, true=True, heard=True) for _ in range(9)]

    # Three of twenty lie below .16; what is likelier than not is never doubted.
    assert _doubt_of([*rightly, *wrongly, *unheard]) == 0.16
    assert _doubt_of(sure) == 0.5
    assert _doubt_of(rightly[:7]) is None
