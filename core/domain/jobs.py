"""Timed things: what is due, when, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.messages import Json


class JobKind(StrEnum):
    """What a job does."""

    JUDGE = "judge"
    TIME_UP = "time_up"
    MODEL_JUDGE = "model_judge"
    DRILL = "drill"
    MICRO = "micro"
    REMIND = "remind"
    DIGEST = "digest"
    WEEKLY = "weekly"
    NOTE = "note"
    REFIT = "refit"
    BOARD = "board"


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to keep. `key` makes it unique: asking twice for the same thing keeps one."""

    kind: JobKind
    key: str
    due_at: datetime
    payload: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Job:
    """A job that was claimed; `attempt` counts from 1."""

    id: int
    kind: JobKind
    key: str
    payload: Mapping[str, Json]
    attempt: int
