"""Understands a trainee's line with patterns, a lexicon and the words of the case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from core.customer.act_grammar import Grammar, load_act_grammar
from core.customer.case_words import (
    CaseFindings,
    CaseWords,
    case_findings,
    case_words,
    settled_by_saying_back,
    settled_here,
)
from core.customer.guessing import believed_acts, guessed_acts
from core.customer.lexicon import JARGON, load_lexicon
from core.customer.line_acts import line_acts
from core.customer.line_draft import CASE_ASK, Draft, settle_acts
from core.customer.line_text import (
    MASK,
    LineText,
    Span,
    is_chinese,
    mask,
)
from core.customer.matter import Matter
from core.customer.pattern_files import DATA
from core.customer.refusals import (
    offers_other_way,
    refusing_clauses,
    turns_elsewhere,
    ways_named,
)
from core.customer.said_back import says_back
from core.customer.spent import (
    ELSEWHERE,
    about_else,
    foreign,
    labels,
    lists_of,
    ordered,
    other_tongue,
    restates_nothing,
    said_before,
)
from core.customer.standard import standard, standard_text
from core.domain.reading import LineReading, PhraseHit, TraineeAct
from core.domain.scenario import Scenario
from core.ports.act_guesser import ActGuesser
from core.ports.line_reader import LineContext

LONG_OVER = 80
_NOTHING = 0.3
_NODDED = 0.5
_CASES_KEPT = 256
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
        line = standard_text(text)
        said = [standard(one) for one in context.customer_said]
        other = other_tongue(line.plain, context.language, said)
        language = _language(mask(line.plain, other), context.language)
        grammar = self._grammars[language]
        own = mask(line.plain, foreign(line, said, grammar))
        if context.scenario is not None:
            own = mask(own, labels(own, context.scenario))
        phrases = self._phrases(line, own, language, other)
        own = mask(own, other)
        case = self._case(own, context, grammar, said)
        own = mask(own, _repeated_sayings(own, line, phrases, grammar, context))
        draft = Draft(
            line=line,
            own=own,
            sureness=line_acts(own, grammar, context.expected),
            phrases=phrases,
            case=case,
            named_time=grammar.has("time", own),
            named_owner=grammar.has("owner", own),
        )
        if back := language == "zh" and says_back(own, Matter(tuple(said))):
            draft.say(TraineeAct.RESTATE, CASE_ASK)
        settle_acts(draft, grammar, context)
        _settle_refusals(draft, grammar)
        here = _leave_elsewhere(draft, grammar, context, said)
        if TraineeAct.RESTATE in draft.sureness and restates_nothing(draft.own, grammar):
            del draft.sureness[TraineeAct.RESTATE]
        if context.scenario is not None and draft.case.settled and here != draft.own:
            kept = settled_here(here, self._words(context.scenario, grammar), grammar)
            aside = tuple(key for key in draft.case.settled if key not in kept)
            draft.case = replace(draft.case, aside=aside)
        if TraineeAct.RESTATE in draft.sureness and context.scenario is not None:
            self._hear_said_back(draft, grammar, context.scenario)
        if guesser := self._guessers.get(language):
            known = frozenset({TraineeAct.RESTATE}) if back else frozenset()
            _ask(guesser, draft, grammar, known, case_known=context.scenario is not None)
        _settle_phrases(draft, grammar, context)
        return _reading(
            draft, grammar, context, here=here, injected=self._injected(line.plain), said=said
        )

    def _phrases(
        self, line: LineText, own: str, language: str, other: Sequence[Span]
    ) -> tuple[PhraseHit, ...]:
        """Phrases in `own`, and faults in what stands there in another language."""
        found = self._lexicons[language].find(line, own)
        if not other:
            return found
        strange = self._lexicons["en" if language == "zh" else "zh"].find(line, own)
        known = {hit.start for hit in found}
        return (*found, *(hit for hit in strange if hit.severity and hit.start not in known))

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

    def _hear_said_back(self, draft: Draft, grammar: Grammar, scenario: Scenario) -> None:
        """Who says back what was said needs the customer's own words for it."""
        whole = mask(draft.line.plain, lists_of(draft.line))
        heard = settled_by_saying_back(whole, self._words(scenario, grammar))
        settled = tuple(dict.fromkeys((*draft.case.settled, *sorted(heard))))
        draft.case = replace(draft.case, settled=settled)

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


def _ask(
    guesser: ActGuesser,
    draft: Draft,
    grammar: Grammar,
    known: frozenset[TraineeAct],
    *,
    case_known: bool,
) -> None:
    """Drops what the model doubts, and takes its guess where nothing is heard or left."""
    draft.sureness = believed_acts(
        draft.own, draft.sureness, guesser, sure=draft.case_says() | known, case_known=case_known
    )
    if not draft.sureness:
        draft.sureness = guessed_acts(draft.own, guesser, grammar, case_known=case_known)


def _language(text: str, language: str) -> str:
    """The language the line is written in; without any letter the dialogue's."""
    if is_chinese(text):
        return "zh"
    latin = sum(character.isascii() and character.isalpha() for character in text)
    return "en" if latin > 1 or language.startswith("en") else "zh"


def _repeated_sayings(
    own: str,
    line: LineText,
    phrases: Sequence[PhraseHit],
    grammar: Grammar,
    context: LineContext,
) -> list[Span]:
    faults = [_normal_place(line, hit) for hit in phrases if hit.severity]
    return said_before(own, context.trainee_said, grammar, faults=faults)


def _leave_elsewhere(
    draft: Draft, grammar: Grammar, context: LineContext, said: Sequence[str]
) -> str:
    """Drops what only sentences about another matter do; the rest of the line's own words."""
    if context.scenario is None:
        return draft.own
    spans = about_else(draft.own, context.scenario, said, grammar)
    here = _without(draft, spans, grammar, context) if spans else draft
    lost_way = TraineeAct.REFUSE_ALT in draft.sureness.keys() - here.sureness.keys()
    if lost_way and refusing_clauses(draft.own, grammar, _refusals(draft)):
        # The other way was one in some other matter.
        draft.say(TraineeAct.REFUSE_FLAT, CASE_ASK)
    for act in ELSEWHERE - here.sureness.keys():
        draft.sureness.pop(act, None)
    draft.named_time, draft.named_owner = here.named_time, here.named_owner
    return here.own


def _without(draft: Draft, spans: list[Span], grammar: Grammar, context: LineContext) -> Draft:
    own = mask(draft.own, spans)
    here = replace(
        draft,
        own=own,
        sureness=line_acts(own, grammar, context.expected),
        named_time=grammar.has("time", own),
        named_owner=grammar.has("owner", own),
    )
    settle_acts(here, grammar, context)
    _settle_refusals(here, grammar)
    return here


def _refusals(draft: Draft) -> list[int]:
    return [
        _place(draft, hit) for hit in draft.phrases if hit.category in (_REFUSAL, _GROUNDED_REFUSAL)
    ]


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
    return _normal_place(draft.line, hit)


def _normal_place(line: LineText, hit: PhraseHit) -> int:
    return next((index for index, origin in enumerate(line.origins) if origin >= hit.start), 0)


def _settle_refusal(
    draft: Draft, grammar: Grammar, refuses: Sequence[PhraseHit], refusing: Sequence[Span]
) -> None:
    transfers = TraineeAct.TRANSFER in draft.sureness
    passed_on = grammar.has("passed_on", draft.own)
    other_way = passed_on or (not transfers and offers_other_way(draft.own, grammar, refusing))
    grounded = grammar.has("reason", draft.own) and grammar.has(
        "alternative", ways_named(draft.own, grammar)
    )
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
    return any(hold.search(standard(said)) for said in context.trainee_said for hold in holds)


def _reading(
    draft: Draft,
    grammar: Grammar,
    context: LineContext,
    *,
    here: str,
    injected: bool,
    said: Sequence[str],
) -> LineReading:
    understood = bool(draft.sureness)
    waiting = bool(context.expected or context.customer_said)
    nodded = grammar.has("nod", draft.own) and any(map(str.isalnum, draft.own))
    astray = waiting and not draft.case.mentions and not nodded
    return LineReading(
        text=draft.line.original,
        own=here.replace(MASK, " "),
        acts=frozenset(draft.sureness) or frozenset({TraineeAct.INFORM}),
        phrases=draft.phrases,
        asked=draft.case.asked,
        settled=draft.case.settled,
        settled_aside=draft.case.aside,
        breached=draft.case.breached,
        told=draft.case.told,
        repeated_ask=draft.case.repeated,
        jargon=_jargon(draft, grammar, said),
        long=_visible(draft.line.original.strip()) > LONG_OVER,
        clear_steps=ordered(here, grammar),
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
