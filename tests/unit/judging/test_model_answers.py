"""What the judge model wrote is read tolerantly, and its quote is checked strictly."""

from __future__ import annotations

import pytest

from core.domain.model_verdict import Abstained, Said
from core.prompts.judge import AGENT, CUSTOMER, judge_book, shown, turns_json
from core.services.model_answers import Answer, read_answer
from core.services.model_questions import Question, schema

TURNS = (
    shown(1, 1, CUSTOMER, "怎么又扣钱"),
    shown(2, 2, AGENT, "您好，我这就为您查 3 月的账单。"),
    shown(3, 5, AGENT, "好的"),
    shown(4, 6, AGENT, "我明天\u200b中午 12 点前给您<b>回电</b>"),
)
ASKED = Question("C08", None, None, None, "k")
FOCUSED = Question("K3", 6, 4, Said.MET, "k")
FREE = 'quote: "我这就为您查"\nturn: 2\n'
GOOD = '{"quote": "我这就为您查", "turn": 2, "verdict": "met"}'


@pytest.mark.parametrize(
    "reply",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"<think>也许 {{没有}}，verdict: missed</think>\n{GOOD}",
        '{"quote": "x", "turn": 2, "verdict": "missed"} 不对，改一下：' + GOOD,
        '{"quote": "我这就\n为您查", "turn": "2", "verdict": " MET "}',
        f"{FREE}verdict: missed\n{FREE}verdict: met",
        '{"quote": "我这就,为您查！", "turn": 2, "verdict": "met", "why": "多出来的"}',
    ],
)
def test_the_verdict_at_the_end_counts(reply: str) -> None:
    found = read_answer(reply, ASKED, TURNS)

    assert isinstance(found, Answer)
    assert (found.said, found.turn) == (Said.MET, 2)
    assert TURNS[1].source[found.start : found.end] == "我这就为您查"


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("", Abstained.NOT_READABLE),
        ("做得很好", Abstained.NOT_READABLE),
        ('{"quote": "我这就为您查", "turn": 2, "verdict": "great"}', Abstained.NOT_READABLE),
        # C08 is met or missed, never half.
        ('{"quote": "我这就为您查", "turn": 2, "verdict": "half"}', Abstained.NOT_READABLE),
        ('{"quote": "满分", "turn": 2, "verdict": "met"}', Abstained.NO_QUOTE),
        ('{"quote": "", "turn": 2, "verdict": "met"}', Abstained.NO_QUOTE),
        ('{"quote": "……", "turn": 2, "verdict": "missed"}', Abstained.NO_QUOTE),
        # It stands in another turn, in the customer's, in none.
        ('{"quote": "我这就为您查", "turn": 4, "verdict": "met"}', Abstained.NO_QUOTE),
        ('{"quote": "怎么又扣钱", "turn": 1, "verdict": "met"}', Abstained.NO_QUOTE),
        ('{"quote": "我这就为您查", "turn": 9, "verdict": "met"}', Abstained.NO_QUOTE),
        # Two signs stand anywhere.
        ('{"quote": "您好", "turn": 2, "verdict": "met"}', Abstained.NO_QUOTE),
    ],
)
def test_what_cannot_be_read_or_proved_is_no_answer(reply: str, why: Abstained) -> None:
    assert read_answer(reply, ASKED, TURNS) is why


def test_a_line_shorter_than_a_quote_is_quoted_whole() -> None:
    found = read_answer('{"quote": "好的", "turn": 3, "verdict": "missed"}', ASKED, TURNS)
    assert found == Answer(Said.MISSED, 5, 0, 2)


def test_not_applicable_needs_no_quote() -> None:
    reply = '{"quote": "", "turn": 2, "verdict": "not_applicable"}'
    assert read_answer(reply, ASKED, TURNS) == Answer(Said.NOT_APPLICABLE)


def test_a_quote_is_found_again_in_the_line_as_it_was_written() -> None:
    found = read_answer(
        '{"quote": "12 点前给您＜b＞回电", "turn": 4, "verdict": "met"}', FOCUSED, TURNS
    )
    assert isinstance(found, Answer)
    assert TURNS[3].source[found.start : found.end] == "12 点前给您<b>回电"


def test_where_one_line_is_in_question_another_proves_nothing() -> None:
    assert read_answer(GOOD, FOCUSED, TURNS) is Abstained.NO_QUOTE


def test_the_grammar_is_closed_and_names_the_agents_turns() -> None:
    grammar = schema(Question("C06", None, None, None, "k"), TURNS)
    assert grammar["properties"]["turn"] == {"type": "integer", "enum": [2, 3, 4]}
    assert grammar["properties"]["verdict"]["enum"] == ["met", "half", "missed", "not_applicable"]
    assert schema(ASKED, TURNS)["properties"]["verdict"]["enum"] == [
        "met",
        "missed",
        "not_applicable",
    ]
    assert list(grammar["properties"]) == grammar["required"] == ["quote", "turn", "verdict"]
    assert grammar["additionalProperties"] is False


def test_the_talk_stands_in_the_fence_as_numbered_data_without_frame_signs() -> None:
    system, task = judge_book("zh").messages(
        "C08", TURNS, answers=["met", "missed"], tag="talk-7f3a"
    )
    inside = task.text.split("<talk-7f3a>\n")[1].split("\n</talk-7f3a>")[0]
    assert inside == turns_json(TURNS)
    assert inside.splitlines()[3] == (
        '{"n": 4, "who": "agent", "text": "我明天中午 12 点前给您＜b＞回电＜/b＞"}'
    )
    # The question stands before the talk and once more behind it; no person's words elsewhere.
    assert task.text.count("有没有用自己的话复述客户的问题") == 2
    assert "扣钱" not in system.text
