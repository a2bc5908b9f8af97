"""A reader that keeps what it has read, for as long as one talk is worked on."""

from __future__ import annotations

from collections.abc import Hashable

from core.domain.reading import LineReading
from core.ports.line_reader import LineContext, LineReader


class ReadOnce:
    """LineReader for one talk: the same text in the same context is read a single time.

    Every context it meets speaks of the same case, or of none.
    """

    def __init__(self, reader: LineReader) -> None:
        self._reader = reader
        self._known: dict[Hashable, LineReading] = {}

    def read(self, text: str, context: LineContext) -> LineReading:
        """What this line does, as the reader says."""
        around = (context.told, context.expected, context.customer_said, context.trainee_said)
        # A case is compared by what it is and not word by word: it is a whole file of words.
        key = (text, context.language, id(context.scenario), around)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._reader.read(text, context)
        return known
