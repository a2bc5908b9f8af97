"""What was fitted on everybody's practice, in words: the groups, what changed since the fit before,
and the cases that turned out otherwise than written."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bots.facts import joined, name_of
from core.catalogue import say
from training_plans.groups import CaseFit, Learned, Version
from training_plans.refit import off_cases


def group_lines(language: str, learned: Learned) -> list[str]:
    """How far the groups may be trusted, and each by what makes it."""
    stable = "" if learned.stability is None else f"{learned.stability:.2f}"
    lines = [say(language, f"plan.{learned.stage}", people=learned.people, stability=stable or "-")]
    for group in learned.groups:
        made = joined(
            language,
            [
                say(
                    language,
                    f"plan.trait_{'high' if value > 0 else 'low'}",
                    feature=name_of(language, "feature", name),
                )
                for name, value in group.traits
            ],
        )
        share = round(100 * group.share)
        lines.append(say(language, "plan.group", code=group.code, share=share, made=made or "-"))
    return lines


def version_lines(language: str, learned: Learned) -> list[str]:
    """Each kept fit, the newest first: when, on how many, and how its groups moved."""
    return [_version(language, one) for one in reversed(learned.versions)]


def _version(language: str, one: Version) -> str:
    parts = [
        say(
            language,
            "plan.version",
            number=one.number,
            day=one.at[:10],
            people=one.people,
            stage=say(language, f"plan.stage.{one.stage}"),
        )
    ]
    for code, share, drift in one.groups:
        key = "plan.version_new" if drift is None else "plan.version_moved"
        moved = "" if drift is None else f"{drift:.2f}"
        parts.append(say(language, key, code=code, share=round(100 * share), drift=moved))
    if one.gone:
        parts.append(say(language, "plan.version_gone", codes=joined(language, one.gone)))
    return say(language, "list.clause").join(parts)


def case_lines(
    language: str, cases: Sequence[CaseFit], title_of: Callable[[str], str]
) -> list[str]:
    """Cases that are harder or easier than written, the farthest off first."""
    return [
        say(
            language,
            f"plan.case_{'harder' if one.surprise < 0 else 'easier'}",
            title=title_of(one.scenario_id),
            off=f"{10 * abs(one.surprise):.1f}",
            error=f"{20 * one.error:.1f}",
            attempts=one.attempts,
            people=one.people,
        )
        for one in off_cases(cases)
    ]
