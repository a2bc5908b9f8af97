"""What a list that came in has changed, so that it can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from core.domain.results import BusinessResult
from core.domain.worktime import Shift


class ListKind(StrEnum):
    """What kind of list."""

    ROSTER = "roster"
    RESULTS = "results"


CompanyRow: TypeAlias = Shift | BusinessResult


@dataclass(frozen=True, slots=True)
class ListChange:
    """One row as it came in, and as it stood before; None where there was none."""

    before: CompanyRow | None
    after: CompanyRow


@dataclass(frozen=True, slots=True)
class ListImport:
    """One list that came in: what it changed, when, and by whom (empty: from the command line)."""

    id: str
    kind: ListKind
    at: datetime
    by_id: str
    changes: tuple[ListChange, ...]
