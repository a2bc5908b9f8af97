"""`peilian satisfaction fit` and `predict`, as a person runs them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.flow.command import peilian

ENDS = {5: ("已经修好了", "好了，谢谢"), 1: ("没有办法", "什么态度，投诉")}


def labelled(count: int) -> str:
    rows = []
    for at in range(count):
        mark = (5, 1)[at % 2]
        helped, left = ENDS[mark]
        turns = [("customer", f"断网{at % 7}天"), ("trainee", helped), ("customer", left)]
        rows.append(
            {
                "id": f"d{at}",
                "turns": [{"speaker": who, "text": text} for who, text in turns],
                "satisfaction": mark,
                "grades": {"solved": mark - 3},
            }
        )
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_fitted_model_predicts_each_dialogue_and_customer_turn(tmp_path: Path) -> None:
    source, model, out = tmp_path / "in.jsonl.gz", tmp_path / "M.json", tmp_path / "out.jsonl"
    source.write_bytes(gzip.compress(labelled(40).encode()))

    fitted = peilian("satisfaction", "fit", "--in", source, "--out", model, data_dir=tmp_path)
    predicted = peilian(
        *("satisfaction", "predict", "--in", source, "--out", out, "--model", model),
        data_dir=tmp_path,
    )

    assert (fitted.returncode, predicted.returncode) == (0, 0), fitted.stderr + predicted.stderr
    assert "从 40 段对话学好了" in fitted.stderr
    good, bad = rows(out)[:2]
    assert (good["id"], bad["id"]) == ("d0", "d1")
    assert float(str(good["overall"])) > 4 > 2 > float(str(bad["overall"]))
    assert [turn["turn"] for turn in good["turns"]] == [1, 3]  # type: ignore[attr-defined]
    judged = {"overall", "margin", "moved", "grades", "grade_margins", "grade_moved"}
    assert set(good) == judged | {"id", "turns"}
    assert set(good["turns"][1]) == {"turn", "score", "margin", "moved"}  # type: ignore[index]


@pytest.mark.parametrize("view", ["both", "trainee"])
def test_the_shipped_model_needs_no_fitting_and_bad_lines_are_named(
    tmp_path: Path, view: str
) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(labelled(2) + "no\n" + '{"id": "x"}\n', encoding="utf-8")

    ran = peilian(
        *("satisfaction", "predict", "--in", source, "--out", out, "--view", view),
        data_dir=tmp_path,
    )

    assert ran.returncode == 1
    assert f"{source}:3: 不是 JSON" in ran.stderr
    assert f"{source}:4: 缺少 turns" in ran.stderr
    assert [row["id"] for row in rows(out)] == ["d0", "d1"]
    if view == "trainee":
        assert "moved" in rows(out)[0]


def test_a_bad_label_is_named_and_the_others_are_learned_from(tmp_path: Path) -> None:
    source, model = tmp_path / "in.jsonl", tmp_path / "M.json"
    turns = [{"speaker": "customer", "text": "在吗", "satisfaction": 9}]
    bad = json.dumps({"id": "z", "turns": turns})
    source.write_text(labelled(30) + bad + "\n", encoding="utf-8")

    ran = peilian("satisfaction", "fit", "--in", source, "--out", model, data_dir=tmp_path)

    assert ran.returncode == 1
    assert f"{source}:31: 第 1 句：satisfaction 应是 1 到 5 的数" in ran.stderr
    assert model.exists()


def test_too_few_labels_say_how_many_are_needed(tmp_path: Path) -> None:
    source, model = tmp_path / "in.jsonl", tmp_path / "M.json"
    source.write_text(labelled(5), encoding="utf-8")

    ran = peilian("satisfaction", "fit", "--in", source, "--out", model, data_dir=tmp_path)

    assert ran.returncode == 2
    assert "至少要有 20 个" in ran.stderr
    assert not model.exists()


@pytest.mark.parametrize(
    "text", ["[]", '{"format": "peilian-satisfaction-9", "dialogues": {}, "turns": {}, "note": ""}']
)
def test_a_file_that_is_no_model_or_a_later_one_is_refused_in_a_sentence(
    tmp_path: Path, text: str
) -> None:
    source, model = tmp_path / "in.jsonl", tmp_path / "M.json"
    source.write_text(labelled(2), encoding="utf-8")
    model.write_text(text, encoding="utf-8")

    ran = peilian(
        *("satisfaction", "predict", "--in", source, "--out", tmp_path / "o", "--model", model),
        data_dir=tmp_path,
    )

    assert ran.returncode == 2
    assert f"不是满意度模型：{model}" in ran.stderr
    assert not (tmp_path / "o").exists()
