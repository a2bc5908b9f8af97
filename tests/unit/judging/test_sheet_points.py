"""A company's QA sheet on a card: what each item brings, what waits, what a person may give."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core.domain.qa_sheet import QaSheet, SheetItem, SheetLine
from core.domain.scorecard import CheckMark, CriticalError, Outcome, Scorecard, UnscoredReason
from core.services.qa_sheet import lay, suggest

KNOWN = {"C01": ["问候", "开场白"], "C08": ["复述确认"], "K1": ["泄露隐私"], "K4": ["辱骂"]}


def card(*marks: CheckMark, critical: Sequence[CriticalError] = ()) -> Scorecard:
    return Scorecard(
        dialogue_id="d",
        version="1",
        overall=5.0,
        abilities=(),
        marks=marks,
        critical=tuple(critical),
        outcome=Outcome(solved=True, heat_end=0.1, overrun=0.0, trainee_turns=1, seconds=None),
        phrase_score=10.0,
        hint_discount=0.0,
    )


def said(check: str, mark: float | None) -> CheckMark:
    return CheckMark(check, mark, turn=2, quote="x", why="y")


UNREAD = CheckMark("C24", None, unscored=UnscoredReason.WAITING_FOR_WRAP_UP)
NO_CASE = CheckMark("C14", None, unscored=UnscoredReason.NO_SCENARIO)


def error(name: str, *, confirmed: bool) -> CriticalError:
    return CriticalError(name, 2, "x", "y", confirmed)


@pytest.mark.parametrize(
    ("checks", "given", "score"),
    [
        (("C01",), card(said("C01", 1.0)), 20.0),
        (("C01", "C08"), card(said("C01", 1.0), said("C08", 0.5)), 15.0),
        # What does not apply counts neither way; alone it keeps the points.
        (("C01", "C08"), card(said("C01", 0.5), said("C08", None)), 10.0),
        (("C08",), card(said("C08", None)), 20.0),
        (("C01", "C24"), card(said("C01", 1.0), UNREAD), None),
        (("C99",), card(said("C01", 1.0)), None),
        ((), card(said("C01", 1.0)), None),
        (("K4",), card(critical=[error("K4", confirmed=True)]), 0.0),
        (("K4",), card(critical=[error("K4", confirmed=False)]), None),
        (("K4",), card(critical=[error("K5", confirmed=True)]), 20.0),
        # Seen twice, once for sure.
        (
            ("K4",),
            card(critical=[error("K4", confirmed=False), error("K4", confirmed=True)]),
            0.0,
        ),
        # Without the case nobody can say that nothing was promised; that nobody was abused, yes.
        (("K3",), card(NO_CASE), None),
        (("K4",), card(NO_CASE), 20.0),
        (("K3",), card(said("C14", 1.0)), 20.0),
        (("K3",), card(CheckMark("C14", None, unscored=UnscoredReason.TOO_SHORT)), 20.0),
    ],
)
def test_an_item_brings_the_mean_share_of_its_checks_or_waits_for_a_person(
    checks: tuple[str, ...], given: Scorecard, score: float | None
) -> None:
    (line,) = lay(QaSheet((SheetItem("项目", 20, checks=checks),)), given).lines
    assert line.score == score
    assert line.for_people is (score is None)


def test_what_a_person_gives_counts_only_where_the_machine_has_nothing_to_say() -> None:
    sheet = QaSheet(
        (
            SheetItem("问候", 30, checks=("C01",)),
            SheetItem("语速", 30),
            SheetItem("工单", 25, checks=("C24",)),
            SheetItem("口音", 15),
        )
    )
    view = lay(sheet, card(said("C01", 1.0), UNREAD), {0: 0.0, 1: 0.5, 2: 1.0})
    assert view.lines == (
        SheetLine("问候", 30, 30.0),
        SheetLine("语速", 30, 15.0, by_person=True),
        SheetLine("工单", 25, 25.0, by_person=True),
        SheetLine("口音", 15, None),
    )
    assert (view.total, view.waiting) == (70.0, 15)
    assert [line.for_people for line in view.lines] == [False, True, True, True]


def test_more_taken_off_than_there_is_leaves_nothing_and_a_veto_by_a_person_spoils_all() -> None:
    heavy = tuple(SheetItem(f"扣{n}", 60, checks=("C01",), deducts=True) for n in range(2))
    found = lay(QaSheet(heavy), card(said("C01", 0.0)))
    assert [line.score for line in found.lines] == [-60.0, -60.0]
    assert (found.total, found.vetoed) == (0.0, ())

    sheet = QaSheet((SheetItem("问候", 100, checks=("C01",)), SheetItem("造谣", 0, veto=True)))
    good = card(said("C01", 1.0))
    assert lay(sheet, good).total == 100.0
    assert lay(sheet, good, {1: 1.0}).total == 100.0
    spoilt = lay(sheet, good, {1: 0.0})
    assert (spoilt.total, spoilt.vetoed) == (0.0, ("造谣",))


@pytest.mark.parametrize(
    ("words", "veto", "found"),
    [
        ("使用标准问候语", False, ("C01",)),
        ("复述并确认客户的需求", False, ("C08",)),
        ("语速适中", False, ()),
        ("泄露客户隐私信息", True, ("K1",)),
        ("辱骂客户", False, ()),
        ("问候客户", True, ()),
    ],
)
def test_an_item_is_read_as_the_check_it_resembles_most(
    words: str, veto: bool, found: tuple[str, ...]
) -> None:
    assert suggest(words, KNOWN, veto=veto) == found


def test_half_of_a_keyword_is_near_enough_and_less_is_not() -> None:
    # 问候 of 问候, 候语; one of 复述, 述确, 确认; nothing of a check without keywords.
    assert suggest("问候", {"C00": [], "C01": ["问候语"]}, veto=False) == ("C01",)
    assert suggest("复述", {"C08": ["复述确认"]}, veto=False) == ()
    assert suggest("语速", {"C00": []}, veto=False) == ()
    assert suggest("语速", {}, veto=False) == ()
    assert suggest("a PROPER greeting", {"C01": ["Greeting"]}, veto=False) == ("C01",)
    assert suggest("A GREETING", {"C01": ["greeting"]}, veto=False) == ("C01",)


def test_of_two_checks_the_nearer_one_is_meant() -> None:
    known = {"C01": ["确认问题"], "C08": ["确认需求"], "C09": ["需求"]}
    assert suggest("确认客户需求", known, veto=False) == ("C09",)


def test_points_are_told_to_the_cent() -> None:
    thirds = card(said("C01", 1.0), said("C02", 0.0), said("C08", 0.0))
    item = SheetItem("礼貌", 10.1, checks=("C01", "C02", "C08"))
    view = lay(QaSheet((item, item)), thirds)
    assert [line.score for line in view.lines] == [3.37, 3.37]
    assert view.total == 6.74
    assert lay(QaSheet((SheetItem("甲", 0.1, checks=("C01",)),) * 3), thirds).total == 0.3
