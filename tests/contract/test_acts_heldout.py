"""How well the reader knows acts in lines it was never fitted to (tests/data/README-acts.md)."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.customer.line_reader import PatternLineReader
from core.domain.reading import TraineeAct
from core.learned.act_fit import WEIGHTY
from core.ports.line_reader import LineContext, LineReader
from ops.reading import line_reader

LINES = Path(__file__).parents[1] / "data" / "acts_heldout.zh.jsonl"
ACTS = tuple(act.value for act in TraineeAct)
# Where a step ends and a grant begins is often open: the two are also measured as one act.
SOLVE = frozenset({"solve_step", "solve_accept"})
# What the reader reached on 2026-11-24, less .03. Raise a floor when the reader gets better.
MACRO_F1_FLOOR = 0.703
PRECISION_FLOORS = {
    "solve_step": 0.479,
    "solve_accept": 0.691,
    "solve": 0.661,
    "refuse_flat": 0.650,
    "empathy_specific": 0.840,
    "apology_owned": 0.852,
    "time_commit": 0.906,
    "ask_repeat": 0.883,
    "transfer": 0.756,
}
LOOK_ALIKES_TAKEN_AT_MOST = 28
# The whole reader, 2026-11-28: solve_step .857, solve_accept .912, refuse_flat .886,
# empathy_specific .929, apology_owned .968, time_commit .940,
# ask_repeat 1.000, transfer .867; the eight together .915. And the least recall, so that
# precision is not bought by never hearing an act.
WEIGHTY_AIMS = {
    "solve_step": (0.85, 0.45),
    "solve_accept": (0.85, 0.50),
    "refuse_flat": (0.85, 0.75),
    "empathy_specific": (0.85, 0.65),
    "apology_owned": (0.85, 0.90),
    "time_commit": (0.85, 0.75),
    "ask_repeat": (0.85, 0.65),
    "transfer": (0.85, 0.80),
}


@dataclass(frozen=True, slots=True)
class Labelled:
    """One line, the acts it does, the acts the reader found, and the act it only looks like."""

    text: str
    acts: frozenset[str]
    found: frozenset[str]
    looks_like: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Precision, recall and F1, each 0..1, over `lines` lines that do the act."""

    precision: float
    recall: float
    lines: int

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@pytest.fixture(scope="module")
def lines() -> Sequence[Labelled]:
    reader = PatternLineReader()
    return [_read(reader, json.loads(row)) for row in LINES.read_text("utf-8").splitlines()]


def _read(reader: LineReader, row: dict[str, object]) -> Labelled:
    text, customer, acts = str(row["text"]), row.get("customer"), row["acts"]
    assert isinstance(acts, list)
    said = (str(customer),) if customer else ()
    reading = reader.read(text, LineContext(language="zh", customer_said=said))
    return Labelled(
        text=text,
        acts=frozenset(acts),
        found=frozenset(act.value for act in reading.acts),
        looks_like=str(row.get("looks_like", "")),
    )


def _figures(lines: Iterable[Labelled], acts: Collection[str]) -> Figures:
    """How the lines that do any of `acts` were told from the others."""
    pairs = Counter((bool(one.acts & set(acts)), bool(one.found & set(acts))) for one in lines)
    hits, extra, missed = pairs[True, True], pairs[False, True], pairs[True, False]
    return Figures(
        precision=hits / (hits + extra) if hits + extra else 0.0,
        recall=hits / (hits + missed) if hits + missed else 0.0,
        lines=hits + missed,
    )


def _table(lines: Sequence[Labelled]) -> str:
    every = {act: _figures(lines, {act}) for act in ACTS} | {"solve": _figures(lines, SOLVE)}
    return "\n".join(
        f"{act:18} precision {one.precision:.3f} recall {one.recall:.3f} F1 {one.f1:.3f}"
        f" lines {one.lines}"
        for act, one in every.items()
    )


def test_the_held_out_lines_are_many_and_every_act_is_among_them(
    lines: Sequence[Labelled],
) -> None:
    done = Counter(act for one in lines for act in one.acts)

    assert len(lines) == 902
    assert set(done) == set(ACTS)
    assert min(done.values()) >= 15
    assert sum(bool(one.looks_like) for one in lines) == 173
    assert not [one.text for one in lines if one.looks_like in one.acts]


def test_the_mean_f1_over_all_acts_stays_above_its_floor(lines: Sequence[Labelled]) -> None:
    macro_f1 = sum(_figures(lines, {act}).f1 for act in ACTS) / len(ACTS)

    assert macro_f1 >= MACRO_F1_FLOOR, f"macro-F1 {macro_f1:.3f}\n{_table(lines)}"


@pytest.fixture(scope="module")
def whole() -> Sequence[Labelled]:
    """The lines as the product reads them: patterns with the model's second opinion."""
    reader = line_reader()
    return [_read(reader, json.loads(row)) for row in LINES.read_text("utf-8").splitlines()]


def test_the_reader_of_the_product_reaches_its_aim(whole: Sequence[Labelled]) -> None:
    """.790 on 2026-11-27, the aim is .75."""
    macro_f1 = sum(_figures(whole, {act}).f1 for act in ACTS) / len(ACTS)

    assert macro_f1 >= 0.75, f"macro-F1 {macro_f1:.3f}\n{_table(whole)}"


def test_the_aims_are_those_of_the_acts_that_move_the_mood_most() -> None:
    assert set(WEIGHTY_AIMS) == {act.value for act in WEIGHTY}


@pytest.mark.parametrize("act", WEIGHTY_AIMS)
def test_the_product_seldom_reads_a_weighty_act_into_a_line(
    whole: Sequence[Labelled], act: str
) -> None:
    precision, recall = WEIGHTY_AIMS[act]
    figures = _figures(whole, {act})

    assert figures.precision >= precision, _table(whole)
    assert figures.recall >= recall, _table(whole)


@pytest.mark.parametrize("act", PRECISION_FLOORS)
def test_acts_that_move_the_customer_are_seldom_read_into_a_line(
    lines: Sequence[Labelled], act: str
) -> None:
    figures = _figures(lines, SOLVE if act == "solve" else {act})

    assert figures.precision >= PRECISION_FLOORS[act], _table(lines)


def test_lines_that_only_look_like_an_act_are_seldom_taken_for_it(
    lines: Sequence[Labelled],
) -> None:
    taken = [one.text for one in lines if one.looks_like in one.found]

    assert len(taken) <= LOOK_ALIKES_TAKEN_AT_MOST, "\n".join(taken)
