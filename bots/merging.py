"""Several quick messages are one line: people write as they think."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.domain.messages import ChannelAddress, ChannelKind
from core.ports.delivery import InboxRow
from core.services.role_play import MAX_LINE

MOST = 8
"""Messages in one line."""

MOST_GAPS = 3
"""However fast somebody goes on writing, they are answered after so many gaps."""


@dataclass(frozen=True, slots=True)
class Merging:
    """How long a person may pause before the customer answers. Nobody waits in a terminal or on
    `instant` accounts, which are answered within the request."""

    gap: timedelta = timedelta(0)
    instant: frozenset[tuple[ChannelKind, str]] = frozenset()

    def gap_of(self, address: ChannelAddress) -> timedelta:
        """The pause that ends a line at this address; nought where messages stand alone."""
        alone = address.channel is ChannelKind.CONSOLE
        return (
            timedelta(0)
            if alone or (address.channel, address.account) in self.instant
            else self.gap
        )


def one_line(
    rows: Sequence[InboxRow], *, gap: timedelta, is_talk: Callable[[InboxRow], bool]
) -> tuple[InboxRow, ...]:
    """The first of these open rows with those behind it that go on with it: talk, each within
    `gap` of the one before, all of them no longer than a line may be."""
    line = [rows[0]]
    if not gap or not is_talk(rows[0]):
        return tuple(line)
    length = len(rows[0].message.text)
    for row in rows[1:MOST]:
        length += 1 + len(row.message.text)
        late = row.received_at - line[-1].received_at > gap
        if late or length > MAX_LINE or not is_talk(row):
            break
        line.append(row)
    return tuple(line)


def open_until(rows: Sequence[InboxRow], *, gap: timedelta) -> datetime:
    """When a line of these rows is over, if nothing is added to it."""
    return min(rows[-1].received_at + gap, rows[0].received_at + MOST_GAPS * gap)


def merged(line: Sequence[InboxRow]) -> InboxRow:
    """The rows of one line as one: the first, with all that was written."""
    first = line[0]
    text = "\n".join(row.message.text.strip() for row in line)
    return replace(first, message=replace(first.message, text=text)) if len(line) > 1 else first
