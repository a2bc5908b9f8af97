"""What came of things, in words: the model's additions, appeals, feedback."""

from __future__ import annotations

from collections.abc import Sequence

from bots.facts import Facts, items_of, name_of, number, text_of
from bots.results import why
from core.catalogue import say


def debrief_added(language: str, facts: Facts) -> Sequence[str]:
    """What the judge model changed."""
    key = "notice.debrief_added"
    return [
        say(language, f"{key}.head"),
        *(line for mark in items_of(facts, "marks") for line in _model_mark(language, mark)),
        *(_critical(language, error) for error in items_of(facts, "critical")),
        _overall(language, facts),
        say(language, f"{key}.appeal"),
    ]


def _model_mark(language: str, mark: Facts) -> Sequence[str]:
    turn, quote = text_of(mark, "turn"), text_of(mark, "quote")
    said = say(language, "notice.debrief_added.quote", turn=turn, quote=quote)
    return [
        say(
            language, "notice.debrief_added.mark", why=why(language, mark), **_moved(language, mark)
        ),
        said if turn and quote else "",
    ]


def _moved(language: str, mark: Facts) -> dict[str, str]:
    return {
        "name": name_of(language, "check", text_of(mark, "check")),
        "before": _figure(language, mark, "before"),
        "mark": _figure(language, mark, "mark"),
    }


def _figure(language: str, mark: Facts, name: str) -> str:
    value = mark.get(name)
    return say(language, "notice.debrief_added.none") if value is None else f"{value:g}"


def _critical(language: str, error: Facts) -> str:
    state = "_gone" if error.get("dismissed") else "" if error.get("confirmed") else "_open"
    return say(
        language,
        f"notice.debrief_added.critical{state}",
        name=name_of(language, "critical", text_of(error, "id")),
        turn=text_of(error, "turn"),
        quote=text_of(error, "quote"),
    )


def _overall(language: str, facts: Facts) -> str:
    before, after = number(facts.get("before")), number(facts.get("overall"))
    if before == after:
        return say(language, "notice.debrief_added.same", overall=after)
    return say(language, "notice.debrief_added.overall", before=before, overall=after)


def appeal_settled(language: str, facts: Facts) -> Sequence[str]:
    """The outcome of an appeal."""
    key, upheld = "notice.appeal_settled", facts.get("upheld") is True
    title, reason, turn = (text_of(facts, name) for name in ("title", "reason", "turn"))
    changed = bool(items_of(facts, "marks") or items_of(facts, "critical"))
    return [
        say(language, f"{key}.{'upheld' if upheld else 'declined'}", title=title, reason=reason),
        say(language, f"{key}.turn", turn=turn) if turn else "",
        *(
            say(language, f"{key}.mark", **_moved(language, mark))
            for mark in items_of(facts, "marks")
        ),
        *(_critical(language, error) for error in items_of(facts, "critical")),
        _overall(language, facts) if changed else "",
        say(language, f"{key}.by", name=text_of(facts, "by")) if text_of(facts, "by") else "",
    ]


def feedback_answered(language: str, facts: Facts) -> Sequence[str]:
    """What was done about a remark."""
    key = "notice.feedback_answered"
    return [
        say(language, f"{key}.head", remark=text_of(facts, "remark")),
        text_of(facts, "answer"),
    ]
