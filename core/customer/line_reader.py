"""Understands a trainee's line with patterns, a lexicon and the words of the case."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from core.customer.act_grammar import Grammar, load_act_grammar
from core.customer.case_words import CaseFindings, CaseWords, case_findings, case_words
from core.customer.guessing import believed_acts, guessed_acts
from core.customer.lexicon import JARGON, load_lexicon
from core.customer.line_acts import line_acts
from core.customer.line_draft import CASE_ASK, Draft, settle_acts
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
_QUOTED_LEAST = 2
_PARROTED_LEAST = 6
_CASES_KEPT = 256
_QUOTATION = re.compile(r'["“]([^"“”]{2,60})["”]')
_REFUSAL = "F3"
_BRUSH_OFF = "F5"
_GROUNDED_REFUSAL = "R6"
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
        draft = Draft(
            line=line,
            own=own,
            sureness=line_acts(own, grammar, context.expected),
            phrases=self._lexicons[language].find(line, own),
            case=self._case(own, context, grammar, said),
            named_time=grammar.has("time", own),
            named_owner=grammar.has("owner", own),
        )
        settle_acts(draft, grammar, context)
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


def _ask(guesser: ActGuesser, draft: Draft, grammar: Grammar, *, case_known: bool) -> None:
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


def _settle_refusals(draft: Draft, grammar: Grammar) -> None:
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


def _settle_phrases(draft: Draft, grammar: Grammar, context: LineContext) -> None:
    """Rules between phrases and acts: what cancels what, and what earns nothing."""
    hits = [hit for hit in draft.phrases if not (hit.category == _BRUSH_OFF and draft.named_time)]
    draft.phrases = tuple(hit for hit in hits if _earned(hit, draft, context, grammar))


def _place(draft: Draft, hit: PhraseHit) -> int:
    """Where a phrase stands in the normal form."""
    return next(
        (index for index, origin in enumerate(draft.line.origins) if origin >= hit.start), 0
    )


def _settle_refusal(
    draft: Draft, grammar: Grammar, refuses: Sequence[PhraseHit], refusing: Sequence[Span]
) -> None:
    transfers = TraineeAct.TRANSFER in draft.sureness
    other_way = not transfers and offers_other_way(draft.own, grammar, refusing)
    grounded = grammar.has("reason", draft.own) and grammar.has("alternative", draft.own)
    if not (other_way or grounded):
        draft.say(TraineeAct.REFUSE_FLAT, CASE_ASK)
        return
    draft.sureness.pop(TraineeAct.REFUSE_FLAT, None)
    if grounded:
        draft.sureness.pop(TraineeAct.EXPLAIN, None)
        draft.phrases = tuple(
            replace(hit, category=_GROUNDED_REFUSAL, severity=0) if hit in refuses else hit
            for hit in draft.phrases
        )
    _settle_other_way(draft, grammar)


def _settle_other_way(draft: Draft, grammar: Grammar) -> None:
    """The other way is what makes a refusal a good one, no act beside it."""
    draft.say(TraineeAct.REFUSE_ALT, CASE_ASK)
    if not grammar.has("under_way", draft.own):
        for part in (TraineeAct.SOLVE_STEP, TraineeAct.COMPENSATE):
            draft.sureness.pop(part, None)
    if not draft.case.settled:
        draft.sureness.pop(TraineeAct.SOLVE_ACCEPT, None)


def _earned(hit: PhraseHit, draft: Draft, context: LineContext, grammar: Grammar) -> bool:
    needed = _NEEDS_ACT.get(hit.category)
    if needed is not None and draft.sureness.keys().isdisjoint(needed):
        return False
    if hit.category == "R7":
        return _held(draft, context, grammar)
    return True


def _held(draft: Draft, context: LineContext, grammar: Grammar) -> bool:
    """Whether a wait is both announced and ended: in one line with its length, or this line
    ends the wait an earlier one announced."""
    if TraineeAct.HOLD in draft.sureness:
        return draft.named_time
    holds = [one.pattern for one in grammar.acts if one.act is TraineeAct.HOLD]
    return any(hold.search(plain(said)) for said in context.trainee_said for hold in holds)


def _reading(
    draft: Draft, grammar: Grammar, context: LineContext, *, injected: bool, said: Sequence[str]
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


def _jargon(draft: Draft, grammar: Grammar, said: Sequence[str]) -> tuple[str, ...]:
    """Terms of the trade that are neither explained at once nor the customer's own words."""
    terms = [
        draft.line.typed(place)[0]
        for term, place in draft.case.terms
        if not any(term in one for one in said)
        and not grammar.flags["explained"].match(draft.own, place.end)
    ]
    general = [hit.text for hit in draft.phrases if hit.category == JARGON]
    return tuple(dict.fromkeys([*terms, *general]))
