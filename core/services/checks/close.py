"""C21 to C24: how the talk ends."""

from __future__ import annotations

from core.domain.dialogue import EndReason
from core.domain.reading import TraineeAct
from core.domain.scorecard import CheckMark, UnscoredReason
from core.services.checks.talk import Talk, marked, meets, skipped, unscored

BROKEN_OFF = frozenset(
    {EndReason.GIVEN_UP, EndReason.ESCALATED, EndReason.TURN_LIMIT, EndReason.TIME_LIMIT}
)
LAST_LINES = 2
"""A farewell counts in the trainee's last two messages."""


def confirms(talk: Talk) -> CheckMark:
    """C21: the trainee makes sure that it is settled for the customer."""
    confirmed = talk.after_an_offer(TraineeAct.CONFIRM)
    if confirmed:
        return marked("C21", 1, confirmed[-1], "confirmed")
    if not _could_close(talk) and talk.transcript.end_reason not in BROKEN_OFF:
        return skipped("C21", "customer_closed")
    return marked("C21", 0, talk.lines[-1], "not_confirmed")


def asks_for_more(talk: Talk) -> CheckMark:
    """C22: other needs are asked for once; a no is a no."""
    asked = talk.after_an_offer(TraineeAct.MORE)
    if len(asked) == 1:
        return marked("C22", 1, asked[0], "asked_for_more")
    if asked:
        return marked("C22", 0, asked[1], "pressed_for_more")
    if not _could_close(talk):
        return skipped("C22", "customer_closed")
    return marked("C22", 0, talk.lines[-1], "not_asked_for_more")


def says_farewell(talk: Talk) -> CheckMark:
    """C23: a farewell at the end."""
    for line in reversed(talk.lines[-LAST_LINES:]):
        if line.reading.does(TraineeAct.CLOSE):
            return marked("C23", 1, line, "farewell")
    if not _could_close(talk):
        return skipped("C23", "customer_closed")
    return marked("C23", 0, talk.lines[-1], "no_farewell")


def fills_the_form(talk: Talk) -> CheckMark:
    """C24: the closing form says what happened."""
    if talk.scenario is None:
        return unscored("C24", UnscoredReason.NO_SCENARIO)
    fields = talk.scenario.wrap_up
    if not fields:
        return skipped("C24", "no_form")
    form = talk.transcript.wrap_up
    if form is None:
        return unscored("C24", UnscoredReason.WAITING_FOR_WRAP_UP)
    wrong = [
        field.label
        for field in fields
        if not _answers(form.get(field.key) or form.get(field.label) or "", field.expected)
    ]
    if not wrong:
        return marked("C24", 1, None, "form_complete")
    if len(wrong) * 2 <= len(fields):
        return marked("C24", 0.5, None, "form_half", field=wrong[0])
    return marked("C24", 0, None, "form_wrong", field=wrong[0])


def _answers(text: str, expected: tuple[tuple[str, ...], ...]) -> bool:
    return bool(text.strip()) and (not expected or meets(text, expected))


def _could_close(talk: Talk) -> bool:
    """Whether the trainee had a message left to close with: the customer may hang up, or be
    content with the very line that settles the last thing."""
    reason = talk.transcript.end_reason
    if reason in BROKEN_OFF:
        return False
    if reason is not EndReason.SOLVED:
        return True
    return talk.lines[-1].turn.seq > max(talk.settled.values(), default=0)
