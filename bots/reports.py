"""The drill of the day and the reports: as facts of a message, and as the words of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from bots import results
from bots.facts import Facts, items_of, joined, mapping_of, name_of, number, text_of
from core.catalogue import say
from core.domain.digest import BestLine, Digest, Unanswered, WeekNote, WhyUnreached
from core.domain.messages import Json
from training_plans.groups import Version

_KEY = "report"

BOARD_MEAN_FROM = 3
"""Of fewer people a mean would tell what one of them got."""

_APPEALS = ("count", "due", "late")
_NAMED = 5
"""People that one line names."""


def digest_facts(digest: Digest) -> dict[str, Json]:
    """A digest as plain data."""
    return {
        "day": digest.day.isoformat(),
        "team": digest.team,
        "members": digest.members,
        "practised": digest.practised,
        "practices": digest.practices,
        "mean": digest.mean,
        "serious": [
            {"name": one.name, "error": one.error, "turn": one.turn, "quote": one.quote}
            for one in digest.serious
        ],
        "stuck": [
            {"name": one.name, "ability": one.ability.value, "times": one.times}
            for one in digest.stuck
        ],
        "best": _best(digest.best),
        "unreached": [{"name": one.name, "why": one.why.value} for one in digest.unreached],
        "counts": list(digest.counts),
        "appeals": _appeals(digest.appeals),
    }


def _appeals(waiting: Unanswered | None) -> Json:
    if waiting is None:
        return None
    return {"count": waiting.count, "due": waiting.due.isoformat(), "late": waiting.late}


def board_facts(digest: Digest) -> dict[str, Json]:
    """A team's day for all of the team to see: no names, no words, and no mean of a few."""
    return {
        "day": digest.day.isoformat(),
        "team": digest.team,
        "members": digest.members,
        "practised": digest.practised,
        "practices": digest.practices,
        "mean": digest.mean if digest.practised >= BOARD_MEAN_FROM else None,
        "fortnight": sum(digest.counts),
    }


def weekly_facts(
    teams: Mapping[str, Digest], day: date, fit: Version | None = None
) -> dict[str, Json]:
    """The week of every team as plain data, and the fit of groups that fell into it."""
    facts: dict[str, Json] = {
        "day": day.isoformat(),
        "teams": [digest_facts(one) for one in teams.values()],
    }
    if fit is not None and date.fromisoformat(fit.at[:10]) >= day - timedelta(days=7):
        facts["refit"] = {
            "number": fit.number,
            "day": fit.at[:10],
            "people": fit.people,
            "stage": fit.stage,
        }
    return facts


def note_facts(note: WeekNote) -> dict[str, Json]:
    """A trainee's week as plain data."""
    return {
        "practices": note.practices,
        "mean": note.mean,
        "before": note.before,
        "mean_before": note.mean_before,
        "best": _best(note.best),
    }


def reminder(language: str, facts: Facts) -> Sequence[str]:
    """What falls due, instead of the drill of the day: one message says both."""
    items = items_of(facts, "items")
    return [
        say(language, f"{_KEY}.reminder", count=len(items)),
        *results.plan_lines(language, facts),
        say(language, f"{_KEY}.reminder_how"),
    ]


def drill(language: str, facts: Facts) -> Sequence[str]:
    """The drill of the day, unasked."""
    return [say(language, f"{_KEY}.drill"), *results.today(language, facts)]


def digest(language: str, facts: Facts) -> Sequence[str]:
    """A supervisor's day: at most a screen, and one line where there is nothing to say."""
    day, team = text_of(facts, "day"), text_of(facts, "team")
    if not any(facts.get(name) for name in ("practices", "stuck", "unreached", "appeals")):
        said = {"day": day, "team": team, "members": text_of(facts, "members")}
        return [say(language, f"{_KEY}.digest.nothing", **said)]
    return [*digest_lines(language, facts), say(language, f"{_KEY}.digest.more", day=day)]


def digest_lines(language: str, facts: Facts) -> Sequence[str]:
    """The same at length, head first, as the page has it."""
    key = f"{_KEY}.digest"
    lines = [say(language, f"{key}.head", day=text_of(facts, "day"), team=text_of(facts, "team"))]
    if not facts.get("practices"):
        lines.append(say(language, f"{key}.none", members=text_of(facts, "members")))
    else:
        counts = {name: text_of(facts, name) for name in ("practised", "members", "practices")}
        lines.append(say(language, f"{key}.count", **counts, mean=number(facts.get("mean"))))
    if facts.get("appeals"):
        said = {name: text_of(mapping_of(facts, "appeals"), name) for name in _APPEALS}
        lines.append(say(language, f"{key}.appeals", **said))
        lines.append(say(language, f"{key}.appeals_late", **said) if said["late"] != "0" else "")
    lines += [_serious(language, one) for one in items_of(facts, "serious")]
    lines += [
        say(
            language,
            f"{key}.stuck",
            name=text_of(one, "name"),
            ability=name_of(language, "ability", text_of(one, "ability")),
            times=text_of(one, "times"),
        )
        for one in items_of(facts, "stuck")
    ]
    lines.append(_best_line(language, facts, f"{key}.best"))
    unreached = items_of(facts, "unreached")
    for why in WhyUnreached:
        names = [text_of(one, "name") for one in unreached if text_of(one, "why") == why.value]
        if names:
            listed = joined(language, names[:_NAMED])
            more = say(language, f"{key}.and_more", count=len(names)) if names[_NAMED:] else ""
            lines.append(say(language, f"{key}.unreached.{why.value}", names=listed + more))
    lines += _tomorrow(language, facts)
    return lines


def board(language: str, facts: Facts) -> Sequence[str]:
    """A team's day on its board."""
    key = f"{_KEY}.board"
    names = ("day", "team", "members", "practised", "practices", "fortnight")
    counts = {name: text_of(facts, name) for name in names}
    return [
        say(language, f"{key}.head", **counts),
        say(language, f"{key}.count" if facts.get("practices") else f"{key}.none", **counts),
        say(language, f"{key}.mean", mean=number(facts.get("mean"))) if facts.get("mean") else "",
        say(language, f"{key}.fortnight", **counts),
        say(language, f"{key}.how"),
    ]


def weekly(language: str, facts: Facts) -> Sequence[str]:
    """A manager's week, a line for each team."""
    key = f"{_KEY}.weekly"
    teams = items_of(facts, "teams")
    if not any(one.get("practices") for one in teams) and not facts.get("refit"):
        return [say(language, f"{key}.none", day=text_of(facts, "day"), teams=len(teams))]
    return [
        say(language, f"{key}.head", day=text_of(facts, "day")),
        *(
            say(
                language,
                f"{key}.team",
                team=text_of(one, "team"),
                practised=text_of(one, "practised"),
                members=text_of(one, "members"),
                practices=text_of(one, "practices"),
                mean=number(one.get("mean")),
                serious=len(items_of(one, "serious")),
            )
            for one in teams
        ),
        _refit(language, mapping_of(facts, "refit")),
    ]


def _refit(language: str, facts: Facts) -> str:
    if not facts:
        return ""
    said = {name: text_of(facts, name) for name in ("number", "day", "people")}
    stage = say(language, f"plan.stage.{text_of(facts, 'stage')}")
    return say(language, f"{_KEY}.weekly.refit", stage=stage, **said)


def week_note(language: str, facts: Facts) -> Sequence[str]:
    """A trainee's own week."""
    key = f"{_KEY}.note"
    counts = {name: text_of(facts, name) for name in ("practices", "before")}
    means = {name: number(facts.get(name)) for name in ("mean", "mean_before")}
    return [
        say(language, f"{key}.head"),
        say(language, f"{key}.count", **counts, **means),
        _best_line(language, facts, f"{key}.best"),
        say(language, f"{key}.next"),
    ]


def _serious(language: str, one: Facts) -> str:
    key = f"{_KEY}.digest.{'serious' if text_of(one, 'quote') else 'serious_hidden'}"
    return say(
        language,
        key,
        name=text_of(one, "name"),
        error=name_of(language, "critical", text_of(one, "error")),
        turn=text_of(one, "turn"),
        quote=text_of(one, "quote"),
    )


def _tomorrow(language: str, facts: Facts) -> Sequence[str]:
    """What to do next, at most two things: the risky before the slow."""
    serious = [text_of(one, "name") for one in items_of(facts, "serious")]
    stuck = [text_of(one, "name") for one in items_of(facts, "stuck")]
    key = f"{_KEY}.digest.tomorrow"
    found = []
    if serious:
        found.append(say(language, f"{key}_serious", name=serious[0]))
    if stuck:
        found.append(say(language, f"{key}_stuck", name=stuck[0]))
    if not facts.get("practices"):
        found.append(say(language, f"{key}_none"))
    return found[:2]


def _best_line(language: str, facts: Facts, key: str) -> str:
    best = mapping_of(facts, "best")
    if not best:
        return ""
    return say(
        language,
        key,
        name=text_of(best, "name"),
        quote=text_of(best, "quote"),
        tenths=text_of(best, "tenths"),
    )


def _best(best: BestLine | None) -> Json:
    if best is None:
        return None
    return {"name": best.name, "quote": best.quote, "tenths": abs(best.tenths)}
