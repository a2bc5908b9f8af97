"""A YAML file as plain data that remembers the line of everything in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import yaml

from core.content.reasons import Why
from core.errors import ContentFault
from core.plain_yaml import LOADER

Place: TypeAlias = tuple[str | int, ...]
"""Where something stands in a file: keys and list positions from the top."""

MAX_BYTES = 1_000_000
_TOO_DEEP = Why("too_deep")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\ufeff]")
_OWN_TAG = "tag:yaml.org,2002:"
_NUMBERS = {"tag:yaml.org,2002:int": int, "tag:yaml.org,2002:float": float}


@dataclass(frozen=True, slots=True)
class Source:
    """One file: `data` of dicts, lists, str, int, float, bool and None; `lines` from 1."""

    file: str
    data: object
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int:
        """The line of `place`, or of the nearest thing around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def fault(self, place: Place, reason: str) -> ContentFault:
        """A fault at `place`."""
        return ContentFault(file=self.file, line=self.line(place), reason=reason)


def read_source(path: Path) -> tuple[Source | None, list[ContentFault]]:
    """Read one YAML file; all faults of the notation at once, and no source if it has any."""
    file = str(path)
    try:
        raw = path.read_bytes()
        if len(raw) > MAX_BYTES:
            return None, [ContentFault(file, 1, Why("too_large", limit=MAX_BYTES))]
        node = yaml.compose(raw.decode("utf-8"), Loader=LOADER)
    except OSError as error:
        return None, [ContentFault(file, 1, Why("unreadable", problem=error.strerror))]
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return None, [ContentFault(file, line, Why("not_utf8"))]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        return None, [
            ContentFault(file, mark.line + 1 if mark else 1, Why("yaml", problem=error.problem))
        ]
    except yaml.YAMLError as error:
        return None, [ContentFault(file, 1, Why("yaml", problem=error))]
    except RecursionError:
        return None, [ContentFault(file, 1, _TOO_DEEP)]
    if node is None:
        return None, [ContentFault(file, 1, Why("empty"))]
    reader = _Reader(file)
    try:
        data = reader.plain(node, ())
    except RecursionError:
        return None, [ContentFault(file, 1, _TOO_DEEP)]
    if reader.faults:
        return None, reader.faults
    return Source(file, data, reader.lines), []


class _Reader:
    """Turns nodes into plain data; a date or `yes` stays the text that was written."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._seen: set[int] = set()
        self.lines: dict[Place, int] = {}
        self.faults: list[ContentFault] = []

    def plain(self, node: yaml.Node, place: Place) -> object:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if id(node) in self._seen:
            reason = Why("alias")
            self.faults.append(ContentFault(self._file, self.lines[place], reason))
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item, (*place, i)) for i, item in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            if not key:
                self._blame(key_node, Why("bad_key"))
                continue
            if key in found:
                self._blame(key_node, Why("twice.key", name=repr(key)))
                continue
            self.lines[(*place, key)] = key_node.start_mark.line + 1
            found[key] = self.plain(value_node, (*place, key))
        return found

    def _scalar(self, node: yaml.Node) -> object:
        text = str(node.value)
        if not node.tag.startswith(_OWN_TAG) or node.tag.startswith(f"{_OWN_TAG}python"):
            self._blame(node, Why("tag", name=node.tag))
        if _CONTROL.search(text):
            self._blame(node, Why("control"))
        if node.tag == "tag:yaml.org,2002:null":
            return None
        if node.tag == "tag:yaml.org,2002:bool" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        number = _NUMBERS.get(node.tag)
        if number is None:
            return text
        try:
            return number(text)
        except ValueError:
            return text

    def _blame(self, node: yaml.Node, reason: str) -> None:
        self.faults.append(ContentFault(self._file, node.start_mark.line + 1, reason))
