"""The company's QA sheets that came in over the console."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.domain.qa_sheet import KeptSheet


class QaSheets(Protocol):
    """Proposals and confirmed sheets; what was confirmed stays."""

    def put(self, sheet: KeptSheet) -> None:
        """Keep, or replace the one of the same id."""
        ...

    def get(self, sheet_id: str) -> KeptSheet:
        """NotFound when there is none."""
        ...

    def all(self) -> Sequence[KeptSheet]:
        """Newest first."""
        ...

    def in_use(self) -> KeptSheet | None:
        """The one that was taken into use last."""
        ...

    def of_version(self, version: str) -> KeptSheet | None:
        """A confirmed sheet of this content."""
        ...

    def stop(self) -> None:
        """None of them is in use any more."""
        ...
