"""A level becomes a figure in one function (`core.domain.ability.shown`), which holds the gate.

Whoever words, draws or exports things must not reach around it: their code never names the raw
level nor its spread.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SURFACES = ["bots", "ops"]
RAW = {"theta", "spread"}
FILES = [path for room in SURFACES for path in sorted((ROOT / room).rglob("*.py"))]


def raw_reads(source: str) -> list[int]:
    """Lines on which an attribute named like the raw level is read."""
    tree = ast.parse(source)
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in RAW
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_surface_reads_a_raw_level(path: Path) -> None:
    assert raw_reads(path.read_text(encoding="utf-8")) == []


def test_a_raw_level_would_be_found() -> None:
    assert raw_reads("a = 1\nprint(level.theta)") == [2]


def test_no_template_reads_a_raw_level() -> None:
    for path in (ROOT / "bots").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert ".theta" not in text
        assert ".spread" not in text
