"""A case as questions and answers: which question comes next, and the scenario they make.

Answers are plain text by step id (`title`, `goal.1.line`, ...), in the order in which they were
given, so a draft is a small file, going back is taking one away, and going on is asking for the
first one that is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.content.draft_words import DraftWords
from core.content.shape import Kind, validator
from core.content.source import Place
from core.domain.scenario import Difficulty, Disclosure

NOTHING = "-"
"""The answer that leaves an optional step empty or ends a group."""


class StepKind(StrEnum):
    """How an answer is read."""

    TEXT = "text"
    LIST = "list"
    CHOICE = "choice"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Step:
    """One question. `name` is its words' key, `number` counts a group's entries from 1."""

    id: str
    name: str
    kind: StepKind
    suggestion: str
    number: int = 0
    choices: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class _Ask:
    name: str
    kind: StepKind = StepKind.TEXT
    choices: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class _Group:
    name: str
    section: str
    most: int
    asks: tuple[_Ask, ...]


_SCHEMA: Any = validator(Kind.SCENARIO).schema
INDUSTRIES: tuple[str, ...] = tuple(_SCHEMA["properties"]["industry"]["enum"])
_LIST, _CHOICE, _YES = StepKind.LIST, StepKind.CHOICE, StepKind.YES
_FIRST = (
    _Ask("industry", _CHOICE, INDUSTRIES),
    _Ask("family"),
    _Ask("problem"),
    _Ask("title"),
    _Ask("brief"),
    _Ask("difficulty", _CHOICE, tuple(Difficulty)),
    _Ask("openings", _LIST),
    _Ask("goal"),
    _Ask("hidden_goal", optional=True),
    _Ask("losses", _LIST, optional=True),
)
_LABEL = _Ask("label")
_GROUPS = (
    _Group(
        "goal",
        "sub_goals",
        4,
        (_LABEL, _Ask("line"), _Ask("said_by", _LIST), _Ask("request", _LIST)),
    ),
    _Group(
        "fact",
        "facts",
        8,
        (
            _LABEL,
            _Ask("value"),
            _Ask("disclosure", _CHOICE, tuple(Disclosure)),
            _Ask("verifies", _YES),
            _Ask("surfaces", _LIST),
            _Ask("asked_by", _LIST),
        ),
    ),
    _Group(
        "limit",
        "policy_limits",
        6,
        (
            _LABEL,
            _Ask("forbidden", _LIST),
            _Ask("rule"),
            _Ask("instead"),
            _Ask("critical", _CHOICE, tuple(f"K{number}" for number in range(1, 9))),
        ),
    ),
    _Group("record", "record", 8, (_LABEL, _Ask("value"), _Ask("after", _YES))),
    _Group("wrap", "wrap_up", 6, (_LABEL, _Ask("expected", _LIST))),
)
_RENAMED = {"line": "reference_line", "after": "after_verification"}
YES, NO = "yes", "no"


def next_step(
    answers: Mapping[str, str], drafted: Mapping[str, str], words: DraftWords
) -> Step | None:
    """The first question without an answer; None when the case is complete.

    `drafted` are suggestions by step id, read from a document before; what it leaves open is
    suggested from the answers so far.
    """
    for step_id, ask, number in _asked(answers):
        if step_id not in answers:
            suggestion = drafted.get(step_id, "") or _suggestion(step_id, answers, words)
            name = f"{step_id.partition('.')[0]}_{ask.name}" if number else ask.name
            end = bool(number) and ask is _LABEL and number > 1
            return Step(
                id=step_id,
                name=name,
                kind=ask.kind,
                suggestion=suggestion,
                number=number,
                choices=ask.choices,
                optional=ask.optional or end,
            )
    return None


def _asked(answers: Mapping[str, str]) -> Iterator[tuple[str, _Ask, int]]:
    """Every step that these answers lead to, in order."""
    for ask in _FIRST:
        yield ask.name, ask, 0
    for group in _GROUPS:
        for number in range(1, group.most + 1):
            yield f"{group.name}.{number}.label", _LABEL, number
            if not answers.get(f"{group.name}.{number}.label"):
                break
            for ask in group.asks[1:]:
                yield f"{group.name}.{number}.{ask.name}", ask, number
    yield "id", _Ask("id"), 0


def _suggestion(step_id: str, answers: Mapping[str, str], words: DraftWords) -> str:
    """What fits the answers so far; empty where a group may end."""
    if step_id in _FIXED:
        return _FIXED[step_id]
    facts = {key: answers.get(key, "") for key in ("family", "problem")}
    if "." not in step_id:
        return words.joined(words.filled(step_id, **facts)) if step_id in words.ways else ""
    group, number, name = step_id.split(".")
    mine = {key: answers.get(f"{group}.{number}.{key}", "") for key in ("label", "value", "line")}
    if name == "label":
        return _first_label(group, answers, words) if number == "1" else ""
    return _detail(group, name, mine, answers, words)


_FIXED = {"industry": "retail", "difficulty": Difficulty.MEDIUM.value}


def _first_label(group: str, answers: Mapping[str, str], words: DraftWords) -> str:
    if group == "fact":
        return words.identity.get(answers.get("industry", ""), words.identity["other"])
    return words.ways["label" if group == "goal" else group][0]


def _detail(
    group: str,
    name: str,
    mine: Mapping[str, str],
    answers: Mapping[str, str],
    words: DraftWords,
) -> str:
    label, value = mine["label"], mine["value"]
    identity = label in words.identity.values()
    fixed = {
        "disclosure": Disclosure.ON_ASK.value,
        "verifies": YES if identity else NO,
        "critical": "K3",
        "after": NO,
        "said_by": words.joined(words.wordings(mine["line"])),
    }
    if name in fixed:
        return fixed[name]
    if name == "value" and group == "fact":
        return words.identity_value if identity else label
    if name == "value":
        return words.ways["record_value"][0]
    bare = _without(label, words.strip)
    head, tail = (
        (bare[:2], bare[-2:]) if not bare.isascii() else (bare.split()[0], bare.split()[-1])
    )
    facts = {"label": bare, "value": value, "head": head, "tail": tail}
    return words.joined(words.filled(name, **facts))


def _without(label: str, strip: tuple[str, ...]) -> str:
    for start in strip:
        rest = label.removeprefix(start).strip()
        if rest and rest != label:
            return rest
    return label


def scenario_data(
    answers: Mapping[str, str], *, language: str, words: DraftWords
) -> dict[str, Any]:
    """The answers of a whole draft in the shape of the scenario schema."""
    groups = {group.section: _entries(group, answers, words) for group in _GROUPS}
    _join(groups, answers, words)
    proofs = [fact["key"] for fact in groups["facts"] if fact["verifies"]]
    asked = [
        fact["key"]
        for fact in groups["facts"]
        if fact["verifies"] or fact["disclosure"] == Disclosure.ON_SPECIFIC_ASK
    ]
    for goal in groups["sub_goals"]:
        goal["needs"] = list(proofs)
    turns = 3 + len(groups["sub_goals"]) + len(asked)
    return {
        "id": answers["id"],
        "version": "1",
        "language": language,
        **{key: answers[key] for key in ("industry", "family", "title", "brief", "difficulty")},
        "openings": words.parts(answers["openings"]),
        "goal": answers["goal"],
        "hidden_goal": answers["hidden_goal"],
        "losses": words.parts(answers["losses"]),
        "sub_goals": groups["sub_goals"],
        "facts": groups["facts"],
        "required_slots": asked,
        "policy_limits": groups["policy_limits"],
        "record": groups["record"],
        "reference": {"turns": turns, "seconds": 45 * turns},
        "personas": list(words.personas),
        "emotions": list(words.emotions),
        "wrap_up": groups["wrap_up"],
    }


def _entries(group: _Group, answers: Mapping[str, str], words: DraftWords) -> list[dict[str, Any]]:
    found = []
    for number in range(1, group.most + 1):
        if not answers.get(f"{group.name}.{number}.label"):
            break
        entry: dict[str, Any] = {"key": f"{group.name}_{number}"}
        for ask in group.asks:
            text = answers[f"{group.name}.{number}.{ask.name}"]
            entry[_RENAMED.get(ask.name, ask.name)] = _read(text, ask.kind, words)
        found.append(entry)
    return found


def _read(text: str, kind: StepKind, words: DraftWords) -> object:
    if kind is StepKind.YES:
        return text == YES
    return words.parts(text) if kind is StepKind.LIST else text


def _join(
    groups: Mapping[str, list[dict[str, Any]]], answers: Mapping[str, str], words: DraftWords
) -> None:
    """What follows from the answers and needs no question."""
    for line in groups["record"]:
        line["spoken_by"] = [line["value"]] if line["after_verification"] else []
    label = words.ways["reported"][0]
    groups["facts"].append(
        {
            "key": "reported",
            "label": label,
            "value": answers["problem"],
            "disclosure": Disclosure.VOLUNTEER.value,
            "verifies": False,
            "surfaces": words.parts(answers["openings"])[:3],
            "asked_by": [label],
        }
    )


def step_at(place: Place) -> str:
    """The step whose answer stands at this place of the scenario; the title where none does."""
    sections = {group.section: group.name for group in _GROUPS}
    names = {new: old for old, new in _RENAMED.items()}
    if len(place) > 1 and place[0] in sections and isinstance(place[1], int):
        field = str(place[2]) if len(place) > 2 else "label"
        return f"{sections[str(place[0])]}.{place[1] + 1}.{names.get(field, field)}"
    return str(place[0]) if place and str(place[0]) in {one.name for one in _FIRST} else "title"
