"""What the end of a dialogue leads to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from core.domain.dialogue import Dialogue
from core.domain.jobs import JobKind, NewJob
from core.domain.messages import Json, NoticeCode, OutboundMessage
from core.domain.scenario import Scenario
from core.services.desk import Desk
from core.services.effects import Effects


def closed(desk: Desk, ended: Dialogue, scenario: Scenario, now: datetime) -> Effects:
    """What the end of a dialogue leads to: a word about it, the closing form, the judge's job."""
    reason = ended.end_reason.value if ended.end_reason else ""
    notices = [notice(desk, NoticeCode.DIALOGUE_ENDED, {"reason": reason}, ended)]
    form: list[Json] = [field.label for field in scenario.wrap_up]
    if form and not ended.wrap_up:
        notices.append(notice(desk, NoticeCode.WRAP_UP_FORM, {"fields": form}, ended))
    jobs = (judge_job(ended, now),) if ended.scored else ()
    return Effects(messages=tuple(notices), save=(ended,), jobs=jobs)


def judge_job(dialogue: Dialogue, now: datetime, *, again: str = "") -> NewJob:
    """The job that judges this dialogue; `again` names why it is judged once more."""
    return NewJob(
        kind=JobKind.JUDGE,
        key=f"judge:{dialogue.id}{again}",
        due_at=now,
        payload={"dialogue_id": dialogue.id, "conversation_id": dialogue.conversation_id},
    )


def notice(
    desk: Desk, code: NoticeCode, facts: Mapping[str, Json], dialogue: Dialogue
) -> OutboundMessage:
    """One thing about this dialogue, said to whoever sits at the desk."""
    return OutboundMessage(
        address=desk.conversation.address,
        code=code,
        facts=facts,
        dialogue_id=dialogue.id,
        language=desk.language,
    )
