"""How customers write: breaths, set phrases, words beside the matter, and a company's own style."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random

import pytest

from core.customer.agenda_engine import AgendaEngine
from core.customer.asides import aside, load_asides
from core.customer.habits import fitted, load_habits
from core.customer.rewording import reworded
from core.domain.style import EMOTICON, END, START, StylePack
from core.domain.wording import bare
from tests.unit.customer.cases import MOODS, OFFICE, REFUND, WORKER, bad_talk, good_talk, hold

SEEDS = range(40)
PACK = StylePack(
    language="zh",
    lines=500,
    dialogues=60,
    lengths=(2, 2, 4, 5, 7, 8, 10, 14, 21),
    burst_shares=(),
    inner_marks={"": 0.6, "，": 0.4},
    final_marks={"": 1.0},
    question_marks={"": 0.5, "?": 0.5},
    polite_you=0.0,
    stock={"好滴": 0.1, "多谢": 0.08, "在不": 0.05},
    order=2,
    grams={
        START: 500,
        END: 500,
        "好": 90,
        "你": 60,
        "货": 30,
        f"{START}好": 60,
        "好好": 5,
    },
)
FITTED = AgendaEngine(style=PACK)


def said(engine: AgendaEngine) -> list[str]:
    return [
        line
        for seed in SEEDS
        for script in (good_talk(), bad_talk())
        for line in hold(
            script, seed=seed, mood=sorted(MOODS)[seed % len(MOODS)], persona=OFFICE, engine=engine
        ).lines
    ]


def test_no_chinese_message_has_a_blank_inside() -> None:
    """Found against real chats: blanks between clauses gave every simulated line away."""
    assert [line for line in (*said(AgendaEngine()), *said(FITTED)) if " " in line] == []


def test_a_breath_becomes_a_comma_a_new_message_or_nothing() -> None:
    lines = said(AgendaEngine())
    long_lines = [line for line in lines if len(line) >= 8]
    assert 0.15 <= sum("，" in line for line in long_lines) / len(long_lines) <= 0.6


def test_a_person_has_one_question_mark() -> None:
    for seed in SEEDS:
        lines = "".join(hold(bad_talk(), seed=seed, mood="calm", persona=OFFICE).lines)
        typed = lines.replace("？？", "").replace("??", "")
        assert not ("?" in typed and re.search(r"[\w]？", typed))


def test_many_lines_are_nothing_but_a_set_phrase() -> None:
    phrases = load_habits("zh").set_phrases.values()
    known = {word for one in phrases for word in (*one.words, *one.hot)}
    lines = said(AgendaEngine())
    assert sum(line in known for line in lines) / len(lines) >= 0.12


def test_the_set_phrases_of_a_pack_come_from_its_company() -> None:
    own = fitted(load_habits("zh"), PACK)
    assert set(own.set_phrases["accept"].words) == {"好滴"}
    assert set(own.set_phrases["thank"].words) == {"多谢"}
    assert "好滴" in said(FITTED)


def test_the_marks_of_a_pack_are_those_of_its_company() -> None:
    lines = said(FITTED)
    assert not any(
        "？" in line or re.search("[^。]。$", line) or line.startswith("*") for line in lines
    )
    assert not any("您" in line for line in lines if "客服" not in line and "您好" not in line)


@pytest.mark.parametrize("seed", range(12))
def test_numbers_are_whole_in_a_companys_style_too(seed: int) -> None:
    held = hold(good_talk(), seed=seed, mood="calm", persona=WORKER, engine=FITTED)
    told = held.steps[-1].state.told
    order = REFUND.fact("order")
    if "order" in told:
        text = bare("".join(held.lines))
        assert any(bare(surface) in text for surface in order.surfaces)


def test_a_pack_is_named_by_the_engines_version_and_its_marking_is_not() -> None:
    assert AgendaEngine().version == AgendaEngine().version
    assert FITTED.version != AgendaEngine().version
    marked = AgendaEngine(style=replace(PACK, failed=("auc_line",)))
    assert marked.version == FITTED.version
    other = AgendaEngine(style=replace(PACK, polite_you=0.3))
    assert other.version != FITTED.version


def test_a_pack_of_another_language_changes_no_word() -> None:
    english = AgendaEngine(style=replace(PACK, language="en"))
    assert said(english) == said(AgendaEngine())


@pytest.mark.parametrize("text", ["没有收到", "不行", "尾号0317", "别给我少算"])
def test_other_words_keep_denials_and_numbers(text: str) -> None:
    habits = load_habits("zh")
    kept = [sign for sign in text if sign in "没不别" or sign.isdigit()]
    for seed in range(200):
        other = reworded(
            text,
            habits=habits,
            joiner=" ",
            opened=True,
            contrary=True,
            chance=Random(seed),
        )
        assert [sign for sign in other if sign in kept] == kept


def test_words_beside_the_matter_are_whole_and_name_no_number() -> None:
    retail = replace(REFUND, industry="retail", goal="把快递追回来")
    for language in ("zh", "en"):
        groups = load_asides(language)
        for seed in range(500):
            found = aside(groups, scenario=retail, used=(), chance=Random(seed))
            assert found is not None
            assert not re.search(r"[{}|\d]|(会不会|是不是|有没有|怎么).*[吗么]$|还是$", found.text)


def test_words_beside_the_matter_fit_the_trade_and_come_once() -> None:
    groups = load_asides("zh")
    water = replace(REFUND, industry="utility")
    used: set[str] = set()
    for seed in range(400):
        found = aside(groups, scenario=water, used=used, chance=Random(seed))
        if found is None:
            break
        assert found.use not in used
        assert "订单" not in found.text
        used.add(found.use)
    assert len(used) == len(groups[0].lines)


def test_a_pack_says_how_often_emoticons_and_links_are_sent() -> None:
    """Links only in shops; whoever tells a fact sets no emoticon on it."""
    many = AgendaEngine(style=replace(PACK, emoticons_alone=0.2, emoticons_last=0.2, links=0.9))
    none = said(FITTED)
    some = said(many)
    assert not any(EMOTICON.search(line) or "://" in line for line in none)
    assert sum(EMOTICON.search(line) is not None for line in some) >= 0.05 * len(some)
    assert not any(EMOTICON.search(line) and any(map(str.isdigit, line)) for line in some)
    assert not any("://" in line for line in some)
    shop = replace(REFUND, industry="retail")
    habits = fitted(load_habits("zh"), replace(PACK, links=0.9))
    assert (habits.links, shop.industry in habits.linked) == (0.9, True)
    first = [hold([], seed=seed, scenario=shop, engine=many).lines[0] for seed in SEEDS]
    links = [line for line in first if "://" in line]
    assert len(links) >= 20
    assert not any(map(str.isdigit, "".join(links)))
