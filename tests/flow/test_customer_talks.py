"""Whole practices with the embedded customer, on the shipped cases."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import groupby, pairwise
from random import Random
from statistics import mean, median
from typing import Any

import pytest

from core.customer.grammar import Grammar, Phrase, word
from core.domain.agenda import CustomerActKind, Way
from core.domain.dialogue import EndReason, Speaker, Turn
from core.domain.reading import TraineeAct
from core.domain.scenario import Disclosure
from core.services.breaks import pause, resume
from core.services.scripted_trainee import Skill
from tests.flow.customer_talk import LIBRARY, Talk, practise, start

KIND = CustomerActKind
CONFIRM = TraineeAct.CONFIRM
TALKS = 200
CASES = ("wrong-charge", "broadband-outage", "return-refund", "logistics-delay", "invoice")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
CLERKS_WORDS = ("您好，", "很高兴为您", "请问有什么", "感谢您的耐心", "好的，我明白了", "作为AI")


@cache
def sample() -> tuple[Talk, ...]:
    """Talks over five cases and all five skills."""
    skills = list(Skill)
    return tuple(
        practise(CASES[seed % len(CASES)], skills[seed // len(CASES) % len(skills)], seed=seed)
        for seed in range(TALKS)
    )


def test_the_scripted_trainee_says_nothing_twice_running_and_confirms_once() -> None:
    for talk in sample():
        mine = [turn for turn in talk.turns if turn.speaker is Speaker.TRAINEE]
        assert [one.text for one, other in pairwise(mine) if one.text == other.text] == []
        asked = [turn.reading is not None and turn.reading.does(CONFIRM) for turn in mine]
        assert [1 for run in pairwise(asked) if all(run)] == []


def test_the_scripted_trainee_has_another_word_of_sympathy_each_time() -> None:
    for seed in range(20):
        talk = practise("card-charges-en", Skill.EXPERT, seed=seed)
        said = [turn.text for turn in talk.turns if turn.speaker is Speaker.TRAINEE]
        assert sum("That would upset me too" in text for text in said) <= 1
        assert not any("your Last" in text for text in said)


@pytest.mark.parametrize("case", ["wrong-charge", "school-enrolment", "invoice", "no-heating-en"])
def test_a_hundred_practices_of_a_case_begin_in_sixty_ways(case: str) -> None:
    """By the first six characters; in English, where those are two words, by the first four."""
    language = LIBRARY.scenario(case).language
    groups = [persona.id for persona in LIBRARY.personas(language)]
    said = [
        start(case, persona=groups[seed % len(groups)], seed=seed).customer_lines[0]
        for seed in range(100)
    ]
    begun = {line[:6] if language == "zh" else " ".join(line.split()[:4]) for line in said}
    assert len(begun) >= 60


def replies(lines: list[str], *, mood: str, case: str = "wrong-charge") -> list[list[Turn]]:
    talk = start(case, persona="white-collar", mood=mood, seed=5)
    return [talk.say(line) for line in lines]


@pytest.mark.parametrize(
    ("mood", "lines", "kind", "way"),
    [
        ("calm", ["您好"], KIND.SMALL_TALK, Way.GREETED),
        ("angry", ["您好"], KIND.PRESS, Way.GREETED),
        ("calm", ["您好，请问有什么可以帮您？"], KIND.STATE_PROBLEM, Way.OFFERED_HELP),
        ("calm", ["您好", "请您稍等"], KIND.ACCEPT, Way.HOLD),
        ("calm", ["非常抱歉"], KIND.ACCEPT, Way.SORRY),
        ("angry", ["非常抱歉给您带来不便"], KIND.PRESS, Way.SORRY),
        ("calm", ["？"], KIND.ASK_BACK, Way.BLANK),
        ("calm", ["asdfgh"], KIND.ASK_BACK, Way.GIBBERISH),
        ("calm", ["Hello, how can I help you?"], KIND.ASK_BACK, Way.FOREIGN),
        ("calm", ["您今天吃饭了吗"], KIND.ASK_BACK, Way.ASTRAY),
        ("calm", ["您家住址是哪里"], KIND.DONT_KNOW, Way.PERSONAL),
        ("calm", ["你这个神经病"], KIND.VENT, Way.INSULTED),
        ("calm", ["再见"], KIND.CLOSE, Way.DROPPED),
    ],
)
def test_the_customer_answers_what_was_just_said(
    mood: str, lines: list[str], kind: CustomerActKind, way: Way
) -> None:
    acts = [act for turn in replies(lines, mood=mood)[-1] for act in turn.acts]
    assert (kind, way) in {(act.kind, act.way) for act in acts}


@pytest.mark.parametrize("mood", ["calm", "angry", "suspicious"])
def test_a_question_for_the_number_gets_the_number(mood: str) -> None:
    answer = replies(["您好", "请问您的手机尾号是多少？"], mood=mood)[-1]
    assert any("2096" in turn.text for turn in answer)


def test_the_number_asked_for_twice_is_said_to_have_been_told() -> None:
    lines = ["请问您的手机尾号是多少？", "请问您的手机尾号是多少？"]
    answer = replies(lines, mood="calm")[-1]
    assert KIND.ANSWER_PARTIAL in {act.kind for turn in answer for act in turn.acts}


def test_the_same_seed_and_lines_give_the_same_talk() -> None:
    first = practise("wrong-charge", Skill.FAIR, seed=31)
    again = practise("wrong-charge", Skill.FAIR, seed=31)
    assert first.turns == again.turns


def test_a_pause_changes_nothing_of_what_comes() -> None:
    lines = ["您好，我来帮您查", "请问手机尾号多少", "账单上是什么业务", "请您稍等"]
    through = start("wrong-charge", mood="angry", seed=8)
    broken = start("wrong-charge", mood="angry", seed=8)
    for line in lines:
        through.say(line)
        paused = pause(broken.desk, broken.now).save[0]
        broken.desk = replace(broken.desk, dialogue=paused)
        broken.now += timedelta(hours=3)
        resumed = resume(broken.desk, LIBRARY, broken.now).save[0]
        broken.desk = replace(broken.desk, dialogue=resumed)
        broken.say(line)
    assert broken.customer_lines == through.customer_lines
    assert broken.dialogue.state == through.dialogue.state


def test_the_better_the_clerk_the_calmer_the_customer_and_the_more_is_solved() -> None:
    heat: dict[Skill, list[float]] = {skill: [] for skill in Skill}
    solved: Counter[Skill] = Counter()
    skills = list(Skill)
    for seed, talk in enumerate(sample()):
        skill = skills[seed // len(CASES) % len(skills)]
        heat[skill].append(talk.dialogue.state.mood.heat)
        solved[skill] += talk.dialogue.end_reason is EndReason.SOLVED
    means = [mean(heat[skill]) for skill in skills]
    assert all(better < worse + 0.05 for worse, better in pairwise(means))
    assert means[0] - means[-1] >= 0.4
    assert solved[Skill.EXPERT] >= 0.85 * len(heat[Skill.EXPERT])
    assert solved[Skill.POOR] <= 0.1 * len(heat[Skill.POOR])


def test_every_practice_ends_for_a_named_reason_within_twenty_messages() -> None:
    for talk in sample():
        assert talk.dialogue.end_reason is not None
        assert 1 <= len(talk.customer_lines) <= 20


def test_messages_look_like_those_of_a_chat() -> None:
    """Targets: length mean 8, median 6, ninth decile 16; 35 % bursts; final punctuation 11 %."""
    lines = [line for talk in sample() for line in talk.customer_lines]
    lengths = sorted(map(len, lines))
    assert 6.5 <= mean(lengths) <= 9.5
    assert 5 <= median(lengths) <= 8
    assert 12 <= lengths[int(len(lengths) * 0.9)] <= 18
    assert mean(line[-1] in "。.！!？?…" for line in lines) <= 0.25
    assert 0.05 <= mean(line.endswith(("？", "?", "吗", "呢", "啥", "么")) for line in lines) <= 0.3
    assert mean("您" in line for line in lines) < mean("你" in line for line in lines)
    assert 0.2 <= mean(burst_sizes()) - 1 <= 0.8
    assert 0.2 <= mean(size > 1 for size in burst_sizes()) <= 0.5
    assert mean(len(line) <= 4 for line in lines) >= 0.2


def burst_sizes() -> list[int]:
    """How many messages the customer sent in each turn."""
    runs = (
        (speaker, len(list(turns)))
        for talk in sample()
        for speaker, turns in groupby(talk.turns, key=lambda turn: turn.speaker)
    )
    return [size for speaker, size in runs if speaker is Speaker.CUSTOMER]


def test_no_line_comes_twice_in_a_practice_and_no_customer_talks_like_a_clerk() -> None:
    repeated = 0
    for talk in sample():
        lines = talk.customer_lines
        long_lines = [line for line in lines if len(line) >= 8]
        assert len(long_lines) == len(set(long_lines))
        repeated += len(lines) - len(set(lines))
        assert not [line for line in lines if any(word in line for word in CLERKS_WORDS)]
    assert repeated / sum(len(talk.customer_lines) for talk in sample()) <= 0.02


@pytest.mark.parametrize(
    ("language", "only", "seed"), [("zh", "", 17), ("zh", "logistics-delay", 5), ("en", "", 3)]
)
def test_fifty_practices_of_one_trainee_share_no_long_line(
    language: str, only: str, seed: int
) -> None:
    chance = Random(seed)
    cases = [only] if only else [one.id for one in LIBRARY.scenarios(language)]
    people = [one.id for one in LIBRARY.personas(language)]
    said: list[str] = []
    for _ in range(50):
        talk = practise(
            chance.choice(cases),
            chance.choice(list(Skill)),
            seed=chance.randrange(10_000),
            persona=chance.choice(people),
            read=said,
        )
        used = [name for name in talk.dialogue.state.used if not name.startswith("mark@")]
        assert len(used) == len(set(used))
        said.extend(line for line in talk.customer_lines if len(line) >= 8)
    assert len(said) >= 150
    assert [line for line, count in Counter(said).items() if count > 1] == []


def test_a_template_is_never_taken_twice_in_a_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long talks by weak clerks, who make the customer press and vent most."""
    again: list[str] = []

    def watched(grammar: Grammar, pool: str, *, used: Collection[str], **rest: Any) -> Phrase:  # noqa: ANN401
        phrase = word(grammar, pool, used=used, **rest)
        again.extend(use for use in phrase.uses[:1] if use in used)
        return phrase

    monkeypatch.setattr("core.customer.agenda_engine.word", watched)
    chance = Random(8)
    cases = [one.id for language in ("zh", "en") for one in LIBRARY.scenarios(language)]
    longest = 0
    for seed in range(60):
        talk = practise(chance.choice(cases), Skill(1 + seed % 4), seed=seed, mood="satisfied")
        longest = max(longest, len(talk.customer_lines))
    assert longest >= 15
    assert again == []


def test_nothing_is_told_that_was_not_asked_for() -> None:
    for talk in sample():
        scenario = LIBRARY.scenario(talk.dialogue.scenario_id)
        asked: Counter[str] = Counter()
        for turn in talk.turns:
            if turn.reading is not None:
                asked.update(turn.reading.asked)
            for act in turn.acts:
                if act.kind is not KIND.ANSWER_SLOT:
                    continue
                rule = scenario.fact(act.about).disclosure
                if rule is Disclosure.ON_SPECIFIC_ASK:
                    assert asked[act.about] >= 1
                if rule is Disclosure.RELUCTANT:
                    assert asked[act.about] >= 2


def test_english_customers_stay_english_and_reach_an_end() -> None:
    for seed in range(6):
        talk = practise("wrong-charge-en", list(Skill)[seed % 5], seed=seed)
        assert not any(CHINESE.search(line) for line in talk.customer_lines)
        assert talk.dialogue.end_reason is not None


def test_a_line_in_chinese_is_not_understood_by_an_english_customer() -> None:
    talk = start("wrong-charge-en", mood="calm", seed=2)
    acts = [act for turn in talk.say("您好，请问有什么可以帮您") for act in turn.acts]
    assert (KIND.ASK_BACK, Way.FOREIGN) in {(act.kind, act.way) for act in acts}


def test_the_trainee_can_ask_for_more_and_say_goodbye_when_all_is_settled() -> None:
    """Found in reading talks: the customer left at "is that all right?", before the farewell."""
    talk = start("return-refund", persona="young-teacher", mood="calm", seed=4)
    for line in ("您好，请问订单尾号是多少？", "鞋子穿过吗？吊牌还在吗？"):
        talk.say(line)
    for goal in LIBRARY.scenario("return-refund").sub_goals:
        talk.say(goal.reference_line)
    talk.say("您看这样处理可以吗？")
    talk.say("请问还有其他需要帮您的吗？")
    assert not talk.ended
    talk.say("好的，祝您生活愉快，再见。")
    assert talk.dialogue.end_reason is EndReason.SOLVED
