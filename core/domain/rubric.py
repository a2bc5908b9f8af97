"""What is judged: 26 atomic checks, 8 critical errors, and what each counts for an ability.

Answers are 1, 0.5 (starred checks only), 0 or not applicable. Weights, caps and formulas are
those of the coaching notes, §3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from core.domain.ability import Ability
from core.domain.qa_sheet import QaSheet
from core.domain.scenario import Wordings

RUBRIC_VERSION = "1.0"
"""Changes whenever a check, a weight or a formula does."""


class Stage(StrEnum):
    """Where in a talk a check looks."""

    OPENING = "opening"
    DIAGNOSE = "diagnose"
    EMOTION = "emotion"
    SOLVE = "solve"
    COMMIT = "commit"
    CLOSE = "close"
    PACE = "pace"


@dataclass(frozen=True, slots=True)
class Check:
    """One atomic question about a talk; `halves`: it may be half right."""

    id: str
    stage: Stage
    halves: bool = False


def _stage(stage: Stage, *ids: str) -> tuple[Check, ...]:
    return tuple(Check(id.rstrip("*"), stage, halves=id.endswith("*")) for id in ids)


CHECKS: tuple[Check, ...] = (
    *_stage(Stage.OPENING, "C01", "C02", "C03"),
    *_stage(Stage.DIAGNOSE, "C04", "C05", "C06*", "C07", "C08"),
    *_stage(Stage.EMOTION, "C09", "C10", "C11", "C12"),
    *_stage(Stage.SOLVE, "C13*", "C14", "C15", "C16*", "C17"),
    *_stage(Stage.COMMIT, "C18", "C19", "C20*"),
    *_stage(Stage.CLOSE, "C21", "C22", "C23", "C24*"),
    *_stage(Stage.PACE, "C25", "C26"),
)


class CriticalKind(StrEnum):
    """Whom a critical error harms; it decides the cap."""

    COMPLIANCE = "compliance"
    CUSTOMER = "customer"
    BUSINESS = "business"


CRITICAL: Mapping[str, CriticalKind] = MappingProxyType(
    {
        "K1": CriticalKind.COMPLIANCE,
        "K2": CriticalKind.COMPLIANCE,
        "K3": CriticalKind.COMPLIANCE,
        "K4": CriticalKind.COMPLIANCE,
        "K5": CriticalKind.CUSTOMER,
        "K6": CriticalKind.CUSTOMER,
        "K7": CriticalKind.CUSTOMER,
        "K8": CriticalKind.BUSINESS,
    }
)
"""K1 privacy or data before verification, K2 invented policy, K3 unauthorised promise, K4 abuse,
K5 harmful wrong answer, K6 drops the contact, K7 provokes or blames, K8 forbidden grant or no
mandatory record."""


class Measure(StrEnum):
    """What counts for an ability beside the checks; each is 0..1 or not applicable."""

    TONE = "tone_after_provocation"
    PHRASE = "phrase"
    REPAIR = "repair"
    CARRY_OVER = "carry_over"
    GOAL = "goal"
    TURN_EFFICIENCY = "turn_efficiency"


WEIGHTS: Mapping[Ability, Mapping[str, float]] = MappingProxyType(
    {
        Ability.EMPATHY: {"C09": 1, "C10": 2, "C11": 1, "C12": 1},
        Ability.STABILITY: {"C12": 1, "C26": 1, Measure.TONE: 2},
        Ability.RESPONSIBILITY: {"C11": 1, "C18": 3, "C19": 1, "C20": 1},
        Ability.COURTESY: {"C01": 1, "C02": 1, "C23": 1, Measure.PHRASE: 3},
        Ability.INTEGRITY: {"C03": 2, "C13": 1, "C14": 2},
        Ability.LEARNING: {"C07": 1, Measure.REPAIR: 2, Measure.CARRY_OVER: 2},
        Ability.DIAGNOSIS: {
            "C04": 1,
            "C05": 1,
            "C06": 2,
            "C07": 1,
            "C08": 2,
            "C16": 1,
            "C17": 1,
        },
        Ability.SOLVING: {"C13": 3, "C14": 2, "C15": 2, Measure.GOAL: 3},
        Ability.CLOSURE: {
            "C18": 1,
            "C20": 1,
            "C21": 2,
            "C22": 1,
            "C24": 2,
            "C25": 1,
            Measure.TURN_EFFICIENCY: 1,
        },
    }
)
"""Ability -> check or measure -> weight. K1 to K4 count for integrity through their cap."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Numbers the checks compare with: heat 0..1, seconds, characters, trainee turns.

    First response 180 s and 60 s between messages (text chat), 15 s for an answer by voice, after
    GB/T 33358-2016. A recording arrives when it is over: four characters a second (240 a minute,
    an easy pace of Mandarin) are the time of saying it, which is no waiting.
    """

    hot: float = 0.35
    provoked: float = 0.55
    peak_rise: float = 0.10
    acknowledge_within: int = 2
    relational_run: int = 3
    first_response_s: float = 180.0
    gap_s: float = 60.0
    voice_gap_s: float = 15.0
    spoken_chars_per_s: float = 4.0
    enough_weight: float = 0.40
    compliance_cap: float = 4.0
    other_cap: float = 5.9
    other_ability_cap: float = 4.0


LIMITS = Limits()

HINT_DISCOUNT: Mapping[int, float] = MappingProxyType({1: 0.05, 2: 0.12, 3: 0.25})
"""What a hint of each size takes off the drill's result (0..1) for the ability profile."""

MOST_DISCOUNT = 0.5
"""All hints of one drill together take off no more than this."""


class Where(StrEnum):
    """Which of the trainee's messages a team's check reads."""

    ANY = "any"
    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class TeamCheck:
    """A check of a team's own: words that are to be said, words that never are, where, and in
    which talks (`when`: words of the customer's; none: in all)."""

    id: str
    name: str
    says: Wordings = ()
    never: Wordings = ()
    where: Where = Where.ANY
    when: Wordings = ()


@dataclass(frozen=True, slots=True)
class Rubric:
    """What is judged: the checks of the house, a team's own, what each counts, and the company's
    QA sheet that is laid beside them. A scorecard keeps the version it was judged by."""

    version: str = RUBRIC_VERSION
    weights: Mapping[Ability, Mapping[str, float]] = field(default_factory=lambda: WEIGHTS)
    checks: tuple[TeamCheck, ...] = ()
    sheet: QaSheet | None = None

    def weight(self, check: str) -> float:
        """What a check counts in all abilities together."""
        return sum(weights.get(check, 0.0) for weights in self.weights.values())


HOUSE_RUBRIC = Rubric()
