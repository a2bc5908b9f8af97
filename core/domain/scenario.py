"""What a practice is about: the case, what the customer knows, and what solves it.

Content authors write these as YAML (`core/content/packs`); the JSON Schema published with the
loader describes the same fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Wordings: TypeAlias = tuple[tuple[str, ...], ...]
"""Any of these word groups, each complete: (("退", "原路"), ("退款",)) is met by a text that
holds both 退 and 原路, or 退款."""


class Disclosure(StrEnum):
    """When the customer tells a fact."""

    VOLUNTEER = "volunteer"
    ON_ASK = "on_ask"
    ON_SPECIFIC_ASK = "on_specific_ask"
    ON_TRUST = "on_trust"
    RELUCTANT = "reluctant"


class Difficulty(StrEnum):
    """Five levels; the number is the item difficulty d of the ability model."""

    ENTRY = "entry"
    BASIC = "basic"
    MEDIUM = "medium"
    HIGH = "high"
    CHALLENGE = "challenge"

    @property
    def logit(self) -> float:
        """Item difficulty d on the scale of the ability level theta."""
        return {"entry": -1.0, "basic": -0.3, "medium": 0.3, "high": 1.0, "challenge": 1.7}[
            self.value
        ]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the customer knows.

    `surfaces` are ways to say it; `asked_by` is what the trainee must say to ask for it;
    `wrong_first_p` is the chance that `wrong_surfaces` comes before the right one.
    """

    key: str
    label: str
    value: str
    surfaces: tuple[str, ...]
    disclosure: Disclosure
    asked_by: Wordings
    wrong_first_p: float = 0.0
    wrong_surfaces: tuple[str, ...] = ()
    verifies: bool = False


@dataclass(frozen=True, slots=True)
class SubGoal:
    """One thing the customer wants settled.

    `said_by`: what the trainee says that settles it. `needs`: sub-goals or fact keys that must
    have come before (a solution offered before the cause is known is a guess). `request`: how
    the customer asks for it again.
    """

    key: str
    label: str
    said_by: Wordings
    request: tuple[str, ...]
    needs: tuple[str, ...] = ()
    reference_line: str = ""


@dataclass(frozen=True, slots=True)
class PolicyLimit:
    """A claim the trainee must not make. `critical` is the critical error it counts as (K1..K8)."""

    key: str
    label: str
    forbidden: Wordings
    critical: str
    rule: str
    unless: Wordings = ()
    instead: str = ""


@dataclass(frozen=True, slots=True)
class RecordField:
    """One line of the trainee's own record (资料) about the customer.

    `spoken_by`: wordings that give the content away, for the privacy check.
    """

    key: str
    label: str
    value: str
    after_verification: bool = False
    spoken_by: Wordings = ()


@dataclass(frozen=True, slots=True)
class WrapUpField:
    """One field of the closing form (小结 / 工单) and what a right answer mentions."""

    key: str
    label: str
    expected: Wordings


@dataclass(frozen=True, slots=True)
class Twist:
    """Something that happens in the middle. `after_progress`: when g reaches this share;
    `heat` is added to the customer's; `from_heat`: a calmer customer keeps it back."""

    key: str
    surfaces: tuple[str, ...]
    after_progress: float = 0.5
    heat: float = 0.0
    from_heat: float = 0.0


@dataclass(frozen=True, slots=True)
class Reference:
    """How long a good clerk needs: trainee turns and seconds."""

    turns: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """One business case. All wordings are in `language`.

    `hidden_goal` tells authors what the customer keeps to himself, `hidden_surfaces` are his own
    words for it, once he trusts or leaves.
    """

    id: str
    version: str
    language: str
    industry: str
    family: str
    title: str
    brief: str
    difficulty: Difficulty
    openings: tuple[str, ...]
    goal: str
    sub_goals: tuple[SubGoal, ...]
    facts: tuple[Fact, ...]
    required_slots: tuple[str, ...]
    policy_limits: tuple[PolicyLimit, ...]
    record: tuple[RecordField, ...]
    reference: Reference
    personas: tuple[str, ...] = ()
    emotions: tuple[str, ...] = ()
    hidden_goal: str = ""
    hidden_surfaces: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    fallback: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    twists: tuple[Twist, ...] = ()
    wrap_up: tuple[WrapUpField, ...] = ()
    knowledge_refs: tuple[str, ...] = ()

    def fact(self, key: str) -> Fact:
        """The fact named `key`; KeyError when there is none."""
        for fact in self.facts:
            if fact.key == key:
                return fact
        raise KeyError(key)

    @property
    def needs_verification(self) -> bool:
        """Whether some of the record may be told only to a verified customer."""
        return any(line.after_verification for line in self.record)
