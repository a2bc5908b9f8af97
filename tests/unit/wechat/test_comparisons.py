"""Signatures are compared in constant time only (wechatpy compares them with `!=`)."""

import ast
import inspect

import pytest

from bots.wechat import door, envelope


@pytest.mark.parametrize("module", [door, envelope])
def test_no_signature_meets_an_equals_sign(module: object) -> None:
    tree = ast.parse(inspect.getsource(module))  # type: ignore[arg-type]  # a module
    compared = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops)
    ]
    suspicious = [text for text in compared if "expected" in text or "signature" in text]
    assert suspicious == []
    assert "same(expected" in inspect.getsource(door)
    assert "compare_digest" in inspect.getsource(envelope.same)
