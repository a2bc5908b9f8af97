"""What a trainee may change in the own plan: another day, or not today."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from core.domain.training import Order, OrderKind, Reason, TrainingPlan
from core.errors import DialogueError, DialogueFault

_ITEM = re.compile(r"(?:第\s*)?(\d{1,2})\s*(?:个|项)?[\s,，]*(.+)")
_NOT_TODAY = ("今天不练", "not today")
_DAYS = {"明天": 1, "tomorrow": 1, "后天": 2}
FARTHEST = timedelta(days=60)


def changed(
    plan: TrainingPlan, argument: str, *, person_id: str, today: date, now: datetime
) -> Order:
    """The order that a wish such as 「2 明天」 makes of the plan's second line.

    DialogueError: no such line (NO_SUCH_DRILL), an exam or a day past what was ordered or too far
    (NOT_MOVABLE). Asking twice makes the same order.
    """
    found = _ITEM.fullmatch(argument.strip())
    place = int(found[1]) - 1 if found else -1
    if found is None or not 0 <= place < len(plan.drills):
        raise DialogueError(DialogueFault.NO_SUCH_DRILL)
    drill, when = plan.drills[place], found[2].strip().lower()
    day = today if when in _NOT_TODAY else _day(when, today)
    late = drill.due_on is not None and day > drill.due_on
    if drill.reason is Reason.EXAM or late or not today <= day <= today + FARTHEST:
        raise DialogueError(DialogueFault.NOT_MOVABLE)
    # A drill that was assigned stays due: it is only out of sight until then.
    puts_off = day == today or drill.reason is Reason.ASSIGNED
    kind = OrderKind.NOT_TODAY if puts_off else OrderKind.MOVE
    return Order(
        id=f"{kind.value}:{person_id}:{drill.scenario_id}"[-64:],
        person_id=person_id,
        by_id=person_id,
        kind=kind,
        scenario_id=drill.scenario_id,
        at=now,
        opens_on=today if puts_off else day,
        due_on=max(today, day - timedelta(days=1)) if puts_off else None,
    )


def _day(when: str, today: date) -> date:
    if when in _DAYS:
        return today + timedelta(days=_DAYS[when])
    parts = [int(part) for part in when.split("-")]
    try:
        if len(parts) == 3:
            return date(*parts)
        month, day = parts
        this_year = date(today.year, month, day)
        return this_year if this_year >= today else date(today.year + 1, month, day)
    except ValueError as fault:
        raise DialogueError(DialogueFault.NOT_MOVABLE) from fault
