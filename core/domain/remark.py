"""What trainees say about the simulation and about their marks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RemarkKind(StrEnum):
    """An opinion (反馈) or an appeal against a mark (申诉)."""

    FEEDBACK = "feedback"
    APPEAL = "appeal"


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark; `turn` is the sentence it is about, when it names one."""

    person_id: str
    dialogue_id: str | None
    kind: RemarkKind
    text: str
    turn: int | None
    at: datetime
    id: int = 0


@dataclass(frozen=True, slots=True)
class RemarkAnswer:
    """What was done about a remark, in the words of whoever did it."""

    remark_id: int
    author_id: str
    text: str
    at: datetime
