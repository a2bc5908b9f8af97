"""Micro-drills in words: what is offered, the line, and the verdict on the one reply."""

from __future__ import annotations

from collections.abc import Sequence

from bots import results
from bots.facts import Facts, mapping_of, name_of, number, text_of
from core.catalogue import say

_KEY = "notice.micro"


def offered(language: str, facts: Facts) -> Sequence[str]:
    """A micro-drill, unasked, between calls."""
    return [say(language, f"{_KEY}.push"), *results.micro_line(language, facts)]


def started(language: str, facts: Facts) -> Sequence[str]:
    """What stands before the customer's line. The ability is not told: it would be a hint."""
    return [
        say(language, f"{_KEY}.head", title=text_of(facts, "title")),
        text_of(facts, "brief"),
        say(
            language,
            f"{_KEY}.who",
            persona=text_of(facts, "persona"),
            mood=text_of(facts, "mood"),
        ),
        say(language, f"{_KEY}.said", line=said) if (said := text_of(facts, "said")) else "",
    ]


def left(language: str, facts: Facts) -> Sequence[str]:
    """The line was left without a reply."""
    return [say(language, f"{_KEY}.left")]


def verdict(language: str, facts: Facts) -> Sequence[str]:
    """The score on the ability, what was good, and one better line."""
    ability = name_of(language, "ability", text_of(facts, "ability"))
    score, good, fix = facts.get("score"), mapping_of(facts, "good"), mapping_of(facts, "fix")
    better = text_of(fix, "better")
    if score is None and not fix:
        return [say(language, f"{_KEY}.unread", ability=ability), say(language, f"{_KEY}.next")]
    parts = [
        say(language, f"{_KEY}.score", ability=ability, score=number(score))
        if score is not None
        else say(language, f"{_KEY}.no_score", ability=ability)
    ]
    if good:
        parts.append(say(language, f"{_KEY}.good", why=results.why(language, good)))
    elif not fix:
        parts.append(say(language, f"{_KEY}.all_good"))
    if fix:
        parts.append(say(language, f"{_KEY}.fix", why=results.why(language, fix)))
    if better:
        parts.append(say(language, f"{_KEY}.better", better=better))
    again = "again" if fix else "next"
    uncounted = say(language, f"{_KEY}.uncounted") if facts.get("again") else ""
    return [*parts, uncounted, say(language, f"{_KEY}.{again}")]
