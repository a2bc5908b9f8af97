"""Everything about one person as a file to take along: JSON for machines, a page for people."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from html import escape

from core.catalogue import has, say
from core.domain.messages import Json

Row = Mapping[str, Json]
Rows = Mapping[str, Sequence[Row]]

FIRST = ("people", "dialogues", "turns", "scorecards", "remarks")
"""Shown first; the rest follows by name."""

_LONGEST_CELL = 400
_STAMP = (1980, 1, 1, 0, 0, 0)
"""The same data makes the same file."""


def archive(rows: Rows, *, language: str) -> bytes:
    """A zip: `data/TABLE.json` for each table, and `index.html` with all of it to read."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        _add(file, "index.html", to_read(rows, language=language))
        for table, found in sorted(rows.items()):
            text = json.dumps(list(found), ensure_ascii=False, indent=1)
            _add(file, f"data/{table}.json", text)
    return data.getvalue()


def to_read(rows: Rows, *, language: str) -> str:
    """One page without anything from elsewhere."""
    title = say(language, "personal.title")
    named = [table for table in FIRST if table in rows]
    named += [table for table in sorted(rows) if table not in FIRST]
    parts = [
        f"<h2>{escape(label(language, table))} ({len(rows[table])})</h2>"
        + (_talks(rows, language) if table == "turns" else _table(rows[table]))
        for table in named
    ]
    return (
        f'<!doctype html><html lang="{escape(language)}"><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>body{{font-family:sans-serif;max-width:70em;"
        "margin:1em auto;padding:0 1em}td,th{border:1px solid #999;padding:.2em .5em;"
        "text-align:left;vertical-align:top}table{border-collapse:collapse;display:block;"
        f"overflow-x:auto}}</style><h1>{escape(title)}</h1>"
        f"<p>{escape(say(language, 'personal.note'))}</p>{''.join(parts)}</html>"
    )


def label(language: str, table: str) -> str:
    """A table's name in words."""
    key = f"personal.table.{table}"
    return say(language, key) if has(language, key) else table


def count_lines(language: str, counts: Mapping[str, int]) -> list[str]:
    """How much of what is kept, a line each."""
    return [
        say(language, "personal.count", what=label(language, table), count=count)
        for table, count in counts.items()
    ]


def _talks(rows: Rows, language: str) -> str:
    """Turns as talks."""
    found: dict[str, list[str]] = {}
    for row in rows["turns"]:
        speaker = say(language, f"personal.speaker.{row['speaker']}")
        line = f"<p><b>{escape(speaker)}</b> {escape(str(row['text']))}</p>"
        found.setdefault(str(row["dialogue_id"]), []).append(line)
    return "".join(
        f"<details><summary>{escape(name)}</summary>{''.join(lines)}</details>"
        for name, lines in found.items()
    )


def _table(rows: Sequence[Row]) -> str:
    names = list(rows[0])
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_cell(row[name]))}</td>" for name in names) + "</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}…"


def _add(file: zipfile.ZipFile, name: str, text: str) -> None:
    entry = zipfile.ZipInfo(name, _STAMP)
    entry.compress_type = zipfile.ZIP_DEFLATED
    file.writestr(entry, text)
