"""Points people give for items of the company's QA sheet that the machine has nothing to say about.

They are kept as reviews of their own kind, by the sheet's version: under another sheet they do
not count, and they are no part of the agreement figures, for they were not blind.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from core.domain.people import Person
from core.domain.qa_sheet import SheetLine
from core.domain.review import HumanMark, Origin, Review
from core.domain.scorecard import Scorecard
from core.ports.line_reader import LineReader
from core.services.judged import SHEET_ITEM, Case


def points_of(fields: Mapping[str, str], case: Case, reader: LineReader) -> dict[int, float]:
    """What a form gives (`points-0`: the first item's points; what is taken off where points are
    taken off; 0 for a veto that was hit) as shares 0..1 by place. Empty where there is nothing in
    it, or something that cannot be."""
    view = case.card(reader).sheet
    found: dict[int, float] = {}
    for at, line in enumerate(view.lines if view else ()):
        text = fields.get(f"points-{at}", "").strip()
        if not text:
            continue
        share = _share(text, line)
        if share is None:
            return {}
        found[at] = share
    return found


def _share(text: str, line: SheetLine) -> float | None:
    most = line.points or 1.0
    try:
        part = float(text) / most
    except ValueError:
        return None
    if not line.for_people or not 0 <= part <= 1:
        return None
    return 1 - part if line.deducts else part


def review_of_points(case: Case, card: Scorecard, *, by: Person, now: datetime) -> Review:
    """All points of the case, in this person's name."""
    return Review(
        dialogue_id=case.dialogue.id,
        rater_id=by.id,
        origin=Origin.SHEET,
        person_id=case.dialogue.person_id,
        at=now,
        version=card.sheet.version if card.sheet else "",
        human=tuple(HumanMark(f"{SHEET_ITEM}{at}", mark) for at, mark in case.points.items()),
        machine=(),
        overall=None,
        machine_overall=None,
    )
