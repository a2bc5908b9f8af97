"""Leave that a person gives to send notices later: one notice for each yes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grant:
    """The person said yes to one more notice of this template, or no to all of them."""

    template: str
    accepted: bool


def written(grants: Sequence[Grant]) -> str:
    """As the text of an inbound message: `+TEMPLATE` and `-TEMPLATE`, blank between."""
    return " ".join(f"{'+' if grant.accepted else '-'}{grant.template}" for grant in grants)


def read(text: str) -> Sequence[Grant]:
    """What `written` wrote."""
    return [Grant(template=word[1:], accepted=word[0] == "+") for word in text.split()]
