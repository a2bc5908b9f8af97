"""Asks a model for a second opinion: on what the patterns hear, and where they hear nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from core.customer.act_grammar import Grammar
from core.customer.line_text import MASK, sentences
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


def believed_acts(
    own: str,
    heard: Mapping[TraineeAct, float],
    guesser: ActGuesser,
    *,
    sure: Collection[TraineeAct],
    case_known: bool,
) -> dict[TraineeAct, float]:
    """`heard` without what the model doubts; `sure` are acts that need no second opinion.

    In a known case a grant of something else has become a step, so there a step is also believed
    where the model hears a grant.
    """
    step, grant = TraineeAct.SOLVE_STEP, TraineeAct.SOLVE_ACCEPT
    asked = {act for act in heard if act not in sure}
    if case_known and step in asked:
        asked.add(grant)
    doubted = guesser.doubted(own.replace(MASK, ""), asked)
    said = sentences(own) if doubted else ()
    for one in said if len(said) > 1 else ():
        # A long line does several things, and one sentence of it may do this one.
        doubted &= guesser.doubted(own[one.start : one.end].replace(MASK, ""), doubted)
    if grant in asked - doubted:
        doubted -= {step}
    return {act: p for act, p in heard.items() if act not in doubted}


def _decided(act: TraineeAct, own: str, grammar: Grammar) -> bool:
    """Whether the patterns saw signs of the act and decided against it ("我不会给您转走")."""
    if act in _REFUSALS:
        return grammar.has("refusal", own)
    return any(one.act is act and one.pattern.search(own) for one in grammar.acts)
