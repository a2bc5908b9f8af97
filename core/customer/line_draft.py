"""A line on its way to a reading: acts that follow from findings, and the choice between the two
kinds of an act."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from core.customer.act_grammar import SURE, Grammar
from core.customer.case_words import CaseFindings
from core.customer.line_acts import line_acts
from core.customer.line_text import LineText, Span, clauses, sentences
from core.domain.reading import PhraseHit, TraineeAct
from core.ports.line_reader import LineContext

CASE_ASK = 0.85
"""How sure an act is that the words of the case or several findings together show."""

_CASE_SETTLED = 0.9
_NEEDS_MORE = re.compile(
    r"什么|多少|哪|几[号点个天]|怎么|啥|咋|乜|是否|有没有|\b(?:what|which|when|how|where|who)\b"
)
"""A question with one of these asks for more than a yes."""
_OPEN = re.compile(r"经过|情况|现象|症状|怎么")
"""Facts that an open question asks for ("请讲讲事情是怎么发生的")."""
_NO_MORE_THAN = (
    (TraineeAct.GREET, TraineeAct.CLOSE),
    (TraineeAct.TRANSFER, TraineeAct.HOLD),
    (TraineeAct.VERIFY_ID, TraineeAct.ASK_SLOT),
    (TraineeAct.ASK_OPEN, TraineeAct.ASK_SLOT),
    (TraineeAct.CONFIRM, TraineeAct.ASK_SLOT),
    (TraineeAct.ASK_REPEAT, TraineeAct.ASK_SLOT),
)
"""With the first act in the line an unsure sign of the second is part of it: "感谢来电" of a
greeting is no farewell."""
_WAITED_FOR = frozenset(
    {
        TraineeAct.ASK_OPEN,
        TraineeAct.ASK_SLOT,
        TraineeAct.VERIFY_ID,
        TraineeAct.CONFIRM,
        TraineeAct.MORE,
    }
)
"""Who is asked something does not wait but answers: "我马上查一下，订单号是多少？"."""
_NO_STEP_BESIDE = {
    TraineeAct.VERIFY_ID: "checking",
    TraineeAct.HOLD: "lookup",
    TraineeAct.HOLD_RETURN: "lookup",
    TraineeAct.TIME_COMMIT: "mere_deed",
}
"""With the act in the line, what the flag matches belongs to it: who somebody is gets checked, the
wait is for a look, the time is when it will be done."""


@dataclass(slots=True)
class Draft:
    """A line on its way to a reading."""

    line: LineText
    own: str
    sureness: dict[TraineeAct, float]
    phrases: tuple[PhraseHit, ...]
    case: CaseFindings
    named_time: bool
    named_owner: bool

    def say(self, act: TraineeAct, p: float) -> None:
        self.sureness[act] = max(p, self.sureness.get(act, 0.0))

    def case_says(self) -> frozenset[TraineeAct]:
        """Acts known by the words of the case itself."""
        case = self.case
        said = (
            (TraineeAct.SOLVE_ACCEPT, bool(case.settled)),
            (TraineeAct.ASK_REPEAT, bool(case.repeated)),
            (TraineeAct.EMPATHY_SPECIFIC, case.names_loss),
        )
        return frozenset(act for act, says in said if says)

    def swap(self, old: TraineeAct, new: TraineeAct) -> None:
        self.say(new, self.sureness.pop(old))


def settle_acts(draft: Draft, grammar: Grammar, context: LineContext) -> None:
    """Acts that follow from findings, and the choice between the two kinds of an act."""
    _settle_asking(draft, context)
    if draft.case.settled:
        draft.say(TraineeAct.SOLVE_ACCEPT, _CASE_SETTLED)
    elif context.scenario and TraineeAct.SOLVE_ACCEPT in draft.sureness:
        # What is granted is not what this customer came for.
        draft.swap(TraineeAct.SOLVE_ACCEPT, TraineeAct.SOLVE_STEP)
    if draft.case.names_loss and grammar.has("sympathy", draft.own):
        draft.say(TraineeAct.EMPATHY_SPECIFIC, CASE_ASK)
    if TraineeAct.EMPATHY_SPECIFIC in draft.sureness:
        draft.sureness.pop(TraineeAct.EMPATHY_GENERIC, None)
    _settle_apology(draft, grammar)
    if not draft.named_time:
        draft.sureness.pop(TraineeAct.TIME_COMMIT, None)
    elif _commits(draft.own, grammar):
        draft.say(TraineeAct.TIME_COMMIT, CASE_ASK)
    _settle_steps(draft, grammar)
    asked = len(sentences(draft.own)) > 1 and not _WAITED_FOR.isdisjoint(draft.sureness)
    answers = asked and not grammar.has("waits", draft.own)
    if TraineeAct.HOLD_RETURN in draft.sureness or answers:
        draft.sureness.pop(TraineeAct.HOLD, None)
    for strong, weak in _NO_MORE_THAN:
        if strong in draft.sureness and draft.sureness.get(weak, SURE) < SURE:
            del draft.sureness[weak]


def _settle_steps(draft: Draft, grammar: Grammar) -> None:
    """Words that only say how another act is done take no step towards a solution."""
    for act, flag in _NO_STEP_BESIDE.items():
        if {act, TraineeAct.SOLVE_STEP} <= draft.sureness.keys():
            others = line_acts(grammar.flags[flag].sub("", draft.own), grammar, frozenset())
            if TraineeAct.SOLVE_STEP not in others:
                del draft.sureness[TraineeAct.SOLVE_STEP]


def _settle_apology(draft: Draft, grammar: Grammar) -> None:
    if TraineeAct.APOLOGY_BARE in draft.sureness and grammar.has("owned", draft.own):
        draft.say(TraineeAct.APOLOGY_OWNED, CASE_ASK)
    if TraineeAct.APOLOGY_OWNED in draft.sureness:
        draft.sureness.pop(TraineeAct.APOLOGY_BARE, None)
        if not _explains_beside(draft.own, grammar):
            draft.sureness.pop(TraineeAct.EXPLAIN, None)


def _explains_beside(own: str, grammar: Grammar) -> bool:
    """Whether a clause explains that does not say whose fault it was."""
    explains = [one.pattern for one in grammar.acts if one.act is TraineeAct.EXPLAIN]
    pieces = [own[piece.start : piece.end] for piece in clauses(own)]
    return any(
        pattern.search(piece) and not grammar.has("owned", piece)
        for piece in pieces
        for pattern in explains
    )


def _settle_asking(draft: Draft, context: LineContext) -> None:
    if draft.case.repeated and _only_restates(draft):
        known = draft.case.repeated
        asked = tuple(key for key in draft.case.asked if key not in known)
        draft.case = replace(draft.case, repeated=(), asked=asked)
    case = draft.case
    if TraineeAct.VERIFY_ID in draft.sureness and context.scenario and not case.verifies:
        keys = [fact.key for fact in context.scenario.facts if fact.verifies]
        asked = tuple(
            fact.key for fact in context.scenario.facts if fact.key in {*case.asked, *keys}
        )
        draft.case = replace(case, asked=asked, verifies=bool(keys))
        return
    if TraineeAct.ASK_OPEN in draft.sureness and context.scenario:
        told = [fact.key for fact in context.scenario.facts if _OPEN.search(fact.label)]
        draft.case = case = replace(case, asked=tuple(dict.fromkeys((*case.asked, *told))))
    if case.verifies:
        draft.say(TraineeAct.VERIFY_ID, CASE_ASK)
    if case.asked and (case.needed or not case.verifies):
        draft.say(TraineeAct.ASK_SLOT, CASE_ASK)
    if case.repeated:
        draft.say(TraineeAct.ASK_REPEAT, CASE_ASK)
        if len(case.repeated) == len(case.asked):
            draft.sureness.pop(TraineeAct.ASK_SLOT, None)


def _only_restates(draft: Draft) -> bool:
    """Whether what was told is said back for a yes, and nothing is asked that needs more."""
    return TraineeAct.RESTATE in draft.sureness and not _NEEDS_MORE.search(draft.own)


def _commits(own: str, grammar: Grammar) -> bool:
    """Whether one clause names a time and a neighbouring or the same one promises an act."""
    pieces = clauses(own)
    for index, piece in enumerate(pieces):
        if not grammar.has("time", own[piece.start : piece.end]):
            continue
        if grammar.of_others(own, piece):
            continue
        near = Span(piece.start, pieces[min(index + 1, len(pieces) - 1)].end)
        before = pieces[max(index - 1, 0)].start
        found = grammar.flags["commit"].search(own, before, near.end)
        if found and not grammar.has("question", own[piece.start : piece.end]):
            return not grammar.denied(own, piece, [Span(found.start(), found.end())])
    return False
