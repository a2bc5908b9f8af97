"""Small regression trees: nested lists in JSON, a number out, no library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, cast

from core.domain.messages import Json

Tree: TypeAlias = "float | tuple[int, float, Tree, Tree]"
"""A leaf's value, or (column, border, tree up to the border, tree above it)."""


def value_of(tree: Tree, inputs: Sequence[float]) -> float:
    """The leaf these inputs fall into."""
    while isinstance(tree, tuple):
        column, border, below, above = tree
        tree = below if inputs[column] <= border else above
    return tree


def tree_json(tree: Tree) -> Json:
    """The file form, borders to six digits and values to four."""
    if not isinstance(tree, tuple):
        return round(tree, 4)
    column, border, below, above = tree
    return [column, round(border, 6), tree_json(below), tree_json(above)]


def read_tree(data: Json) -> Tree:
    """The tree of a file form; ValueError or TypeError for anything else."""
    if isinstance(data, list):
        column, border, below, above = data
        return cast(int, column), cast(float, border), read_tree(below), read_tree(above)
    return float(cast(float, data))
