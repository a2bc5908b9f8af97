"""What a line does to the case at hand: asks, settles, promises, gives away."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.customer.act_grammar import Grammar
from core.customer.line_text import Span, clauses, find_word, plain, sentences
from core.domain.scenario import Scenario, Wordings

_LEAST_TELLING = 4
_BARE_ASK = 10


@dataclass(frozen=True, slots=True)
class CaseWords:
    """The words of one scenario in normal form, in its order."""

    scenario: Scenario
    asked_by: tuple[tuple[str, str, bool, Wordings], ...]
    said_by: tuple[tuple[str, bool, Wordings], ...]
    forbidden: tuple[tuple[str, Wordings, Wordings], ...]
    spoken_by: tuple[tuple[str, str, Wordings], ...]
    losses: tuple[str, ...]
    terms: tuple[str, ...]
    vocabulary: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class CaseFindings:
    """Keys of facts, sub-goals, limits and record fields that a line touches."""

    asked: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    breached: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    terms: tuple[tuple[str, Span], ...] = ()
    verifies: bool = False
    needed: bool = False
    names_loss: bool = False
    mentions: bool = False


def case_words(scenario: Scenario, grammar: Grammar) -> CaseWords:
    """The prepared words of `scenario`."""
    words = {
        *(word for fact in scenario.facts for group in fact.asked_by for word in group),
        *(word for goal in scenario.sub_goals for group in goal.said_by for word in group),
        *(word for limit in scenario.policy_limits for group in limit.forbidden for word in group),
        *(fact.value for fact in scenario.facts),
        *(fact.label for fact in scenario.facts),
        *(line.label for line in scenario.record),
        *(line.value for line in scenario.record),
        *scenario.terms,
        *scenario.losses,
    }
    normal = sorted(word for word in map(plain, words) if len(word) > 1)
    return CaseWords(
        scenario=scenario,
        asked_by=tuple(
            (fact.key, plain(fact.value), fact.verifies, _normal(fact.asked_by))
            for fact in scenario.facts
        ),
        said_by=tuple(
            (goal.key, _says_no(goal.reference_line, goal.said_by, grammar), _normal(goal.said_by))
            for goal in scenario.sub_goals
        ),
        forbidden=tuple(
            (limit.key, _normal(limit.forbidden), _normal(limit.unless))
            for limit in scenario.policy_limits
        ),
        spoken_by=tuple(
            (line.key, plain(line.value), _normal(line.spoken_by)) for line in scenario.record
        ),
        losses=tuple(map(plain, scenario.losses)),
        terms=tuple(map(plain, scenario.terms)),
        vocabulary=re.compile("|".join(map(re.escape, normal)) or r"(?!)"),
    )


def _normal(wordings: Wordings) -> Wordings:
    return tuple(tuple(plain(word) for word in group) for group in wordings)


def _says_no(reference: str, wordings: Wordings, grammar: Grammar) -> bool:
    """Whether the model line itself only settles the matter with a no in it.

    Then a no in the trainee's line is the right answer and denies nothing.
    """
    text = plain(reference)
    whole, normal = Span(0, len(text)), _normal(wordings)
    return _met(text, whole, normal) and not _claimed(text, whole, normal, grammar)


def _met(text: str, span: Span, wordings: Wordings) -> bool:
    return any(
        all(find_word(text, word, span) for word in group) for group in _present(text, wordings)
    )


def _claimed(text: str, span: Span, wordings: Wordings, grammar: Grammar) -> bool:
    """Whether any word group is complete in `span`, counting only clauses that claim it."""
    present = _present(text, wordings)
    if not present:
        return False
    pieces = [piece for piece in clauses(text) if piece.overlaps(span)]
    return any(_group_claimed(text, pieces, group, grammar) for group in present)


def _present(text: str, wordings: Wordings) -> Wordings:
    """The word groups all of whose words are somewhere in the text: few are, and only these
    are worth a closer look."""
    return tuple(group for group in wordings if group and all(word in text for word in group))


def _group_claimed(text: str, pieces: list[Span], group: tuple[str, ...], grammar: Grammar) -> bool:
    missing = set(group)
    for piece in pieces:
        found = {word: find_word(text, word, piece) for word in group}
        spans = [span for places in found.values() for span in places[:1]]
        if (
            not spans
            or grammar.denied(text, piece, spans)
            or _of_others(text, piece, spans, grammar)
        ):
            continue
        missing -= {word for word, places in found.items() if places}
    return not missing


def _of_others(text: str, piece: Span, words: list[Span], grammar: Grammar) -> bool:
    """Whether the clause says what the customer wants or asks whether it is so."""
    first = min(word.start for word in words)
    wish = grammar.flags["attributed"].search(text, piece.start, first)
    if wish and not grammar.flags["own_action"].search(text, wish.end(), piece.end):
        return True
    if grammar.of_others(text, piece):
        return True
    clause = text[piece.start : piece.end]
    return grammar.has("question", clause) and not grammar.has("own_action", clause)


def case_findings(
    text: str, *, words: CaseWords, grammar: Grammar, told: Iterable[str], customer: str
) -> CaseFindings:
    """What `text` (normal form, foreign words masked) does to the case.

    `told`: fact keys the customer has already said; `customer`: the customer's lines in normal
    form, joined.
    """
    asked = _asked(text, words, grammar)
    known = set(told)
    return CaseFindings(
        asked=tuple(asked),
        repeated=tuple(key for key in asked if key in known),
        settled=tuple(
            key
            for key, says_no, wordings in words.said_by
            if _settles(text, wordings, grammar, says_no=says_no)
        ),
        breached=tuple(
            key
            for key, wordings, unless in words.forbidden
            if not _met(text, Span(0, len(text)), unless)
            and any(_claimed(text, one, wordings, grammar) for one in sentences(text))
        ),
        told=tuple(
            key
            for key, value, wordings in words.spoken_by
            if not (value and value in customer) and _gives_away(text, value, wordings)
        ),
        terms=tuple(
            (term, place)
            for term in words.terms
            for place in find_word(text, term, Span(0, len(text)))[:1]
        ),
        verifies=any(verifies and key in asked for key, _, verifies, _ in words.asked_by),
        needed=not set(asked).isdisjoint(words.scenario.required_slots),
        names_loss=any(loss in text for loss in words.losses if loss),
        mentions=words.vocabulary.search(text) is not None,
    )


def _settles(text: str, wordings: Wordings, grammar: Grammar, *, says_no: bool) -> bool:
    whole = Span(0, len(text))
    if says_no:
        return _met(text, whole, wordings)
    return _claimed(text, whole, wordings, grammar)


def _asked(text: str, words: CaseWords, grammar: Grammar) -> list[str]:
    asked: list[str] = []
    for key, value, _, wordings in words.asked_by:
        if value and value in text:
            continue
        if any(_asks(text, one, wordings, grammar) for one in sentences(text)):
            asked.append(key)
    return asked


def _asks(text: str, sentence: Span, wordings: Wordings, grammar: Grammar) -> bool:
    if not _met(text, sentence, wordings):
        return False
    said = text[sentence.start : sentence.end]
    return len(said) <= _BARE_ASK or grammar.has("ask", said)


def _gives_away(text: str, value: str, wordings: Wordings) -> bool:
    if len(value) >= _LEAST_TELLING and find_word(text, value, Span(0, len(text))):
        return True
    return _met(text, Span(0, len(text)), wordings)
