"""Somebody has decided about every column of the schema what erasing a person does to it."""

from __future__ import annotations

from core.storage.personal_rules import RULES, Treat
from core.storage.tables import metadata

_NAMES_A_PERSON = ("person_id", "by_id", "viewer_id", "rater_id", "author_id", "ruled_by")


def test_every_table_and_column_has_a_decision() -> None:
    schema = {
        table.name: {column.name for column in table.columns} for table in metadata.tables.values()
    }
    assert {name: set(rule.columns) for name, rule in RULES.items()} == schema


def test_every_column_that_names_a_person_loses_the_name() -> None:
    for name, rule in RULES.items():
        for column in _NAMES_A_PERSON:
            treat = rule.columns.get(column, Treat.PERSON)
            assert treat is Treat.PERSON, (name, column)


def test_no_table_that_belongs_to_a_person_keeps_long_text() -> None:
    """What is long is mostly somebody's words: where it stays, it was looked at (below)."""
    looked_at = {
        ("dialogues", "versions"),
        ("dialogues", "hints"),
        ("model_judgements", "verdicts"),
        ("reviews", "machine"),
        ("knowledge_gaps", "question"),
        ("qa_sheets", "items"),
    }
    for table in metadata.tables.values():
        rule = RULES[table.name]
        if rule.about is None and not rule.by:
            continue
        for column in table.columns:
            is_long = getattr(column.type, "length", None) is None and "TEXT" in str(column.type)
            if is_long and rule.columns[column.name] is Treat.KEEP:
                assert (table.name, column.name) in looked_at
