"""How many samples a judge model is asked for, and how often noise decides all the same."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from core.domain.model_verdict import Abstained, Said
from core.services.model_answers import Answer
from core.services.model_questions import Question
from core.services.model_votes import (
    MOST_SAMPLES,
    SAMPLES,
    Sample,
    lead_for,
    missing,
    verdict,
    wrong_share,
)

CHECKS = 16
OVERRULED = 6
"""Of the checks of a talk: those where the truth is not what the rules say."""


def ask(talk: int, noise: float) -> tuple[int, int]:
    """One talk, asked as the use case does: wrong or missing verdicts, and samples."""
    chance = random.Random(f"{talk}:{noise}")
    drawn: list[list[Sample]] = [[] for _ in range(CHECKS)]

    def sample(at: int, count: int) -> None:
        drawn[at] += [
            Answer(Said.MISSED if chance.random() < noise else Said.MET, 2) for _ in range(count)
        ]

    for at in range(CHECKS):
        sample(at, SAMPLES)
    bad = 0
    for look, at in [(look, at) for look in (1, 2) for at in range(CHECKS)]:
        prior = Said.MISSED if at < OVERRULED else Said.MET
        question = Question(f"C{at}", None, None, prior, f"k{at}")
        wanted = 1
        while wanted and len(drawn[at]) < MOST_SAMPLES:
            wanted = missing(drawn[at], question, lead_for(wrong_share(drawn)))
            sample(at, min(wanted, MOST_SAMPLES - len(drawn[at])))
        found = verdict(question, drawn[at], version="v", decided=not wanted)
        bad += look == 2 and found.said is not Said.MET
    return bad, sum(map(len, drawn))


@pytest.mark.parametrize(
    ("noise", "most_bad", "most_asked"), [(0.0, 0, 64), (0.1, 0.01, 120), (0.2, 0.01, 230)]
)
def test_noise_decides_less_than_one_talk_in_a_hundred(
    noise: float, most_bad: float, most_asked: float
) -> None:
    talks = [ask(talk, noise) for talk in range(300)]
    assert sum(bad > 0 for bad, _ in talks) <= most_bad * len(talks)
    assert sum(asked for _, asked in talks) / len(talks) <= most_asked


def drawn(*said: Said) -> Sequence[Sample]:
    return [Answer(one, 2) for one in said]


def test_a_steady_model_is_asked_three_times_and_five_times_to_overrule() -> None:
    steady = [drawn(*[Said.MET] * 3) for _ in range(8)]
    lead = lead_for(wrong_share(steady))
    agrees, differs = (Question("C08", None, None, prior, "k") for prior in (Said.MET, Said.MISSED))
    assert missing(steady[0], agrees, lead) == 0
    assert missing(steady[0], differs, lead) == 2


def test_where_samples_differ_all_checks_of_the_talk_need_a_clearer_lead() -> None:
    unsteady = [drawn(Said.MET, Said.MET, Said.MISSED) for _ in range(4)]
    calm = [drawn(*[Said.MET] * 3) for _ in range(8)]
    assert lead_for(wrong_share([*calm, *unsteady])) > lead_for(wrong_share(calm))
    # Two samples speak for less than many that agree.
    assert wrong_share([drawn(Said.MET, Said.MET)]) > wrong_share(calm)
    assert wrong_share([drawn(Said.MET, Said.MISSED)] * 50) <= 0.3 + 1e-9


def test_an_abstention_is_no_vote() -> None:
    question = Question("C08", None, None, Said.MET, "k")
    silent: Sequence[Sample] = [Abstained.NO_QUOTE] * 3
    assert missing(silent, question, 3) == 3
    assert verdict(question, silent, version="v", decided=False).abstained is Abstained.NO_QUOTE


@pytest.mark.parametrize(("wrong", "lead"), [(0.01, 3), (0.05, 3), (0.1, 4), (0.2, 6), (0.3, 9)])
def test_the_lead_makes_a_wrong_verdict_five_times_in_ten_thousand(wrong: float, lead: int) -> None:
    assert lead_for(wrong) == lead
    assert (wrong / (1 - wrong)) ** lead <= 5e-4


def test_noise_is_the_upper_end_of_what_pairs_of_samples_allow() -> None:
    # 24 pairs, all alike: .5 / 25 differ, .048 at the upper end, and 2 e (1 - e) = .048.
    assert wrong_share([drawn(*[Said.MET] * 3)] * 8) == pytest.approx(0.0246, abs=1e-4)
    # 3 pairs of one question, 2 of them apart: .625, more than 2 x .3 x .7.
    assert wrong_share([drawn(Said.MET, Said.MET, Said.MISSED)]) == pytest.approx(0.3)
    # Of 12 pairs in four questions 4 are apart.
    apart = [drawn(Said.MET, Said.MET, Said.MISSED)] * 2 + [drawn(*[Said.MET] * 3)] * 2
    assert wrong_share(apart) == pytest.approx(0.3)


def test_only_another_mark_overrules_and_a_second_answer_eats_up_the_lead() -> None:
    question = Question("C08", None, None, Said.MISSED, "k")
    free = Question("C08", None, None, None, "k")
    assert missing(drawn(*[Said.MET] * 4), question, 3) == 1
    assert missing(drawn(*[Said.MET] * 4), question, 7) == 3
    assert missing(drawn(*[Said.NOT_APPLICABLE] * 3), question, 3) == 0
    assert missing(drawn(*[Said.MET] * 3), free, 3) == 0
    assert missing(drawn(Said.MISSED, Said.MISSED, Said.MET, Said.HALF), question, 3) == 2


def test_a_verdict_shows_the_first_answer_of_the_winners_and_an_abstention_its_reason() -> None:
    question = Question("C08", None, None, Said.MET, "k")
    said = [Answer(Said.MISSED, 2, 1, 4), Answer(Said.MET, 4, 0, 5), Answer(Said.MET, 6, 2, 8)]

    def found(*samples: Sample, decided: bool) -> tuple[object, ...]:
        one = verdict(question, samples, version="v", decided=decided)
        return one.said, one.abstained, one.turn, one.start, one.end

    assert found(*said, decided=True) == (Said.MET, None, 4, 0, 5)
    assert found(*said, decided=False) == (None, Abstained.UNCERTAIN, None, 0, 0)
    failed = Abstained.SERVER
    assert found(*said, failed, decided=False) == (None, failed, None, 0, 0)
    assert found(decided=False) == (None, failed, None, 0, 0)
    unread = [Abstained.NOT_READABLE, Abstained.NO_QUOTE, Abstained.NO_QUOTE]
    assert found(*unread, decided=False) == (None, Abstained.NO_QUOTE, None, 0, 0)
