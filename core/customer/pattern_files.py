"""Reading the pattern files beside the reader, with the place of every fault."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from core.errors import ContentError, ContentFault
from core.plain_yaml import load_plain

DATA = Path(__file__).parent / "data"
NEVER = re.compile(r"(?!)")


def load_yaml(file: Path) -> dict[str, Any]:
    """The mapping in `file`; ContentError when it is none."""
    try:
        loaded = load_plain(file.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContentError([ContentFault(file.name, line, str(error.problem))]) from error
    if not isinstance(loaded, dict):
        raise ContentError([ContentFault(file.name, 1, "not a mapping")])
    return loaded


def load_yaml_rows(file: Path) -> list[list[str]]:
    """The rows of words in `file`."""
    rows = load_plain(file.read_text(encoding="utf-8"))
    return [[str(word) for word in row] for row in rows]


def fault_at(file: Path, words: str, reason: str) -> ContentFault:
    """A fault at the first line of `file` that holds `words`."""
    lines = file.read_text(encoding="utf-8").splitlines()
    line = next((number for number, text in enumerate(lines, start=1) if words in text), 1)
    return ContentFault(file=file.name, line=line, reason=reason)


def compile_pattern(file: Path, written: str, faults: list[ContentFault]) -> re.Pattern[str]:
    """The compiled pattern; a fault is noted and a pattern that never matches stands in."""
    try:
        return re.compile(written, re.MULTILINE)
    except re.error as error:
        faults.append(fault_at(file, written, f"not a regular expression: {error}"))
        return NEVER
