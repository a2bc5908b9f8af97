"""Why a pack is faulty: plain English for logs, and what a catalogue words it from."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Self

FORMS: Mapping[str, str] = MappingProxyType(
    {
        "alias": "write the text out, references (*name) are not read",
        "bad_key": "a key must be a word",
        "bad_text": "{name} is {value}, it must match {limit}",
        "bad_value": "{name}: {problem}",
        "bad_value.maximum": "{name} is {value}, at most {limit} is allowed",
        "bad_value.minimum": "{name} is {value}, at least {limit} is needed",
        "circle": "{name} needs itself in the end",
        "contradiction": "whoever settles {name} says what {limit} forbids",
        "control": "the text holds a sign that nobody sees",
        "empty": "the file holds nothing",
        "empty.pack": "no pack file is here",
        "empty.weights": "nothing counts for {name} any more",
        "empty_wording": "nothing stands before, after or between +",
        "forbidden": "this line says what {limit} forbids",
        "id_taken": "{kind} {name} already exists in language {language}",
        "id_twice": "{name} is there already",
        "id_twice.file": "{kind} {name} is also in {file}",
        "key_twice": "{name} is already the key of something else",
        "leak": "this line tells {name} before anybody asked for it",
        "leak.record": "reference_line tells {name}, so needs must name a verifying fact",
        "list_inside": "{name} holds several texts, it must stand alone",
        "missing": "{place} needs {name}",
        "missing.check": "{name} needs 'says' or 'never'",
        "missing.spoken_by": "{name} needs spoken_by, or a leak is not seen",
        "nested": "row {row} of {name} names another value",
        "not_allowed": "{name} is {value}, allowed are {allowed}",
        "not_hundred": "the points that are earned add up to {points}",
        "not_settled": "the reference_line of {name} matches none of its said_by",
        "not_utf8": "the file must be UTF-8",
        "out_of_range.least": "{name} is {value}, the cases need at least {limit}",
        "out_of_range.most": "{name} is {value}, the cases need at most {limit}",
        "stray_brace": "the customer would say {{ or }}",
        "tag": "{name} is not read",
        "too_deep": "brackets within brackets without end",
        "too_few": "{name} has {count}, needs at least {limit}",
        "too_large": "more than {limit} bytes",
        "twice": "{name} names something twice",
        "twice.key": "{name} is written twice in one place",
        "unaskable": "{name} has no asked_by, nobody can learn it",
        "unconfirmed": "check the items, then set confirmed to true",
        "uneven": "row {row} of {name} differs in {fields}",
        "unknown_key": "{name} in {place}, allowed are {allowed}",
        "unknown_name": "{place} names {name}, which is not there",
        "unknown_name.check": "{name} is no check",
        "unknown_name.measure": "{name} is no check and no measure",
        "unknown_name.needs": "{place} needs {name}, no fact or sub-goal",
        "unknown_name.policy": "{name} overrides nothing; a new value needs label and value",
        "unknown_name.scenario": "no scenario {name} in language {language}",
        "unknown_policy": "{name} is in no {file} of {language}",
        "unknown_variant": "{name} is in no pool of this scenario",
        "unread": "no pack file has this name in this folder",
        "unreadable": "{problem}",
        "unused": "no scenario says {name}",
        "unused.check": "{name} has no weight for any ability",
        "unused.variant": "no text says {name}",
        "unverifiable": "{name} waits for a fact with verifies: true",
        "varied": "{place} is shown before a case is drawn",
        "wrong_type": "{name} must be {type}",
        "wrong_type.before": "{name} must be {type}, as it is defined",
        "wrong_type.quotes": "{name} must be {type}, put it in quotes",
        "yaml": "{problem}",
    }
)
"""Form -> English. A form is a code of `ContentFault`, with the variant behind a dot."""


class Why(str):
    """A reason as `code: English`; `form` and `facts` are what a catalogue words it from, `rows`
    the rows of varying values with which it holds (empty: always)."""

    form: str
    facts: Mapping[str, object]
    rows: str

    def __new__(cls, form: str, **facts: object) -> Self:
        """KeyError for a form that is not in FORMS or a fact that it lacks."""
        english = FORMS[form].format(**facts)
        found = super().__new__(cls, f"{form.partition('.')[0]}: {english}")
        found.form, found.facts, found.rows = form, MappingProxyType(facts), ""
        return found

    def in_rows(self, rows: str) -> Self:
        """The same, found with these rows."""
        found = super().__new__(type(self), f"{self} [{rows}]")
        found.form, found.facts, found.rows = self.form, self.facts, rows
        return found
