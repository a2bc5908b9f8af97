"""A company's own prices, deadlines, limits and hours: one file, named by the scenarios.

A scenario writes `{policy.refund_days}` where the value belongs. `policy.yaml` of the shipped pack
defines each value with a label and, where a case would make no sense otherwise, its bounds; a
company's `policy.yaml` gives another value for a key and touches no scenario.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from core.content.reasons import Why
from core.content.source import Place, Source
from core.content.variants import NAMED as VARIED
from core.content.variants import varies
from core.errors import ContentFault

FILE_NAME = "policy.yaml"
Value: TypeAlias = int | float | str

_NAMED = re.compile(r"\{policy\.([^{}]*)\}")
_BRACE = re.compile(r"[{}]")
_TYPES: tuple[tuple[type, str], ...] = ((int, "integer"), (float, "number"), (str, "text"))


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """One value as the last pack has it, the bounds of its definition, and where it stands."""

    value: Value
    source: Source
    place: Place
    at_least: float | None = None
    at_most: float | None = None


@dataclass(slots=True)
class Policies:
    """The values of all packs by language and key; a later file overrides an earlier one."""

    _values: dict[tuple[str, str], PolicyValue] = field(default_factory=dict)
    _used: set[tuple[str, str]] = field(default_factory=set)

    def read(self, source: Source) -> list[ContentFault]:
        """Take over a file whose shape is right; what is wrong with it beyond its shape."""
        data = source.data
        if not isinstance(data, dict):
            raise TypeError("the shape is checked before anything is read")
        faults: list[ContentFault] = []
        for key, entry in data["values"].items():
            name = (str(data["language"]), key)
            place: Place = ("values", key)
            fault = self._take(name, entry, source=source, place=place)
            if fault:
                faults.append(source.fault(place, fault))
        return faults

    def fill(self, source: Source) -> tuple[Source, list[ContentFault]]:
        """The scenario with every named value in its place, and a fault for every unknown name.

        Its version carries a digest of the values it says, so that the version stored with a
        dialogue tells which prices and deadlines it was held with.
        """
        if not isinstance(source.data, dict):
            return source, []
        language = str(source.data.get("language", ""))
        said: dict[str, Value] = {}
        faults: list[ContentFault] = []
        drawn_later = varies(source)

        def word(text: str, place: Place) -> str:
            for key in _NAMED.findall(text):
                known = self._values.get((language, key))
                if known is None:
                    reason = Why(
                        "unknown_policy",
                        name=f"{{policy.{key}}}",
                        file=FILE_NAME,
                        language=language,
                    )
                    faults.append(source.fault(place, reason))
                else:
                    said[key] = known.value
            rest = _NAMED.sub("", text)
            if _BRACE.search(VARIED.sub("", rest) if drawn_later else rest):
                faults.append(source.fault(place, Why("stray_brace")))
            return _NAMED.sub(lambda found: _spoken(said.get(found[1], found[0])), text)

        data = {key: _worded(value, (key,), word) for key, value in source.data.items()}
        self._used.update((language, key) for key in said)
        if said and isinstance(data.get("version"), str):
            data["version"] = f"{data['version']}+{_digest(said)}"
        return replace(source, data=data), faults

    def unused(self) -> list[ContentFault]:
        """A fault for every value that no scenario says."""
        return [
            one.source.fault(one.place, Why("unused", name=f"{{policy.{key}}}"))
            for (language, key), one in self._values.items()
            if (language, key) not in self._used
        ]

    def spoken(self) -> dict[str, dict[str, str]]:
        """Language -> name -> the value as people write it."""
        said: dict[str, dict[str, str]] = {}
        for (language, key), one in self._values.items():
            said.setdefault(language, {})[key] = _spoken(one.value)
        return said

    def _take(
        self, name: tuple[str, str], entry: object, *, source: Source, place: Place
    ) -> str | None:
        """Keep the entry, or say why it cannot be kept."""
        before = self._values.get(name)
        if before is None and not isinstance(entry, dict):
            return Why("unknown_name.policy", name=repr(name[1]))
        said: dict[str, Any] = entry if isinstance(entry, dict) else {"value": entry}
        fresh = PolicyValue(
            value=said["value"],
            source=source,
            place=place,
            at_least=said.get("at_least", before.at_least if before else None),
            at_most=said.get("at_most", before.at_most if before else None),
        )
        if before is not None and not _fits(fresh.value, before.value):
            return Why("wrong_type.before", name=name[1], type=_type(before.value))
        self._values[name] = fresh
        return _out_of_range(name[1], fresh)


def _worded(node: object, place: Place, word: Callable[[str, Place], str]) -> object:
    """The same data with every text in it passed through `word`."""
    if isinstance(node, str):
        return word(node, place)
    if isinstance(node, list):
        return [_worded(item, (*place, i), word) for i, item in enumerate(node)]
    if isinstance(node, dict):
        return {key: _worded(item, (*place, key), word) for key, item in node.items()}
    return node


def _spoken(value: Value) -> str:
    """As people write it: 10.0 is 10."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _digest(said: dict[str, Value]) -> str:
    written = "\n".join(f"{key}={_spoken(value)}" for key, value in sorted(said.items()))
    return hashlib.sha256(written.encode()).hexdigest()[:8]


def _fits(value: Value, defined: Value) -> bool:
    """Whether a value may stand where another was defined: a whole number is a number too."""
    wanted = (int, float) if isinstance(defined, float) else type(defined)
    return isinstance(value, wanted)


def _type(value: Value) -> str:
    return next(name for kind, name in _TYPES if isinstance(value, kind))


def _out_of_range(key: str, one: PolicyValue) -> str | None:
    if isinstance(one.value, str):
        return None
    if one.at_least is not None and one.value < one.at_least:
        return Why("out_of_range.least", name=key, value=one.value, limit=one.at_least)
    if one.at_most is not None and one.value > one.at_most:
        return Why("out_of_range.most", name=key, value=one.value, limit=one.at_most)
    return None
