"""The platform's codes as named outcomes, and messages that are sent one after the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from core.errors import SendDeferred, SendRefused, SendRetry, SendUnknown

_MEND_S = 300.0
_WAITS = {
    -1: ("busy", 1.0),
    45033: ("concurrency", 5.0),
    40001: ("token", 30.0),
    40014: ("token", 30.0),
    42001: ("token", 30.0),
    # The installation's own faults: somebody may mend them while a message is still worth sending.
    60020: ("ip_not_trusted", _MEND_S),
    60011: ("no_right", _MEND_S),
    48002: ("no_right", _MEND_S),
    301002: ("no_right", _MEND_S),
    40056: ("no_such_agent", _MEND_S),
}
_TOO_FAST = {45009, 846607}

_NOT_WRITTEN = 93006
"""`invalid chatid`: for a member's own id, that they have never written to this bot."""
_FINAL = {
    40003: "invalid_user",
    40008: "message_type",
    40058: "invalid_argument",
    45002: "too_long",
    60111: "no_such_user",
    72000: "card_expired",
    81013: "no_receiver",
    93000: "no_such_robot",
}


def settle(code: int, *, blocked_s: float) -> None:
    """Nothing for 0. Raises SendRetry, SendDeferred or SendRefused with the name of what is the
    matter;
    `blocked_s`: how long the platform takes nothing from who was too fast."""
    if code == 0:
        return
    if code == _NOT_WRITTEN:
        raise SendDeferred(f"never_wrote {code}")
    if code in _TOO_FAST:
        raise SendRetry(f"rate {code}", after_s=blocked_s)
    if code in _WAITS:
        name, after_s = _WAITS[code]
        raise SendRetry(f"{name} {code}", after_s=after_s)
    raise SendRefused(f"{_FINAL.get(code, 'errcode')} {code}")


async def one_by_one(
    units: Sequence[str], send: Callable[[str], Awaitable[None]], *, begun: bool = False
) -> None:
    """Send all units. Once something was `begun`, a busy platform leaves in doubt what arrived:
    it must not be said again from its start without anybody knowing. Raises SendError."""
    for unit in units:
        try:
            await send(unit)
        except SendRetry as error:
            raise SendUnknown(error.reason) if begun else error from None
        begun = True
