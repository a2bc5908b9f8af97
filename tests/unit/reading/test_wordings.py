"""Faults the reader had on fresh wordings, each held by lines of its kind (wordings.zh.yaml)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from core.content.library import open_library
from core.customer.grammar import DATA
from core.customer.line_reader import PatternLineReader
from core.domain.reading import LineReading, TraineeAct
from core.ports.line_reader import LineContext

READER = PatternLineReader()
CASES = {case.id: case for case in open_library().scenarios("zh")}
KINDS: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "wordings.zh.yaml").read_text(encoding="utf-8")
)
NOTHING_SETTLED = KINDS.pop("settles_nothing")
SETTLED = KINDS.pop("settles")


def _acts(names: list[str]) -> set[TraineeAct]:
    return {TraineeAct(name) for name in names}


def _in_case(line: dict[str, Any]) -> LineReading:
    return READER.read(line["text"], LineContext("zh", CASES[line["case"]]))


@pytest.mark.parametrize(
    "line",
    [pytest.param(line, id=f"{kind}: {line['text']}") for kind in KINDS for line in KINDS[kind]],
)
def test_a_wording_does_what_it_means_and_not_what_it_resembles(line: dict[str, Any]) -> None:
    heard = READER.read(line["text"], LineContext("zh")).acts
    assert _acts(line.get("does", [])) <= heard
    assert not _acts(line.get("not", [])) & heard


@pytest.mark.parametrize("line", NOTHING_SETTLED, ids=lambda line: line["text"])
def test_a_question_a_quotation_or_a_refusal_settles_nothing(line: dict[str, Any]) -> None:
    heard = _in_case(line)
    assert heard.settled == ()
    assert TraineeAct.SOLVE_ACCEPT not in heard.acts


@pytest.mark.parametrize("line", SETTLED, ids=lambda line: line["text"])
def test_the_trainees_own_statement_or_offer_settles_a_goal(line: dict[str, Any]) -> None:
    heard = _in_case(line)
    assert line["goal"] in heard.settled
    assert TraineeAct.SOLVE_ACCEPT in heard.acts


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_kind_of_phrase_has_thirty_entries(language: str) -> None:
    raw = yaml.safe_load((DATA / f"phrases.{language}.yaml").read_text(encoding="utf-8"))
    kinds = {*(f"F{at}" for at in range(1, 12)), *(f"R{at}" for at in range(1, 11))}
    counts = {name: len(entry["phrases"]) for name, entry in raw.items()}
    assert kinds <= set(counts)
    assert {name: counts[name] for name in kinds if counts[name] < 30} == {}
