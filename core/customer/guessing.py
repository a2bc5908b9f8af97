"""Asks a model about a line in which the patterns hear nothing, and takes over what fits."""

from __future__ import annotations

from core.customer.act_grammar import Grammar
from core.customer.line_text import MASK
from core.domain.reading import TraineeAct
from core.ports.act_guesser import ActGuesser

_REFUSALS = frozenset({TraineeAct.REFUSE_FLAT, TraineeAct.REFUSE_ALT})


def guessed_acts(
    own: str, guesser: ActGuesser, grammar: Grammar, *, case_known: bool
) -> dict[TraineeAct, float]:
    """Act -> probability, for the trainee's own words in normal form.

    A nod or a line of quoted words asks for no guess. With a known case its own words say whether
    it is settled.
    """
    if grammar.has("nod", own) or not any(map(str.isalnum, own)):
        return {}
    return {
        act: p
        for act, p in guesser(own.replace(MASK, "")).items()
        if not _decided(act, own, grammar) and not (case_known and act is TraineeAct.SOLVE_ACCEPT)
    }


def _decided(act: TraineeAct, own: str, grammar: Grammar) -> bool:
    """Whether the patterns saw signs of the act and decided against it ("我不会给您转走")."""
    if act in _REFUSALS:
        return grammar.has("refusal", own)
    return any(one.act is act and one.pattern.search(own) for one in grammar.acts)
