"""Debriefs of whole practices, held by clerks of three skills with the built-in customer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from bots.replies import word
from core.content.library import open_library
from core.customer.agenda_engine import AgendaEngine
from core.customer.line_reader import PatternLineReader
from core.customer.line_text import plain
from core.domain.amounts import numbers, strange_numbers
from core.domain.dialogue import Speaker
from core.domain.messages import ChannelAddress, ChannelKind, NoticeCode, OutboundMessage
from core.domain.reading import LineReading
from core.domain.scenario import Scenario
from core.domain.scorecard import Advice, Debrief, Scorecard
from core.domain.transcript import Transcript, of_dialogue
from core.ports.line_reader import LineContext
from core.services.better_lines import better_lines, fill
from core.services.checks.prepare import prepare
from core.services.coaching import debrief
from core.services.grounds import grounds_of
from core.services.judge_job import debrief_facts
from core.services.judging import judge
from core.services.scripted_trainee import Skill
from ops.study.grid import Case
from ops.study.talks import Stage
from tests.flow.phone import open_rig

LIBRARY = open_library()
READER = PatternLineReader()
STAGE = Stage(LIBRARY, READER, AgendaEngine())
CASES = [*LIBRARY.scenarios("zh"), *LIBRARY.scenarios("en")]
SKILLS = (Skill.POOR, Skill.FAIR, Skill.EXPERT)
MASTER = 9.0
"""A shown level whose debrief holds everything."""
UNITS = "个|天|小时|分钟|块|元|点|号|日|周|月|年|%|days?|hours?|minutes?|dollars?|pounds?"

each_case = pytest.mark.parametrize("scenario", CASES, ids=lambda one: one.id)


@dataclass(frozen=True, slots=True)
class Told:
    """A practice with its card, what a beginner and what a master is told."""

    transcript: Transcript
    card: Scorecard
    short: Debrief
    full: Debrief


@cache
def _held(scenario_id: str, skill: Skill) -> Told:
    scenario = LIBRARY.scenario(scenario_id)
    seed = 100 + int(skill)
    persona = scenario.personas[seed % len(scenario.personas)]
    case = Case(0, f"{scenario_id}-{skill}", "t", skill, scenario_id, persona, seed)
    # Stage.hold never waits for anything outside: one step runs it to its end.
    coroutine = STAGE.hold(case)
    try:
        coroutine.send(None)
    except StopIteration as done:
        talk = done.value
    # The goods, amounts and days of this very talk.
    transcript = of_dialogue(talk.dialogue, talk.turns, scenario=STAGE.scenario(talk))
    return Told(
        transcript,
        talk.card,
        debrief(transcript, talk.card, level=None, reader=READER),
        debrief(transcript, talk.card, level=MASTER, reader=READER),
    )


def _practices(scenario: Scenario) -> Iterator[Told]:
    return (_held(scenario.id, skill) for skill in SKILLS)


def _better(scenario: Scenario) -> Iterator[tuple[Told, Advice]]:
    for told in _practices(scenario):
        for advice in (*told.short.fixes, *told.full.fixes):
            if advice.better:
                yield told, advice


def _with(told: Told, advice: Advice) -> Transcript:
    turns = tuple(
        replace(turn, text=advice.better, reading=None) if turn.seq == advice.replay_from else turn
        for turn in told.transcript.turns
    )
    return replace(told.transcript, turns=turns)


@each_case
def test_a_better_line_loses_no_mark_and_holds_no_fault(scenario: Scenario) -> None:
    for told, advice in _better(scenario):
        changed = _with(told, advice)
        card = judge(changed, reader=READER)
        before = {mark.check: mark.mark for mark in told.card.marks}
        lost = [
            mark.check
            for mark in card.marks
            if mark.mark is not None and mark.mark < (before[mark.check] or 0)
        ]
        line = prepare(changed, reader=READER).line_at(advice.replay_from or 0)
        assert line is not None
        assert lost == [], advice.better
        assert len(card.critical) <= len(told.card.critical), advice.better
        assert [hit.text for hit in line.reading.phrases if hit.severity] == [], advice.better
        assert line.reading.breached == (), advice.better


@each_case
def test_a_better_line_holds_no_figure_and_no_time_from_outside_the_case(
    scenario: Scenario,
) -> None:
    for told, advice in _better(scenario):
        known = numbers(plain(repr(told.transcript.scenario)))
        talked = numbers(plain(" ".join(turn.text for turn in told.transcript.turns)))
        assert strange_numbers(plain(advice.better), units=UNITS) - known - talked == frozenset()


OWN = {"zh": "我需要核对一下。", "en": "One moment. "}


@each_case
def test_every_template_filled_from_the_case_claims_only_what_the_case_says(
    scenario: Scenario,
) -> None:
    told = _held(scenario.id, Skill.POOR)
    case = told.transcript.scenario
    assert case is not None
    lines = better_lines(case.language)
    grounds = grounds_of(prepare(told.transcript, reader=READER), lines.house, reader=READER)
    own, label = OWN[case.language], case.facts[0].label
    given = {
        **dict.fromkeys(("own", "rest", "bye", "ordered", "instead_of_jargon"), own),
        **dict.fromkeys(("fact", "needed", "verify"), label),
        **dict.fromkeys(("loss", "said"), case.losses[0]),
        "upset": lines.upset,
    }
    sayings = [goal.reference_line for goal in case.sub_goals if goal.reference_line]
    sayings += [limit.instead for limit in case.policy_limits if limit.instead]
    given |= dict.fromkeys(("reference", "instead", "commitment"), sayings[0])
    templates = chain(*lines.checks.values(), *lines.phrases.values(), lines.close)
    for filled in (*sayings, *(fill(template, given) for template in templates)):
        assert filled
        assert grounds.bear(filled), filled
        reading = READER.read(filled, LineContext(case.language, case))
        assert [hit.text for hit in reading.phrases if hit.severity] == [], filled
        assert reading.breached == (), filled


INVENTED = {
    "zh": "这边会给您赔四十七块钱代金券，另外送您一份纪念品，明天凌晨四点我再给您回电话。",
    "en": "We will send you a 47 dollar voucher and a souvenir, and I will call at 4 am.",
}
PROMISED = {"zh": "另外送您一份纪念品。", "en": "We will send you a souvenir."}
"""An invention without any number in it."""
BITS = ("四十七", "纪念品", "凌晨四点", "47", "souvenir", "4 am")


@pytest.mark.parametrize("scenario", CASES[::3], ids=lambda one: one.id)
def test_a_better_line_keeps_nothing_that_the_trainee_invented(scenario: Scenario) -> None:
    told = _held(scenario.id, Skill.POOR).transcript
    turns = tuple(
        replace(turn, text=f"{turn.text}{INVENTED[scenario.language]}", reading=None)
        if turn.speaker is Speaker.TRAINEE
        else turn
        for turn in told.turns
    )
    talk = replace(told, turns=turns)
    heard = debrief(talk, judge(talk, reader=READER), level=MASTER, reader=READER)
    better = [advice.better for advice in heard.fixes if advice.better]
    assert better
    assert [(bit, line) for line in better for bit in BITS if bit in line] == []


@each_case
def test_a_better_line_reads_like_a_sentence_somebody_would_say(scenario: Scenario) -> None:
    for told, advice in _better(scenario):
        line, better = next(t for t in told.transcript.turns if t.seq == advice.replay_from), ""
        better = advice.better
        assert line.speaker is Speaker.TRAINEE
        assert better != line.text
        assert not re.search(r"[{}]|[，。！？；、]{2,}|,,|\.\.|  |^[，。,.]", better), better
        assert better.endswith((*"。！？.?!”",)), better
        sentences = [part for part in re.split(r"[。！？!?]|\. ", better) if len(part) > 3]
        assert len(sentences) == len(set(sentences)), better


@each_case
def test_a_beginner_hears_one_strength_and_one_fix_that_can_be_tried_again(
    scenario: Scenario,
) -> None:
    for told in _practices(scenario):
        assert len(told.short.strengths) <= 1
        assert len(told.short.fixes) <= 1
        for advice in told.short.fixes:
            turn = next(t for t in told.transcript.turns if t.seq == advice.turn)
            assert advice.quote in turn.text
            assert advice.replay_from is not None


@each_case
def test_a_debrief_is_worded_without_a_gap_or_a_code(scenario: Scenario) -> None:
    for told in _practices(scenario):
        for heard in (told.short, told.full):
            words = word(
                OutboundMessage(
                    address=ChannelAddress(ChannelKind.CONSOLE, "t", "t"),
                    code=NoticeCode.DEBRIEF,
                    facts=debrief_facts(told.card, heard),
                    language=scenario.language,
                )
            )
            assert not re.search(r"[{}]|None|「」|“”|\b[CFK]\d\d?\b|_", words), words


def test_most_beginners_are_shown_a_better_sentence() -> None:
    fixes = [fix for case in CASES for told in _practices(case) for fix in told.short.fixes]
    assert len(fixes) > 2.5 * len(CASES)
    assert sum(bool(fix.better) for fix in fixes) >= 0.9 * len(fixes)


def test_a_strength_is_never_a_line_that_did_harm() -> None:
    for case in CASES:
        for told in _practices(case):
            for strength in told.full.strengths:
                assert strength.heat is None or strength.heat.tenths <= 0


def test_better_clerks_score_better() -> None:
    means = []
    for skill in SKILLS:
        found = [_held(case.id, skill).card.overall for case in CASES]
        known = [score for score in found if score is not None]
        means.append(sum(known) / len(known))
    assert means == sorted(means)
    assert means[-1] - means[0] > 3


@pytest.mark.parametrize("scenario", CASES[::3], ids=lambda one: one.id)
def test_what_the_case_does_not_say_is_not_borne_even_without_a_number(scenario: Scenario) -> None:
    talk = prepare(_held(scenario.id, Skill.POOR).transcript, reader=READER)
    grounds = grounds_of(talk, better_lines(scenario.language).house, reader=READER)
    assert not grounds.bear(PROMISED[scenario.language])


async def test_what_a_trainee_promised_in_chat_is_not_in_what_comes_back_as_better(
    tmp_path: Path,
) -> None:
    async with open_rig(tmp_path) as rig:
        phone = rig.phone()
        lines = ("您好，我是客服小林。", "我理解。")
        for words in ("练习 wrong-charge seed=7", *(line + INVENTED["zh"] for line in lines)):
            await phone.type(words)
        ended = "\n".join(await phone.type("结束"))
        better = [line for line in ended.splitlines() if line.startswith("可以这样说")]
        assert any("我是客服小林。" in line for line in better), (
            "built from the trainee's own words"
        )
        assert [(bit, line) for line in better for bit in BITS if bit in line] == []


@dataclass(frozen=True, slots=True)
class Listening:
    """A reader that notes what it is asked."""

    asked: list[tuple[object, ...]]

    def read(self, text: str, context: LineContext) -> LineReading:
        around = (context.told, context.customer_said, context.trainee_said)
        self.asked.append((text, *around))
        return READER.read(text, context)


@pytest.mark.parametrize("scenario", CASES[::12], ids=lambda one: one.id)
def test_a_debrief_reads_no_line_twice_and_a_short_one_fewer(scenario: Scenario) -> None:
    told = _held(scenario.id, Skill.POOR)
    full, short = Listening([]), Listening([])
    debrief(told.transcript, told.card, level=MASTER, reader=full)
    debrief(told.transcript, told.card, level=None, reader=short)
    assert len(full.asked) == len(set(full.asked))
    assert 0 < len(short.asked) < len(full.asked) < 50


def test_at_most_three_reasons_are_given_at_once_and_nobody_is_praised_for_asking_nothing() -> None:
    """As people read it, in a talk whose every line is the same empty promise."""
    told = _held("broadband-outage", Skill.POOR).transcript
    turns = tuple(
        replace(turn, text="我们会尽快处理的。", reading=None)
        if turn.speaker is Speaker.TRAINEE
        else turn
        for turn in told.turns
    )
    talk = replace(told, turns=turns)
    card = judge(talk, reader=READER)
    facts = debrief_facts(card, debrief(talk, card, level=MASTER, reader=READER))
    address = ChannelAddress(ChannelKind.CONSOLE, "main", "x")
    said = word(OutboundMessage(address, NoticeCode.DEBRIEF, facts))
    heads = [line for line in said.splitlines() if line.startswith("【")]
    (crowded,) = (line for line in heads if "另有" in line)
    assert crowded.count("；") == 3
    assert re.search(r"；另有 [3-9] 处，见评分明细$", crowded)
    assert "没有重复" not in said
