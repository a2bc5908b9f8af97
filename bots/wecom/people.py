"""One member, two accounts: who is known to the app is known to the bot, and vice versa."""

from __future__ import annotations

from dataclasses import dataclass, field

from bots.wecom.convert import BOT
from core.domain.messages import ChannelAddress, ChannelKind
from core.errors import NotFound
from core.ports.storage import Conversation, Transactions, UnitOfWork
from core.services.binding import adopt

APP = "main"
SYNCED = "wecom:synced"
"""There as long as the directory counts as taken in; a change that the platform tells drops it."""

_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Members:
    """Ties what one member says to the app and to the bot to one person. Both come from the same
    company, and a member's id is the same in both."""

    transactions: Transactions
    _met: set[str] = field(default_factory=set)

    async def meet(self, user: str) -> None:
        """Before a line of this member is kept. Raises StorageError."""
        if user in self._met:
            return
        if await self.transactions.write(lambda unit: _tie(unit, user)):
            if len(self._met) >= _MOST:
                self._met.clear()
            self._met.add(user)


def _tie(unit: UnitOfWork, user: str) -> bool:
    """Whether the member is somebody now: nobody has to look again then."""
    sides = [
        unit.conversations.at(ChannelAddress(ChannelKind.WECOM, account, user))
        for account in (APP, BOT)
    ]
    known = next((side for side in sides if _is_known(unit, side)), None)
    if known is None or known.person_id is None:
        return False
    for side in sides:
        if not _is_known(unit, side):
            adopt(unit, known.person_id, conversation_id=side.id)
    return True


def _is_known(unit: UnitOfWork, side: Conversation) -> bool:
    if side.person_id is None:
        return False
    try:
        return not unit.people.get(side.person_id).guest
    except NotFound:
        return False
