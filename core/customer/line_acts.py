"""Which acts the patterns find in a line, clause by clause."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from core.customer.act_grammar import Grammar
from core.customer.line_text import Span, clauses, sentences
from core.domain.reading import TraineeAct

ABSTAIN_BELOW = 0.45
_SHORT = 8
_EXPECTED_WEIGHT = 2.0
_ONE_THOUGHT = {"zh": 30, "en": 80}
"""Characters of a clause that says one thing; longer ones (speech without punctuation) say more."""
_NEAR = 24
"""Characters between a loss and the sympathy for it."""
_FELT = 0.85
_DENIABLE = frozenset(
    {
        TraineeAct.COMPENSATE,
        TraineeAct.ASK_REPEAT,
        TraineeAct.HOLD,
        TraineeAct.SOLVE_ACCEPT,
        TraineeAct.SOLVE_STEP,
        TraineeAct.TIME_COMMIT,
        TraineeAct.TRANSFER,
    }
)
_OFFERED = frozenset(
    {
        TraineeAct.APOLOGY_OWNED,
        TraineeAct.COMPENSATE,
        TraineeAct.SOLVE_ACCEPT,
        TraineeAct.SOLVE_STEP,
        TraineeAct.TRANSFER,
    }
)
"""Acts that only the trainee's own statement does, no question and no report."""
_DONE_HERE = _OFFERED - {TraineeAct.APOLOGY_OWNED}
"""Acts that are done here and now; an apology is for what was done before."""
_MEANS: Mapping[TraineeAct, frozenset[TraineeAct]] = MappingProxyType(
    {
        TraineeAct.COMPENSATE: frozenset(
            {TraineeAct.SOLVE_STEP, TraineeAct.SOLVE_ACCEPT, TraineeAct.ASK_SLOT}
        ),
        TraineeAct.TRANSFER: frozenset({TraineeAct.SOLVE_STEP}),
        TraineeAct.SOLVE_ACCEPT: frozenset({TraineeAct.SOLVE_STEP}),
        TraineeAct.HOLD: frozenset({TraineeAct.SOLVE_STEP}),
        TraineeAct.ASK_REPEAT: frozenset({TraineeAct.ASK_SLOT, TraineeAct.ASK_OPEN}),
        TraineeAct.VERIFY_ID: frozenset({TraineeAct.SOLVE_STEP, TraineeAct.CONFIRM}),
        TraineeAct.RESTATE: frozenset(
            {
                TraineeAct.ASK_SLOT,
                TraineeAct.CONFIRM,
                TraineeAct.EXPLAIN,
                TraineeAct.SOLVE_STEP,
                TraineeAct.COMPENSATE,
            }
        ),
        TraineeAct.MORE: frozenset({TraineeAct.ASK_SLOT, TraineeAct.SOLVE_STEP}),
        TraineeAct.CONFIRM: frozenset({TraineeAct.ASK_SLOT, TraineeAct.SOLVE_STEP}),
        TraineeAct.ASK_OPEN: frozenset(
            {TraineeAct.ASK_SLOT, TraineeAct.CONFIRM, TraineeAct.RESTATE}
        ),
        TraineeAct.EMPATHY_SPECIFIC: frozenset(
            {TraineeAct.EXPLAIN, TraineeAct.INFORM, TraineeAct.RESTATE, TraineeAct.ASK_SLOT}
        ),
    }
)
"""What words mean when they do the first act: "您试试，能打开了吗" asks whether it works; the
"打开" in it is no step to take and no question about a fact."""

_OWN_WORDS = frozenset({TraineeAct.CONFIRM, TraineeAct.ASK_OPEN, TraineeAct.HOLD})
"""Acts that colour only their own words; the others colour their whole short clause."""


@dataclass(frozen=True, slots=True)
class _Found:
    """One place where a pattern of an act matches."""

    act: TraineeAct
    p: float
    span: Span


def line_acts(
    own: str, grammar: Grammar, expected: frozenset[TraineeAct]
) -> dict[TraineeAct, float]:
    """Act -> how sure the patterns are of it (0..1), for a line in normal form.

    What the talk expects counts double when the line is short and unsure ("好的", "1234").
    """
    pieces = clauses(own)
    found = _places(own, grammar, pieces)
    found += _sympathy(own, grammar)
    sureness: dict[TraineeAct, float] = {}
    for one in found:
        if not _other_meaning(one, found, pieces, brief=_ONE_THOUGHT[grammar.language]):
            sureness[one.act] = max(one.p, sureness.get(one.act, 0.0))
    if len(own) <= _SHORT:
        for act in expected & sureness.keys():
            if sureness[act] < ABSTAIN_BELOW:
                sureness[act] = min(1.0, sureness[act] * _EXPECTED_WEIGHT)
    return {act: p for act, p in sureness.items() if p >= ABSTAIN_BELOW}


def _places(own: str, grammar: Grammar, pieces: Sequence[Span]) -> list[_Found]:
    found: list[_Found] = []
    for one in grammar.acts:
        for hit in one.pattern.finditer(own):
            span = Span(hit.start(), max(hit.end(), hit.start() + 1))
            if _meant(one.act, span, own, grammar, _home(span, pieces)):
                found.append(_Found(one.act, one.p, span))
    return found


def _meant(act: TraineeAct, span: Span, own: str, grammar: Grammar, home: Span) -> bool:
    """Whether the trainee does what the words at `span` sound like, here and now."""
    if act is TraineeAct.ASK_SLOT:
        return grammar.flags["rhetorical"].search(own, home.start, home.end) is None
    if act is TraineeAct.SOLVE_ACCEPT and grammar.has("application", own[home.start : home.end]):
        return False
    if act is TraineeAct.COMPENSATE and grammar.has("owed", own[home.start : home.end]):
        return False
    if act in _OFFERED and grammar.of_others(own, home):
        return False
    if act in _DONE_HERE and grammar.flags["not_here"].search(own, home.start, home.end):
        return False
    if act is TraineeAct.TRANSFER and grammar.has("moved", own[home.start : home.end]):
        return False
    return not (act in _DENIABLE and grammar.denied(own, home, [span]))


def _home(span: Span, pieces: Sequence[Span]) -> Span:
    return next((piece for piece in pieces if piece.overlaps(span)), span)


def _other_meaning(
    one: _Found, found: Sequence[_Found], pieces: Sequence[Span], *, brief: int
) -> bool:
    """Whether the same words do another act that says what they mean."""
    home = _home(one.span, pieces)
    single = home.end - home.start <= brief
    return any(
        one.act in _MEANS.get(other.act, ())
        and other.span.overlaps(home if single and other.act not in _OWN_WORDS else one.span)
        for other in found
    )


def _sympathy(own: str, grammar: Grammar) -> list[_Found]:
    """Sympathy that names what happened: a loss and a feeling near it in one sentence."""
    found: list[_Found] = []
    for sentence in sentences(own):
        losses = _hits(grammar.flags["loss"], own, sentence)
        feelings = _hits(grammar.flags["feeling"], own, sentence) if losses else []
        near = next((loss for loss in losses for felt in feelings if _near(loss, felt)), None)
        said = own[sentence.start : sentence.end]
        asks = grammar.has("question", said) and not grammar.has("rhetorical", said)
        if near is not None and not asks:
            found.append(_Found(TraineeAct.EMPATHY_SPECIFIC, _FELT, near))
    return found


def _hits(pattern: re.Pattern[str], own: str, within: Span) -> list[Span]:
    return [Span(hit.start(), hit.end()) for hit in pattern.finditer(own, within.start, within.end)]


def _near(one: Span, other: Span) -> bool:
    return max(one.start, other.start) - min(one.end, other.end) <= _NEAR
