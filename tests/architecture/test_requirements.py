"""The locks: complete, hashed, free of addresses, and importable which `pip check` cannot tell."""

import importlib
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["base.txt", "ml.txt", "test.txt", "lint.txt"]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)( ; .+)? \\$")

# Distribution -> the module our code imports first, and the part that fails late when it is ill.
IMPORTS = {
    "aiohttp": "aiohttp.web",
    "alembic": "alembic.command",
    "beautifulsoup4": "bs4",
    "lxml": "lxml.etree",
    "markdown-it-py": "markdown_it",
    "opencc": "opencc",
    "pypdf": "pypdf",
    "pypinyin": "pypinyin",
    "pysubs2": "pysubs2",
    "python-docx": "docx",
    "snowballstemmer": "snowballstemmer",
    "apscheduler": "apscheduler.schedulers.asyncio",
    "fsrs": "fsrs",
    "jinja2": "jinja2",
    "jsonschema": "jsonschema",
    "openpyxl": "openpyxl",
    "orjson": "orjson",
    "prometheus-client": "prometheus_client",
    "prompt-toolkit": "prompt_toolkit",
    "pydantic-settings": "pydantic_settings",
    "pymysql": "sqlalchemy.dialects.mysql.pymysql",
    "pyyaml": "yaml",
    "redis": "redis.asyncio",
    "resvg-py": "resvg_py",
    "rich": "rich",
    "slack-bolt": "slack_bolt.async_app",
    "sqlalchemy": "sqlalchemy",
    "structlog": "structlog",
    "wechatpy": "wechatpy.crypto",
}


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {normalized(re.split(r"[\[<>=~! ]", line)[0]) for line in project["dependencies"]}


def pins(lock: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / lock).read_text(encoding="utf-8").splitlines()
    return {normalized(m[1]): m[2] for line in lines if (m := PIN.match(line))}


def test_the_table_of_imports_covers_every_declared_dependency() -> None:
    assert set(IMPORTS) == declared()


@pytest.mark.parametrize("distribution", sorted(IMPORTS))
def test_every_base_dependency_of_the_lock_is_installed_as_locked_and_imports(
    distribution: str,
) -> None:
    importlib.import_module(IMPORTS[distribution])

    assert metadata.version(distribution) == pins("base.txt")[distribution]


@pytest.mark.parametrize("lock", [*LOCKS, "peers.txt", "peers-node.txt"])
def test_no_lock_names_a_registry_or_any_other_address(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")

    assert "://" not in text
    assert not re.search(
        r"^\s*(-i|-f|--(extra-)?index-url|--find-links|--trusted-host)\b", text, re.M
    )


@pytest.mark.parametrize("lock", [*LOCKS, "peers.txt"])
def test_every_line_of_a_lock_is_a_pin_or_one_of_its_hashes(lock: str) -> None:
    lines = (ROOT / "requirements" / lock).read_text(encoding="utf-8").splitlines()
    hash_line = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")

    assert [line for line in lines if not PIN.match(line) and not hash_line.match(line)] == []


def test_every_package_for_node_is_pinned_by_its_digest() -> None:
    lines = (ROOT / "requirements" / "peers-node.txt").read_text(encoding="utf-8").splitlines()
    pin = re.compile(r"^(@[a-z-]+/)?[a-z0-9-]+ \d+\.\d+\.\d+ sha512-[A-Za-z0-9+/]{86}==$")

    assert [line for line in lines if not pin.match(line)] == []


@pytest.mark.parametrize("lock", ["ml.txt", "test.txt", "lint.txt"])
def test_the_other_locks_hold_the_base_lock_unchanged(lock: str) -> None:
    base, other = pins("base.txt"), pins(lock)

    assert {name: other.get(name) for name in base} == base


def test_heavy_optional_libraries_are_in_no_lock() -> None:
    locked = {name for lock in LOCKS for name in pins(lock)}

    assert locked & {"torch", "peft", "transformers", "triton"} == set()
