"""The reader of trainees' lines as the product uses it: patterns first, then the fitted model."""

from __future__ import annotations

from core.customer.line_reader import PatternLineReader
from core.learned.acts import chinese_guesser


def line_reader() -> PatternLineReader:
    """A reader with everything the product knows about lines."""
    return PatternLineReader(guessers={"zh": chinese_guesser()})
