"""Small regression trees without a library."""

from __future__ import annotations

import json

from core.learned.trees import Tree, read_tree, tree_json, value_of

TREE: Tree = (1, 0.5, -1.0, (0, 2.0, 0.25, 3.0))


def test_a_tree_is_walked_by_its_borders_and_up_to_the_border_is_below() -> None:
    found = [value_of(TREE, inputs) for inputs in ([9, 0.5], [2, 0.6], [2.1, 0.6])]

    assert found == [-1.0, 0.25, 3.0]


def test_the_file_form_gives_the_same_tree() -> None:
    assert read_tree(json.loads(json.dumps(tree_json(TREE)))) == TREE
