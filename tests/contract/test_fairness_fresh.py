"""Talks in five wordings by people who did not know the reader: how far apart they score."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.fairness import Figures, measured, read_talks

TALKS = Path(__file__).parents[1] / "data" / "fairness_fresh.zh.yaml"


@pytest.fixture(scope="module")
def figures() -> Figures:
    return measured(read_talks(TALKS))


def test_the_same_content_in_other_words_scores_nearly_the_same(figures: Figures) -> None:
    """3.1 points of 100 on average on 2026-11-28, 70 of 100 talks within 3. The aim is all."""
    assert len(figures.apart) == 80
    assert figures.mean <= 3.5
    assert figures.within(3) >= 0.67
    assert figures.percentile(0.9) <= 13


def test_whoever_solves_the_case_in_plain_words_scores_well(figures: Figures) -> None:
    """92.8 of 100 on average on 2026-11-28."""
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
