"""Small pieces every command answers with."""

from __future__ import annotations

from collections.abc import Mapping

from core.domain.dialogue import Dialogue, Mode, Status
from core.domain.messages import Json, NoticeCode, OutboundMessage
from core.services.desk import Desk
from core.services.effects import Effects


def notice(desk: Desk, code: NoticeCode, facts: Mapping[str, Json] | None = None) -> Effects:
    """One thing said to whoever sits at the desk."""
    return Effects(
        messages=(
            OutboundMessage(
                address=desk.conversation.address,
                code=code,
                facts=facts or {},
                dialogue_id=desk.dialogue.id if desk.dialogue else None,
                language=desk.language,
            ),
        )
    )


def is_open(dialogue: Dialogue | None) -> bool:
    """Whether this is a talk that goes on, or may go on."""
    return dialogue is not None and dialogue.status not in (Status.ENDED, Status.DROPPED)


def is_micro(dialogue: Dialogue | None) -> bool:
    """Whether this is a micro-drill."""
    return dialogue is not None and dialogue.mode is Mode.MICRO
