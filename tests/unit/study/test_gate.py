"""The gate: what is like the reference passes, what is not fails by name."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from core.errors import SettingsError
from ops.study.gate import (
    Closeness,
    compare,
    distinct_2,
    divergence,
    openings,
    read_reference,
    verdicts,
)

CHAT = {
    f"d{at}": [
        f"怎么还没到{at}",
        "在吗",
        f"订单{at * 7}看一下啊",
        "谢谢",
        f"要等几天呢{at}",
        "好吧",
        f"那就{at}号",
        "嗯",
    ]
    for at in range(40)
}


def sides(start: int) -> dict[str, list[str]]:
    """Every other dialogue, so that both sides write alike."""
    return {name: lines for at, (name, lines) in enumerate(CHAT.items()) if at % 2 == start}


def test_customers_like_the_reference_cannot_be_told_from_it() -> None:
    found = compare(sides(0), sides(1))

    assert found.auc_line < 0.75
    assert max(found.divergence.values()) < 0.01
    assert found.lines == found.reference_lines == 160


def test_letters_are_told_from_chat_and_say_by_what() -> None:
    letters = {name: [f"{text}，麻烦您了。" for text in lines] for name, lines in sides(0).items()}

    found = compare(letters, sides(1))
    held = {
        gate.name: gate.holds
        for gate in verdicts(found, engine="agenda", service_gap=0.5, faults=0)
    }

    assert found.auc_line > 0.99
    assert "。" in found.telling
    assert (held["auc_line"], held["auc_window"], held["divergence"]) == (False, False, False)


def test_copied_lines_are_counted_among_long_ones() -> None:
    simulated = {"s": ["在吗", "怎么还没到三天了都", "你们发的什么快递啊"]}
    reference = {"r": ["在吗", "怎么还没到三天了都", "好"]} | sides(0)

    # 19 of the 20 other dialogues hold one line of 8 or more characters.
    assert compare(simulated | sides(1), reference).copied == pytest.approx(1 / (19 + 2))


def closeness(**figures: float) -> Closeness:
    good = {
        "auc_line": 0.9,
        "auc_window": 0.95,
        "copied": 0.0,
        "distinct_2": 0.2,
        "openings": 60.0,
    }
    return Closeness(
        lines=10,
        reference_lines=10,
        telling=(),
        divergence={"length": 0.05},
        reference_distinct_2=0.2,
        **(good | figures),
    )


def failing(found: Closeness, *, gap: float = 0.5, faults: int = 0) -> list[str]:
    gates = verdicts(found, engine="agenda", service_gap=gap, faults=faults)
    return [gate.name for gate in gates if not gate.holds]


def test_each_gate_fails_by_its_own_figure() -> None:
    assert failing(closeness()) == []
    assert failing(closeness(auc_line=0.96)) == ["auc_line"]
    assert failing(closeness(auc_window=0.99)) == ["auc_window"]
    assert failing(closeness(copied=0.11)) == ["copied"]
    assert failing(closeness(distinct_2=0.15)) == ["distinct_2"]
    assert failing(closeness(openings=59.0)) == ["openings"]
    assert failing(closeness(), gap=0.39) == ["service_gap"]
    assert failing(closeness(), faults=1) == ["fact_faults"]


def test_a_model_is_held_to_a_stricter_limit_than_templates() -> None:
    gates = verdicts(closeness(), engine="model", service_gap=0.5, faults=0)

    assert [gate.name for gate in gates if not gate.holds] == ["auc_line"]


def test_openings_are_told_apart_by_their_first_six_characters() -> None:
    alike = {f"d{at}": [f"你好我想问一下{at}"] for at in range(200)}
    apart = {f"d{at}": [f"{at:03}号单子怎么了"] for at in range(200)}

    assert openings(alike) == 1
    assert openings(apart) == 100
    assert openings({"d": ["在吗"]}) is None


def test_divergence_is_nothing_for_the_same_and_one_bit_for_strangers() -> None:
    assert divergence(["a", "b"], ["b", "a"]) == 0.0
    assert divergence(["a"], ["b"]) == 1.0


def test_distinct_pairs_are_counted_over_all_lines() -> None:
    assert distinct_2(["abab", "ab"]) == 2 / 4
    assert distinct_2(["a"]) == 0.0


def test_a_reference_is_read_by_dialogue_packed_or_not(tmp_path: Path) -> None:
    lines = (
        '{"dialogue": "a", "turn": 0, "text": "在吗"}\n{"dialog": "a", "turn": 1, "text": " "}\n'
    )
    plain, packed = tmp_path / "r.jsonl", tmp_path / "r.jsonl.gz"
    plain.write_text(lines, encoding="utf-8")
    packed.write_bytes(gzip.compress(lines.encode()))

    assert read_reference(plain) == read_reference(packed) == {"a": ["在吗"]}


@pytest.mark.parametrize("broken", ["not json", "[]", '{"turn": 1}', '"text"'])
def test_the_first_line_that_is_no_utterance_is_named(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text('{"dialogue": "a", "text": "在吗"}\n' + broken + "\n", encoding="utf-8")

    with pytest.raises(SettingsError, match=r"r\.jsonl:2"):
        read_reference(path)
