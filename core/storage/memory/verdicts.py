"""The judge model's verdicts by content, what they cost, and how far each dialogue has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from core.domain.model_verdict import ModelJudgement, ModelVerdict, Usage
from core.storage.memory.table import Journal, Table


class MemoryModelVerdicts:
    """`ModelVerdicts` in dictionaries."""

    def __init__(self, journal: Journal) -> None:
        self._verdicts: Table[str, ModelVerdict] = Table(journal)
        self._usage: Table[tuple[str, str], tuple[str, Usage]] = Table(journal)
        self._judgements: Table[str, ModelJudgement] = Table(journal)

    def find(self, keys: Sequence[str]) -> Mapping[str, ModelVerdict]:
        found = {key: self._verdicts.get(key) for key in keys}
        return {key: verdict for key, verdict in found.items() if verdict is not None}

    def keep(self, key: str, verdict: ModelVerdict, *, now: datetime) -> None:
        if self._verdicts.get(key) is None:
            self._verdicts.put(key, verdict)

    def spend(self, day: str, model: str, usage: Usage) -> None:
        before = self._usage.get((day, model))
        total = usage if before is None else before[1].plus(usage)
        self._usage.put((day, model), (model, total))

    def spent(self) -> Mapping[str, Usage]:
        total: dict[str, Usage] = {}
        for model, usage in self._usage.all():
            total[model] = total.get(model, Usage()).plus(usage)
        return total

    def put_judgement(self, judgement: ModelJudgement, *, now: datetime) -> None:
        self._judgements.put(judgement.dialogue_id, judgement)

    def judgement(self, dialogue_id: str) -> ModelJudgement | None:
        return self._judgements.get(dialogue_id)
