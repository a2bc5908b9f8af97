"""Results in words: the debrief, scores, the profile, and what to practise next."""

from __future__ import annotations

from collections.abc import Sequence

from bots.facts import Facts, items_of, joined, mapping_of, name_of, number, text_of, texts_of
from core.catalogue import has, say
from core.domain.messages import Json

_REASONS = 3
"""Said of one line; more at once nobody takes in."""


def why(language: str, advice: Facts) -> str:
    """The reason behind a mark in words; the check's own name where there is none."""
    key = f"why.{text_of(advice, 'why')}"
    if has(language, key):
        facts = mapping_of(advice, "facts")
        try:
            return say(language, key, **{name: str(value) for name, value in facts.items()})
        except KeyError:
            pass
    return name_of(language, "check", text_of(advice, "check"))


def debrief(language: str, facts: Facts) -> Sequence[str]:
    key = "notice.debrief"
    fixes = items_of(facts, "fixes")
    return [
        say(language, f"{key}.head"),
        *_overall(language, key, facts),
        _abilities(language, facts),
        speed_line(language, mapping_of(facts, "speed")),
        *sheet_lines(language, mapping_of(facts, "sheet"), short=True),
        *(_critical(language, error) for error in items_of(facts, "critical")),
        *(_correction(language, item) for item in items_of(facts, "corrections")),
        *(line for item in items_of(facts, "strengths") for line in _strength(language, item)),
        *(line for item in fixes for line in _fix(language, item, heat=items_of(facts, "heat"))),
        pasted_line(language, items_of(facts, "pasted")),
        _appeal(language, fixes),
    ]


def speed_line(language: str, speed: Facts) -> str:
    """How soon the case was resolved, beside the reference; "" where nothing is known of it."""
    if not speed:
        return ""
    reference = ""
    if speed.get("reference_turns") is not None:
        needed = _time(language, speed.get("reference_seconds"))
        turns = text_of(speed, "reference_turns")
        reference = say(language, "speed.reference", turns=turns, time=needed)
    if speed.get("turns") is None:
        return say(language, "speed.unsolved", reference=reference)
    took = speed.get("seconds")
    time = "" if took is None else say(language, "speed.took", time=_time(language, took))
    return say(
        language, "speed.solved", turns=text_of(speed, "turns"), time=time, reference=reference
    )


def _time(language: str, seconds: Json) -> str:
    whole = round(seconds) if isinstance(seconds, int | float) else 0
    if whole < 60:
        return say(language, "speed.seconds", seconds=whole)
    return say(language, "speed.minutes", minutes=whole // 60, seconds=whole % 60)


def pasted_line(language: str, lines: Sequence[Facts]) -> str:
    """A kind word about lines that look pasted."""
    if not lines:
        return ""
    first = lines[0]
    return say(
        language,
        "pasted.debrief",
        turn=text_of(first, "turn"),
        signs=paste_signs(language, texts_of(first, "signs")),
    )


def paste_signs(language: str, signs: Sequence[str]) -> str:
    """What makes a line look pasted, in words."""
    return joined(language, [name_of(language, "paste_sign", sign) for sign in signs])


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
        for ability, value in mapping_of(facts, "abilities").items()
        if value is not None
    ]
    if not scored:
        return ""
    return say(language, "notice.debrief.abilities", abilities=joined(language, scored))


def sheet_lines(language: str, view: Facts, *, short: bool = False) -> Sequence[str]:
    """The company's own view of a talk, in its words; in short only the total and a veto."""
    if not view:
        return []
    head = say(
        language, "sheet.head", version=text_of(view, "version"), total=_points(view, "total")
    )
    if view.get("waiting"):
        head += say(language, "sheet.waiting", waiting=_points(view, "waiting"))
    vetoed = texts_of(view, "vetoed")
    veto = [say(language, "sheet.vetoed", item=item) for item in vetoed]
    items = (
        []
        if short
        else [
            _sheet_line(language, item)
            for item in items_of(view, "items")
            if text_of(item, "item") not in vetoed
        ]
    )
    return [head, *veto, *items]


def _sheet_line(language: str, item: Facts) -> str:
    said = {"item": text_of(item, "item"), "points": _points(item, "points")}
    if item.get("score") is None:
        return say(language, "sheet.for_people", **said)
    if item.get("veto"):
        return say(language, "sheet.not_hit", item=said["item"])
    taken = (item.get("score") or 0) if isinstance(item.get("score"), int | float) else 0
    kind = "deducted" if isinstance(taken, int | float) and taken < 0 else "line"
    return say(language, f"sheet.{kind}", score=_points(item, "score"), **said)


def _points(facts: Facts, name: str) -> str:
    value = facts.get(name)
    return f"{value:g}" if isinstance(value, int | float) else ""


def _critical(language: str, error: Facts) -> str:
    confirmed = error.get("confirmed") is not False
    return say(
        language,
        f"notice.debrief.critical{'' if confirmed else '_open'}",
        name=name_of(language, "critical", text_of(error, "id")),
        turn=text_of(error, "turn"),
        quote=text_of(error, "quote"),
    )


def _correction(language: str, item: Facts) -> str:
    """What could not be said during the talk."""
    key = (
        "notice.debrief.correction" if text_of(item, "title") else "notice.debrief.correction_bare"
    )
    names = ("turn", "quote", "rule", "title")
    return say(language, key, **{name: text_of(item, name) for name in names})


def _quote(language: str, item: Facts) -> str:
    if not text_of(item, "turn") or not text_of(item, "quote"):
        return ""
    turn, quote = text_of(item, "turn"), text_of(item, "quote")
    return say(language, "notice.debrief.quote", turn=turn, quote=quote)


def _reasons(language: str, item: Facts) -> str:
    """What is said of a line: the first reasons, and how many more there are."""
    found = [why(language, item), *(why(language, one) for one in items_of(item, "also"))]
    more = len(found) - _REASONS
    if more > 1:
        found[_REASONS:] = [say(language, "notice.debrief.more_reasons", count=more)]
    return say(language, "list.clause").join(found)


def _strength(language: str, item: Facts) -> Sequence[str]:
    return [
        say(language, "notice.debrief.strength", why=_reasons(language, item)),
        _quote(language, item),
        _effect(language, item, tenths=min(0, _tenths(item, heat=()))),
        _counter(language, item),
    ]


def _fix(language: str, item: Facts, *, heat: Sequence[Facts]) -> Sequence[str]:
    key, better, replay = "notice.debrief", text_of(item, "better"), text_of(item, "replay_from")
    kind = "stop" if item.get("stops") else "start"
    return [
        say(language, f"{key}.{kind}", why=_reasons(language, item)),
        _quote(language, item),
        _effect(language, item, tenths=max(0, _tenths(item, heat=heat))),
        say(language, f"{key}.better", better=better) if better else "",
        "" if kind == "stop" and better else _counter(language, item),
        say(language, f"{key}.replay", turn=replay) if replay else "",
    ]


def _tenths(item: Facts, *, heat: Sequence[Facts]) -> int:
    """What the line did to the customer's heat: its own step, else the step of its turn."""
    own = item.get("heat")
    if isinstance(own, dict):
        own = own.get("tenths")
    if not isinstance(own, int):
        steps = (step.get("tenths") for step in heat if step.get("turn") == item.get("turn"))
        own = next(steps, None)
    return own if isinstance(own, int) else 0


def _effect(language: str, item: Facts, *, tenths: int) -> str:
    """What came of the line: heat that fits what is said of it, and the customer's next words."""
    key, reply = "notice.debrief", text_of(item, "reply")
    if not text_of(item, "turn"):
        return ""
    moved = say(language, f"{key}.heat_{'up' if tenths > 0 else 'down'}", tenths=abs(tenths))
    if tenths and reply:
        return say(language, f"{key}.effect_both", heat=moved, reply=reply)
    if tenths:
        return say(language, f"{key}.effect_heat", heat=moved)
    return say(language, f"{key}.effect_reply", reply=reply) if reply else ""


def _counter(language: str, item: Facts) -> str:
    counter = text_of(item, "counter")
    return say(language, "notice.debrief.counter", counter=counter) if counter else ""


def _appeal(language: str, fixes: Sequence[Facts]) -> str:
    turn = next((text_of(fix, "turn") for fix in fixes if text_of(fix, "turn")), "")
    if turn:
        return say(language, "notice.debrief.appeal", turn=turn)
    return say(language, "notice.debrief.appeal_any")


def score(language: str, facts: Facts) -> Sequence[str]:
    key, errors = "notice.score", texts_of(facts, "critical")
    if not text_of(facts, "title"):
        return [say(language, f"{key}.none")]
    names = joined(language, [name_of(language, "critical", error) for error in errors])
    counted = facts.get("right") is not None and facts.get("total") is not None
    right, total = text_of(facts, "right"), text_of(facts, "total")
    return [
        say(language, f"{key}.head", title=text_of(facts, "title")),
        *_overall(language, key, facts),
        _abilities(language, facts),
        speed_line(language, mapping_of(facts, "speed")),
        say(language, f"{key}.right", right=right, total=total) if counted else "",
        say(language, f"{key}.critical", names=names) if errors else "",
    ]


def profile(language: str, facts: Facts) -> Sequence[str]:
    return [
        say(language, "notice.profile.head"),
        *(_level(language, level) for level in items_of(facts, "levels")),
        say(language, "notice.profile.note"),
    ]


def _level(language: str, level: Facts) -> str:
    ability = name_of(language, "ability", text_of(level, "ability"))
    certainty, count = text_of(level, "certainty"), text_of(level, "count") or "0"
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


def reason_of(language: str, facts: Facts) -> str:
    """Why a drill is on the plan, in words; with its due date, pass mark and tries left where
    somebody ordered it."""
    key = f"reason.{text_of(facts, 'reason')}"
    if not has(language, key):
        return ""
    group = text_of(facts, "group")
    named = name_of(language, "group", group) if has(language, f"group.{group}") else ""
    parts = [say(language, key, group=named or say(language, "group.alike"))]
    for name in ("due_on", "pass_mark", "attempts_left"):
        value = facts.get(name)
        if value is not None:
            told = number(value) if name == "pass_mark" else value
            parts.append(say(language, f"notice.plan.{name}", value=told))
    return "".join(parts)


def micro_line(language: str, facts: Facts) -> Sequence[str]:
    """A micro-drill as one line; nothing where there is none."""
    title = text_of(facts, "title")
    if not title:
        return []
    ability = name_of(language, "ability", text_of(facts, "ability"))
    reason = reason_of(language, facts)
    key = "notice.micro.line"
    return [say(language, key, title=title, ability=ability, reason=reason).rstrip()]


def plan(language: str, facts: Facts) -> Sequence[str]:
    key, items = "notice.plan", items_of(facts, "items")
    if not items:
        return [say(language, f"{key}.empty"), *plan_lines(language, facts)]
    return [
        say(language, f"{key}.head"),
        *plan_lines(language, facts),
        say(language, f"{key}.how", number=text_of(items[0], "number")),
        say(language, f"{key}.change"),
    ]


def plan_lines(language: str, facts: Facts) -> Sequence[str]:
    """The drills of a plan, what is recommended beside them and the micro-drill, a line each."""
    items = items_of(facts, "items")
    return [
        *(_plan_line(language, place, item) for place, item in enumerate(items, start=1)),
        *_resources(language, items_of(facts, "resources")),
        *micro_line(language, mapping_of(facts, "micro")),
    ]


def _plan_line(language: str, place: int, item: Facts) -> str:
    return say(
        language,
        f"notice.plan.{'exam' if item.get('exam') else 'line'}",
        place=place,
        number=text_of(item, "number"),
        title=text_of(item, "title"),
        ability=name_of(language, "ability", text_of(item, "ability")),
        reason=reason_of(language, item),
    ).rstrip()


def _resources(language: str, items: Sequence[Facts]) -> Sequence[str]:
    return [
        say(
            language,
            "notice.plan.resource",
            kind=name_of(language, "resource", text_of(item, "kind")),
            title=text_of(item, "title"),
            ability=name_of(language, "ability", text_of(item, "ability")),
        )
        for item in items
    ]


def today(language: str, facts: Facts) -> Sequence[str]:
    key = "notice.today"
    if not text_of(facts, "title"):
        return [say(language, f"{key}.empty")]
    ability = name_of(language, "ability", text_of(facts, "ability"))
    return [
        say(language, f"{key}.head", title=text_of(facts, "title")),
        say(language, f"{key}.why", ability=ability, reason=reason_of(language, facts)).rstrip(),
        say(
            language,
            f"{key}.{'exam' if facts.get('exam') else 'how'}",
            number=text_of(facts, "number"),
        ),
    ]
