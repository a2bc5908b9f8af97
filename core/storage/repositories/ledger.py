"""How many sends a platform still allows to one address."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, or_, select, update

from core.domain.messages import ChannelAddress
from core.storage.repositories.statements import insert_if_new
from core.storage.tables import send_grants, send_windows

_W = send_windows.c
_HERE = and_(
    _W.channel == bindparam("of_channel"),
    _W.account == bindparam("of_account"),
    _W.user == bindparam("of_user"),
)

_OPEN = (
    update(send_windows)
    .where(
        _HERE,
        or_(
            _W.closes_at <= bindparam("now"),
            _W.sends_left < bindparam("sends"),
            and_(_W.sends_left == bindparam("sends"), _W.closes_at < bindparam("until")),
        ),
    )
    .values(opened_at=bindparam("now"), closes_at=bindparam("until"), sends_left=bindparam("sends"))
)
_FIRST = insert_if_new(send_windows)
_LEFT = select(_W.sends_left).where(_HERE, _W.closes_at > bindparam("now"))
_SPEND = (
    update(send_windows)
    .where(_HERE, _W.closes_at > bindparam("now"), _W.sends_left >= bindparam("sends"))
    .values(sends_left=_W.sends_left - bindparam("sends"))
)
_EXHAUST = update(send_windows).where(_HERE).values(sends_left=0)

_G = send_grants.c
_THIS = and_(
    _G.channel == bindparam("of_channel"),
    _G.account == bindparam("of_account"),
    _G.user == bindparam("of_user"),
    _G.template == bindparam("of_template"),
)
_GRANT = update(send_grants).where(_THIS).values(left=_G.left + 1)
_FIRST_GRANT = insert_if_new(send_grants)
_GRANTS = select(_G.left).where(_THIS)
_USE_GRANT = update(send_grants).where(_THIS, _G.left > 0).values(left=_G.left - 1)
_REVOKE = update(send_grants).where(_THIS).values(left=0)


class SqlSendLedger:
    """`SendLedger` in tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self, address: ChannelAddress, *, now: datetime, sends: int, lasts: timedelta) -> None:
        window = {"now": now, "until": now + lasts, "sends": sends}
        if self._connection.execute(_OPEN, {**_here(address), **window}).rowcount == 1:
            return
        # Either there is a better window, which stays, or there is none yet.
        self._connection.execute(
            _FIRST,
            {
                "channel": address.channel.value,
                "account": address.account,
                "user": address.user,
                "opened_at": now,
                "closes_at": now + lasts,
                "sends_left": sends,
            },
        )

    def left(self, address: ChannelAddress, *, now: datetime) -> int:
        return self._connection.execute(_LEFT, {**_here(address), "now": now}).scalar() or 0

    def spend(self, address: ChannelAddress, *, now: datetime, sends: int = 1) -> bool:
        spent = self._connection.execute(_SPEND, {**_here(address), "now": now, "sends": sends})
        return spent.rowcount == 1

    def exhaust(self, address: ChannelAddress) -> None:
        self._connection.execute(_EXHAUST, _here(address))

    def grant(self, address: ChannelAddress, template: str) -> None:
        this = {**_here(address), "of_template": template}
        if self._connection.execute(_GRANT, this).rowcount == 1:
            return
        row = {name.removeprefix("of_"): value for name, value in this.items()}
        if self._connection.execute(_FIRST_GRANT, {**row, "left": 1}).rowcount != 1:
            # Somebody else was first between the two.
            self._connection.execute(_GRANT, this)

    def grants(self, address: ChannelAddress, template: str) -> int:
        this = {**_here(address), "of_template": template}
        return self._connection.execute(_GRANTS, this).scalar() or 0

    def use_grant(self, address: ChannelAddress, template: str) -> bool:
        this = {**_here(address), "of_template": template}
        return self._connection.execute(_USE_GRANT, this).rowcount == 1

    def revoke(self, address: ChannelAddress, template: str) -> None:
        self._connection.execute(_REVOKE, {**_here(address), "of_template": template})


def _here(address: ChannelAddress) -> dict[str, str]:
    return {
        "of_channel": address.channel.value,
        "of_account": address.account,
        "of_user": address.user,
    }
