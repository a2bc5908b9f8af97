"""One member, two accounts: who is known to the app is known to the bot, and vice versa."""

from __future__ import annotations

from dataclasses import dataclass, field

from bots.wecom.convert import BOT
from core.domain.messages import ChannelAddress, ChannelKind
from core.errors import NotFound
from core.ports.delivery import Conversation
from core.ports.storage import Transactions, UnitOfWork
from core.services.binding import adopt

APP = "main"
SYNCED = "wecom:synced"
"""There as long as the directory counts as taken in; a change that the platform tells drops it."""

_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Members:
    """Ties what a member says on one account to who they are on the other. Both belong to the same
    company, and a member's id is the same in both."""

    transactions: Transactions
    _met: set[tuple[str, str]] = field(default_factory=set)

    async def meet(self, account: str, user: str) -> None:
        """Before a line of this member is kept. Raises StorageError."""
        if (account, user) in self._met:
            return
        if await self.transactions.write(lambda unit: _tie(unit, account, user), ahead=True):
            if len(self._met) >= _MOST:
                self._met.clear()
            self._met.add((account, user))


def _tie(unit: UnitOfWork, account: str, user: str) -> bool:
    """Whether the member is somebody here now: nobody has to look again then. The other side is
    only looked at: who is tied to the application counts as one of its directory."""
    other = APP if account == BOT else BOT
    here, there = (
        unit.conversations.at(ChannelAddress(ChannelKind.WECOM, name, user))
        for name in (account, other)
    )
    if _is_known(unit, here):
        return True
    if there.person_id is None or not _is_known(unit, there):
        return False
    adopt(unit, there.person_id, conversation_id=here.id)
    return True


def _is_known(unit: UnitOfWork, side: Conversation) -> bool:
    if side.person_id is None:
        return False
    try:
        return not unit.people.get(side.person_id).guest
    except NotFound:
        return False
