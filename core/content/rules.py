"""What a schema cannot say about a scenario: names that must exist, goals that can be met."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

from core.content.reasons import Why
from core.content.source import Place, Source
from core.domain.scenario import Disclosure, Scenario, SubGoal, Wordings
from core.errors import ContentFault

_CLOSED = frozenset({Disclosure.ON_SPECIFIC_ASK, Disclosure.ON_TRUST, Disclosure.RELUCTANT})
_TELLING = 3
"""Characters from which on words are a fact and no chance likeness."""


def plain_text(text: str) -> str:
    """Half-width, small letters: the form in which wordings are compared."""
    return unicodedata.normalize("NFKC", text).casefold()


def says(text: str, wordings: Wordings) -> bool:
    """Whether `text` holds every word of at least one group."""
    heard = plain_text(text)
    return any(all(plain_text(word) in heard for word in group) for group in wordings if group)


def scenario_faults(
    scenario: Scenario, source: Source, *, personas: set[str], moods: set[str]
) -> list[ContentFault]:
    """All faults of one scenario; `personas` and `moods` are the ids of its language."""
    found = [
        *_keys_twice(scenario),
        *_empty_wordings(scenario),
        *_unknown_names(scenario, personas=personas, moods=moods),
        *_unreachable(scenario),
        *_facts(scenario),
        *_verification(scenario),
        *_reference_lines(scenario),
        *_model_answers_in_limits(scenario),
        *_contradictions(scenario),
        *_told_too_early(scenario),
    ]
    return [source.fault(place, reason) for place, reason in found]


def _keys_twice(scenario: Scenario) -> Iterator[tuple[Place, str]]:
    # Sub-goals and facts share one room of names, because `needs` may mean either.
    named: list[tuple[str, Place]] = [
        *((goal.key, ("sub_goals", i, "key")) for i, goal in enumerate(scenario.sub_goals)),
        *((fact.key, ("facts", i, "key")) for i, fact in enumerate(scenario.facts)),
    ]
    yield from _twice(named)
    yield from _twice((x.key, ("policy_limits", i)) for i, x in enumerate(scenario.policy_limits))
    yield from _twice((x.key, ("record", i)) for i, x in enumerate(scenario.record))
    yield from _twice((x.key, ("wrap_up", i)) for i, x in enumerate(scenario.wrap_up))
    yield from _twice((x.key, ("twists", i)) for i, x in enumerate(scenario.twists))


def _twice(named: Iterable[tuple[str, Place]]) -> Iterator[tuple[Place, str]]:
    count: Counter[str] = Counter()
    for key, place in named:
        count[key] += 1
        if count[key] > 1:
            yield place, Why("key_twice", name=repr(key))


def _all_wordings(scenario: Scenario) -> Iterator[tuple[Place, Wordings]]:
    for i, goal in enumerate(scenario.sub_goals):
        yield ("sub_goals", i, "said_by"), goal.said_by
    for i, fact in enumerate(scenario.facts):
        yield ("facts", i, "asked_by"), fact.asked_by
    for i, limit in enumerate(scenario.policy_limits):
        yield ("policy_limits", i, "forbidden"), limit.forbidden
        yield ("policy_limits", i, "unless"), limit.unless
    for i, line in enumerate(scenario.record):
        yield ("record", i, "spoken_by"), line.spoken_by
    for i, field in enumerate(scenario.wrap_up):
        yield ("wrap_up", i, "expected"), field.expected


def _empty_wordings(scenario: Scenario) -> Iterator[tuple[Place, str]]:
    for place, wordings in _all_wordings(scenario):
        for i, group in enumerate(wordings):
            if not all(group):
                yield (*place, i), Why("empty_wording")


def _unknown_names(
    scenario: Scenario, *, personas: set[str], moods: set[str]
) -> Iterator[tuple[Place, str]]:
    facts = {fact.key for fact in scenario.facts}
    known = facts | {goal.key for goal in scenario.sub_goals}
    references: list[tuple[str, tuple[str, ...], set[str]]] = [
        ("required_slots", scenario.required_slots, facts),
        ("personas", scenario.personas, personas),
        ("emotions", scenario.emotions, moods),
    ]
    for section, names, allowed in references:
        for i, name in enumerate(names):
            if name not in allowed:
                yield (section, i), Why("unknown_name", place=section, name=repr(name))
    for i, goal in enumerate(scenario.sub_goals):
        for j, name in enumerate(goal.needs):
            if name not in known:
                reason = Why("unknown_name.needs", place=goal.key, name=repr(name))
                yield ("sub_goals", i, "needs", j), reason


def _unreachable(scenario: Scenario) -> Iterator[tuple[Place, str]]:
    goals = {goal.key: goal for goal in scenario.sub_goals}
    for i, goal in enumerate(scenario.sub_goals):
        if goal.key in _before(goal, goals):
            yield ("sub_goals", i, "needs"), Why("circle", name=goal.key)


def _before(goal: SubGoal, goals: dict[str, SubGoal]) -> set[str]:
    """Everything that must have come before `goal`, over any number of steps."""
    found: set[str] = set()
    waiting = list(goal.needs)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(goals[name].needs if name in goals else ())
    return found


def _facts(scenario: Scenario) -> Iterator[tuple[Place, str]]:
    for i, fact in enumerate(scenario.facts):
        if fact.disclosure is not Disclosure.VOLUNTEER and not fact.asked_by:
            yield ("facts", i), Why("unaskable", name=fact.key)
        if fact.wrong_first_p > 0 and not fact.wrong_surfaces:
            yield (
                ("facts", i, "wrong_first_p"),
                Why("missing", place=fact.key, name="wrong_surfaces"),
            )


def _verification(scenario: Scenario) -> Iterator[tuple[Place, str]]:
    verifying = {fact.key for fact in scenario.facts if fact.verifies}
    for i, line in enumerate(scenario.record):
        if not line.after_verification:
            continue
        if not verifying:
            yield ("record", i), Why("unverifiable", name=line.key)
        if not line.spoken_by:
            yield ("record", i), Why("missing.spoken_by", name=line.key)
    protected = [line for line in scenario.record if line.after_verification]
    goals = {goal.key: goal for goal in scenario.sub_goals}
    for i, goal in enumerate(scenario.sub_goals):
        told = [line.key for line in protected if says(goal.reference_line, line.spoken_by)]
        if told and verifying.isdisjoint(_before(goal, goals)):
            reason = Why("leak.record", name=told[0])
            yield ("sub_goals", i, "reference_line"), reason


def _reference_lines(scenario: Scenario) -> Iterator[tuple[Place, str]]:
    for i, goal in enumerate(scenario.sub_goals):
        if not says(goal.reference_line, goal.said_by):
            reason = Why("not_settled", name=goal.key)
            yield ("sub_goals", i, "reference_line"), reason


def _model_answers_in_limits(scenario: Scenario) -> Iterator[tuple[Place, str]]:
    answers: list[tuple[Place, str]] = [
        *(
            (("sub_goals", i, "reference_line"), goal.reference_line)
            for i, goal in enumerate(scenario.sub_goals)
        ),
        *(
            (("policy_limits", i, "instead"), limit.instead)
            for i, limit in enumerate(scenario.policy_limits)
        ),
    ]
    for place, text in answers:
        for limit in scenario.policy_limits:
            if says(text, limit.forbidden):
                yield place, Why("forbidden", limit=limit.key)


def _contradictions(scenario: Scenario) -> Iterator[tuple[Place, str]]:
    """Sub-goals that nobody can settle without saying what a limit forbids."""
    for i, goal in enumerate(scenario.sub_goals):
        words = ["\n".join(group) for group in goal.said_by]
        for limit in scenario.policy_limits:
            if words and all(says(group, limit.forbidden) for group in words):
                reason = Why("contradiction", name=goal.key, limit=limit.key)
                yield ("sub_goals", i, "said_by"), reason


def _told_too_early(scenario: Scenario) -> Iterator[tuple[Place, str]]:
    """Facts that are given away before anybody asked: in the brief or what the customer says
    of his own accord."""
    lines: list[tuple[Place, str]] = [
        (("title",), scenario.title),
        (("brief",), scenario.brief),
        *((("openings", i), line) for i, line in enumerate(scenario.openings)),
        *((("fallback", i), line) for i, line in enumerate(scenario.fallback)),
        *((("losses", i), line) for i, line in enumerate(scenario.losses)),
        *(
            (("sub_goals", i, "request", j), line)
            for i, goal in enumerate(scenario.sub_goals)
            for j, line in enumerate(goal.request)
        ),
    ]
    closed = [fact for fact in scenario.facts if fact.verifies or fact.disclosure in _CLOSED]
    for place, line in lines:
        for fact in closed:
            told = ((words,) for words in (fact.value, *fact.surfaces) if len(words) >= _TELLING)
            if says(line, tuple(told)):
                yield place, Why("leak", name=fact.key)
