"""Understands a trainee's line with patterns, a lexicon and the words of the case."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.customer.act_grammar import SURE, Grammar, load_act_grammar
from core.customer.case_words import CaseFindings, CaseWords, case_findings, case_words
from core.customer.guessing import believed_acts, guessed_acts
from core.customer.lexicon import JARGON, load_lexicon
from core.customer.line_acts import line_acts
from core.customer.line_text import (
    LineText,
    Span,
    clauses,
    is_chinese,
    is_word_list,
    line_text,
    mask,
    plain,
)
from core.customer.pattern_files import DATA
from core.customer.refusals import offers_other_way, refusing_clauses, turns_elsewhere
from core.domain.reading import LineReading, PhraseHit, TraineeAct
from core.domain.scenario import Scenario
from core.ports.act_guesser import ActGuesser
from core.ports.line_reader import LineContext

LONG_OVER = 80
_NOTHING = 0.3
_NODDED = 0.5
_NEEDS_MORE = re.compile(
    r"什么|多少|哪|几[号点个天]|怎么|啥|咋|乜|是否|有没有|\b(?:what|which|when|how|where|who)\b"
)
"""A question with one of these asks for more than a yes."""
_CASE_ASK = 0.85
_CASE_SETTLED = 0.9
_QUOTED_LEAST = 2
_PARROTED_LEAST = 6
_CASES_KEPT = 256
_QUOTATION = re.compile(r'["“]([^"“”]{2,60})["”]')
_REFUSAL = "F3"
_BRUSH_OFF = "F5"
_GROUNDED_REFUSAL = "R6"
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
_NO_STEP_BESIDE = {
    TraineeAct.VERIFY_ID: "checking",
    TraineeAct.HOLD: "lookup",
    TraineeAct.HOLD_RETURN: "lookup",
    TraineeAct.TIME_COMMIT: "mere_deed",
}
"""With the act in the line, what the flag matches belongs to it: who somebody is gets checked, the
wait is for a look, the time is when it will be done."""
_NEEDS_ACT: dict[str, frozenset[TraineeAct]] = {
    "R1": frozenset({TraineeAct.GREET, TraineeAct.SELF_INTRO}),
    "R2": frozenset({TraineeAct.EMPATHY_SPECIFIC}),
    "R3": frozenset({TraineeAct.APOLOGY_OWNED}),
    "R4": frozenset({TraineeAct.TIME_COMMIT}),
    "R5": frozenset({TraineeAct.RESTATE}),
    "R6": frozenset({TraineeAct.REFUSE_ALT}),
    "R7": frozenset({TraineeAct.HOLD, TraineeAct.HOLD_RETURN}),
    "R9": frozenset({TraineeAct.CONFIRM}),
    "R10": frozenset({TraineeAct.MORE, TraineeAct.CLOSE}),
}


@dataclass(slots=True)
class _Draft:
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


class PatternLineReader:
    """LineReader by rules. Reading is pure: same text, same context, same reading.

    `phrase_files`: further lexicon files of a house, by language. Faulty files raise
    ContentError. `guessers`, by language, are asked about lines in which the rules hear nothing.
    One reader may serve several threads.
    """

    def __init__(
        self,
        *,
        phrase_files: dict[str, Sequence[Path]] | None = None,
        guessers: Mapping[str, ActGuesser] | None = None,
    ) -> None:
        extra = phrase_files or {}
        self._guessers = dict(guessers or {})
        self._grammars = {
            language: load_act_grammar(language, DATA / f"acts.{language}.yaml")
            for language in ("zh", "en")
        }
        self._lexicons = {
            language: load_lexicon(
                language, [DATA / f"phrases.{language}.yaml", *extra.get(language, ())]
            )
            for language in ("zh", "en")
        }
        self._cases: dict[tuple[int, str], CaseWords] = {}

    def read(self, text: str, context: LineContext) -> LineReading:
        """What `text` does in `context`; an empty line does nothing that anybody understands."""
        line = line_text(text)
        language = _language(line.plain, context.language)
        grammar = self._grammars[language]
        said = [plain(one) for one in context.customer_said]
        own = mask(line.plain, _foreign(line, said, grammar))
        draft = _Draft(
            line=line,
            own=own,
            sureness=line_acts(own, grammar, context.expected),
            phrases=self._lexicons[language].find(line, own),
            case=self._case(own, context, grammar, said),
            named_time=grammar.has("time", own),
            named_owner=grammar.has("owner", own),
        )
        _settle_acts(draft, grammar, context)
        _settle_refusals(draft, grammar)
        if guesser := self._guessers.get(language):
            _ask(guesser, draft, grammar, case_known=context.scenario is not None)
        _settle_phrases(draft, grammar, context)
        return _reading(draft, grammar, context, injected=self._injected(line.plain), said=said)

    def _case(
        self, own: str, context: LineContext, grammar: Grammar, said: Sequence[str]
    ) -> CaseFindings:
        if context.scenario is None:
            return CaseFindings()
        return case_findings(
            own,
            words=self._words(context.scenario, grammar),
            grammar=grammar,
            told=context.told,
            customer="\n".join(said),
        )

    def _words(self, scenario: Scenario, grammar: Grammar) -> CaseWords:
        key = (id(scenario), grammar.language)
        known = self._cases.get(key)
        if known is not None and known.scenario is scenario:
            return known
        if len(self._cases) >= _CASES_KEPT:
            self._cases.clear()
        words = case_words(scenario, grammar)
        self._cases[key] = words
        return words

    def _injected(self, text: str) -> bool:
        return any(grammar.has("injection", text) for grammar in self._grammars.values())


def _ask(guesser: ActGuesser, draft: _Draft, grammar: Grammar, *, case_known: bool) -> None:
    """Drops what the model doubts, and takes its guess where nothing is heard or left."""
    draft.sureness = believed_acts(
        draft.own, draft.sureness, guesser, sure=draft.case_says(), case_known=case_known
    )
    if not draft.sureness:
        draft.sureness = guessed_acts(draft.own, guesser, grammar, case_known=case_known)


def _language(text: str, language: str) -> str:
    """The language the line is written in; without any letter the dialogue's."""
    if is_chinese(text):
        return "zh"
    latin = sum(character.isascii() and character.isalpha() for character in text)
    return "en" if latin > 1 or language.startswith("en") else "zh"


def _foreign(line: LineText, said: Sequence[str], grammar: Grammar) -> list[Span]:
    """Stretches that are no saying of the trainee's own: the customer's words in quotation marks,
    after 您说, or repeated as the whole line, and mere lists of words."""
    text = line.plain
    parrot = len(text) >= _PARROTED_LEAST and any(text in one for one in said)
    if parrot or is_word_list(line.original):
        return [Span(0, len(text))]
    spans: list[Span] = []
    introduced = grammar.flags["quoted"]
    for found in _QUOTATION.finditer(text):
        before = text[max(0, found.start() - 16) : found.start()]
        if any(found[1] in one for one in said) or introduced.search(before):
            spans.append(Span(found.start(1), found.end(1)))
    for clause in clauses(text):
        if intro := introduced.search(text, clause.start, clause.end):
            spans.extend(_repeated(text, Span(intro.end(), clause.end), said))
    return spans


def _repeated(text: str, span: Span, said: Sequence[str]) -> list[Span]:
    """Longest stretches of `span` that stand word for word in the customer's lines."""
    spans: list[Span] = []
    start = span.start
    while start < span.end:
        end = start
        while end < span.end and any(text[start : end + 1] in one for one in said):
            end += 1
        if end - start >= _QUOTED_LEAST:
            spans.append(Span(start, end))
        start = max(end, start + 1)
    return spans


def _settle_acts(draft: _Draft, grammar: Grammar, context: LineContext) -> None:
    """Acts that follow from findings, and the choice between the two kinds of an act."""
    _settle_asking(draft, context)
    if draft.case.settled:
        draft.say(TraineeAct.SOLVE_ACCEPT, _CASE_SETTLED)
    elif context.scenario and TraineeAct.SOLVE_ACCEPT in draft.sureness:
        # What is granted is not what this customer came for.
        draft.swap(TraineeAct.SOLVE_ACCEPT, TraineeAct.SOLVE_STEP)
    if draft.case.names_loss and grammar.has("sympathy", draft.own):
        draft.say(TraineeAct.EMPATHY_SPECIFIC, _CASE_ASK)
    if TraineeAct.EMPATHY_SPECIFIC in draft.sureness:
        draft.sureness.pop(TraineeAct.EMPATHY_GENERIC, None)
    _settle_apology(draft, grammar)
    if not draft.named_time:
        draft.sureness.pop(TraineeAct.TIME_COMMIT, None)
    elif _commits(draft.own, grammar):
        draft.say(TraineeAct.TIME_COMMIT, _CASE_ASK)
    _settle_steps(draft, grammar)
    if TraineeAct.HOLD_RETURN in draft.sureness:
        draft.sureness.pop(TraineeAct.HOLD, None)
    for strong, weak in _NO_MORE_THAN:
        if strong in draft.sureness and draft.sureness.get(weak, SURE) < SURE:
            del draft.sureness[weak]


def _settle_steps(draft: _Draft, grammar: Grammar) -> None:
    """Words that only say how another act is done take no step towards a solution."""
    for act, flag in _NO_STEP_BESIDE.items():
        if {act, TraineeAct.SOLVE_STEP} <= draft.sureness.keys():
            others = line_acts(grammar.flags[flag].sub("", draft.own), grammar, frozenset())
            if TraineeAct.SOLVE_STEP not in others:
                del draft.sureness[TraineeAct.SOLVE_STEP]


def _settle_apology(draft: _Draft, grammar: Grammar) -> None:
    if TraineeAct.APOLOGY_BARE in draft.sureness and grammar.has("owned", draft.own):
        draft.say(TraineeAct.APOLOGY_OWNED, _CASE_ASK)
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


def _settle_asking(draft: _Draft, context: LineContext) -> None:
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
    if case.verifies:
        draft.say(TraineeAct.VERIFY_ID, _CASE_ASK)
    if case.asked and (case.needed or not case.verifies):
        draft.say(TraineeAct.ASK_SLOT, _CASE_ASK)
    if case.repeated:
        draft.say(TraineeAct.ASK_REPEAT, _CASE_ASK)
        if len(case.repeated) == len(case.asked):
            draft.sureness.pop(TraineeAct.ASK_SLOT, None)


def _only_restates(draft: _Draft) -> bool:
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


def _settle_refusals(draft: _Draft, grammar: Grammar) -> None:
    places = {hit: _place(draft, hit) for hit in draft.phrases if hit.category == _REFUSAL}
    refusing = refusing_clauses(draft.own, grammar, list(places.values()))
    meant = [
        hit
        for hit, place in places.items()
        if any(piece.start <= place < piece.end for piece in refusing)
    ]
    draft.phrases = tuple(hit for hit in draft.phrases if hit.category != _REFUSAL or hit in meant)
    if refusing:
        _settle_refusal(draft, grammar, meant, refusing)
    elif TraineeAct.TRANSFER not in draft.sureness and turns_elsewhere(draft.own, grammar):
        _settle_other_way(draft, grammar)


def _settle_phrases(draft: _Draft, grammar: Grammar, context: LineContext) -> None:
    """Rules between phrases and acts: what cancels what, and what earns nothing."""
    hits = [hit for hit in draft.phrases if not (hit.category == _BRUSH_OFF and draft.named_time)]
    draft.phrases = tuple(hit for hit in hits if _earned(hit, draft, context, grammar))


def _place(draft: _Draft, hit: PhraseHit) -> int:
    """Where a phrase stands in the normal form."""
    return next(
        (index for index, origin in enumerate(draft.line.origins) if origin >= hit.start), 0
    )


def _settle_refusal(
    draft: _Draft, grammar: Grammar, refuses: Sequence[PhraseHit], refusing: Sequence[Span]
) -> None:
    transfers = TraineeAct.TRANSFER in draft.sureness
    other_way = not transfers and offers_other_way(draft.own, grammar, refusing)
    grounded = grammar.has("reason", draft.own) and grammar.has("alternative", draft.own)
    if not (other_way or grounded):
        draft.say(TraineeAct.REFUSE_FLAT, _CASE_ASK)
        return
    draft.sureness.pop(TraineeAct.REFUSE_FLAT, None)
    if grounded:
        draft.sureness.pop(TraineeAct.EXPLAIN, None)
        draft.phrases = tuple(
            replace(hit, category=_GROUNDED_REFUSAL, severity=0) if hit in refuses else hit
            for hit in draft.phrases
        )
    _settle_other_way(draft, grammar)


def _settle_other_way(draft: _Draft, grammar: Grammar) -> None:
    """The other way is what makes a refusal a good one, no act beside it."""
    draft.say(TraineeAct.REFUSE_ALT, _CASE_ASK)
    if not grammar.has("under_way", draft.own):
        for part in (TraineeAct.SOLVE_STEP, TraineeAct.COMPENSATE):
            draft.sureness.pop(part, None)
    if not draft.case.settled:
        draft.sureness.pop(TraineeAct.SOLVE_ACCEPT, None)


def _earned(hit: PhraseHit, draft: _Draft, context: LineContext, grammar: Grammar) -> bool:
    needed = _NEEDS_ACT.get(hit.category)
    if needed is not None and draft.sureness.keys().isdisjoint(needed):
        return False
    if hit.category == "R7":
        return _held(draft, context, grammar)
    return True


def _held(draft: _Draft, context: LineContext, grammar: Grammar) -> bool:
    """Whether a wait is both announced and ended: in one line with its length, or this line
    ends the wait an earlier one announced."""
    if TraineeAct.HOLD in draft.sureness:
        return draft.named_time
    holds = [one.pattern for one in grammar.acts if one.act is TraineeAct.HOLD]
    return any(hold.search(plain(said)) for said in context.trainee_said for hold in holds)


def _reading(
    draft: _Draft, grammar: Grammar, context: LineContext, *, injected: bool, said: Sequence[str]
) -> LineReading:
    understood = bool(draft.sureness)
    waiting = bool(context.expected or context.customer_said)
    nodded = grammar.has("nod", draft.own) and any(map(str.isalnum, draft.own))
    astray = waiting and not draft.case.mentions and not nodded
    return LineReading(
        text=draft.line.original,
        acts=frozenset(draft.sureness) or frozenset({TraineeAct.INFORM}),
        phrases=draft.phrases,
        asked=draft.case.asked,
        settled=draft.case.settled,
        breached=draft.case.breached,
        told=draft.case.told,
        repeated_ask=draft.case.repeated,
        jargon=_jargon(draft, grammar, said),
        long=_visible(draft.line.original.strip()) > LONG_OVER,
        clear_steps=grammar.has("steps", draft.own),
        named_owner=draft.named_owner,
        named_time=draft.named_time,
        names_loss=draft.case.names_loss,
        off_topic=not understood and not draft.phrases and astray,
        injection=injected,
        confidence=max(draft.sureness.values(), default=_NODDED if nodded else _NOTHING),
    )


def _visible(text: str) -> float:
    """Length in signs of Chinese: three latin ones take the room of one."""
    wide = sum(not character.isascii() for character in text)
    return wide + (len(text) - wide) / 3


def _jargon(draft: _Draft, grammar: Grammar, said: Sequence[str]) -> tuple[str, ...]:
    """Terms of the trade that are neither explained at once nor the customer's own words."""
    terms = [
        draft.line.typed(place)[0]
        for term, place in draft.case.terms
        if not any(term in one for one in said)
        and not grammar.flags["explained"].match(draft.own, place.end)
    ]
    general = [hit.text for hit in draft.phrases if hit.category == JARGON]
    return tuple(dict.fromkeys([*terms, *general]))
