"""A kept dialogue and everything its scorecard is made of: rules, the model's verdicts, rulings.

Whoever judges a dialogue again (the closing form came, the model is done, an appeal was upheld)
goes through here, so that nothing said before is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

from core.domain import micro
from core.domain.appeal import Ruling
from core.domain.dialogue import Dialogue, Speaker, Turn
from core.domain.micro import Moment
from core.domain.model_verdict import ModelVerdict
from core.domain.qa_sheet import QaSheet
from core.domain.review import Origin
from core.domain.rubric import HOUSE_RUBRIC, Rubric
from core.domain.scorecard import Debrief, Scorecard
from core.domain.transcript import Transcript, of_dialogue
from core.errors import NotFound
from core.ports.content import ContentLibrary
from core.ports.line_reader import LineReader
from core.ports.storage import UnitOfWork
from core.services import coaching, judging, progress
from core.services.better_lines import better_lines
from core.services.checks.pasted import COPIED_CHARACTERS
from core.services.qa_sheet import lay

CARDS = 60
"""Scored talks that are looked at for the person's level."""

SHEET_ITEM = "item-"
"""Before the place of an item, in what people marked of the company's sheet."""

COMPARED = 300
"""Earlier practices of the same case in which the trainee's long lines are looked for."""


@dataclass(frozen=True, slots=True)
class Case:
    """One dialogue ready to be judged. `carried` and `level` come from the talks before it;
    `before` are lines the reply answers for without being its own: a slip it is to mend;
    `ruling` is what people have decided so far; `others` are lines of this talk that colleagues
    wrote in the same case before; `points` is what people gave for items of the QA sheet that no
    check stands for, 0..1 by place."""

    dialogue: Dialogue
    transcript: Transcript
    carried: tuple[str, ...] = ()
    level: float | None = None
    verdicts: tuple[ModelVerdict, ...] = ()
    ruling: Ruling = field(default_factory=Ruling)
    rubric: Rubric = HOUSE_RUBRIC
    others: frozenset[str] = frozenset()
    points: Mapping[int, float] = field(default_factory=dict)
    before: tuple[Turn, ...] = ()

    def card(self, reader: LineReader) -> Scorecard:
        """The scorecard with everything in it."""
        card = self._judged(self.transcript, reader)
        if self.before:
            turns = (*self.before, *self.transcript.turns)
            seen = self._judged(replace(self.transcript, turns=turns), reader)
            card = replace(card, abilities=seen.abilities)
        if self.rubric.sheet is not None and self.points:
            card = replace(card, sheet=lay(self.rubric.sheet, card, self.points))
        focus = self.dialogue.focus
        return micro.card_of(card, focus) if focus else card

    def _judged(self, transcript: Transcript, reader: LineReader) -> Scorecard:
        return judging.judge(
            transcript,
            reader=reader,
            carried=self.carried,
            verdicts=self.verdicts,
            ruling=self.ruling,
            rubric=self.rubric,
            others=self.others,
        )

    def machine_card(self, reader: LineReader) -> Scorecard:
        """The same without what people have decided."""
        return self.ruled(Ruling()).card(reader)

    def ruled(self, ruling: Ruling) -> Case:
        """The same with this ruling instead of what people have decided so far."""
        return replace(self, ruling=ruling)

    def debrief(self, card: Scorecard, reader: LineReader) -> Debrief:
        """What the trainee is told about this card."""
        told = coaching.debrief(
            self.transcript, card, level=self.level, reader=reader, rubric=self.rubric
        )
        if self.dialogue.focus is None:
            return told
        return coaching.without_leaks(told, self.transcript, reader=reader)


def read_case(unit: UnitOfWork, dialogue_id: str, content: ContentLibrary) -> Case:
    """Everything the scorecard of this dialogue is made of. Raises NotFound."""
    dialogue = unit.dialogues.get(dialogue_id)
    if dialogue.focus is not None:
        case = micro_case(dialogue, unit.dialogues.turns(dialogue_id), content)
        return case.ruled(ruling_of(unit, dialogue_id))
    transcript = Transcript(
        id=dialogue.id,
        turns=tuple(unit.dialogues.turns(dialogue_id)),
        language=dialogue.language,
        scenario=content.scenario(dialogue.scenario_id, dialogue.versions.scenario),
        end_reason=dialogue.end_reason,
        hints=dialogue.hints,
        wrap_up=dialogue.wrap_up or None,
        timed=True,
    )
    carried, level = _before(unit, dialogue, content)
    rubric = rubric_of(unit, content, dialogue_id)
    judgement = unit.verdicts.judgement(dialogue_id)
    return Case(
        dialogue=dialogue,
        transcript=transcript,
        carried=carried,
        level=level,
        verdicts=judgement.verdicts if judgement else (),
        ruling=ruling_of(unit, dialogue_id),
        rubric=rubric,
        points=given_points(unit, dialogue_id, rubric.sheet),
        others=unit.dialogues.written_before(
            [
                turn.text
                for turn in transcript.trainee_turns
                if len(turn.text.strip()) >= COPIED_CHARACTERS
            ],
            than=dialogue,
            dialogues=COMPARED,
        ),
    )


def rubric_of(unit: UnitOfWork, content: ContentLibrary, dialogue_id: str = "") -> Rubric:
    """What is judged by now: the rubric of the files, with the QA sheet that was taken into use on
    the console in the place of theirs. A dialogue that was judged by a sheet of the console keeps
    that one, whatever is in use by now."""
    kept = unit.scorecards.get(dialogue_id) if dialogue_id else None
    view = kept[0].sheet if kept else None
    own = (unit.qa_sheets.of_version(view.version) if view else None) or unit.qa_sheets.in_use()
    return replace(content.rubric, sheet=own.sheet) if own else content.rubric


def micro_case(dialogue: Dialogue, turns: Sequence[Turn], content: ContentLibrary) -> Case:
    """A micro-drill ready to be judged: the case as far as its one line goes, and what one reply
    can show. NotFound where the case has no such line any more."""
    scenario = content.scenario(dialogue.scenario_id, dialogue.versions.scenario)
    moment = micro.moment(scenario, dialogue.focus) if dialogue.focus else None
    if moment is None:
        raise NotFound(what="moment", name=dialogue.scenario_id)
    return Case(
        dialogue=dialogue,
        transcript=of_dialogue(dialogue, turns, scenario=moment.case),
        rubric=micro.rubric_of(content.rubric, moment.ability),
        before=slip_before(moment, dialogue.language),
    )


def slip_before(moment: Moment, language: str) -> tuple[Turn, ...]:
    """The line of a colleague that the customer of this moment is angry about, if there is one."""
    said = better_lines(language).counter.get(moment.slip, "")
    return (Turn(seq=0, speaker=Speaker.TRAINEE, text=said, at_s=0.0),) if said else ()


def given_points(unit: UnitOfWork, dialogue_id: str, sheet: QaSheet | None) -> dict[int, float]:
    """What people gave for this talk under this sheet, 0..1 by the item's place; the newest counts.
    What was given under another sheet does not."""
    if sheet is None:
        return {}
    return {
        int(one.check.removeprefix(SHEET_ITEM)): one.mark
        for review in unit.audits.reviews_of(dialogue_id)
        if review.origin is Origin.SHEET and review.version == sheet.version
        for one in review.human
        if one.mark is not None
    }


def title_of(content: ContentLibrary, dialogue: Dialogue) -> str:
    """The title of the scenario as it was practised; its id when the pack is gone."""
    return case_title(content, dialogue.scenario_id, dialogue.versions.scenario)


def case_title(content: ContentLibrary, scenario_id: str, version: str = "") -> str:
    """A scenario's title, of today's version unless another is named; its id when the pack is
    gone."""
    try:
        return content.scenario(scenario_id, version).title
    except NotFound:
        return scenario_id


def ruling_of(unit: UnitOfWork, dialogue_id: str) -> Ruling:
    """What people have decided about this dialogue, all appeals together."""
    outcomes = [outcome for _, outcome in unit.appeals.of_dialogue(dialogue_id) if outcome]
    outcomes.sort(key=lambda outcome: outcome.ruled_at)
    return reduce(Ruling.then, (outcome.ruling for outcome in outcomes), Ruling())


def _before(
    unit: UnitOfWork, dialogue: Dialogue, content: ContentLibrary
) -> tuple[tuple[str, ...], float | None]:
    """The checks the person's last debrief asked to mend, and the person's level until then."""

    def logit(scenario_id: str) -> float:
        scenario = content.find_scenario(scenario_id, dialogue.language)
        return scenario.difficulty.logit if scenario else 0.0

    cards = [
        (other, card)
        for other, card in unit.scorecards.of_person(dialogue.person_id, limit=CARDS, whole=False)
        if other.started_at < dialogue.started_at
    ]
    whole = [other for other, _ in cards if other.focus is None]
    last = unit.scorecards.get(whole[0].id) if whole else None
    fixes = last[1].fixes if last else ()
    carried = tuple(one.check for fix in fixes for one in fix.reasons)
    levels = progress.profile(dialogue.person_id, cards, logit)
    return carried, progress.overall_level(levels)
