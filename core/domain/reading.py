"""What was understood of one line the trainee wrote."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class TraineeAct(StrEnum):
    """The 25 things a trainee may do with a line; a line may do several."""

    GREET = "greet"
    SELF_INTRO = "self_intro"
    VERIFY_ID = "verify_id"
    ASK_OPEN = "ask_open"
    ASK_SLOT = "ask_slot"
    ASK_REPEAT = "ask_repeat"
    RESTATE = "restate"
    EMPATHY_SPECIFIC = "empathy_specific"
    EMPATHY_GENERIC = "empathy_generic"
    APOLOGY_OWNED = "apology_owned"
    APOLOGY_BARE = "apology_bare"
    EXPLAIN = "explain"
    INFORM = "inform"
    SOLVE_STEP = "solve_step"
    SOLVE_ACCEPT = "solve_accept"
    TIME_COMMIT = "time_commit"
    COMPENSATE = "compensate"
    REFUSE_FLAT = "refuse_flat"
    REFUSE_ALT = "refuse_alt"
    TRANSFER = "transfer"
    HOLD = "hold"
    HOLD_RETURN = "hold_return"
    CONFIRM = "confirm"
    MORE = "more"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class PhraseHit:
    """A phrase of the lexicon found in a line.

    `category` is F1..F11 (forbidden, `severity` 1..5) or R1..R10 (required, severity 0).
    """

    category: str
    severity: int
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class LineReading:
    """Everything the rules need to know about one trainee line.

    `asked`: fact keys asked for; `settled`: sub-goal keys this line would settle (whether it
    does depends on what came before); `breached`: policy-limit keys; `told`: record-field keys
    given away; `repeated_ask`: fact keys asked for although already told; `long`: over 80
    characters; `jargon`: terms an outsider would not know; `clear_steps`: ordered steps;
    `named_owner` / `named_time`: who does it, by when; `confidence` 0..1, below .45 the reader
    abstains and `acts` is {INFORM}; `injection`: the line tries to give orders to the machine.
    `settled_aside`: those of `settled` that only sentences about another matter hold.
    `own` is what of the text the trainee says about this case, in normal form: without lists of
    words, quoted words, what was just said before, and sentences about something else.
    """

    text: str
    acts: frozenset[TraineeAct]
    phrases: tuple[PhraseHit, ...] = ()
    asked: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    breached: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    repeated_ask: tuple[str, ...] = ()
    jargon: tuple[str, ...] = ()
    long: bool = False
    clear_steps: bool = False
    named_owner: bool = False
    named_time: bool = False
    names_loss: bool = False
    off_topic: bool = False
    injection: bool = False
    confidence: float = 1.0
    own: str = ""
    settled_aside: tuple[str, ...] = ()

    def does(self, *acts: TraineeAct) -> bool:
        """Whether the line does any of these acts."""
        return not self.acts.isdisjoint(acts)
