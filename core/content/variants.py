"""Values that differ from dialogue to dialogue: pools in a scenario, one row of each a case.

A scenario with `variants` writes `{goods.name}` or `{tail}` where a value belongs that real
customers would not all share. Case 0 has the first row of every pool; every other number draws a
row of each, the same whenever it is asked. The number stands at the end of the version that a
dialogue is stored with (`2+9f3a01cc~37`), so that everything that reads this version back works
with the values the customer had. A dialogue without a number has case 0.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, TypeAlias

from core.content.reasons import Why
from core.content.source import Place, Source

SECTION = "variants"
MARK = "~"
CASES = 32
"""Cases that seeds are spread over: enough that two talks are seldom alike, few enough to keep."""

NAMED = re.compile(r"\{(?!policy\.)([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)\}")
"""A name in a text; those of the company's values belong to `policy`."""

_SAME_FOR_ALL = ("id", "version", "language", "industry", "family", "title", "brief", "personas")
"""What is listed, chosen or counted before a case is drawn."""

Words: TypeAlias = str | list[str]
Row: TypeAlias = Mapping[str, Words]


def number_of(seed: int) -> int:
    """The case of a dialogue with this seed, from 1."""
    digest = hashlib.blake2b(f"case:{seed}".encode(), digest_size=4).digest()
    return 1 + int.from_bytes(digest, "big") % CASES


def split(version: str) -> tuple[str, int]:
    """A dialogue's version of a scenario as the scenario's own and the number of its case."""
    own, _, number = version.partition(MARK)
    return own, int(number) if number.isdecimal() else 0


def varies(source: Source) -> bool:
    """Whether the scenario has pools."""
    return isinstance(source.data, dict) and bool(source.data.get(SECTION))


def drawn(source: Source, number: int) -> Source:
    """The scenario as case `number` has it, without its pools; unchanged where it has none."""
    rows = _pools(source)
    if not rows:
        return source
    picked = {name: pool[_row(name, len(pool), number)] for name, pool in rows.items()}
    return _filled(source, picked, f"{MARK}{number}" if number else "")


def _row(pool: str, size: int, number: int) -> int:
    """The row of a pool that case `number` has: all rows come once before one comes again."""
    if not number:
        return 0
    turn, place = divmod(number - 1, size)
    return Random(f"{pool}:{turn}").sample(range(size), size)[place]


def each_row(source: Source) -> Iterator[tuple[str, Source]]:
    """Cases that hold every row of every pool at least once, each with the rows it holds."""
    pools = _pools(source)
    for at in range(max(map(len, pools.values()), default=0)):
        picked = {name: pool[at % len(pool)] for name, pool in pools.items()}
        told = ", ".join(f"{name} {at % len(pool) + 1}" for name, pool in pools.items())
        yield told, _filled(source, picked, "")


def variant_faults(source: Source) -> Iterator[tuple[Place, Why]]:
    """What is wrong with the pools, whose shape is right, and with the names of them."""
    pools = _pools(source)
    yield from _row_faults(pools)
    known = {_full(name, field) for name, pool in pools.items() for field in pool[0]}
    lists = _lists(pools)
    used: set[str] = set()
    for place, text in _texts(source.data, ()):
        for found in NAMED.finditer(text):
            used.add(found[1])
            fault = _name_fault(found, place, known=known, lists=lists)
            if fault:
                yield place, fault
    for name in sorted(known - used):
        yield (SECTION, name.partition(".")[0]), Why("unused.variant", name=f"{{{name}}}")


def _row_faults(pools: Mapping[str, Sequence[Row]]) -> Iterator[tuple[Place, Why]]:
    for name, pool in pools.items():
        fields = set(pool[0])
        for at, row in enumerate(pool):
            if any(NAMED.search(text) for _, text in _texts(dict(row), (SECTION,))):
                yield (SECTION, name, at), Why("nested", row=at + 1, name=name)
            if set(row) != fields:
                wrong = ", ".join(sorted(fields ^ set(row)))
                yield (SECTION, name, at), Why("uneven", row=at + 1, name=name, fields=wrong)


def _name_fault(
    found: re.Match[str], place: Place, *, known: Collection[str], lists: Collection[str]
) -> Why | None:
    """What is wrong with a name where it stands, or nothing."""
    alone = found[0] == found.string and isinstance(place[-1], int)
    if found[1] not in known:
        return Why("unknown_variant", name=found[0])
    if place[0] in _SAME_FOR_ALL:
        return Why("varied", place=place[0])
    if found[1] in lists and not alone:
        return Why("list_inside", name=found[0])
    return None


def _lists(pools: Mapping[str, Sequence[Row]]) -> set[str]:
    """The names that hold several texts in some row."""
    return {
        _full(name, field)
        for name, pool in pools.items()
        for row in pool
        for field, words in row.items()
        if isinstance(words, list)
    }


def _pools(source: Source) -> dict[str, list[Row]]:
    """Pool -> rows; a row that is one text has the field ""."""
    if not isinstance(source.data, dict):
        return {}
    return {
        name: [row if isinstance(row, dict) else {"": row} for row in pool]
        for name, pool in source.data.get(SECTION, {}).items()
    }


def _full(pool: str, field: str) -> str:
    return f"{pool}.{field}" if field else pool


def _texts(node: object, place: Place) -> Iterator[tuple[Place, str]]:
    """Every text that may say a name, outside the pools."""
    if isinstance(node, str):
        yield place, node
    elif isinstance(node, list):
        for at, item in enumerate(node):
            yield from _texts(item, (*place, at))
    elif isinstance(node, dict):
        for key, item in node.items():
            if place or key != SECTION:
                yield from _texts(item, (*place, key))


def _filled(source: Source, picked: Mapping[str, Row], mark: str) -> Source:
    values = {
        _full(name, field): words for name, row in picked.items() for field, words in row.items()
    }
    data: Any = source.data
    filled = {key: _said(item, values) for key, item in data.items() if key != SECTION}
    filled["version"] = f"{filled['version']}{mark}" if mark else filled.get("version")
    return replace(source, data=filled)


def _said(node: object, values: Mapping[str, Words]) -> object:
    if isinstance(node, str):
        return NAMED.sub(lambda found: str(values[found[1]]), node)
    if isinstance(node, dict):
        return {key: _said(item, values) for key, item in node.items()}
    if isinstance(node, list):
        return _said_list(node, values)
    return node


def _said_list(items: Sequence[object], values: Mapping[str, Words]) -> list[object]:
    """The items, each name of several texts replaced by them; what is then there twice, once."""
    found: list[object] = []
    for item in items:
        name = NAMED.fullmatch(item) if isinstance(item, str) else None
        words = values[name[1]] if name else None
        for said in words if isinstance(words, list) else [_said(item, values)]:
            if not isinstance(said, str) or said not in found:
                found.append(said)
    return found
