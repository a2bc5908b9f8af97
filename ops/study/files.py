"""The study's files: lines are added in step, and a study that was killed goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from core.domain.messages import Json, JsonObject
from core.errors import SettingsError

PLAN = "study.json"
DIALOGUES = "dialogues.jsonl"
SCORECARDS = "scorecards.jsonl"
REALISM = "realism.jsonl"
_KINDS = (DIALOGUES, SCORECARDS, REALISM)


@dataclass(frozen=True, slots=True)
class Rows:
    """What one talk leaves behind: a line in each file."""

    dialogue: JsonObject
    scorecard: JsonObject
    realism: JsonObject


class StudyFiles:
    """The folder of one study. Lines are on disk after `add`; all three files grow together."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open = {kind: (folder / kind).open("ab") for kind in _KINDS}

    def add(self, rows: Sequence[Rows]) -> None:
        """Write and sync; the realism file last, so that a line there means the talk is whole."""
        for kind, lines in zip(
            _KINDS,
            (
                [row.dialogue for row in rows],
                [row.scorecard for row in rows],
                [row.realism for row in rows],
            ),
            strict=True,
        ):
            handle = self._open[kind]
            handle.write("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in lines).encode())
            handle.flush()
            os.fsync(handle.fileno())

    def close(self) -> None:
        """Close the three files."""
        for handle in self._open.values():
            handle.close()


def begin(folder: Path, plan: dict[str, Json], *, resume: bool) -> frozenset[str]:
    """Prepare the folder; the ids of the talks that are already whole.

    Half-written lines of a killed study are cut off. SettingsError when the folder holds a
    study and `resume` is not wanted, or another study than `plan`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / PLAN
    if not kept.exists():
        kept.write_text(json.dumps(plan, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return frozenset()
    if not resume:
        raise SettingsError([f"{folder} holds a study: add --resume, or name another folder"])
    if json.loads(kept.read_text(encoding="utf-8")) != plan:
        raise SettingsError([f"{kept} was made with other options: repeat them, or start anew"])
    whole = frozenset.intersection(*(_ids(folder / kind) for kind in _KINDS))
    for kind in _KINDS:
        _keep_only(folder / kind, whole)
    return whole


def read_rows(path: Path) -> Iterator[JsonObject]:
    """The whole lines of a file, if there is one; a half line at the end is not there."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        for line in lines:
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if line.endswith(b"\n") and isinstance(found, dict):
                yield cast(JsonObject, found)


def _ids(path: Path) -> frozenset[str]:
    return frozenset(str(row["id"]) for row in read_rows(path))


def _keep_only(path: Path, ids: frozenset[str]) -> None:
    """Rewrite the file with the lines of these talks, each once."""
    if not path.exists():
        return
    seen: set[tuple[str, Json]] = set()
    kept = []
    for row in read_rows(path):
        name = (str(row["id"]), row.get("by"))
        if name[0] in ids and name not in seen:
            seen.add(name)
            kept.append(row)
    write_rows(path, kept)


def write_rows(path: Path, rows: Iterable[JsonObject]) -> None:
    """Put a whole file in the place of another; a crash leaves the old one."""
    fresh = path.with_suffix(".part")
    with fresh.open("wb") as target:
        for row in rows:
            target.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        target.flush()
        os.fsync(target.fileno())
    fresh.replace(path)
