"""A judged dialogue as pages and the API show it: pure functions of stored data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bots.facts import name_of, number
from bots.pictures import said
from bots.pictures.radar import Axis
from bots.pictures.said import Heat
from bots.results import paste_signs, sheet_lines, speed_line, why
from core.catalogue import say
from core.domain.ability import Ability, AbilityLevel
from core.domain.dialogue import Dialogue, Turn
from core.domain.messages import Json
from core.domain.model_verdict import ModelJudgement, ModelVerdict
from core.domain.review import Trust
from core.domain.scorecard import (
    Advice,
    CheckMark,
    CriticalError,
    Debrief,
    HeatStep,
    MarkSource,
    Reason,
    Scorecard,
)
from core.ports.content import ContentLibrary
from core.services import progress
from core.services.judged import title_of
from core.services.transcripts import pasted_json, sheet_json, speed_json


@dataclass(frozen=True, slots=True)
class Judged:
    """A dialogue with everything known about it; without a card it was not judged (yet). `trust`
    is how far each check is trusted today, where people have looked at it."""

    dialogue: Dialogue
    turns: tuple[Turn, ...]
    card: Scorecard | None = None
    debrief: Debrief | None = None
    trust: Mapping[str, Trust] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MarkRow:
    """One mark of the scorecard, in words; `group` is one of GROUPS."""

    check: str
    name: str
    group: str
    mark: str
    verdict: str
    why: str
    turn: int | None
    quote: str


@dataclass(frozen=True, slots=True)
class LevelRow:
    """One ability of the profile; `value` and `reach` are empty while too little is known."""

    name: str
    value: str
    reach: str
    certainty: str
    count: int


GROUPS = ("missed", "partly", "met", "unmarked")
"""How marks are put together, what needs work first."""

_GROUP_OF = {1.0: "met", 0.5: "partly", 0.0: "missed"}


def mark_rows(language: str, card: Scorecard) -> Sequence[MarkRow]:
    """The scorecard's marks in the order of the rubric."""
    return marks_as_rows(language, sorted(card.marks, key=lambda mark: mark.check))


def marks_as_rows(language: str, marks: Sequence[CheckMark]) -> Sequence[MarkRow]:
    """These marks in words, in their order."""
    return [
        MarkRow(
            check=mark.check,
            name=dict(mark.facts).get("name") or name_of(language, "check", mark.check),
            group="unmarked" if mark.mark is None else _GROUP_OF.get(mark.mark, "partly"),
            mark=_figure(mark),
            verdict=_verdict(language, mark),
            why=reason_of(language, mark),
            turn=mark.turn,
            quote=mark.quote,
        )
        for mark in marks
    ]


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One verdict of the judge model as it came: its check, and the answer in words."""

    name: str
    answer: str
    turn: int | None


@dataclass(frozen=True, slots=True)
class ModelView:
    """How far the judge model has come with one dialogue."""

    state: str
    done: int
    expected: int
    rows: tuple[ModelRow, ...]


def model_rows(language: str, judgement: ModelJudgement | None) -> ModelView | None:
    """The model's verdicts as far as they have come; None where no model was asked."""
    if judgement is None:
        return None
    rows = tuple(
        ModelRow(
            name=name_of(language, "critical" if one.check.startswith("K") else "check", one.check),
            answer=_answer(language, one),
            turn=one.turn,
        )
        for one in judgement.verdicts
    )
    return ModelView(judgement.state.value, len(rows), judgement.expected, rows)


def _answer(language: str, verdict: ModelVerdict) -> str:
    if verdict.said is not None:
        family = "model_error" if verdict.check.startswith("K") else "model_said"
        return name_of(language, family, verdict.said.value)
    return name_of(
        language, "model_abstained", verdict.abstained.value if verdict.abstained else ""
    )


def grouped(rows: Sequence[MarkRow]) -> Sequence[tuple[str, Sequence[MarkRow]]]:
    """The marks by GROUPS; groups that hold nothing are left out."""
    found = [(group, [row for row in rows if row.group == group]) for group in GROUPS]
    return [(group, held) for group, held in found if held]


def pinned(rows: Sequence[MarkRow]) -> Mapping[int, Sequence[MarkRow]]:
    """The marks by the turn that shows them."""
    turns: dict[int, list[MarkRow]] = {}
    for row in rows:
        if row.turn is not None:
            turns.setdefault(row.turn, []).append(row)
    return turns


def trust_of(judged: Judged, mark: CheckMark) -> Trust | None:
    """How far the machine is trusted with this mark; None where there is none of its own."""
    if mark.mark is None or mark.source is MarkSource.HUMAN:
        return None
    return judged.trust.get(mark.check, Trust.HUMAN_ONLY)


def trust_line(language: str, judged: Judged) -> str:
    """How many of the machine's marks have shown that they agree with people; "" without any."""
    marks = judged.card.marks if judged.card else ()
    counts = Counter(state.value for mark in marks if (state := trust_of(judged, mark)))
    if not counts:
        return ""
    return say(language, "page.trusted", **{state.value: counts[state.value] for state in Trust})


def sheet_rows(language: str, card: Scorecard) -> Sequence[str]:
    """The company's own view of the card, line by line; nothing where it has no sheet."""
    return sheet_lines(language, sheet_json(card.sheet)) if card.sheet else []


def speed_of(language: str, card: Scorecard) -> str:
    """How soon the case was resolved, in words; "" on cards of before it was kept."""
    return speed_line(language, speed_json(card.speed)) if card.speed else ""


def pasted_rows(language: str, card: Scorecard) -> Sequence[tuple[int, str, str]]:
    """Lines that look pasted: the turn, the words, and what makes them look so."""
    return [
        (one.turn, one.quote, paste_signs(language, [sign.value for sign in one.signs]))
        for one in card.pasted
    ]


def reasons_of(language: str, advice: Advice) -> str:
    """All that is said of a line, in words."""
    reasons = (reason_of(language, one) for one in advice.reasons)
    return say(language, "list.clause").join(reasons)


def reason_of(language: str, evidence: CheckMark | Reason) -> str:
    """Why a mark or an advice was given, in words."""
    facts: dict[str, Json] = dict(evidence.facts)
    return why(language, {"why": evidence.why, "check": evidence.check, "facts": facts})


def axes_of(card: Scorecard) -> Sequence[Axis]:
    """The nine abilities of one talk, for a picture."""
    return [Axis(ability.value, card.ability(ability)) for ability in Ability]


def radar_of(language: str, card: Scorecard) -> str:
    """The nine abilities of this talk as SVG; empty when fewer than three have a value."""
    return said.ability_radar(language, axes_of(card), title="abilities")


def level_radar(language: str, levels: Sequence[AbilityLevel]) -> str:
    """The profile as SVG, with how far each figure reaches; empty when fewer than three abilities
    may be shown."""
    axes = []
    for level in levels:
        found = progress.shown(level)
        reach = (found.value, found.low, found.high) if found else (None, None, None)
        axes.append(Axis(level.ability.value, *reach))
    return said.ability_radar(language, axes, title="profile")


def level_rows(language: str, levels: Sequence[AbilityLevel]) -> Sequence[LevelRow]:
    """The nine abilities in words; below the display gate there is no figure at all."""
    return [_level_row(language, level) for level in levels]


def _level_row(language: str, level: AbilityLevel) -> LevelRow:
    shown = progress.shown(level)
    return LevelRow(
        name=name_of(language, "ability", level.ability),
        value=number(shown.value) if shown else "",
        reach=_reach(language, shown) if shown else "",
        certainty=name_of(language, "certainty", level.certainty.value),
        count=level.count,
    )


def _reach(language: str, shown: progress.Shown) -> str:
    return say(language, "page.reach", low=number(shown.low), high=number(shown.high))


def mood_of(language: str, steps: Sequence[HeatStep]) -> str:
    """The customer's heat (0..10) before the first and after each trainee turn, as SVG."""
    return said.heat(language, *heat_of(steps))


def heat_of(steps: Sequence[HeatStep]) -> tuple[float, Sequence[Heat]]:
    """The heat 0..10 at the start and after each trainee turn, for a picture."""
    opening = 10 * steps[0].heat_before if steps else 0.0
    return opening, [Heat(step.turn, 10 * step.heat_after) for step in steps]


def summary_json(content: ContentLibrary, dialogue: Dialogue, card: Scorecard | None) -> Json:
    """One dialogue in a list."""
    return {
        "id": dialogue.id,
        "scenario": dialogue.scenario_id,
        "title": title_of(content, dialogue),
        "mode": dialogue.mode.value,
        "status": dialogue.status.value,
        "end_reason": dialogue.end_reason.value if dialogue.end_reason else None,
        "started_at": dialogue.started_at.isoformat(),
        "overall": card.overall if card else None,
    }


def judged_json(content: ContentLibrary, language: str, judged: Judged) -> Json:
    """One dialogue with its turns, marks and advice."""
    summary = summary_json(content, judged.dialogue, judged.card)
    turns: list[Json] = [
        {"seq": turn.seq, "speaker": turn.speaker.value, "text": turn.text, "at": turn.at_s}
        for turn in judged.turns
    ]
    scorecard = _card_json(language, judged, judged.card) if judged.card else None
    fixes = judged.debrief.fixes if judged.debrief else ()
    strengths = judged.debrief.strengths if judged.debrief else ()
    return {
        **(summary if isinstance(summary, dict) else {}),
        "turns": turns,
        "scorecard": scorecard,
        "strengths": [_advice_json(language, advice) for advice in strengths],
        "fixes": [_advice_json(language, advice) for advice in fixes],
    }


def _card_json(language: str, judged: Judged, card: Scorecard) -> Json:
    abilities: dict[str, Json] = {ability.value: value for ability, value in card.abilities}
    checks: list[Json] = [
        {
            "id": mark.check,
            "mark": mark.mark,
            "turn": mark.turn,
            "quote": mark.quote,
            "source": mark.source.value,
            "trust": state.value if (state := trust_of(judged, mark)) else None,
            "why": reason_of(language, mark) if mark.why else "",
            "unscored": mark.unscored.value if mark.unscored else None,
        }
        for mark in card.marks
    ]
    return {
        "version": card.version,
        "overall": card.overall,
        "abilities": abilities,
        "checks": checks,
        "critical": [_critical_json(error) for error in card.critical],
        "sheet": sheet_json(card.sheet) if card.sheet else None,
        "speed": speed_json(card.speed) if card.speed else None,
        "pasted": [pasted_json(one) for one in card.pasted],
    }


def _critical_json(error: CriticalError) -> Json:
    return {
        "id": error.id,
        "turn": error.turn,
        "quote": error.quote,
        "confirmed": error.confirmed,
    }


def _advice_json(language: str, advice: Advice) -> Json:
    return {
        "check": advice.check,
        "turn": advice.turn,
        "quote": advice.quote,
        "why": reasons_of(language, advice),
        "better": advice.better,
        "counter": advice.counter,
        "reply": advice.reply,
        "stops": advice.stops,
        "replay_from": advice.replay_from,
        "heat_tenths": advice.heat.tenths if advice.heat else None,
    }


def _figure(mark: CheckMark) -> str:
    return "–" if mark.mark is None else f"{mark.mark:g}"


def _verdict(language: str, mark: CheckMark) -> str:
    if mark.unscored is not None:
        return name_of(language, "unscored", mark.unscored.value)
    if mark.mark is None:
        return say(language, "mark.not_applicable")
    return say(language, f"mark.{_GROUP_OF.get(mark.mark, 'partly')}")
