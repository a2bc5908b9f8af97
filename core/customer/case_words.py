"""What a line does to the case at hand: asks, settles, promises, gives away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.customer.act_grammar import Grammar
from core.customer.claiming import beside, claimed, group_claimed, met, promised
from core.customer.goal_figures import heard_by_figures, own_figures, telling
from core.customer.line_acts import line_acts
from core.customer.line_text import Span, clauses, find_word, sentences
from core.customer.matter import matter_of
from core.customer.same_words import Others, groups_of, other_groups
from core.customer.standard import standard
from core.domain.amounts import agree, figures
from core.domain.reading import TraineeAct
from core.domain.scenario import Scenario, Wordings

_LEAST_TELLING = 4
_BARE_ASK = 10

_LEAST_KIN = 2
"""Pairs of characters beside the other words that must also go with the sub-goal, one more where
it is one word: what is done in every case (取消, 登记, 答复) settles this one only with
something of it."""
_TELLING = re.compile(
    r"(?![您我的了是给会就请先帮把这那不到在和也都还]|.[您我的了是给会就请先帮把这那])[\u4e00-\u9fff\da-z]{2}"
)


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
    asked_otherwise: tuple[Others, ...]
    said_otherwise: tuple[Others, ...]
    kin: tuple[frozenset[str], ...]
    figures: tuple[Mapping[str, frozenset[str]], ...]
    own_figures: tuple[Mapping[str, frozenset[str]], ...]
    telling: tuple[frozenset[str], ...]
    others: frozenset[str]
    sizes: tuple[int, ...]
    said_back: frozenset[str]
    """Sub-goals that are settled by saying back what the customer said."""


@dataclass(frozen=True, slots=True)
class CaseFindings:
    """Keys of facts, sub-goals, limits and record fields that a line touches; `aside` are those
    of `settled` that only sentences about another matter hold."""

    asked: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
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
    normal = sorted(word for word in map(standard, words) if len(word) > 1)
    asked_otherwise = tuple(other_groups(fact.asked_by) for fact in scenario.facts)
    said_otherwise = tuple(other_groups(goal.said_by) for goal in scenario.sub_goals)
    others = frozenset(
        word
        for wordings in (*asked_otherwise, *said_otherwise)
        for group in wordings
        for same in group
        for word in same
    )
    kin = tuple(
        _kin(goal.label, goal.reference_line, *(word for group in goal.said_by for word in group))
        for goal in scenario.sub_goals
    )
    counted = tuple(figures(standard(goal.reference_line)) for goal in scenario.sub_goals)
    return CaseWords(
        scenario=scenario,
        asked_by=tuple(
            (fact.key, standard(fact.value), fact.verifies, _normal(fact.asked_by))
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
            (line.key, standard(line.value), _normal(line.spoken_by)) for line in scenario.record
        ),
        losses=tuple(map(standard, scenario.losses)),
        terms=tuple(map(standard, scenario.terms)),
        vocabulary=re.compile("|".join(map(re.escape, normal)) or r"(?!)"),
        asked_otherwise=asked_otherwise,
        said_otherwise=said_otherwise,
        kin=kin,
        figures=counted,
        own_figures=own_figures(counted),
        telling=tuple(map(telling, kin)),
        others=others,
        sizes=tuple({len(word) for word in others}),
        said_back=frozenset(
            goal.key
            for goal in scenario.sub_goals
            if TraineeAct.RESTATE in line_acts(standard(goal.reference_line), grammar, frozenset())
        ),
    )


def _normal(wordings: Wordings) -> Wordings:
    return tuple(tuple(standard(word) for word in group) for group in wordings)


def _kin(*texts: str) -> frozenset[str]:
    """Pairs of characters that go with a sub-goal."""
    return frozenset(
        pair
        for text in map(standard, texts)
        for pair in map("".join, pairwise(text))
        if _TELLING.fullmatch(pair)
    )


def _said_words(text: str, words: CaseWords) -> frozenset[str]:
    """Which of the words of the case, or words for them, stand in the text."""
    pieces = {text[at : at + size] for size in words.sizes for at in range(len(text) - size + 1)}
    return words.others & pieces


def _says_no(reference: str, wordings: Wordings, grammar: Grammar) -> bool:
    """Whether the model line itself only settles the matter with a no in it.

    Then a no in the trainee's line is the right answer and denies nothing.
    """
    text = standard(reference)
    whole, normal = Span(0, len(text)), _normal(wordings)
    return met(text, whole, normal) and not claimed(text, whole, normal, grammar)


def case_findings(
    text: str, *, words: CaseWords, grammar: Grammar, told: Iterable[str], customer: str
) -> CaseFindings:
    """What `text` (normal form, foreign words masked) does to the case.

    `told`: fact keys the customer has already said; `customer`: the customer's lines in normal
    form, joined.
    """
    said = _said_words(text, words)
    asked = _asked(text, words, grammar, said)
    known = set(told)
    fresh = [
        wordings for key, _, _, wordings in words.asked_by if key in asked and key not in known
    ]
    return CaseFindings(
        asked=tuple(asked),
        repeated=tuple(
            key
            for key, _, _, wordings in words.asked_by
            if key in known and key in asked and _asks_again(text, wordings, fresh, grammar)
        ),
        settled=_settled(text, words, grammar, said),
        breached=tuple(
            key
            for key, wordings, unless in words.forbidden
            if not met(text, Span(0, len(text)), unless)
            and any(promised(text, one, wordings, grammar) for one in sentences(text))
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


def _settled(
    text: str, words: CaseWords, grammar: Grammar, said: frozenset[str]
) -> tuple[str, ...]:
    stated = figures(text)
    return tuple(
        key
        for at, (key, says_no, wordings) in enumerate(words.said_by)
        if agree(right := words.figures[at], stated, ("工作日", "小时", "分钟"))
        and (
            _settles(text, wordings, grammar, says_no=says_no)
            or (
                agree(right, stated)
                and (
                    _settles_otherwise(
                        text,
                        groups_of(said, words.said_otherwise[at]),
                        grammar,
                        words.kin[at],
                        says_no=says_no,
                    )
                    or (
                        not (says_no or stated.keys().isdisjoint(words.own_figures[at]))
                        and heard_by_figures(
                            text,
                            words.own_figures[at],
                            words.telling[at],
                            grammar,
                            matter=matter_of(words.scenario),
                        )
                    )
                )
            )
        )
    )


def settled_here(text: str, words: CaseWords, grammar: Grammar) -> frozenset[str]:
    """Sub-goals that `text` (normal form) settles."""
    return frozenset(_settled(text, words, grammar, _said_words(text, words)))


def settled_by_saying_back(text: str, words: CaseWords) -> set[str]:
    """Sub-goals whose matter stands in `text`, which says back what the customer said: to ask
    whether it is right is no denial then."""
    whole, said = Span(0, len(text)), _said_words(text, words)
    return {
        key
        for (key, _, wordings), others in zip(words.said_by, words.said_otherwise, strict=True)
        if key in words.said_back and met(text, whole, (*wordings, *groups_of(said, others)))
    }


def _settles(text: str, wordings: Wordings, grammar: Grammar, *, says_no: bool) -> bool:
    whole = Span(0, len(text))
    if says_no:
        return met(text, whole, wordings)
    return claimed(text, whole, wordings, grammar)


def _settles_otherwise(
    text: str,
    wordings: Iterator[tuple[str, ...]],
    grammar: Grammar,
    kin: frozenset[str],
    *,
    says_no: bool,
) -> bool:
    """Whether other words for the same, beside each other, settle it."""
    pieces = clauses(text)
    neighbours = beside(pieces)
    pairs = kin & set(map("".join, pairwise(text)))
    for group in wordings:
        beyond = sum(not any(pair in word for word in group) for pair in pairs)
        if beyond < _LEAST_KIN + (len(group) == 1):
            continue
        for near in neighbours:
            if grammar.has("asked_of_us", text[near[0].start : near[-1].end]):
                continue
            if says_no:
                if met(text, Span(near[0].start, near[-1].end), (group,)):
                    return True
            elif group_claimed(text, near, group, grammar):
                return True
    return False


def _asked(text: str, words: CaseWords, grammar: Grammar, said: frozenset[str]) -> list[str]:
    asked: list[str] = []
    for (key, value, _, wordings), others in zip(
        words.asked_by, words.asked_otherwise, strict=True
    ):
        if value and value in text:
            continue
        ways = (*wordings, *groups_of(said, others))
        if any(_asks(text, one, ways, grammar) for one in sentences(text)):
            asked.append(key)
    return asked


def _asks(text: str, sentence: Span, wordings: Wordings, grammar: Grammar) -> bool:
    if not met(text, sentence, wordings):
        return False
    said = text[sentence.start : sentence.end]
    return len(said) <= _BARE_ASK or grammar.has("ask", said)


def _asks_again(text: str, wordings: Wordings, fresh: Sequence[Wordings], grammar: Grammar) -> bool:
    """Whether one clause itself asks for it: the words of a fact and a question elsewhere in the
    sentence may be about two things, and who asks in it for something not told yet (`fresh`) may
    name what was told: "楼下的情况请您拍几张照片"."""
    return any(
        met(text, piece, wordings)
        and not any(met(text, piece, one) for one in fresh)
        and grammar.has("ask_again", said)
        and not grammar.has("tag", said)
        and not grammar.has("left_open", said)
        for piece in clauses(text)
        if (said := text[piece.start : piece.end])
    )


def _gives_away(text: str, value: str, wordings: Wordings) -> bool:
    if len(value) >= _LEAST_TELLING and find_word(text, value, Span(0, len(text))):
        return True
    return met(text, Span(0, len(text)), wordings)
