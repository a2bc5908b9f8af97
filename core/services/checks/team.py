"""A team's own checks: words that are to be said, or never."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.rubric import TeamCheck, Where
from core.domain.scorecard import CheckMark
from core.services.checks.close import LAST_LINES
from core.services.checks.talk import Line, Talk, marked, meets, skipped


def team_mark(check: TeamCheck, talk: Talk) -> CheckMark:
    """The mark of a team's check; its name travels with it, since no catalogue has it."""
    customer = (turn.text for turn in talk.transcript.customer_turns)
    if check.when and not any(meets(text, check.when) for text in customer):
        return skipped(check.id, "team_not_asked", name=check.name)
    lines = _where(check.where, talk)
    said = next((line for line in lines if meets(line.turn.text, check.never)), None)
    if said is not None:
        return marked(check.id, 0, said, "team_said", name=check.name)
    # What a line says beside its orders to the machine counts, not the orders.
    done = next((line for line in lines if meets(line.reading.text, check.says)), None)
    if done is not None:
        return marked(check.id, 1, done, "team_met", name=check.name)
    if check.says:
        return marked(check.id, 0, lines[0], "team_missed", name=check.name)
    return marked(check.id, 1, None, "team_kept", name=check.name)


def _where(where: Where, talk: Talk) -> Sequence[Line]:
    if where is Where.FIRST:
        return talk.lines[:1]
    return talk.lines[-LAST_LINES:] if where is Where.LAST else talk.lines
