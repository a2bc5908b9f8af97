"""What stands beside the talk keeps back what the trainee may not know yet."""

from dataclasses import replace

from bots.web.case import case_of, wrap_up_of
from core.domain.dialogue import Dialogue, EndReason, Mode, Status
from tests.builders import NOON, dialogue
from tests.flow.web.visit import shipped_content


def held(scenario_id: str = "return-refund") -> Dialogue:
    """A running practice of a shipped scenario."""
    scenario = shipped_content().scenario(scenario_id)
    return replace(
        dialogue(),
        scenario_id=scenario.id,
        persona_id=scenario.personas[0],
        mood_id=scenario.emotions[0],
        language=scenario.language,
        status=Status.RUNNING,
        end_reason=None,
        mode=Mode.PRACTICE,
    )


def test_the_mood_is_shown_in_practice_and_kept_back_in_an_exam() -> None:
    practice = case_of(shipped_content(), held())
    exam = case_of(shipped_content(), replace(held(), mode=Mode.EXAM))
    assert practice
    assert exam
    assert practice.mood != ""
    assert exam.mood == ""


def test_a_locked_line_has_no_value_at_all_before_verification() -> None:
    open_talk = held()
    before = case_of(shipped_content(), open_talk)
    state = replace(open_talk.state, verified=True)
    after = case_of(shipped_content(), replace(open_talk, state=state))
    assert before
    assert after
    locked = [line for line in before.record if line.locked]
    assert locked
    assert {line.value for line in locked} == {""}
    assert [line.locked for line in after.record] == [False] * len(before.record)


def test_there_is_no_case_without_an_open_practice_or_without_its_content() -> None:
    ended = held().end(EndReason.FINISHED_BY_TRAINEE, NOON)
    assert case_of(shipped_content(), None) is None
    assert case_of(shipped_content(), ended) is None
    assert case_of(shipped_content(), replace(held(), scenario_id="gone")) is None


def test_the_closing_form_comes_after_a_scored_end_and_never_after_a_replaced_one() -> None:
    content = shipped_content()
    assert wrap_up_of(content, held()) is None
    assert wrap_up_of(content, held().end(EndReason.REPLACED, NOON)) is None
    form = wrap_up_of(content, held().end(EndReason.SOLVED, NOON))
    assert form
    assert not form.kept
    assert [label for _, label, _ in form.fields] == [
        field.label for field in content.scenario("return-refund").wrap_up
    ]
