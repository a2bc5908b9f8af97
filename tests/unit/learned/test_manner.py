"""Single sentences are read by their manner, in both scripts, and files of before still read."""

from __future__ import annotations

import json
from random import Random

import pytest

from core.domain.dialogue import Speaker, Turn
from core.learned.manner import manner
from core.learned.satisfaction import SatisfactionModel, judge, model_text, read_model
from core.learned.satisfaction_features import View
from core.learned.satisfaction_file import Labelled
from core.learned.satisfaction_fit import fit_satisfaction

MANNERS = {
    3.0: ("谢谢您的", "請您看看", "麻烦您了，", "thanks, please see the "),
    0.0: ("你根本不懂", "什么态度，", "難道是", "this is stupid, the "),
}
ABOUT = "订单地址运费发票退款安装配送时间价格颜色尺寸质量保修客服热线"


def sentence(said: str) -> tuple[Turn, ...]:
    return (Turn(1, Speaker.TRAINEE, said, 0.0),)


def labelled() -> list[Labelled]:
    chance = Random(4)
    rows = []
    for at in range(80):
        mark = (3.0, 0.0)[at % 2]
        said = chance.choice(MANNERS[mark]) + "".join(chance.sample(ABOUT, 3))
        rows.append(Labelled(id=str(at), turns=sentence(said), grades={"politeness": mark}))
    return rows


@pytest.fixture(scope="module")
def fitted() -> SatisfactionModel:
    return fit_satisfaction(labelled())


def politeness(model: SatisfactionModel, said: str, view: View = View.BOTH) -> float:
    return judge(model, sentence(said), view=view).grades["politeness"].score


@pytest.mark.parametrize(("one", "other"), [("谢谢您", "謝謝您"), ("难道", "難道"), ("请", "請")])
def test_both_scripts_are_one_manner(one: str, other: str) -> None:
    assert manner([(1, one)]) == manner([(1, other)])


@pytest.mark.parametrize("view", View)
def test_a_marker_never_seen_before_counts_like_its_kind(
    fitted: SatisfactionModel, view: View
) -> None:
    # None of these characters stands in what the model learned from: only their kinds do.
    assert politeness(fitted, "贵阁下", view) > politeness(fitted, "胡扯瞎", view)


def test_the_file_judges_a_sentence_like_the_model_it_was_written_from(
    fitted: SatisfactionModel,
) -> None:
    again = read_model(model_text(fitted))

    for said in ("谢谢您的订单", "难道是运费", "thanks", ""):
        assert politeness(again, said) == pytest.approx(politeness(fitted, said), abs=0.02)


def test_a_talk_is_read_as_one_sentence_by_a_model_of_sentences(
    fitted: SatisfactionModel,
) -> None:
    said = ((Speaker.CUSTOMER, "什么态度，根本不懂"), (Speaker.TRAINEE, "请您看看，谢谢"))
    talk = [Turn(at, who, text, 0.0) for at, (who, text) in enumerate(said, start=1)]

    trainee = judge(fitted, talk, view=View.TRAINEE).grades["politeness"].score
    assert trainee > judge(fitted, talk, view=View.BOTH).grades["politeness"].score


def test_a_file_of_before_sentences_were_told_apart_still_reads() -> None:
    talk = (*sentence("您好"), Turn(2, Speaker.CUSTOMER, "谢谢", 0.0))
    rows = [Labelled(id=str(at), turns=talk, overall=float(1 + at % 5)) for at in range(25)]
    written = json.loads(model_text(fit_satisfaction(rows)))
    now = judge(read_model(json.dumps(written)), talk, view=View.BOTH)
    for sight in written["dialogues"].values():
        assert sight["space"].pop("reads") == "talks"

    assert judge(read_model(json.dumps(written)), talk, view=View.BOTH) == now


def test_a_file_that_only_tells_that_it_reads_sentences_still_reads(
    fitted: SatisfactionModel,
) -> None:
    written = json.loads(model_text(fitted))
    for sight in written["dialogues"].values():
        assert sight["space"].pop("reads") == "sentences"
        sight["space"]["sentences"] = True

    older = read_model(json.dumps(written))

    now = politeness(read_model(model_text(fitted)), "谢谢您的订单")
    assert politeness(older, "谢谢您的订单") == now
