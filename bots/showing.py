"""What a message says on a channel, by what the channel can show: the one place where buttons
become numbered lines."""

from __future__ import annotations

from bots.next_steps import offered
from bots.replies import word
from core.catalogue import say
from core.domain.messages import OutboundMessage
from core.ports.channel import Capabilities


def shown(message: OutboundMessage, able: Capabilities) -> str:
    """Its words, and below them the ways on where the channel has no buttons for them. A line's
    number may be typed in its place (`bots.router`)."""
    ways = [] if able.buttons else offered(message)
    if not ways:
        return word(message)
    lines = [
        say(message.language, "next.line", number=number, says=one.says)
        for number, one in enumerate(ways, start=1)
    ]
    return "\n".join([word(message), say(message.language, "next.head"), *lines])
