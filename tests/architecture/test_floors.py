"""The floors hold, and the tool that says so can say otherwise."""

import subprocess
import sys
import tomllib
from pathlib import Path

from grimp import ImportGraph

from tests.architecture.doors import breaches

ROOT = Path(__file__).resolve().parents[2]
LINT_IMPORTS = (
    "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
)


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def test_the_import_contracts_hold() -> None:
    result = lint_imports(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


def test_no_contract_has_a_list_of_exceptions() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]

    assert len(contracts) >= 10
    assert [c["name"] for c in contracts if "ignore_imports" in c] == []


def test_a_vendor_imported_beside_its_door_is_a_breach() -> None:
    graph = ImportGraph()
    for module in ("core.storage.tables", "core.storage_tricks", "ops.wiring"):
        graph.add_module(module)
    graph.add_module("sqlalchemy", is_squashed=True)
    graph.add_import(importer="core.storage.tables", imported="sqlalchemy")
    graph.add_import(importer="core.storage_tricks", imported="sqlalchemy")
    graph.add_import(importer="ops.wiring", imported="sqlalchemy")
    graph.add_import(importer="ops.wiring", imported="core.storage.tables")

    assert breaches(graph, ["sqlalchemy", "never_imported"], ["core.storage"]) == [
        ("core.storage_tricks", "sqlalchemy"),
        ("ops.wiring", "sqlalchemy"),
    ]


FAULTS = {
    "core/domain/fault.py": "import core.services.target",
    "core/llm/fault.py": "import core.storage.target",
    "core/services/fault.py": "import core.catalogue",
    "core/customer/fault.py": "import core.services.target",
    "core/readers/fault.py": "import core.services.target",
    "bots/fault.py": "import core.storage.target",
    "knowledge/fault.py": "import lora",
    "training_plans/fault.py": "import core.services.target",
    "core/strange.py": "",
    "ops/fault.py": "import pymysql",
    "ops/wiring.py": "import sqlalchemy",
    "bots/console/__init__.py": "import aiohttp",
}


def test_each_planted_fault_is_caught(tmp_path: Path) -> None:
    """An empty house with the same rooms is clean; with all faults, each is named."""
    plant_empty_house(tmp_path)
    assert lint_imports(tmp_path).returncode == 0

    for name, line in FAULTS.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(line + "\n", encoding="utf-8")
    result = lint_imports(tmp_path)

    assert result.returncode == 1
    faulty = [name.removesuffix(".py").removesuffix("/__init__") for name in FAULTS]
    assert [name for name in faulty if name.replace("/", ".") not in result.stdout] == []


def plant_empty_house(folder: Path) -> None:
    rooms = [path.parent.relative_to(ROOT) for path in ROOT.glob("core/*/__init__.py")]
    packages = ["bots", "core", "training_plans", "knowledge", "lora", "ops", *map(str, rooms)]
    for package in packages:
        (folder / package).mkdir(exist_ok=True)
        (folder / package / "__init__.py").write_text("", encoding="utf-8")
    for target in ("core/errors.py", "core/services/target.py", "core/storage/target.py"):
        (folder / target).write_text("", encoding="utf-8")
    (folder / "tests" / "architecture").mkdir(parents=True)
    for name in ("pyproject.toml", "tests/__init__.py", "tests/architecture/doors.py"):
        (folder / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
