"""The judge model's verdicts by content, what they cost, and how far each dialogue has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, select, update

from core.domain.model_verdict import ModelJudgement, ModelVerdict, Usage
from core.storage.repositories.statements import insert_if_new, replace_row
from core.storage.review_mapping import (
    judgement_of,
    judgement_values,
    verdict_of,
    verdict_text,
)
from core.storage.tables import model_judgements, model_usage, model_verdicts

_V = model_verdicts.c
_U = model_usage.c
_J = model_judgements.c
_COUNTS = tuple(asdict(Usage()))

_FIND = select(_V.key, _V.verdict).where(_V.key.in_(bindparam("keys", expanding=True)))
_KEEP = insert_if_new(model_verdicts)
_SPEND = (
    update(model_usage)
    .where(_U.day == bindparam("on_day"), _U.model == bindparam("of_model"))
    .values({name: _U[name] + bindparam(f"more_{name}") for name in _COUNTS})
)
_FIRST = insert_if_new(model_usage)
_SPENT = select(_U.model, *(func.sum(_U[name]) for name in _COUNTS)).group_by(_U.model)
_REPLACE_JUDGEMENT = (
    update(model_judgements)
    .where(_J.dialogue_id == bindparam("of"))
    .values({column.name: bindparam(column.name) for column in _J if column.name != "dialogue_id"})
)
_ADD_JUDGEMENT = insert(model_judgements)
_JUDGEMENT = select(_J.dialogue_id, _J.state, _J.expected, _J.verdicts).where(
    _J.dialogue_id == bindparam("dialogue_id")
)


class SqlModelVerdicts:
    """`ModelVerdicts` in tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, keys: Sequence[str]) -> Mapping[str, ModelVerdict]:
        rows = self._connection.execute(_FIND, {"keys": list(keys)})
        return {row[0]: verdict_of(row[1]) for row in rows}

    def keep(self, key: str, verdict: ModelVerdict, *, now: datetime) -> None:
        values = {"key": key, "verdict": verdict_text(verdict), "kept_at": now}
        self._connection.execute(_KEEP, values)

    def spend(self, day: str, model: str, usage: Usage) -> None:
        of = {"on_day": day, "of_model": model}
        more = {f"more_{name}": count for name, count in asdict(usage).items()}
        if self._connection.execute(_SPEND, {**of, **more}).rowcount == 1:
            return
        row = {"day": day, "model": model, **asdict(usage)}
        if self._connection.execute(_FIRST, row).rowcount != 1:
            self._connection.execute(_SPEND, {**of, **more})

    def spent(self) -> Mapping[str, Usage]:
        return {
            row[0]: Usage(**dict(zip(_COUNTS, map(int, row[1:]), strict=True)))
            for row in self._connection.execute(_SPENT)
        }

    def put_judgement(self, judgement: ModelJudgement, *, now: datetime) -> None:
        replace_row(
            self._connection,
            {**judgement_values(judgement), "changed_at": now},
            replace=_REPLACE_JUDGEMENT,
            add=_ADD_JUDGEMENT,
            here={"of": judgement.dialogue_id},
        )

    def judgement(self, dialogue_id: str) -> ModelJudgement | None:
        row = self._connection.execute(_JUDGEMENT, {"dialogue_id": dialogue_id}).first()
        return None if row is None else judgement_of(row)
