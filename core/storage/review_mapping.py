"""Rows of reviews, appeals and model verdicts to domain objects and back."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from core.domain.appeal import AppealOutcome, Ruling
from core.domain.model_verdict import JudgementState, ModelJudgement, ModelVerdict
from core.domain.remark import RemarkAnswer
from core.domain.review import (
    AuditTask,
    CheckTrust,
    Gate,
    HumanMark,
    Look,
    Mark,
    Origin,
    Review,
    Trust,
    Why,
)
from core.storage.mapping import AnyRow

_RULING = TypeAdapter(Ruling)
_HUMAN = TypeAdapter(tuple[HumanMark, ...])
_MACHINE = TypeAdapter(tuple[tuple[str, Mark], ...])
_VERDICT = TypeAdapter(ModelVerdict)
_VERDICTS = TypeAdapter(tuple[ModelVerdict, ...])


def _dump(adapter: TypeAdapter[Any], value: object) -> str:
    return adapter.dump_json(value).decode()


def outcome_values(outcome: AppealOutcome) -> dict[str, Any]:
    """All columns of `appeal_outcomes`."""
    return {
        "remark_id": outcome.remark_id,
        "ruled_by": outcome.ruled_by,
        "ruled_at": outcome.ruled_at,
        "upheld": outcome.upheld,
        "reason": outcome.reason,
        "ruling": _dump(_RULING, outcome.ruling),
    }


def outcome_of(row: AnyRow) -> AppealOutcome:
    """From the columns of `appeal_outcomes`, in their order."""
    remark_id, ruled_by, ruled_at, upheld, reason, ruling = row
    return AppealOutcome(
        remark_id=remark_id,
        ruled_by=ruled_by,
        ruled_at=ruled_at,
        upheld=bool(upheld),
        reason=reason,
        ruling=_RULING.validate_json(ruling),
    )


def answer_of(row: AnyRow) -> RemarkAnswer:
    """From (remark_id, author_id, text, at)."""
    remark_id, author_id, text, at = row
    return RemarkAnswer(remark_id=remark_id, author_id=author_id, text=text, at=at)


def look_of(row: AnyRow) -> Look:
    """From the columns of `looks`, in their order."""
    id_, viewer_id, person_id, dialogue_id, why, at = row
    return Look(viewer_id, person_id, dialogue_id, why, at, id_)


def task_values(task: AuditTask) -> dict[str, Any]:
    """The columns of `audit_tasks` but the id."""
    return {
        "dialogue_id": task.dialogue_id,
        "person_id": task.person_id,
        "whys": ",".join(why.value for why in task.whys),
        "twice": task.twice,
        "drawn_at": task.drawn_at,
        "fixed": task.fixed,
    }


def task_of(row: AnyRow) -> AuditTask:
    """From (dialogue_id, person_id, whys, twice, drawn_at, fixed)."""
    dialogue_id, person_id, whys, twice, drawn_at, fixed = row
    return AuditTask(
        dialogue_id=dialogue_id,
        person_id=person_id,
        whys=tuple(Why(why) for why in whys.split(",") if why),
        twice=bool(twice),
        drawn_at=drawn_at,
        fixed=bool(fixed),
    )


def review_values(review: Review) -> dict[str, Any]:
    """All columns of `reviews`."""
    return {
        "dialogue_id": review.dialogue_id,
        "rater_id": review.rater_id,
        "origin": review.origin.value,
        "person_id": review.person_id,
        "at": review.at,
        "version": review.version,
        "human": _dump(_HUMAN, review.human),
        "machine": _dump(_MACHINE, review.machine),
        "overall": review.overall,
        "machine_overall": review.machine_overall,
    }


def review_of(row: AnyRow) -> Review:
    """From the columns of `reviews`, in their order."""
    dialogue_id, rater_id, origin, person_id, at, version, human, machine, overall, own = row
    return Review(
        dialogue_id=dialogue_id,
        rater_id=rater_id,
        origin=Origin(origin),
        person_id=person_id,
        at=at,
        version=version,
        human=_HUMAN.validate_json(human),
        machine=_MACHINE.validate_json(machine),
        overall=overall,
        machine_overall=own,
    )


def trust_values(trust: CheckTrust) -> dict[str, Any]:
    """All columns of `check_trusts`."""
    return {
        "check_id": trust.check,
        "trust": trust.trust.value,
        "gates": ",".join(gate.value for gate in trust.gates),
        "since": trust.since,
        "reference_ac1": trust.reference_ac1,
        "reaudit_ac1": trust.reaudit_ac1,
    }


def trust_of(row: AnyRow) -> CheckTrust:
    """From the columns of `check_trusts`, in their order."""
    check, trust, gates, since, reference, reaudit = row
    return CheckTrust(
        check=check,
        trust=Trust(trust),
        gates=tuple(Gate(gate) for gate in gates.split(",") if gate),
        since=since,
        reference_ac1=reference,
        reaudit_ac1=reaudit,
    )


def verdict_text(verdict: ModelVerdict) -> str:
    """A verdict as JSON text."""
    return _dump(_VERDICT, verdict)


def verdict_of(text: str) -> ModelVerdict:
    """The verdict of its JSON text."""
    return _VERDICT.validate_json(text)


def judgement_values(judgement: ModelJudgement) -> dict[str, Any]:
    """The columns of `model_judgements` but the time."""
    return {
        "dialogue_id": judgement.dialogue_id,
        "state": judgement.state.value,
        "expected": judgement.expected,
        "verdicts": _dump(_VERDICTS, judgement.verdicts),
    }


def judgement_of(row: AnyRow) -> ModelJudgement:
    """From (dialogue_id, state, expected, verdicts)."""
    dialogue_id, state, expected, verdicts = row
    return ModelJudgement(
        dialogue_id=dialogue_id,
        state=JudgementState(state),
        expected=expected,
        verdicts=_VERDICTS.validate_json(verdicts),
    )
