"""The open dialogue while its customer says nothing: pause, resume, the record, putting it away.

Every function reads a desk and returns effects; no engine is asked.
"""

from __future__ import annotations

from datetime import datetime

from core.domain.dialogue import EndReason, Mode, Speaker, Status
from core.domain.messages import Json, NoticeCode
from core.errors import DialogueError, DialogueFault
from core.ports.content import ContentLibrary
from core.services.desk import Desk, current, running
from core.services.effects import Effects
from core.services.ending import notice


def stop(desk: Desk, now: datetime) -> Effects:
    """The trainee has had enough: the talk ends at once, unscored, with a kind word."""
    stopped = current(desk).end(EndReason.CARE, now)
    return Effects(
        messages=(notice(desk, NoticeCode.STOPPED_FOR_CARE, {}, stopped),), save=(stopped,)
    )


def pause(desk: Desk, now: datetime) -> Effects:
    """Every clock stands still until the trainee goes on; that of an exam never does."""
    dialogue = running(desk)
    if dialogue.mode is Mode.EXAM:
        raise DialogueError(DialogueFault.NO_PAUSE_IN_EXAM)
    paused = dialogue.stop_clock(now, status=Status.PAUSED)
    return Effects(messages=(notice(desk, NoticeCode.PAUSED, {}, paused),), save=(paused,))


def resume(desk: Desk, content: ContentLibrary, now: datetime) -> Effects:
    """Go on with a paused or parked dialogue; the customer's last line is said again."""
    dialogue = current(desk)
    if dialogue.status is Status.RUNNING:
        raise DialogueError(DialogueFault.NOT_PAUSED)
    dialogue = dialogue.start_clock(now)
    title = content.scenario(dialogue.scenario_id, dialogue.versions.scenario).title
    last = [turn.text for turn in desk.turns if turn.speaker is Speaker.CUSTOMER][-1:]
    facts: dict[str, Json] = {"title": title, "last": last[0] if last else ""}
    return Effects(messages=(notice(desk, NoticeCode.RESUMED, facts, dialogue),), save=(dialogue,))


def record(desk: Desk, content: ContentLibrary) -> Effects:
    """The trainee's own record of the customer (资料), with what is still locked marked."""
    dialogue = current(desk)
    verified = dialogue.state.verified
    case = content.scenario(dialogue.scenario_id, dialogue.versions.scenario)
    lines: list[Json] = [
        {
            "label": line.label,
            "value": line.value,
            "locked": line.after_verification and not verified,
        }
        for line in case.record
    ]
    facts: dict[str, Json] = {"lines": lines, "verified": verified}
    return Effects(messages=(notice(desk, NoticeCode.RECORD, facts, dialogue),))


def put_away(desk: Desk, now: datetime) -> Effects:
    """Close the open dialogue, if there is one, unscored: another one takes its place.

    The trainee is told if they had spoken in it."""
    if desk.dialogue is None or desk.dialogue.status is Status.ENDED:
        return Effects()
    ended = desk.dialogue.end(EndReason.REPLACED, now)
    if all(turn.speaker is Speaker.CUSTOMER for turn in desk.turns):
        return Effects(save=(ended,))
    reason: dict[str, Json] = {"reason": EndReason.REPLACED.value}
    told = notice(desk, NoticeCode.DIALOGUE_ENDED, reason, ended)
    return Effects(messages=(told,), save=(ended,))
