"""What people read stands in the catalogues: Chinese in code is only what is read from them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READ = {
    "bots/commands.py": "what people type",
    "bots/answers.py": "what people type",
    "bots/plan_changes.py": "what people type",
    "bots/web/pages.py": "commands that buttons say",
    "bots/web/chat.py": "commands that buttons say",
    "bots/web/scorecard.py": "commands that buttons say",
    "ops/sheet_layout.py": "headings of other people's files",
    "ops/style.py": "the range of Chinese characters",
    "ops/study/gate.py": "what simulated customers say",
    "ops/study/realism.py": "what simulated customers say",
    "ops/__main__.py": "the name of the product",
}
_CHINESE = re.compile("[\u4e00-\u9fff]")


def chinese(path: Path) -> Iterator[str]:
    """The strings of a module that hold Chinese, without its docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    explained = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in explained else ""
        if isinstance(text, str) and _CHINESE.search(text):
            yield text


def test_no_sentence_for_people_stands_in_code() -> None:
    found = {
        str(path.relative_to(ROOT)): list(chinese(path))
        for top in ("bots", "ops")
        for path in sorted((ROOT / top).rglob("*.py"))
    }
    elsewhere = {name: words for name, words in found.items() if words and name not in READ}

    assert elsewhere == {}
    assert {name for name in READ if not found[name]} == set(), "no longer needed here"


def test_no_template_of_a_page_holds_chinese() -> None:
    templates = sorted((ROOT / "bots" / "web" / "templates").rglob("*.html"))

    assert templates
    assert [path.name for path in templates if _CHINESE.search(path.read_text("utf-8"))] == []
