"""One error tree: drawn as it is built, complete, and nothing grows beside it."""

import ast
import inspect
import re
from pathlib import Path

from core import errors

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["bots", "core", "training_plans", "knowledge", "lora", "ops"]


def built_tree() -> dict[str, str | None]:
    """Class name -> name of its parent in the tree, None for the root."""
    tree: dict[str, str | None] = {}
    for name, value in vars(errors).items():
        if inspect.isclass(value) and issubclass(value, errors.PeilianError):
            parent = value.__mro__[1]
            tree[name] = parent.__name__ if issubclass(parent, errors.PeilianError) else None
    return tree


def drawn_tree() -> dict[str, str | None]:
    """The same, read from the drawing at the top of core/errors.py."""
    tree: dict[str, str | None] = {}
    branch: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^    ([│├└─ ]*)([A-Z][A-Za-z]+)(\s{2,}.*)?$", line)
        if found:
            depth = len(found[1]) // 4
            branch = [*branch[:depth], found[2]]
            tree[found[2]] = branch[-2] if depth else None
    return tree


def product_files() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def exception_classes(path: Path) -> list[str]:
    """Classes of a file that derive directly from a built-in exception."""
    builtin = {"Exception", "BaseException", "RuntimeError", "ValueError", "KeyError", "OSError"}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        f"{path.relative_to(ROOT)}: {node.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id in builtin for base in node.bases)
    ]


def test_the_drawing_shows_every_error_under_its_parent() -> None:
    assert drawn_tree() == built_tree()
    assert built_tree()["LeaseLost"] == "StorageError"


def test_no_error_grows_beside_the_tree() -> None:
    found = [entry for path in product_files() for entry in exception_classes(path)]

    assert found == ["core/errors.py: PeilianError"]


def test_every_error_is_used_by_the_product() -> None:
    elsewhere = " ".join(
        path.read_text(encoding="utf-8")
        for path in product_files()
        if path != ROOT / "core" / "errors.py"
    )
    used = set(re.findall(r"\w+", elsewhere))
    parents = {parent for parent in built_tree().values() if parent}

    assert sorted(set(built_tree()) - parents - used) == []
