"""What a clerk says against what the articles say: few false alarms before few misses."""

import pytest

from core.content.library import open_library
from core.domain.claims import Kind, Point, Verdict, agree
from core.ports.line_reader import LineContext
from ops.reading import line_reader
from tests.unit.coaching.claims import ASKER, measured, read_claims, sample_help


@pytest.mark.parametrize(("language", "least"), [("zh", 300), ("en", 100)])
async def test_false_alarms_are_rare_on_claims_nobody_tuned_by(language: str, least: int) -> None:
    claims = read_claims("held", language)
    assert len(claims) >= least
    figures = await measured(claims)
    assert figures.precision(Verdict.CONTRADICTED) >= 0.95
    assert figures.recall(Verdict.CONTRADICTED) >= 0.6
    assert figures.precision(Verdict.SUPPORTED) >= 0.85
    assert figures.recall(Verdict.SUPPORTED) >= 0.85


@pytest.mark.parametrize(("language", "least"), [("zh", 150), ("en", 70)])
async def test_no_model_answer_of_a_case_is_corrected(language: str, least: int) -> None:
    knows, reader, checked = sample_help(), line_reader(), 0
    for case in open_library().scenarios(language):
        lines = [goal.reference_line for goal in case.sub_goals]
        lines += [limit.instead for limit in case.policy_limits]
        for line in filter(None, lines):
            reading = reader.read(line, LineContext(language, case))
            wrong = await knows.correction(reading, case, ASKER)
            assert wrong is None or wrong.verdict is Verdict.NOT_FOUND, (case.id, line, wrong)
            checked += 1
    assert checked > least


@pytest.mark.parametrize(
    ("said", "verdict", "article"),
    [
        ("价保期是30天的，您放心", Verdict.CONTRADICTED, "price-protection"),
        ("您签收15天内都在价保期", Verdict.SUPPORTED, "price-protection"),
        ("纠纷里的验机要收59元", Verdict.CONTRADICTED, "device-inspection"),
        ("优惠券的金额也算在差价里，一起退给您", Verdict.CONTRADICTED, "price-protection"),
        ("取消副卡当天就生效", Verdict.CONTRADICTED, "family-sharing"),
        ("半年内我们不再给您外呼", Verdict.SUPPORTED, "outbound-standard"),
        ("您是7天之内收到的吗？", Verdict.NOT_FOUND, ""),
        ("我今天下午5点前给您回电话", Verdict.NOT_FOUND, ""),
        ("您说的“退60元”我记下来了", Verdict.NOT_FOUND, ""),
        ("游乐场一米二以下的孩子半价", Verdict.NOT_FOUND, ""),
        ("", Verdict.NOT_FOUND, ""),
        (
            "You can return unused goods 60 days after delivery",
            Verdict.CONTRADICTED,
            "returns-30",
        ),
        ("Unused goods go back within thirty days of delivery.", Verdict.SUPPORTED, "returns-30"),
        ("I can give you a goodwill voucher of 10 dollars.", Verdict.SUPPORTED, "goodwill-limits"),
        ("Blocking the card costs 5 dollars.", Verdict.CONTRADICTED, "card-fraud-first-steps"),
        ("We'll get back to you in 24 hours at the latest", Verdict.NOT_FOUND, ""),
        ("Did you get it within 7 days?", Verdict.NOT_FOUND, ""),
        ("Refunded within 2 days", Verdict.NOT_FOUND, ""),
    ],
)
async def test_amounts_times_fees_and_no_are_compared(
    said: str, verdict: Verdict, article: str
) -> None:
    found = await sample_help().verdict(said, None, ASKER)
    assert found.verdict is verdict
    if article:
        assert found.passage is not None
        assert found.passage.document.name == article


@pytest.mark.parametrize(
    ("claimed", "known", "same"),
    [
        (Point(Kind.TIME, 24, 24), Point(Kind.TIME, 24, 24), True),
        (Point(Kind.TIME, 72, 72), Point(Kind.WORKDAYS, 1, 3), True),
        (Point(Kind.TIME, 168, 168), Point(Kind.WORKDAYS, 1, 3), False),
        (Point(Kind.MONEY, 10, 10), Point(Kind.MONEY, 30, 80), False),
        (Point(Kind.MONEY, 30, 30), Point(Kind.MONEY, 30, 80), True),
        (Point(Kind.COUNT, 2, 2, "张"), Point(Kind.COUNT, 3, 3, "台"), None),
        (Point(Kind.MONEY, 3, 3), Point(Kind.TIME, 3, 3), None),
        (Point(Kind.FEE, value="free"), Point(Kind.FEE, value="paid"), False),
    ],
)
def test_only_points_of_one_kind_are_compared(claimed: Point, known: Point, same: bool) -> None:
    assert agree(claimed, known) is same
