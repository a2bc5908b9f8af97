"""A finished talk and the rubric -> a scorecard. The same talk, with the same verdicts of a judge
model if there is one, scores the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from core.domain.ability import Ability
from core.domain.appeal import Ruling
from core.domain.model_verdict import ModelVerdict
from core.domain.rubric import (
    CHECKS,
    CRITICAL,
    HINT_DISCOUNT,
    HOUSE_RUBRIC,
    LIMITS,
    MOST_DISCOUNT,
    CriticalKind,
    Rubric,
)
from core.domain.scorecard import (
    CheckMark,
    CriticalError,
    Outcome,
    Scorecard,
    UnscoredReason,
)
from core.domain.transcript import Transcript
from core.ports.line_reader import LineReader
from core.services.checks import close, commit, diagnose, emotion, opening, pace, solve
from core.services.checks.critical import critical_errors
from core.services.checks.measures import (
    measures,
    outcome,
    outcome_score,
    phrase_score,
    speed,
)
from core.services.checks.pasted import pasted
from core.services.checks.prepare import prepare
from core.services.checks.talk import Talk, unscored
from core.services.checks.team import team_mark
from core.services.model_marks import agreed, with_model
from core.services.qa_sheet import lay

RULES: tuple[Callable[[Talk], CheckMark], ...] = (
    opening.greets,
    opening.offers_help,
    opening.verifies_first,
    diagnose.lets_finish,
    diagnose.asks_openly,
    diagnose.gets_slots,
    diagnose.never_asks_twice,
    diagnose.restates,
    emotion.acknowledges,
    emotion.is_specific,
    emotion.apologises_fully,
    emotion.moves_on,
    solve.is_correct,
    solve.keeps_policy,
    solve.refuses_well,
    solve.orders_steps,
    solve.is_concrete,
    commit.names_owner_and_time,
    commit.announces_waiting,
    commit.leaves_nothing_open,
    close.confirms,
    close.asks_for_more,
    close.says_farewell,
    close.fills_the_form,
    pace.answers_soon,
    pace.never_leaves_waiting,
)
_QUALITIES = tuple(ability for ability in Ability if ability.value.startswith("Q"))
_SKILLS = tuple(ability for ability in Ability if ability.value.startswith("A"))


def judge(
    transcript: Transcript,
    *,
    reader: LineReader,
    carried: Sequence[str] = (),
    verdicts: Sequence[ModelVerdict] = (),
    ruling: Ruling | None = None,
    rubric: Rubric = HOUSE_RUBRIC,
    others: Collection[str] = (),
) -> Scorecard:
    """The scorecard of a talk (coaching notes, §3).

    Readings kept with the turns are used as they are; other trainee turns are read by `reader`.
    `carried`: checks the person's last debrief asked to mend. `verdicts` are a judge model's;
    `ruling` is a person's and comes last. Both replace marks before anything is added up.
    `rubric` brings a team's own checks and weights, and its QA sheet. `others` are lines that
    colleagues wrote in this case before.
    """
    talk = prepare(transcript, reader=reader)
    discount = hint_discount(transcript.hints)
    if not talk.lines:
        return _empty(talk, discount, rubric)
    ruling = ruling or Ruling()
    marks = {mark.check: mark for mark in rule_marks(talk, rubric)}
    critical = critical_errors(talk)
    if verdicts:
        marks = with_model(marks, verdicts, talk)
        critical = agreed(critical, verdicts, talk)
    marks.update({mark.check: mark for mark in ruling.marks if mark.check in marks})
    critical = _ruled(critical, ruling)
    values: dict[str, float | None] = {check: mark.mark for check, mark in marks.items()}
    values.update(measures(talk, marks, carried=carried))
    kinds = critical_kinds(critical)
    abilities = {
        ability: ability_score(ability, values, kinds, weights=rubric.weights[ability])
        for ability in Ability
    }
    result = outcome(talk)
    card = Scorecard(
        dialogue_id=transcript.id,
        version=card_version(rubric, verdicts),
        overall=overall_score(abilities, outcome_score(talk, result), kinds),
        abilities=tuple((ability, _rounded(score)) for ability, score in abilities.items()),
        marks=tuple(marks.values()),
        critical=critical,
        outcome=result,
        phrase_score=round(phrase_score(talk), 2),
        hint_discount=discount,
        speed=speed(talk, result),
        pasted=pasted(talk, others=others),
    )
    return replace(card, sheet=lay(rubric.sheet, card)) if rubric.sheet else card


def rule_marks(talk: Talk, rubric: Rubric) -> Iterator[CheckMark]:
    """The rules' marks one by one, in the order of the card; the talk has lines."""
    yield from (rule(talk) for rule in RULES)
    yield from (team_mark(check, talk) for check in rubric.checks)


def critical_kinds(errors: Sequence[CriticalError]) -> set[CriticalKind]:
    """Whom the confirmed errors of a talk harm. The three accuracies of a set of talks are the
    shares without each kind."""
    return {CRITICAL[error.id] for error in errors if error.confirmed and error.id in CRITICAL}


def ability_score(
    ability: Ability,
    values: Mapping[str, float | None],
    kinds: set[CriticalKind],
    *,
    weights: Mapping[str, float],
) -> float | None:
    """10 sum(w x) / sum(w applicable); None below 40 % applicable weight; then the caps."""
    known = {key: value for key in weights if (value := values.get(key)) is not None}
    applicable = sum(weights[key] for key in known)
    if CriticalKind.COMPLIANCE in kinds and ability is Ability.INTEGRITY:
        return 0.0
    if not applicable or applicable < LIMITS.enough_weight * sum(weights.values()):
        return None
    score = 10 * sum(weights[key] * value for key, value in known.items()) / applicable
    capped = bool(kinds & {CriticalKind.CUSTOMER, CriticalKind.BUSINESS})
    if capped and ability in (Ability.SOLVING, Ability.CLOSURE):
        return min(score, LIMITS.other_ability_cap)
    return score


def overall_score(
    abilities: Mapping[Ability, float | None],
    result: float | None,
    kinds: set[CriticalKind],
) -> float | None:
    """.45 mean(A) + .40 mean(Q) + .15 outcome, then the caps.

    None when no skill or no quality could be scored. An unknown outcome leaves the other two
    to share its weight.
    """
    skills = _mean_of(abilities, _SKILLS)
    qualities = _mean_of(abilities, _QUALITIES)
    if skills is None or qualities is None:
        return None
    parts = [(0.45, skills), (0.40, qualities)]
    if result is not None:
        parts.append((0.15, result))
    score = sum(weight * value for weight, value in parts) / sum(weight for weight, _ in parts)
    if CriticalKind.COMPLIANCE in kinds:
        score = min(score, LIMITS.compliance_cap)
    if kinds - {CriticalKind.COMPLIANCE}:
        score = min(score, LIMITS.other_cap)
    return round(score, 2)


def card_version(rubric: Rubric, verdicts: Sequence[ModelVerdict]) -> str:
    """The rubric's version, with the digest of the model's prompt, schema and name behind it."""
    digests = sorted({verdict.version for verdict in verdicts if verdict.said is not None})
    return "+".join((rubric.version, *digests))


def hint_discount(hints: Sequence[int]) -> float:
    """What the help taken costs, as a share of the drill's result."""
    return round(min(MOST_DISCOUNT, sum((HINT_DISCOUNT.get(size, 0.0) for size in hints), 0.0)), 2)


def _ruled(errors: tuple[CriticalError, ...], ruling: Ruling) -> tuple[CriticalError, ...]:
    known = {(error.id, error.turn) for error in errors}
    added = (error for error in ruling.added if (error.id, error.turn) not in known)
    return tuple(
        replace(error, confirmed=True) if (error.id, error.turn) in ruling.confirmed else error
        for error in (*errors, *added)
        if (error.id, error.turn) not in ruling.dismissed
    )


def _empty(talk: Talk, discount: float, rubric: Rubric) -> Scorecard:
    return Scorecard(
        dialogue_id=talk.transcript.id,
        version=rubric.version,
        overall=None,
        abilities=tuple((ability, None) for ability in Ability),
        marks=tuple(unscored(check.id, UnscoredReason.TOO_SHORT) for check in CHECKS),
        critical=(),
        outcome=Outcome(solved=False, heat_end=None, overrun=0.0, trainee_turns=0, seconds=None),
        phrase_score=10.0,
        hint_discount=discount,
    )


def _mean_of(
    abilities: Mapping[Ability, float | None], wanted: tuple[Ability, ...]
) -> float | None:
    known = [score for ability in wanted if (score := abilities[ability]) is not None]
    return sum(known) / len(known) if known else None


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 2)
