"""What holds in tables and in dictionaries alike: which names and texts can be kept."""

from __future__ import annotations

import hashlib

from core.domain.messages import ChannelAddress, SendOutcome
from core.errors import StorageError

LANGUAGE = "zh"
"""Of a conversation with somebody not yet known."""

KEY_CHARS = 255
"""Longest key kept as it is."""

ACCOUNT_CHARS, USER_CHARS, ID_CHARS = 64, 191, 64
NAME_CHARS = 128

TEAM_CHARS, COLLECTION_CHARS, ORIGIN_CHARS = 128, 64, 512

UNFINISHED = (SendOutcome.WAITING, SendOutcome.CLAIMED)
"""Outbox rows that hold back those after them."""

UNDELIVERED = (SendOutcome.WAITING, SendOutcome.DEFERRED)
"""Outbox rows that a door may pick up."""

OPEN = (SendOutcome.WAITING, SendOutcome.CLAIMED, SendOutcome.DEFERRED)
"""Outbox rows whose sending has not ended; what has ended stays as it is."""


def key_of(key: str) -> str:
    """The key as it is kept: itself, or its digest where a unique index would not tell it from
    another: MySQL holds 255 characters and ignores spaces at the end."""
    if len(key) <= KEY_CHARS and not key.endswith(" "):
        return key
    return "sha256:" + hashlib.sha256(storable(key).encode()).hexdigest()


def plain_name(name: str, *, limit: int) -> str:
    """The name itself, which a unique column of `limit` characters can tell from every other.

    Raises StorageError for one that is too long (MySQL would cut it where duplicates are ignored)
    or ends in a space (MySQL compares without it).
    """
    if len(name) > limit or name.endswith(" "):
        raise StorageError(f"a name of more than {limit} characters or with a space at its end")
    return storable(name)


def plain_address(address: ChannelAddress) -> ChannelAddress:
    """The address itself; StorageError as for `plain_name`."""
    plain_name(address.account, limit=ACCOUNT_CHARS)
    plain_name(address.user, limit=USER_CHARS)
    return address


def storable(text: str) -> str:
    """The text itself; StorageError for one with half a character (a lone surrogate) in it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise StorageError("a text that is not Unicode") from None
    return text
