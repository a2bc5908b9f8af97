"""Does a file have the shape its JSON Schema asks for, and the domain objects it stands for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from pydantic import TypeAdapter

from core.content.reasons import Why
from core.content.source import Place, Source
from core.content.variants import SECTION, drawn, variant_faults, varies
from core.domain.persona import Mood, Persona
from core.domain.scenario import Scenario, Wordings
from core.domain.training import Course
from core.errors import ContentFault

SCHEMAS = Path(__file__).parent / "schema"
DEFAULT_ORDER = 1000
_WORDINGS = {
    "sub_goals": ("said_by",),
    "facts": ("asked_by",),
    "policy_limits": ("forbidden", "unless"),
    "record": ("spoken_by",),
    "wrap_up": ("expected",),
}
_SCENARIO: TypeAdapter[Scenario] = TypeAdapter(Scenario)
_PERSONA: TypeAdapter[Persona] = TypeAdapter(Persona)
_MOOD: TypeAdapter[Mood] = TypeAdapter(Mood)
_COURSE: TypeAdapter[Course] = TypeAdapter(Course)


class Kind(StrEnum):
    """The kinds of file; the value is the name of the schema."""

    SCENARIO = "scenario"
    PERSONAS = "personas"
    MOODS = "moods"
    POLICY = "policy"
    RUBRIC = "rubric"
    QA_SHEET = "qa_sheet"
    COURSE = "course"


@cache
def validator(kind: Kind) -> Draft202012Validator:
    """The published JSON Schema of one kind of file, ready to use."""
    text = (SCHEMAS / f"{kind}.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def shape_faults(source: Source, kind: Kind) -> list[ContentFault]:
    """Everything in which the file differs from its schema, in the order of the lines.

    A scenario whose values vary has the shape that its first case has.
    """
    if kind is Kind.SCENARIO and varies(source):
        return _pool_faults(source) or _faults(drawn(source, 0), validator(kind))
    return _faults(source, validator(kind))


def _pool_faults(source: Source) -> list[ContentFault]:
    data = _mapping(source.data)
    found = _faults(replace(source, data={SECTION: data[SECTION]}), _pools_validator())
    return found or _sorted(source.fault(*one) for one in variant_faults(source))


@cache
def _pools_validator() -> Draft202012Validator:
    schema: Any = validator(Kind.SCENARIO).schema
    return Draft202012Validator({"properties": {SECTION: schema["properties"][SECTION]}})


def _faults(source: Source, rules: Draft202012Validator) -> list[ContentFault]:
    return _sorted(
        source.fault(place, reason)
        for error in rules.iter_errors(source.data)
        for place, reason in _explained(error)
    )


def _sorted(faults: Iterable[ContentFault]) -> list[ContentFault]:
    return sorted(set(faults), key=lambda fault: (fault.line, fault.reason))


def _explained(error: ValidationError) -> Iterator[tuple[Place, str]]:
    place: Place = tuple(error.absolute_path)
    name = ".".join(str(part) for part in place) or "file"
    rule = error.validator
    value: Any = error.instance
    limit: Any = error.validator_value
    schema: Any = error.schema
    if rule == "required":
        missing = [key for key in limit if key not in value]
        yield from ((place, Why("missing", place=name, name=repr(key))) for key in missing)
    elif rule == "additionalProperties":
        known = schema.get("properties", {})
        allowed = ", ".join(sorted(known))
        yield from (
            ((*place, key), Why("unknown_key", name=repr(key), place=name, allowed=allowed))
            for key in value
            if key not in known
        )
    elif rule == "minItems":
        yield place, Why("too_few", name=name, count=len(value), limit=limit)
    elif rule == "type":
        quotes = ".quotes" if limit == "string" and value is not None else ""
        yield place, Why(f"wrong_type{quotes}", name=name, type=limit)
    elif rule == "enum":
        yield (
            place,
            Why("not_allowed", name=name, value=repr(value), allowed=", ".join(map(str, limit))),
        )
    elif rule == "uniqueItems":
        yield place, Why("twice", name=name)
    elif rule in ("minLength", "pattern"):
        yield place, Why("bad_text", name=name, value=repr(value), limit=repr(limit))
    elif rule in ("minimum", "maximum"):
        yield place, Why(f"bad_value.{rule}", name=name, value=value, limit=limit)
    else:
        yield place, Why("bad_value", name=name, problem=error.message)


def wordings_of(lines: list[str]) -> Wordings:
    """`["退 + 原路", "退款"]` -> (("退", "原路"), ("退款",)); an empty part stays empty."""
    return tuple(
        tuple(part.strip() for part in line.replace("＋", "+").split("+")) for line in lines
    )


def scenario_of(source: Source, number: int = 0) -> Scenario:
    """The scenario in a file whose shape is right, as case `number` has it where values vary."""
    data = _mapping(drawn(source, number).data)
    data.pop("order", None)
    for section, keys in _WORDINGS.items():
        data[section] = [_with_wordings(item, keys) for item in data.get(section, [])]
    return _SCENARIO.validate_python(data)


def order_of(source: Source) -> int:
    """The scenario's place in the list; files without one come last."""
    return int(_mapping(source.data).get("order", DEFAULT_ORDER))


def personas_of(source: Source) -> list[Persona]:
    """The personas in a file whose shape is right, in its order."""
    data = _mapping(source.data)
    common = {"language": data["language"], "version": data["version"]}
    return [_PERSONA.validate_python({**common, **item}) for item in data["personas"]]


def moods_of(source: Source) -> list[Mood]:
    """The moods in a file whose shape is right, in its order."""
    data = _mapping(source.data)
    common = {"language": data["language"]}
    return [_MOOD.validate_python({**common, **item}) for item in data["moods"]]


def course_of(source: Source) -> Course:
    """The course in a file whose shape is right."""
    return _COURSE.validate_python(_mapping(source.data))


def _with_wordings(item: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {**item, **{key: wordings_of(item.get(key, [])) for key in keys}}


def _mapping(data: object) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise TypeError("the shape is checked before anything is built")
    return dict(data)
