"""The result of judging one dialogue: marks with their evidence, never bare numbers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.domain.ability import Ability
from core.domain.qa_sheet import SheetView


class MarkSource(StrEnum):
    """Who gave a mark."""

    RULE = "rule"
    LLM = "llm"
    HUMAN = "human"


class UnscoredReason(StrEnum):
    """Why a check has no mark although it applies."""

    WAITING_FOR_WRAP_UP = "waiting_for_wrap_up"
    NEEDS_PERSON = "needs_person"
    NO_TIMES = "no_times"
    NO_SCENARIO = "no_scenario"
    TOO_SHORT = "too_short"
    NOT_READABLE = "not_readable"
    MODEL_UNSURE = "model_unsure"
    MODEL_SILENT = "model_silent"


@dataclass(frozen=True, slots=True)
class CheckMark:
    """One check's mark: 1, 0.5 or 0, with the sentence that shows it.

    `mark` None with `unscored` None means not applicable. `turn` is the 1-based seq of the
    quoted turn. `why` is a reason code of the message catalogue (`why.<code>`), filled with
    `facts`. `version` is the digest of prompt, schema and model behind a model's mark; empty for
    a mark of the card's own version.
    """

    check: str
    mark: float | None
    turn: int | None = None
    quote: str = ""
    why: str = ""
    source: MarkSource = MarkSource.RULE
    unscored: UnscoredReason | None = None
    facts: tuple[tuple[str, str], ...] = ()
    version: str = ""


@dataclass(frozen=True, slots=True)
class CriticalError:
    """One critical error. `confirmed` is False until a person has looked, where the rule asks
    for that (abuse and other phrases of severity 4 and 5)."""

    id: str
    turn: int
    quote: str
    why: str
    confirmed: bool = True
    source: MarkSource = MarkSource.RULE
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the case ended for the customer; heat and overrun in 0..1, seconds on the clock."""

    solved: bool
    heat_end: float | None
    overrun: float
    trainee_turns: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Speed:
    """How soon the case was resolved: trainee turns and seconds up to the line that did it, None
    where it was not resolved (or no times are known); beside them what a good clerk needs, None
    where the case is not known."""

    turns: int | None
    seconds: float | None
    reference_turns: int | None = None
    reference_seconds: int | None = None


class PasteSign(StrEnum):
    """What makes a reply look as if it was written elsewhere."""

    MARKUP = "markup"
    GIVEAWAY = "giveaway"
    TOO_FAST = "too_fast"
    COPIED = "copied"
    HINT = "hint"
    LISTED = "listed"
    LONG = "long"
    STOCK = "stock"


@dataclass(frozen=True, slots=True)
class Pasted:
    """A line that looks pasted, and why. A reason to look; it changes no mark."""

    turn: int
    quote: str
    signs: tuple[PasteSign, ...]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One judged dialogue. Scores are 0..10; None where too little applied to say anything.
    `sheet`: the view of the company's own QA sheet, where it has one. `speed` is None on cards of
    before it was kept."""

    dialogue_id: str
    version: str
    overall: float | None
    abilities: tuple[tuple[Ability, float | None], ...]
    marks: tuple[CheckMark, ...]
    critical: tuple[CriticalError, ...]
    outcome: Outcome
    phrase_score: float
    hint_discount: float = 0.0
    sheet: SheetView | None = None
    speed: Speed | None = None
    pasted: tuple[Pasted, ...] = ()

    def ability(self, ability: Ability) -> float | None:
        """The score 0..10 of one ability, or None."""
        return dict(self.abilities).get(ability)

    def mark(self, check: str) -> CheckMark | None:
        """The mark of one check, if the card holds it."""
        return next((mark for mark in self.marks if mark.check == check), None)


@dataclass(frozen=True, slots=True)
class HeatStep:
    """What one trainee turn did to the customer's mood; `level_delta` in tenths, rounded."""

    turn: int
    quote: str
    heat_before: float
    heat_after: float

    @property
    def tenths(self) -> int:
        """Change of heat in tenths: +2 reads 「怒气 +2」."""
        return round((self.heat_after - self.heat_before) * 10)


@dataclass(frozen=True, slots=True)
class Reason:
    """One more thing about a line: the check behind it and why, as in a mark."""

    check: str
    why: str
    facts: tuple[tuple[str, str], ...] = ()


STOPPING = frozenset(
    {
        "asked_again",
        "asked_to_repeat",
        "cut_off",
        "flat_refusal",
        "jargon",
        "only_soothing",
        "policy_broken",
        "pressed_for_more",
        "restated_wrongly",
        "steps_in_one_heap",
        "told_before_verified",
        "verdict_before_listening",
        "wrong_claim",
    }
)
"""Reasons that something was said which should not have been; any other fault is something that
was left out. Phrases of the lexicon are said, too."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One line to keep or to do better.

    `check` names the check behind it, `also` what else is to be said of the same line; `better`
    is a whole sentence built from the trainee's own, empty for a strength; `counter` a sentence
    that does the opposite; `replay_from` is the turn to try again from; `heat` and `reply` are
    what the line did to the customer: the mood, and the next message.
    """

    check: str
    turn: int | None
    quote: str
    why: str
    facts: tuple[tuple[str, str], ...] = ()
    better: str = ""
    replay_from: int | None = None
    heat: HeatStep | None = None
    reply: str = ""
    counter: str = ""
    also: tuple[Reason, ...] = ()

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """All that is said of the line, the weightiest first."""
        return (Reason(self.check, self.why, self.facts), *self.also)

    @property
    def stops(self) -> bool:
        """Whether a fault is a thing to stop; else it is a thing to start."""
        return any(
            one.check.startswith("F") or one.why.startswith("phrase_") or one.why in STOPPING
            for one in self.reasons
        )


@dataclass(frozen=True, slots=True)
class Debrief:
    """What the trainee is told: one strength, the fixes, and what each did to the customer."""

    dialogue_id: str
    strengths: tuple[Advice, ...]
    fixes: tuple[Advice, ...]
    heat: tuple[HeatStep, ...]
    critical: tuple[CriticalError, ...]
