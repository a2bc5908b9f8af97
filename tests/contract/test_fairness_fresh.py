"""Talks in five wordings by people who did not know the reader: how far apart they score."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.fairness import Figures, measured, read_talks

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def figures() -> Figures:
    return measured(read_talks(DATA / "fairness_fresh.zh.yaml"))


def test_the_same_content_in_other_words_scores_nearly_the_same(figures: Figures) -> None:
    """1.6 points of 100 on average on 2026-11-28, 74 of 100 talks within 3 (80 before more
    customers were heard as upset, which C10 judges by). The aim is all."""
    assert len(figures.apart) == 80
    assert figures.mean <= 1.9
    assert figures.within(3) >= 0.71
    assert figures.percentile(0.9) <= 5.5


def test_whoever_solves_the_case_in_plain_words_scores_well(figures: Figures) -> None:
    """91.7 of 100 on average on 2026-11-28."""
    assert sum(figures.plain) / len(figures.plain) >= 91
    assert min(figures.plain) >= 70


def test_dialect_terse_and_learners_wordings_are_seldom_more_than_five_apart(
    figures: Figures,
) -> None:
    usual = [
        apart
        for (_, style), apart in figures.by_talk.items()
        if style in ("dialect", "terse", "second")
    ]
    assert sum(apart <= 5 for apart in usual) / len(usual) >= 0.85


def test_talks_held_back_until_the_end_are_nearly_as_close() -> None:
    """3.1 points on average, 69 of 100 within 3; 4.9 and 66 when first measured, 7.3 and 22 by the
    reader before. The aim is all."""
    figures = measured(read_talks(DATA / "fairness_held.zh.yaml"))
    assert len(figures.apart) == 64
    assert figures.mean <= 3.3
    assert figures.within(3) >= 0.66
    assert sum(figures.plain) / len(figures.plain) >= 86


def test_talks_nobody_mended_anything_for_are_not_far_behind() -> None:
    """3.9 points on average, 50 of 100 within 3: a plain talk that a false critical error had
    capped, with all its wordings, tells its wordings apart again."""
    figures = measured(read_talks(DATA / "fairness_third.zh.yaml"))
    assert len(figures.apart) == 24
    assert figures.mean <= 4.2
    assert figures.percentile(0.9) <= 10
