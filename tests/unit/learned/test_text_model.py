"""The small text models: what is predicted without scikit-learn is what it would predict."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.learned.fit import discriminate, fit_labels
from core.learned.predict import load, save

GREETINGS = [f"您好，{number}号客服为您服务" for number in range(20)]
QUESTIONS = [f"请问您的尾号是{number}吗" for number in range(20)]
BOTH = [f"您好，请问尾号{number}？" for number in range(20)]
TEXTS = GREETINGS + QUESTIONS + BOTH
LABELS = [{"greet"}] * 20 + [{"ask"}] * 20 + [{"greet", "ask"}] * 20


def test_a_label_is_probable_where_it_was_taught_and_only_there() -> None:
    model = fit_labels(TEXTS, LABELS)

    greeting = model.probabilities("您好，99号客服为您服务")
    question = model.probabilities("请问您的尾号是99吗")

    assert greeting["greet"] > 0.9
    assert greeting["ask"] < 0.1
    assert question["ask"] > 0.9
    assert question["greet"] < 0.1


def test_a_text_without_a_known_character_says_nothing_for_any_label() -> None:
    model = fit_labels(TEXTS, LABELS)

    assert model.vector("xyz") == {}
    assert model.probabilities("xyz") == model.probabilities("")


def test_the_file_gives_the_same_probabilities_as_the_model(tmp_path: Path) -> None:
    model = fit_labels(TEXTS, LABELS, note="test")
    save(model, tmp_path / "model.json")

    again = load((tmp_path / "model.json").read_text(encoding="utf-8"))

    assert again.note == "test"
    for text in (GREETINGS[3], QUESTIONS[4], BOTH[5]):
        assert again.probabilities(text) == pytest.approx(model.probabilities(text), abs=1e-3)


def test_the_vector_is_that_of_the_library_it_was_fitted_with() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    model = fit_labels(TEXTS, LABELS)
    theirs = TfidfVectorizer(
        analyzer="char", ngram_range=(1, 3), sublinear_tf=True, vocabulary=list(model.grams)
    ).fit(TEXTS)
    row = theirs.transform(["您好您好，请问尾号是多少"])

    ours = model.vector("您好您好，请问尾号是多少")

    assert ours == pytest.approx(dict(zip(row.indices.tolist(), row.data, strict=True)))


def test_a_file_of_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="format 2"):
        load('{"format": 2}')


def test_a_label_with_too_few_examples_is_left_out() -> None:
    model = fit_labels([*TEXTS, "再见"], [*LABELS, {"close"}])

    assert set(model.lines) == {"greet", "ask"}


def test_texts_of_one_kind_cannot_be_told_apart_and_others_can() -> None:
    first = [(f"a{at}", text) for at, text in enumerate(GREETINGS[::2] + QUESTIONS[::2])]
    second = [(f"b{at}", text) for at, text in enumerate(GREETINGS[1::2] + QUESTIONS[1::2])]
    other = [(f"c{at}", text) for at, text in enumerate(["hello there"] * 10 + ["bye now"] * 10)]

    assert abs(discriminate(first, second).auc - 0.5) < 0.35
    assert discriminate(first, other).auc == 1.0
