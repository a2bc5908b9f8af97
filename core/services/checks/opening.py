"""C01 to C03: how the talk begins."""

from __future__ import annotations

from core.domain.reading import TraineeAct
from core.domain.scorecard import CheckMark, UnscoredReason
from core.services.checks.talk import Line, Talk, marked, skipped, unscored

FIRST_LINES = 2
"""A greeting counts in the trainee's first two messages."""


def greets(talk: Talk) -> CheckMark:
    """C01: the trainee greets at the start."""
    return _early(talk, "C01", (TraineeAct.GREET,), right="greeted", wrong="no_greeting")


def offers_help(talk: Talk) -> CheckMark:
    """C02: says who is there, or offers help with an open question."""
    acts = (TraineeAct.SELF_INTRO, TraineeAct.ASK_OPEN)
    return _early(talk, "C02", acts, right="introduced", wrong="no_introduction")


def verifies_first(talk: Talk) -> CheckMark:
    """C03: identity is checked before anything of the record is told."""
    asked = next((line for line in talk.doing(TraineeAct.VERIFY_ID) if line.answerable), None)
    if talk.scenario is None:
        if asked is not None:
            return marked("C03", 1, asked, "verified")
        return unscored("C03", UnscoredReason.NO_SCENARIO)
    if not talk.scenario.needs_verification:
        return skipped("C03", "nothing_to_verify")
    leak = leaked_before_verified(talk)
    if leak is not None:
        line, label = leak
        return marked("C03", 0, line, "told_before_verified", field=label)
    if asked is None:
        return skipped("C03", "no_account_data_given")
    return marked("C03", 1, asked, "verified")


def leaked_before_verified(talk: Talk) -> tuple[Line, str] | None:
    """The first line that tells protected record data too early, and the field's label."""
    if talk.scenario is None:
        return None
    protected = {
        field.key: field.label for field in talk.scenario.record if field.after_verification
    }
    for line in talk.lines:
        if talk.verified_at is not None and talk.verified_at < line.turn.seq:
            return None
        told = next((key for key in line.reading.told if key in protected), None)
        if told is not None:
            return line, protected[told]
    return None


def _early(
    talk: Talk, check: str, acts: tuple[TraineeAct, ...], *, right: str, wrong: str
) -> CheckMark:
    for line in talk.lines[:FIRST_LINES]:
        if line.reading.does(*acts):
            return marked(check, 1, line, right)
    return marked(check, 0, talk.lines[0], wrong)
