"""How many sends a platform still allows to one address."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from core.domain.messages import ChannelAddress
from core.ports.delivery import SendWindow
from core.storage.memory.table import Journal, Table, utc
from core.storage.rules import plain_address


class MemorySendLedger:
    """`SendLedger` in dictionaries."""

    def __init__(self, journal: Journal) -> None:
        self._windows: Table[ChannelAddress, SendWindow] = Table(journal)
        self._grants: Table[tuple[ChannelAddress, str], int] = Table(journal)

    def open(self, address: ChannelAddress, *, now: datetime, sends: int, lasts: timedelta) -> None:
        plain_address(address)
        fresh = SendWindow(opened_at=utc(now), closes_at=utc(now) + lasts, left=sends)
        there = self._window(address, now)
        if there is None or (fresh.left, fresh.closes_at) > (there.left, there.closes_at):
            self._windows.put(address, fresh)

    def left(self, address: ChannelAddress, *, now: datetime) -> int:
        window = self._window(address, now)
        return 0 if window is None else window.left

    def spend(self, address: ChannelAddress, *, now: datetime, sends: int = 1) -> bool:
        window = self._window(address, now)
        if window is None or window.left < sends:
            return False
        self._windows.put(address, replace(window, left=window.left - sends))
        return True

    def exhaust(self, address: ChannelAddress) -> None:
        window = self._windows.get(address)
        if window is not None:
            self._windows.put(address, replace(window, left=0))

    def grant(self, address: ChannelAddress, template: str) -> None:
        plain_address(address)
        self._grants.put((address, template), self.grants(address, template) + 1)

    def grants(self, address: ChannelAddress, template: str) -> int:
        return self._grants.get((address, template)) or 0

    def use_grant(self, address: ChannelAddress, template: str) -> bool:
        left = self.grants(address, template)
        if left:
            self._grants.put((address, template), left - 1)
        return left > 0

    def revoke(self, address: ChannelAddress, template: str) -> None:
        if self._grants.get((address, template)) is not None:
            self._grants.put((address, template), 0)

    def _window(self, address: ChannelAddress, now: datetime) -> SendWindow | None:
        """The window while it is open."""
        window = self._windows.get(address)
        return window if window is not None and window.closes_at > utc(now) else None
