"""The sheet on which people grade a sample of talks (人工抽检), and its way back."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

from core.domain.messages import JsonObject
from core.errors import SettingsError
from ops.study.files import DIALOGUES, REALISM, read_rows, write_rows
from ops.study.realism import MEASURES

SHEET = "spot_check.csv"
SAMPLE = 60
_GRADED = tuple(name for name in MEASURES if name != "overall")


def write_sheet(folder: Path, *, seed: int, talks: int = SAMPLE) -> Path:
    """A sheet with talks spread over scenarios and skills; the machine's grades are not on it.

    An existing sheet stays: people may have begun to fill it in.
    """
    sheet = folder / SHEET
    if sheet.exists():
        return sheet
    sample = _sample(read_rows(folder / DIALOGUES), Random(f"{seed}:spot-check"), talks)
    # With a byte order mark, or spreadsheets take it for a local encoding.
    with sheet.open("w", encoding="utf-8-sig", newline="") as target:
        lines = csv.writer(target)
        lines.writerow(["id", "talk", *_GRADED, "overall"])
        for row in sample:
            lines.writerow([row["id"], _plain(row), *[""] * len(MEASURES)])
    return sheet


def read_sheet(folder: Path, sheet: Path) -> int:
    """Put the grades of a filled-in sheet beside the machine's; the number of talks graded.

    SettingsError names every cell that holds no number from 0 to 10; nothing is read then.
    Reading a sheet again replaces what was read from it before.
    """
    faults: list[str] = []
    graded: list[JsonObject] = []
    with sheet.open(encoding="utf-8-sig", newline="") as lines:
        for number, line in enumerate(csv.DictReader(lines), start=2):
            row = _graded_row(line, number, sheet, faults)
            if row is not None:
                graded.append(row)
    known = {str(row["id"]) for row in read_rows(folder / DIALOGUES)}
    faults.extend(f"{sheet}: {row['id']}" for row in graded if str(row["id"]) not in known)
    if faults:
        raise SettingsError(faults)
    machine = [row for row in read_rows(folder / REALISM) if row.get("by") != "person"]
    write_rows(folder / REALISM, [*machine, *graded])
    return len(graded)


def _graded_row(
    line: dict[str, str], number: int, sheet: Path, faults: list[str]
) -> JsonObject | None:
    grades: dict[str, float] = {}
    for name in MEASURES:
        cell = (line.get(name) or "").strip()
        if not cell:
            continue
        try:
            grade = float(cell)
        except ValueError:
            grade = -1.0
        if not 0 <= grade <= 10:
            faults.append(f"{sheet}:{number}: {name} = {cell!r}: 0..10")
            continue
        grades[name] = grade
    if not grades:
        return None
    return {"id": line.get("id") or "", **grades, "by": "person"}


def _sample(rows: Iterable[JsonObject], chance: Random, talks: int) -> Sequence[JsonObject]:
    """Every scenario and skill in turn, so that none is left out."""
    groups: dict[tuple[str, str], list[JsonObject]] = defaultdict(list)
    for row in rows:
        groups[str(row.get("scenario")), str(row.get("skill"))].append(row)
    queues = [chance.sample(group, len(group)) for _, group in sorted(groups.items())]
    chance.shuffle(queues)
    picked: list[JsonObject] = []
    while any(queues) and len(picked) < talks:
        for queue in queues:
            if queue and len(picked) < talks:
                picked.append(queue.pop())
    return picked


def _plain(row: JsonObject) -> str:
    turns = row.get("turns")
    lines = turns if isinstance(turns, list) else []
    return "\n".join(
        f"{'A' if turn.get('speaker') == 'trainee' else 'B'}: {turn.get('text')}"
        for turn in lines
        if isinstance(turn, dict)
    )
