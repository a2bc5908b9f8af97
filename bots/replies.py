"""Codes and facts become sentences: plain text that fits every channel, WeChat first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from core.catalogue import has, say
from core.domain.messages import Json, NoticeCode, OutboundMessage

Facts: TypeAlias = Mapping[str, Json]


def word(message: OutboundMessage) -> str:
    """What `message` says, in its language. A fact that is missing costs its line, never
    the whole reply."""
    special = _WORDINGS.get(message.code)
    if special is not None:
        return _lines(special(message.language, message.facts))
    return say(message.language, f"notice.{message.code.value}")


def why(language: str, advice: Facts) -> str:
    """The reason behind a mark in words; the check's own name where there is none."""
    key = f"why.{_text(advice, 'why')}"
    if has(language, key):
        facts = _mapping(advice, "facts")
        try:
            return say(language, key, **{name: str(value) for name, value in facts.items()})
        except KeyError:
            pass
    return name_of(language, "check", _text(advice, "check"))


def name_of(language: str, family: str, code: str) -> str:
    """The name of a code such as an ability, a check or an end; the code itself when unknown."""
    key = f"{family}.{code}"
    return say(language, key) if has(language, key) else code


def number(value: Json) -> str:
    """A score with one decimal, or a dash."""
    return f"{value:.1f}" if isinstance(value, int | float) else "—"


def _lines(parts: Sequence[str]) -> str:
    return "\n".join(part for part in parts if part)


def _text(facts: Facts, name: str) -> str:
    value = facts.get(name)
    return "" if value is None else str(value)


def _items(facts: Facts, name: str) -> Sequence[Facts]:
    value = facts.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _texts(facts: Facts, name: str) -> Sequence[str]:
    value = facts.get(name)
    return [str(item) for item in value] if isinstance(value, list) else []


def _mapping(facts: Facts, name: str) -> Facts:
    value = facts.get(name)
    if isinstance(value, list):
        pairs = [pair for pair in value if isinstance(pair, list) and len(pair) == 2]
        return {str(key): item for key, item in pairs}
    return value if isinstance(value, dict) else {}


def _joined(language: str, parts: Sequence[str]) -> str:
    return say(language, "list.comma").join(parts)


def _customer_line(language: str, facts: Facts) -> Sequence[str]:
    return [_text(facts, "text")]


def _dialogue_started(language: str, facts: Facts) -> Sequence[str]:
    key = "notice.dialogue_started"
    return [
        say(language, f"{key}.title", title=_text(facts, "title")),
        _text(facts, "brief"),
        say(
            language,
            f"{key}.who",
            persona=_text(facts, "persona"),
            mood=_text(facts, "mood"),
            difficulty=name_of(language, "difficulty", _text(facts, "difficulty")),
        ),
        say(language, f"{key}.verify") if facts.get("verify") else "",
        say(language, f"{key}.words"),
    ]


def _dialogue_ended(language: str, facts: Facts) -> Sequence[str]:
    reason = name_of(language, "end", _text(facts, "reason"))
    return [say(language, "notice.dialogue_ended", reason=reason)]


def _hint(language: str, facts: Facts) -> Sequence[str]:
    key, size, label = "notice.hint", facts.get("size"), _text(facts, "label")
    act = name_of(language, "act", _text(facts, "act"))
    bare = "" if label else "_bare"
    if size == 3 and _text(facts, "partial"):
        return [say(language, f"{key}.partial", partial=_text(facts, "partial"))]
    if size in (2, 3) and act:
        words = say(language, f"{key}.act{bare}", act=act, label=label)
    else:
        words = say(language, f"{key}.question{bare}", label=label)
    return [words, "" if size == 3 else say(language, f"{key}.more")]


def _correction(language: str, facts: Facts) -> Sequence[str]:
    return [
        say(language, f"notice.correction.{part}", **{name: _text(facts, name)})
        for part, name in (("head", "quote"), ("rule", "rule"), ("instead", "instead"))
        if _text(facts, name)
    ]


def _debrief(language: str, facts: Facts) -> Sequence[str]:
    key = "notice.debrief"
    fixes = _items(facts, "fixes")
    return [
        say(language, f"{key}.head"),
        *_overall(language, key, facts),
        _abilities(language, facts),
        *(_critical(language, error) for error in _items(facts, "critical")),
        *(line for item in _items(facts, "strengths") for line in _strength(language, item)),
        *(line for item in fixes for line in _fix(language, item, heat=_items(facts, "heat"))),
        _appeal(language, fixes),
    ]


def _overall(language: str, key: str, facts: Facts) -> Sequence[str]:
    if facts.get("overall") is None:
        return [say(language, f"{key}.overall_none")]
    return [say(language, f"{key}.overall", overall=number(facts.get("overall")))]


def _abilities(language: str, facts: Facts) -> str:
    scored = [
        say(
            language,
            "list.ability_value",
            ability=name_of(language, "ability", ability),
            value=number(value),
        )
        for ability, value in _mapping(facts, "abilities").items()
        if value is not None
    ]
    if not scored:
        return ""
    return say(language, "notice.debrief.abilities", abilities=_joined(language, scored))


def _critical(language: str, error: Facts) -> str:
    confirmed = error.get("confirmed") is not False
    return say(
        language,
        f"notice.debrief.critical{'' if confirmed else '_open'}",
        name=name_of(language, "critical", _text(error, "id")),
        turn=_text(error, "turn"),
        quote=_text(error, "quote"),
    )


def _quote(language: str, item: Facts) -> str:
    if not _text(item, "turn") or not _text(item, "quote"):
        return ""
    turn, quote = _text(item, "turn"), _text(item, "quote")
    return say(language, "notice.debrief.quote", turn=turn, quote=quote)


def _strength(language: str, item: Facts) -> Sequence[str]:
    return [
        say(language, "notice.debrief.strength", why=why(language, item)),
        _quote(language, item),
    ]


def _fix(language: str, item: Facts, *, heat: Sequence[Facts]) -> Sequence[str]:
    key, better, replay = "notice.debrief", _text(item, "better"), _text(item, "replay_from")
    return [
        say(language, f"{key}.fix", why=why(language, item)),
        _quote(language, item),
        _heat(language, item, heat=heat),
        say(language, f"{key}.better", better=better) if better else "",
        say(language, f"{key}.replay", turn=replay) if replay else "",
    ]


def _heat(language: str, item: Facts, *, heat: Sequence[Facts]) -> str:
    """What the line did to the customer: the fix's own step, else the step of its turn."""
    own = item.get("heat")
    steps = (
        [own] if isinstance(own, dict) else [s for s in heat if s.get("turn") == item.get("turn")]
    )
    tenths = own if isinstance(own, int) else next((step.get("tenths") for step in steps), None)
    if not isinstance(tenths, int) or tenths == 0 or not _text(item, "turn"):
        return ""
    direction = "up" if tenths > 0 else "down"
    turn = _text(item, "turn")
    return say(language, f"notice.debrief.heat_{direction}", turn=turn, tenths=abs(tenths))


def _appeal(language: str, fixes: Sequence[Facts]) -> str:
    turn = next((_text(fix, "turn") for fix in fixes if _text(fix, "turn")), "")
    if turn:
        return say(language, "notice.debrief.appeal", turn=turn)
    return say(language, "notice.debrief.appeal_any")


def _wrap_up_form(language: str, facts: Facts) -> Sequence[str]:
    key, labels = "notice.wrap_up_form", _texts(facts, "fields")
    return [
        say(language, f"{key}.head"),
        *(say(language, f"{key}.line", label=label) for label in labels),
        say(language, f"{key}.how", label=labels[0]) if labels else "",
    ]


def _wrap_up_kept(language: str, facts: Facts) -> Sequence[str]:
    key, missing = "notice.wrap_up_kept", _texts(facts, "missing")
    return [
        say(language, f"{key}.head"),
        *(
            say(language, f"{key}.line", label=label, value=value)
            for label, value in _mapping(facts, "fields").items()
        ),
        say(language, f"{key}.missing", labels=_joined(language, missing)) if missing else "",
    ]


def _record(language: str, facts: Facts) -> Sequence[str]:
    key, lines = "notice.record", _items(facts, "lines")
    if not lines:
        return [say(language, f"{key}.empty")]
    state = "open" if facts.get("verified") else "not_open"
    return [
        say(language, f"{key}.head"),
        *(_record_line(language, line) for line in lines),
        say(language, f"{key}.{state}"),
    ]


def _record_line(language: str, line: Facts) -> str:
    label = _text(line, "label")
    if line.get("locked"):
        return say(language, "notice.record.locked", label=label)
    return say(language, "notice.record.line", label=label, value=_text(line, "value"))


def _resumed(language: str, facts: Facts) -> Sequence[str]:
    last = _text(facts, "last")
    return [
        say(language, "notice.resumed", title=_text(facts, "title")),
        say(language, "notice.resumed_last", last=last) if last else "",
    ]


def _parked(language: str, facts: Facts) -> Sequence[str]:
    return [say(language, "notice.parked", days=_text(facts, "days") or "7")]


def _score(language: str, facts: Facts) -> Sequence[str]:
    key, errors = "notice.score", _texts(facts, "critical")
    if not _text(facts, "title"):
        return [say(language, f"{key}.none")]
    names = _joined(language, [name_of(language, "critical", error) for error in errors])
    counted = facts.get("right") is not None and facts.get("total") is not None
    right, total = _text(facts, "right"), _text(facts, "total")
    return [
        say(language, f"{key}.head", title=_text(facts, "title")),
        *_overall(language, key, facts),
        _abilities(language, facts),
        say(language, f"{key}.right", right=right, total=total) if counted else "",
        say(language, f"{key}.critical", names=names) if errors else "",
    ]


def _profile(language: str, facts: Facts) -> Sequence[str]:
    return [
        say(language, "notice.profile.head"),
        *(_level(language, level) for level in _items(facts, "levels")),
        say(language, "notice.profile.note"),
    ]


def _level(language: str, level: Facts) -> str:
    ability = name_of(language, "ability", _text(level, "ability"))
    certainty, count = _text(level, "certainty"), _text(level, "count") or "0"
    if certainty in ("", "too_few") or level.get("value") is None:
        return say(language, "notice.profile.few", ability=ability, count=count)
    return say(
        language,
        "notice.profile.line",
        ability=ability,
        value=number(level.get("value")),
        low=number(level.get("low")),
        high=number(level.get("high")),
        certainty=name_of(language, "certainty", certainty),
        count=count,
    )


def _reason(language: str, facts: Facts) -> str:
    key = f"reason.{_text(facts, 'reason')}"
    return say(language, key) if has(language, key) else ""


def _plan(language: str, facts: Facts) -> Sequence[str]:
    key, items = "notice.plan", _items(facts, "items")
    if not items:
        return [say(language, f"{key}.empty")]
    return [
        say(language, f"{key}.head"),
        *(
            say(
                language,
                f"{key}.line",
                number=_text(item, "number"),
                title=_text(item, "title"),
                ability=name_of(language, "ability", _text(item, "ability")),
                reason=_reason(language, item),
            ).rstrip()
            for item in items
        ),
        say(language, f"{key}.how", number=_text(items[0], "number")),
    ]


def _today(language: str, facts: Facts) -> Sequence[str]:
    key = "notice.today"
    if not _text(facts, "title"):
        return [say(language, f"{key}.empty")]
    ability = name_of(language, "ability", _text(facts, "ability"))
    return [
        say(language, f"{key}.head", title=_text(facts, "title")),
        say(language, f"{key}.why", ability=ability, reason=_reason(language, facts)).rstrip(),
        say(language, f"{key}.how", number=_text(facts, "number")),
    ]


def _scenarios(language: str, facts: Facts) -> Sequence[str]:
    key, items = "notice.scenarios", _items(facts, "items")
    if not items:
        return [say(language, f"{key}.empty")]
    return [
        say(language, f"{key}.head"),
        *(
            say(
                language,
                f"{key}.line",
                number=_text(item, "number"),
                title=_text(item, "title"),
                difficulty=name_of(language, "difficulty", _text(item, "difficulty")),
            )
            for item in items
        ),
        say(language, f"{key}.how"),
    ]


def _appeal_kept(language: str, facts: Facts) -> Sequence[str]:
    turn = _text(facts, "turn")
    if turn:
        return [say(language, "notice.appeal_kept", turn=turn)]
    return [say(language, "notice.appeal_kept_whole")]


def _welcome(language: str, facts: Facts) -> Sequence[str]:
    words = say(language, "notice.welcome", name=_text(facts, "name"))
    return [words.lstrip("，, ")]


def _bound(language: str, facts: Facts) -> Sequence[str]:
    key, count = "notice.bound", facts.get("practices")
    return [
        say(language, f"{key}.head", name=_text(facts, "name")).lstrip("，, "),
        say(language, f"{key}.practices", count=count) if count else "",
        say(language, f"{key}.how"),
    ]


def _bound_before(language: str, facts: Facts) -> Sequence[str]:
    return [say(language, "notice.bound_before", name=_text(facts, "name"))]


def _not_judged(language: str, facts: Facts) -> Sequence[str]:
    return [say(language, "notice.not_judged", title=_text(facts, "title"))]


def _trouble(language: str, facts: Facts) -> Sequence[str]:
    key = f"trouble.{_text(facts, 'fault')}"
    return [say(language, key if has(language, key) else "trouble.broken")]


_WORDINGS: Mapping[NoticeCode, Callable[[str, Facts], Sequence[str]]] = {
    NoticeCode.CUSTOMER_LINE: _customer_line,
    NoticeCode.DIALOGUE_STARTED: _dialogue_started,
    NoticeCode.DIALOGUE_ENDED: _dialogue_ended,
    NoticeCode.HINT: _hint,
    NoticeCode.CORRECTION: _correction,
    NoticeCode.DEBRIEF: _debrief,
    NoticeCode.WRAP_UP_FORM: _wrap_up_form,
    NoticeCode.WRAP_UP_KEPT: _wrap_up_kept,
    NoticeCode.RECORD: _record,
    NoticeCode.RESUMED: _resumed,
    NoticeCode.PARKED: _parked,
    NoticeCode.SCORE: _score,
    NoticeCode.PROFILE: _profile,
    NoticeCode.PLAN: _plan,
    NoticeCode.TODAY: _today,
    NoticeCode.SCENARIOS: _scenarios,
    NoticeCode.APPEAL_KEPT: _appeal_kept,
    NoticeCode.BOUND: _bound,
    NoticeCode.BOUND_BEFORE: _bound_before,
    NoticeCode.NOT_JUDGED: _not_judged,
    NoticeCode.WELCOME: _welcome,
    NoticeCode.TROUBLE: _trouble,
}
