"""The list of added channels: each is a folder under `bots/` and one line of `CHANNELS`.

WeChat, WeCom and Slack are not on it, since more than their messages is wired (send windows,
speech, directory, views); `bots/README.md` says how a channel is added.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from bots.intake import Intake
from bots.mail.channel import MailChannel, MailServer
from bots.merging import Merging
from bots.web.deps import Route
from core.domain.messages import ChannelKind
from core.ports.channel import Capabilities, Channel, Push
from core.ports.clock import Clock
from ops.settings import Settings

Key: TypeAlias = tuple[ChannelKind, str]

SOON = timedelta(seconds=10)


async def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True)
class AddedChannel:
    """One channel, open. `channel` takes what goes to `key`; `routes`: its door, whose answer
    follows `Intake.keep`; `close` lets go of its connections."""

    key: Key
    channel: Channel
    routes: Sequence[Route] = ()
    close: Callable[[], Awaitable[None]] = _nothing


OpenChannel: TypeAlias = Callable[[Settings, Intake, Clock], AddedChannel | None]
"""Opens a channel from the settings, connecting to nothing yet; None where it is not set."""


def open_mail(settings: Settings, intake: Intake, clock: Clock) -> AddedChannel | None:
    """Reports by mail. Nobody practises there, and no drill is pushed there."""
    if not settings.smtp_url:
        return None
    server = MailServer.read(settings.smtp_url, sender=settings.smtp_from)
    return AddedChannel((ChannelKind.MAIL, "main"), MailChannel(server))


CHANNELS: Sequence[OpenChannel] = (open_mail,)


def open_channels(
    listed: Sequence[OpenChannel], settings: Settings, intake: Intake, clock: Clock
) -> Mapping[Key, AddedChannel]:
    """Those of the list that are set, by key."""
    opened = (one(settings, intake, clock) for one in listed)
    return {one.key: one for one in opened if one is not None}


def pushing(able: Mapping[Key, Capabilities]) -> Sequence[Key]:
    """Those by which people may be written to unasked, in the order given."""
    return [key for key, one in able.items() if one.push is not Push.NONE]


def merging(settings: Settings, able: Mapping[Key, Capabilities]) -> Merging:
    """How quick messages become one line. Where an answer is due within seconds nobody is heard
    out first."""
    return Merging(
        gap=timedelta(seconds=settings.merge_s),
        instant=frozenset(
            key
            for key, one in able.items()
            if one.reply_within is not None and one.reply_within <= SOON
        ),
    )
