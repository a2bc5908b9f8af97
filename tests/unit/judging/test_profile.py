"""The ability profile: how it moves, when a figure may be shown, and how far it reaches."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from bots.replies import word
from core.domain.ability import Ability, AbilityLevel, AbilityProfile, Certainty
from core.domain.dialogue import Dialogue
from core.domain.messages import ChannelAddress, ChannelKind, NoticeCode, OutboundMessage
from core.domain.scorecard import Scorecard
from core.services import progress
from core.services.coaching import dose
from core.services.judging import judge
from tests.builders import NOON, NotedReader, dialogue
from tests.unit.judging import talks

CARD = judge(talks.good(), reader=NotedReader())


def _level(count: int, *, theta: float = 0.0) -> AbilityLevel:
    return AbilityLevel(Ability.EMPATHY, theta=theta, spread=progress.spread(count), count=count)


def _practised(count: int, *, card: Scorecard = CARD) -> list[tuple[Dialogue, Scorecard]]:
    days = [NOON + timedelta(days=day) for day in range(count)]
    return [
        (replace(dialogue(), id=f"d-{day:%d}", started_at=day, ended_at=day), card) for day in days
    ]


def _profile(count: int, *, card: Scorecard = CARD) -> AbilityProfile:
    return progress.profile("p-1", _practised(count, card=card), lambda _: 0.0)


@pytest.mark.parametrize(
    ("count", "certainty", "is_shown"),
    [
        (0, Certainty.TOO_FEW, False),
        (4, Certainty.TOO_FEW, False),
        (5, Certainty.TENTATIVE, True),
        (9, Certainty.TENTATIVE, True),
        (10, Certainty.USABLE, True),
    ],
)
def test_no_figure_is_shown_below_five_drills(
    count: int, certainty: Certainty, is_shown: bool
) -> None:
    level = _level(count)
    assert level.certainty is certainty
    assert (progress.shown(level) is not None) == is_shown


def test_a_shown_level_names_how_far_it_reaches() -> None:
    # R(5) = 5 * .3 / (1 + 4 * .3) = .6818, so the spread is sqrt(1 - .6818) = .564 logits.
    assert progress.shown(_level(5)) == progress.Shown(value=5.0, low=3.6, high=6.4)
    # R(10) = 3 / 3.7 = .8108, spread .435.
    assert progress.shown(_level(10)) == progress.Shown(value=5.0, low=3.9, high=6.1)


def test_the_more_drills_the_narrower_the_reach() -> None:
    widths = [found.high - found.low for n in (5, 10, 20) if (found := progress.shown(_level(n)))]
    assert widths == sorted(widths, reverse=True)
    assert len(set(widths)) == 3


def test_the_mean_level_counts_only_what_may_be_shown() -> None:
    one_strong = replace(_level(10), theta=2.0)
    unknown = replace(_level(4), ability=Ability.SOLVING, theta=-3.0)
    levels = AbilityProfile("p-1", (one_strong, unknown))
    assert progress.overall_level(levels) == 8.8
    assert progress.overall_level(AbilityProfile("p-1", (unknown,))) is None


@pytest.mark.parametrize(
    ("level", "told"),
    [(None, (1, 1)), (3.0, (1, 1)), (5.0, (1, 2)), (8.0, (None, None))],
)
def test_the_debrief_says_no_more_than_the_trainee_can_use(
    level: float | None, told: tuple[int | None, int | None]
) -> None:
    assert dose(level) == told


def test_good_practices_raise_the_level_and_later_ones_less() -> None:
    heights = [
        next(level.theta for level in _profile(n).levels if level.ability is Ability.EMPATHY)
        for n in range(4)
    ]
    steps = [later - earlier for earlier, later in pairwise(heights)]
    assert heights[0] == 0.0
    assert steps[0] == 1.0
    assert steps == sorted(steps, reverse=True)


def test_a_practice_with_half_a_sentence_of_help_says_nothing_about_ability() -> None:
    helped = [(replace(talk, hints=(1, 2, 3)), card) for talk, card in _practised(6)]
    levels = progress.profile("p-1", helped, lambda _: 0.0).levels
    assert {level.count for level in levels} == {0}


def _told(count: int) -> str:
    levels = [
        {
            "ability": level.ability.value,
            "certainty": level.certainty.value,
            "count": level.count,
            **(
                {"value": s.value, "low": s.low, "high": s.high}
                if (s := progress.shown(level))
                else {"value": None}
            ),
        }
        for level in _profile(count).levels
    ]
    message = OutboundMessage(
        address=ChannelAddress(ChannelKind.CONSOLE, "t", "t"),
        code=NoticeCode.PROFILE,
        facts={"levels": levels},  # type: ignore[dict-item]
        language="zh",
    )
    return word(message)


def test_the_profile_in_words_shows_spread_and_count_or_says_that_it_is_too_early() -> None:
    early, later = _told(4), _told(6)
    assert "同理心：数据不足（4 次）" in early
    assert not any(sign in early for sign in ("大约", "."))
    assert "（大约 " in later
    assert "暂定，6 次）" in later


def test_one_talks_marks_are_called_this_times() -> None:
    message = OutboundMessage(
        address=ChannelAddress(ChannelKind.CONSOLE, "t", "t"),
        code=NoticeCode.DEBRIEF,
        facts={"overall": 7.25, "abilities": {"Q1": 8.0}, "strengths": [], "fixes": []},
        language="zh",
    )
    assert "本次总分：7.2 / 10" in word(message)
    assert "本次各项：同理心 8.0" in word(message)
