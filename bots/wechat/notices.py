"""Telling a follower that something waits, while the account may send no message.

Sources: WeChat documentation of template messages (verified service accounts) and of subscription
notices (one for each yes of the person; a `thing` field holds 20 characters).
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import datetime

from bots.text import legal
from bots.wechat.account import Notice, NoticeKind
from core.domain.messages import ChannelAddress, Json
from core.errors import StorageError
from core.ports.storage import Transactions, UnitOfWork

_PATHS = {
    NoticeKind.TEMPLATE: "/cgi-bin/message/template/send",
    NoticeKind.SUBSCRIPTION: "/cgi-bin/message/subscribe/bizsend",
}
NO_LEAVE = {43101, 43107, 48002}
"""The person took their leave back, whatever the ledger thought."""


class Notices:
    """The one notice of an account, and the leave to send it."""

    def __init__(self, notice: Notice, *, transactions: Transactions, chars: int) -> None:
        self._notice = notice
        self._chars = chars
        self._transactions = transactions
        self.path = _PATHS[notice.kind]

    def is_allowed(self, unit: UnitOfWork, address: ChannelAddress) -> bool:
        """Whether there is leave to send one."""
        if self._notice.kind is NoticeKind.TEMPLATE:
            return True
        return unit.ledger.grants(address, self._notice.template_id) > 0

    async def take_leave(self, address: ChannelAddress) -> bool:
        """Take the leave to send one; a template of a service account needs none."""
        if self._notice.kind is NoticeKind.TEMPLATE:
            return True
        template = self._notice.template_id
        return await self._transactions.write(lambda u: u.ledger.use_grant(address, template))

    async def give_back(self, address: ChannelAddress) -> None:
        """The platform did not take it: the leave is still there."""
        if self._notice.kind is NoticeKind.SUBSCRIPTION:
            with contextlib.suppress(StorageError):
                await self._transactions.write(
                    lambda u: u.ledger.grant(address, self._notice.template_id)
                )

    async def revoke(self, address: ChannelAddress) -> None:
        """The platform says that there is no leave."""
        with contextlib.suppress(StorageError):
            await self._transactions.write(
                lambda u: u.ledger.revoke(address, self._notice.template_id)
            )

    def payload(self, address: ChannelAddress, text: str, *, now: datetime) -> dict[str, Json]:
        """The body of the call; `now` in the zone that people read the time in."""
        fields = fields_of(self._notice, text, now=now, chars=self._chars)
        return {
            "touser": address.user,
            "template_id": self._notice.template_id,
            "data": {field: {"value": value} for field, value in fields.items()},
        }


def fields_of(notice: Notice, text: str, *, now: datetime, chars: int) -> Mapping[str, str]:
    """What each field of the template shows of a message: its first line, its rest, the time."""
    title, _, rest = legal(text).strip().partition("\n")
    facts = {
        "title": _thing(title, chars),
        "text": _thing(rest or title, chars),
        "time": f"{now:%Y-%m-%d %H:%M}",
    }
    return {field: facts[fact] for field, fact in notice.fields}


def _thing(text: str, chars: int) -> str:
    """Text as a `thing` field takes it: one line of so many characters, never empty."""
    line = " ".join(text.split()) or "-"
    return line if len(line) <= chars else line[: chars - 1] + "…"
