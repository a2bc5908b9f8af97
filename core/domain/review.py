"""People who look at judged talks: who may read, what they marked, how far a check is trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Mark = float | None
"""1, 0.5, 0, or None for not applicable, which is an answer as well. For a critical error 1
says that it is there."""


class ShownWhy(StrEnum):
    """Why somebody else may read the words of a practice."""

    EXAM = "exam"
    SHARED = "shared"
    APPEALED = "appealed"
    ASSIGNED = "assigned"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a person's words; `why` is a ShownWhy, or what kind of page showed them."""

    viewer_id: str
    person_id: str
    dialogue_id: str | None
    why: str
    at: datetime
    id: int = 0


class Why(StrEnum):
    """Why a talk was drawn for the audit."""

    CRITICAL = "critical"
    TOO_GOOD = "too_good"
    TOO_LOW = "too_low"
    PASTED = "pasted"
    RANDOM = "random"
    STRATUM = "stratum"


@dataclass(frozen=True, slots=True)
class AuditTask:
    """One talk to be marked by people. `twice`: two people mark it; `fixed`: it is one of those
    by which drift is measured."""

    dialogue_id: str
    person_id: str
    whys: tuple[Why, ...]
    twice: bool
    drawn_at: datetime
    fixed: bool = False


class Origin(StrEnum):
    """How a person came to mark a talk: without seeing the machine's marks, over them, or because
    the company's sheet asks what no check answers (its items by place: `item-3`)."""

    AUDIT = "audit"
    APPEAL = "appeal"
    SHEET = "sheet"


@dataclass(frozen=True, slots=True)
class HumanMark:
    """A person's answer to one check or critical error, with the sentence that shows it."""

    check: str
    mark: Mark
    turn: int | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """What one person marked in one talk, beside what the machine had said at that time.

    `machine`: (check, mark) for the same checks; `version` is that of the machine's card.
    `overall` and `machine_overall` are 0..10: the talk's score with the person's marks in place
    of the machine's, and without.
    """

    dialogue_id: str
    rater_id: str
    origin: Origin
    person_id: str
    at: datetime
    version: str
    human: tuple[HumanMark, ...]
    machine: tuple[tuple[str, Mark], ...]
    overall: float | None = None
    machine_overall: float | None = None


class Trust(StrEnum):
    """Who marks a check."""

    HUMAN_ONLY = "human_only"
    ASSISTED = "assisted"
    AUTOMATIC = "automatic"


class Gate(StrEnum):
    """What keeps a check from its next step, or sent it back."""

    FEW_CASES = "few_cases"
    NO_SECOND_RATER = "no_second_rater"
    BELOW_PEOPLE = "below_people"
    BIASED = "biased"
    MISSES_CRITICAL = "misses_critical"
    UNFAIR_TO_GROUP = "unfair_to_group"
    DRIFTED = "drifted"


@dataclass(frozen=True, slots=True)
class CheckTrust:
    """How far one check is trusted in this installation, and what keeps it from more.

    `reference_ac1` was measured on the fixed talks when the step was earned, `reaudit_ac1` there
    last; None where nothing was measured yet.
    """

    check: str
    trust: Trust
    gates: tuple[Gate, ...]
    since: datetime
    reference_ac1: float | None = None
    reaudit_ac1: float | None = None
