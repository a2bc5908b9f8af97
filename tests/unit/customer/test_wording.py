"""Templates, slips, and customers in English."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product
from random import Random

import pytest

from core.customer.agenda_engine import typing_delay_s
from core.customer.grammar import load_grammar, pool_name, slots, word
from core.customer.noise import Noise, load_noise, mistype
from core.domain.agenda import CustomerAct, CustomerActKind, Way
from core.domain.dialogue import Speaker, Turn
from core.domain.scenario import SubGoal, Twist
from tests.unit.customer.cases import MOODS, REFUND, WORKER, bad_talk, cue, good_talk, hold
from tests.unit.customer.test_rules import state

LANGUAGES = ("zh", "en")

ABOUT = ("", "phone", "cause", "second")
"""Nothing, a fact, a sub-goal, a twist."""

CLERKS_WORDS = (
    "亲",
    "为您",
    "您好",
    "很高兴",
    "竭诚",
    "请问有什么",
    "感谢您的",
    "理解您",
    "作为",
    "how can I help",
    "happy to help",
    "we apologize",
    "assist you",
    "valued customer",
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(CustomerActKind))
def test_every_act_has_its_pool(language: str, kind: CustomerActKind) -> None:
    grammar = load_grammar(language)
    for about, way, told_wrong in product(ABOUT, Way, ((), ("phone",))):
        act = CustomerAct(kind, about, way=way)
        mind = state(told_wrong=told_wrong)
        assert pool_name(act, state=mind, scenario=REFUND, grammar=grammar) in grammar.pools


def test_both_languages_have_the_same_pools_without_a_line_twice() -> None:
    zh, en = (load_grammar(language).pools for language in LANGUAGES)
    assert set(zh) == set(en)
    for pools in (zh, en):
        for groups in pools.values():
            lines = [line for group in groups.values() for line in group]
            assert len(lines) == len(set(lines))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_customer_talks_like_a_clerk(language: str) -> None:
    lines = [
        line.lower()
        for groups in load_grammar(language).pools.values()
        for group in groups.values()
        for line in group
    ]
    assert [line for line in lines if any(phrase in line for phrase in CLERKS_WORDS)] == []


def test_a_slot_without_filling_leaves_its_line_out() -> None:
    bare = replace(REFUND, losses=())
    act = CustomerAct(CustomerActKind.VENT)
    grammar = load_grammar("zh")
    texts = {
        word(
            grammar,
            "vent",
            group="hot",
            filled=slots(act, scenario=bare, persona=replace(WORKER, self_reference=())),
            used=(),
            recent=(),
            length=6.0,
            chance=Random(seed),
        ).text
        for seed in range(300)
    }
    assert len(texts) > 10
    assert not any("{" in text or "谁负责" in text for text in texts)


def test_a_spent_pool_gives_the_wording_used_longest_ago() -> None:
    grammar = load_grammar("zh")
    used: dict[str, None] = {}
    first: list[str] = []
    for seed in range(60):
        phrase = word(
            grammar,
            "small_talk",
            group="cool",
            filled={},
            used=used,
            recent=(),
            length=6.0,
            chance=Random(seed),
        )
        used.update(dict.fromkeys(phrase.uses))
        first.append(phrase.text)
    pool = grammar.pools["small_talk"]
    count = sum(map(len, pool.values()))
    assert len(set(first[:count])) == count
    assert first[count] == first[0]


def test_slips_come_at_the_asked_rate() -> None:
    noise = load_noise("zh")
    text = "我的手机话费多扣钱了快点帮我查一下"
    slipped = sum(
        mistype(text, per_100=2.0, noise=noise, chance=Random(seed)).text != text
        for seed in range(2000)
    )
    # 17 characters at 2 in 100: some 0.29 of such texts have a slip (some slips change nothing).
    assert 0.2 <= slipped / 2000 <= 0.33


def test_a_message_shows_after_reading_thinking_and_typing() -> None:
    step = hold(good_talk()[:1], seed=1).steps[-1]
    heard = Turn(seq=1, speaker=Speaker.TRAINEE, text="您" * 20, at_s=0.0)
    told = replace(cue(step, seed=1, mood="calm"), history=(heard,))
    first = [typing_delay_s("号" * 10, told, first=True, chance=Random(n)) for n in range(300)]
    # 20 signs read at .12 s, 1 to 4 s of thought, 10 signs typed at .18 s.
    assert min(first) == pytest.approx(2.4 + 1.0 + 1.8, abs=0.1)
    assert max(first) == pytest.approx(2.4 + 4.0 + 1.8, abs=0.1)
    assert typing_delay_s("号" * 10, told, first=False, chance=Random(1)) == pytest.approx(1.8)
    assert typing_delay_s("号" * 90, told, first=True, chance=Random(1)) == 12.0


def test_slips_come_by_sound_shape_hand_and_latin_letters_in_their_shares() -> None:
    signs = {"甲": "s"}, {"甲": "f"}, {"甲": "p"}
    tables = Noise(*signs, frozenset(), frozenset(), "*{word}")
    seen: Counter[str] = Counter()
    for seed in range(4000):
        typed = mistype("乙甲", per_100=100.0, noise=tables, chance=Random(seed)).text[1:]
        seen[{"": "hand", "甲甲": "hand"}.get(typed, typed)] += typed != "甲"
    shares = {kind: count / seen.total() for kind, count in seen.items() if count}
    assert shares == pytest.approx({"s": 0.75, "f": 0.10, "p": 0.05, "hand": 0.10}, abs=0.03)


def test_a_sign_slips_as_often_as_people_mix_it_up_and_never_the_first() -> None:
    noise = load_noise("zh")
    text = "我要在这里问我的大事"
    slipped: Counter[int] = Counter()
    for seed in range(4000):
        typed = mistype(text, per_100=5.0, noise=noise, chance=Random(seed)).text
        if len(typed) == len(text):
            slipped.update(at for at, sign in enumerate(text) if typed[at] != sign)
    assert slipped[text.index("在")] > 2 * slipped[text.index("问")] > 0
    assert slipped[text.index("在")] > 6 * slipped[text.index("大")] > 0
    assert slipped[text.index("在")] > 6 * slipped[text.rindex("我")]
    assert slipped[0] == 0


def test_a_correction_is_a_word_or_the_sign_alone() -> None:
    noise = load_noise("zh")
    seen = {
        mistype("我投诉到底改不改", per_100=8.0, noise=noise, chance=Random(seed)).correction
        for seed in range(2000)
    }
    assert {"*投诉", "*到"} <= seen <= {"", "*投诉", "*到", "*改"}


def test_one_slip_in_four_is_put_right_with_the_right_word() -> None:
    noise = load_noise("zh")
    text = "什么时候退钱"
    corrections = [
        typed.correction
        for seed in range(3000)
        if (typed := mistype(text, per_100=8.0, noise=noise, chance=Random(seed))).text != text
    ]
    share = sum(bool(correction) for correction in corrections) / len(corrections)
    assert 0.2 <= share <= 0.3
    words = {correction[1:] for correction in corrections if correction}
    assert words
    assert all(correct in text for correct in words)


@pytest.mark.parametrize("text", ["不行", "没有", "尾号0317", "ABC-123 A7"])
def test_denials_and_numbers_stay_as_they_are(text: str) -> None:
    noise = load_noise("zh")
    kept = {sign for sign in text if sign in "不没" or sign.isascii()}
    for seed in range(500):
        typed = mistype(text, per_100=100.0, noise=noise, chance=Random(seed)).text
        assert [sign for sign in typed if sign in kept] == [sign for sign in text if sign in kept]


def test_english_slips_spare_short_and_denying_words() -> None:
    noise = load_noise("en")
    texts = {
        mistype("no I don't see order 88AB", per_100=60.0, noise=noise, chance=Random(seed)).text
        for seed in range(200)
    }
    assert len(texts) > 5
    assert all(text.startswith("no I don't ") and text.endswith(" 88AB") for text in texts)


def test_no_slips_are_made_for_a_careful_writer() -> None:
    noise = load_noise("zh")
    assert mistype("我的手机", per_100=0.0, noise=noise, chance=Random(1)).text == "我的手机"


def test_a_talk_in_english_stays_in_english() -> None:
    goals = tuple(
        SubGoal(goal.key, goal.key, goal.said_by, (f"what about the {goal.key}?",), goal.needs)
        for goal in REFUND.sub_goals
    )
    facts = tuple(
        replace(fact, surfaces=(f"the {fact.key} is 17",), wrong_surfaces=())
        for fact in REFUND.facts
    )
    case = replace(
        REFUND,
        language="en",
        openings=("charged twice", "my bill is wrong"),
        sub_goals=goals,
        facts=facts,
        accept=("that's fine",),
        fallback=("a voucher",),
        losses=("two hours",),
        twists=(Twist("second", ("data looks off too",), after_progress=0.4),),
    )
    caller = replace(
        WORKER,
        language="en",
        self_reference=(),
        markers=("mate",),
        fillers=("like",),
        self_disclosures=("I'm at work",),
    )
    for seed in range(40):
        for script in (good_talk(), bad_talk()):
            for mood in MOODS:
                held = hold(script, seed=seed, scenario=case, persona=caller, mood=mood)
                assert all(line.isascii() for line in held.lines), held.lines
