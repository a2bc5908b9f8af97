"""A company's QA sheet (质检表), and what it says of one talk in its own words and points."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

WHOLE = 100.0
"""Points of a sheet that is not failed anywhere."""


@dataclass(frozen=True, slots=True)
class SheetItem:
    """One line: its words, its points, whether failing it spoils everything (一票否决), whether
    its points are taken off the whole instead of being earned, and the checks (C.., T..) or
    critical errors (K..) it stands for; none: a person marks it."""

    words: str
    points: float
    veto: bool = False
    checks: tuple[str, ...] = ()
    deducts: bool = False


@dataclass(frozen=True, slots=True)
class QaSheet:
    """A whole sheet; a company confirms the suggested checks before anything is scored."""

    items: tuple[SheetItem, ...]

    @property
    def version(self) -> str:
        """Eight signs that name the content."""
        return hashlib.sha256(repr(self.items).encode()).hexdigest()[:8]

    @property
    def base(self) -> float:
        """What is there before anything is earned: all of it where points are only taken off."""
        return 0.0 if any(i.points and not i.veto and not i.deducts for i in self.items) else WHOLE


@dataclass(frozen=True, slots=True)
class PageOfSheet:
    """What was read from one page of a workbook; `left_out`: rows that were seen and do not count
    (hidden ones, points on top, sums)."""

    title: str
    sheet: QaSheet
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptSheet:
    """A sheet somebody handed in: a proposal until it is confirmed, and the one that counts if it
    was taken into use last (`used_at`). None of them is ever changed once confirmed: cards name
    its version."""

    id: str
    name: str
    sheet: QaSheet
    by_id: str
    at: datetime
    confirmed: bool = False
    used_at: datetime | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetLine:
    """An item with the points it brought (negative: took); None: a person has to say. `by_person`:
    one has said it."""

    words: str
    points: float
    score: float | None
    veto: bool = False
    deducts: bool = False
    by_person: bool = False

    @property
    def for_people(self) -> bool:
        """Whether it is a person's to say, said or not."""
        return self.score is None or self.by_person


@dataclass(frozen=True, slots=True)
class SheetView:
    """The company's view of a talk: `total` of what is known, `waiting` points for people, and
    the vetoes that were hit."""

    version: str
    total: float
    waiting: float
    vetoed: tuple[str, ...]
    lines: tuple[SheetLine, ...]
