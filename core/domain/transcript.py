"""A finished talk as the judge sees it, whoever held it and wherever it was written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.dialogue import Dialogue, EndReason, Speaker, Turn
from core.domain.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Transcript:
    """Turns in order with what is known around them.

    `hints`: sizes 1..3 of the help taken, in order; `wrap_up`: field key -> answer, None when
    the form was not filled in; `timed`: whether `at_s` of the turns means anything.
    """

    id: str
    turns: tuple[Turn, ...]
    language: str
    scenario: Scenario | None = None
    end_reason: EndReason | None = None
    hints: tuple[int, ...] = ()
    wrap_up: dict[str, str] | None = None
    timed: bool = True

    @property
    def trainee_turns(self) -> tuple[Turn, ...]:
        """What the trainee wrote."""
        return tuple(turn for turn in self.turns if turn.speaker is Speaker.TRAINEE)

    @property
    def customer_turns(self) -> tuple[Turn, ...]:
        """What the customer wrote."""
        return tuple(turn for turn in self.turns if turn.speaker is Speaker.CUSTOMER)


def of_dialogue(
    dialogue: Dialogue, turns: Sequence[Turn], *, scenario: Scenario | None
) -> Transcript:
    """The transcript of a practice held here."""
    return Transcript(
        id=dialogue.id,
        turns=tuple(turns),
        language=dialogue.language,
        scenario=scenario,
        end_reason=dialogue.end_reason,
        hints=dialogue.hints,
        wrap_up=dict(dialogue.wrap_up) or None,
    )
