"""Reading the closing form (小结 / 工单) out of one message."""

from __future__ import annotations

import re

from core.domain.scenario import Scenario

_PART = re.compile(r"[\n;；]+")
_NAMED = re.compile(r"^\s*([^:：]{1,20})[:：]\s*(.+)$", re.DOTALL)


def fill_in(scenario: Scenario, text: str) -> dict[str, str]:
    """Field key -> answer. Parts are separated by line ends or semicolons; a part may name its
    field (`原因：误扣`), the others fill the fields in order."""
    answers: dict[str, str] = {}
    unnamed: list[str] = []
    by_label = {field.label: field.key for field in scenario.wrap_up}
    for part in filter(None, (part.strip() for part in _PART.split(text))):
        named = _NAMED.match(part)
        key = by_label.get(named.group(1).strip()) if named else None
        if named and key:
            answers[key] = named.group(2).strip()
        else:
            unnamed.append(part)
    free = (field.key for field in scenario.wrap_up if field.key not in answers)
    return {**answers, **dict(zip(free, unnamed, strict=False))}


def names_a_field(scenario: Scenario, text: str) -> bool:
    """Whether some part of the text names a field of the form."""
    labels = {field.label for field in scenario.wrap_up}
    found = (_NAMED.match(part) for part in _PART.split(text))
    return any(named is not None and named.group(1).strip() in labels for named in found)
