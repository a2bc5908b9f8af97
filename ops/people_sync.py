"""The company's directory in WeCom, taken in by command and, where it is turned on, every hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bots.wecom.app import AppApi
from bots.wecom.directory import read_directory
from bots.wecom.people import APP, SYNCED
from core.catalogue import say
from core.domain.messages import ChannelKind
from core.errors import PeilianError, SendError, StorageUnavailable
from core.ports.live_state import LiveState
from core.ports.storage import Transactions
from core.services.directory_sync import Account, Synced, sync

log = structlog.get_logger("ops")

EVERY = timedelta(hours=1)
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class DirectorySync:
    """Takes the members in that one application sees."""

    api: AppApi
    transactions: Transactions
    live: LiveState
    language: str

    async def ring(self) -> int:
        """Take in what is due; how many people are not what they were. What goes wrong is tried
        again at the next ring."""
        try:
            if await self.live.get(SYNCED) is not None:
                return 0
            # First, so that a change told meanwhile is not taken for done.
            await self.live.put(SYNCED, "1", ttl=EVERY)
        except StorageUnavailable:
            return 0
        try:
            found = await self.take_in()
        except PeilianError as error:
            reason = error.reason if isinstance(error, SendError) else type(error).__name__
            log.warning("directory_not_read", reason=reason)
            await self.live.drop(SYNCED)
            return 0
        changed = len(found.new) + len(found.changed) + len(found.left)
        if changed or found.held or found.faults:
            log.info(
                "directory_synced",
                new=len(found.new),
                changed=len(found.changed),
                left=len(found.left),
                held=len(found.held),
                faults=len(found.faults),
            )
        return changed

    async def take_in(self, *, let_go: bool = False, dry_run: bool = False) -> Synced:
        """Read and keep, or only tell what would be. Raises SendError, StorageError."""
        members = await read_directory(self.api)
        account = Account(ChannelKind.WECOM, APP, self.language)
        return await self.transactions.write(
            lambda unit: sync(unit, members, account, let_go=let_go, dry_run=dry_run)
        )


def told(found: Synced, language: str, *, dry_run: bool, tell: Callable[[str], None]) -> bool:
    """Say what was taken in; False where a row was wrong or somebody was held back."""
    for fault in found.faults:
        why = say(language, f"list_fault.{fault.fault.value}", about=fault.about)
        tell(say(language, "people_sync.fault", line=fault.line, why=why))
    counts = {name: len(getattr(found, name)) for name in ("new", "changed", "same", "left")}
    tell(say(language, f"people_sync.{'would' if dry_run else 'kept'}", **counts))
    comma = say(language, "list.comma")
    if found.left:
        names = comma.join(one.name for one in found.left[:_SHOWN])
        tell(say(language, "people_sync.left", names=names))
    if found.held:
        names = comma.join(one.name for one in found.held[:_SHOWN])
        tell(say(language, "people_sync.held", count=len(found.held), names=names))
    return not found.faults and not found.held
