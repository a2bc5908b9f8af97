"""What may not be said yet is not in the prompt: whole random talks over all shipped cases."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.customer.briefing import brief
from core.customer.guards import guard, says
from core.customer.line_text import plain
from core.domain.agenda import CustomerActKind
from core.domain.scenario import Fact, Scenario
from core.ports.chat_model import ChatRole
from core.ports.customer_engine import Cue
from core.prompts.render import prompt_book
from tests.unit.customer_model.talks import ENGINE, LIBRARY, cues

SCENARIOS = (*LIBRARY.scenarios("zh"), *LIBRARY.scenarios("en"))
FAMILIES = ("default", "one_system", "qwen")


def frame(cue: Cue, family: str) -> str:
    """All of the prompt but the talk itself."""
    book = prompt_book(cue.language, family)
    messages = book.prompt(brief(cue, book).script, cue.history).messages
    return plain("\n".join(one.text for one in messages if one.role is ChatRole.SYSTEM))


def wordings(fact: Fact) -> tuple[str, ...]:
    return (fact.value, *fact.surfaces)


def closed(cue: Cue) -> Iterator[tuple[str, str]]:
    """(fact key, wording) of everything that may not be said, as the rules have it."""
    now = {act.about: act for act in cue.acts if act.kind is CustomerActKind.ANSWER_SLOT}
    for fact in cue.scenario.facts:
        act = now.get(fact.key)
        if act is not None:
            yield from ((fact.key, way) for way in (wordings(fact) if act.wrong else ()))
        elif fact.key not in cue.state.told:
            yield from ((fact.key, way) for way in wordings(fact))
            if fact.key not in cue.state.told_wrong:
                yield from ((fact.key, way) for way in fact.wrong_surfaces)


def open_words(cue: Cue) -> str:
    """What is out already, or is said now: it may hold a word of something closed."""
    now = {act.about for act in cue.acts if act.kind is CustomerActKind.ANSWER_SLOT}
    known = [
        way
        for fact in cue.scenario.facts
        if fact.key in now or fact.key in cue.state.told
        for way in (*wordings(fact), *fact.wrong_surfaces)
    ]
    return plain("\n".join([*known, *(turn.text for turn in cue.history)]))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    scenario=st.sampled_from(SCENARIOS),
    seed=st.integers(0, 2**31 - 1),
    family=st.sampled_from(FAMILIES),
)
def test_no_closed_fact_is_in_any_prompt_of_any_talk(
    scenario: Scenario, seed: int, family: str
) -> None:
    for cue in cues(scenario, seed):
        told, out = frame(cue, family), open_words(cue)
        leaked = [
            (key, way)
            for key, way in closed(cue)
            if len(plain(way)) > 1 and plain(way) in told and plain(way) not in out
        ]
        assert leaked == []


@settings(max_examples=25, deadline=None, derandomize=True)
@given(scenario=st.sampled_from(SCENARIOS), seed=st.integers(0, 2**31 - 1))
def test_the_clerks_side_is_in_no_prompt_of_any_talk(scenario: Scenario, seed: int) -> None:
    clerk = {
        *(goal.reference_line for goal in scenario.sub_goals),
        *(limit.rule for limit in scenario.policy_limits),
        scenario.brief,
    }
    for cue in cues(scenario, seed):
        told = frame(cue, "default")
        assert [words for words in clerk if words and plain(words) in told] == []


@settings(max_examples=25, deadline=None, derandomize=True)
@given(scenario=st.sampled_from(SCENARIOS), seed=st.integers(0, 2**31 - 1))
def test_every_closed_fact_is_refused_in_every_reply_of_any_talk(
    scenario: Scenario, seed: int
) -> None:
    for cue in cues(scenario, seed):
        book = prompt_book(cue.language)
        allowance = brief(cue, book).allowance
        out = open_words(cue).split("\n")
        passed = [
            (key, way)
            for key, way in closed(cue)
            if len(plain(way)) > 1
            and not any(says(line, way) for line in out)
            and not guard(way, allowance)
        ]
        assert passed == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_lines_of_a_real_customers_manner_mostly_pass(language: str) -> None:
    """A guard that cries wolf silences the model: the agenda engine's lines are its measure."""
    heard = refused = 0
    for scenario in LIBRARY.scenarios(language):
        for seed in range(2):
            for cue in cues(scenario, seed):
                # The two engines part their messages by different chances.
                allowance = replace(brief(cue, prompt_book(language)).allowance, lines=9)
                reply = "\n".join(line.text for line in ENGINE.word(cue).lines)
                heard += 1
                refused += guard(reply, allowance) != ()

    assert heard > 80
    assert refused / heard < 0.05
