"""What pages and the API read from the store, each in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bots.planning import PlanDesk
from bots.web.deps import WebDeps, address_of
from bots.web.views import Judged
from core.domain.ability import AbilityLevel
from core.domain.appeal import AppealOutcome
from core.domain.dialogue import Dialogue, Status
from core.domain.model_verdict import ModelJudgement
from core.domain.people import Person
from core.domain.remark import Remark
from core.domain.review import Look, ShownWhy, Trust
from core.domain.scorecard import Scorecard
from core.domain.training import Drill, TrainingPlan
from core.errors import NotFound
from core.ports.storage import UnitOfWork
from core.services import progress
from core.services.auditing import ASKED

HISTORY = 50
LOOKS = 200
PROFILE = 200
"""How many scored dialogues stand behind a profile."""

OPEN = (Status.RUNNING, Status.PAUSED, Status.PARKED)


@dataclass(frozen=True, slots=True)
class Practised:
    """One past dialogue and its card, if there is one."""

    dialogue: Dialogue
    card: Scorecard | None


@dataclass(frozen=True, slots=True)
class Start:
    """Where a person may begin: the open dialogue if there is one, what is recommended, and
    the best score so far by scenario id."""

    dialogue: Dialogue | None
    suggestion: Drill | None
    best: dict[str, float]


async def start(deps: WebDeps, person: Person) -> Start:
    """What the start page needs."""

    desk = PlanDesk(deps.content, deps.zone)

    def work(
        unit: UnitOfWork,
    ) -> tuple[Dialogue | None, Sequence[tuple[Dialogue, Scorecard]], TrainingPlan]:
        open_id = unit.conversations.at(address_of(person)).dialogue_id
        dialogue = unit.dialogues.get(open_id) if open_id else None
        scored = unit.scorecards.of_person(person.id, limit=HISTORY)
        return dialogue, scored, desk.plan(unit, person, deps.clock.now())

    dialogue, scored, plan = await deps.transactions.read(work)
    best: dict[str, float] = {}
    for past, card in scored:
        if card.overall is not None:
            best[past.scenario_id] = max(card.overall, best.get(past.scenario_id, 0.0))
    return Start(
        dialogue=dialogue if dialogue and dialogue.status in OPEN else None,
        suggestion=next((drill for drill in plan.drills if not drill.exam), None),
        best=best,
    )


async def levels(deps: WebDeps, person: Person) -> Sequence[AbilityLevel]:
    """The person's nine abilities as they stand now."""
    return levels_of(deps, person, await cards(deps, person))


async def cards(deps: WebDeps, person: Person) -> Sequence[tuple[Dialogue, Scorecard]]:
    """The scored practices behind the person's profile, newest first."""
    return await deps.transactions.read(
        lambda unit: unit.scorecards.of_person(person.id, limit=PROFILE, whole=False)
    )


def levels_of(
    deps: WebDeps, person: Person, cards: Sequence[tuple[Dialogue, Scorecard]]
) -> Sequence[AbilityLevel]:
    """The nine abilities after these practices."""
    return progress.profile(
        person.id,
        cards,
        lambda scenario_id: progress.logit_of(deps.content, scenario_id),
        now=deps.clock.now(),
    ).levels


async def practised(deps: WebDeps, person: Person) -> Sequence[Practised]:
    """The person's dialogues, newest first."""

    def work(unit: UnitOfWork) -> Sequence[Practised]:
        dialogues = unit.dialogues.recent(person.id, limit=HISTORY)
        cards = {
            dialogue.id: card
            for dialogue, card in unit.scorecards.of_person(person.id, limit=HISTORY)
        }
        return [Practised(dialogue, cards.get(dialogue.id)) for dialogue in dialogues]

    return await deps.transactions.read(work)


def scores(held: Sequence[Practised]) -> Sequence[float | None]:
    """The scores of judged practices, oldest first; `held` newest first."""
    return [one.card.overall for one in reversed(held) if one.card]


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of a practice beside its card: may others read it and who has, what was
    appealed against, and how far a judge model has come (its verdicts that are answers first)."""

    why: tuple[ShownWhy, ...]
    looks: tuple[tuple[Look, str], ...]
    appeals: tuple[tuple[Remark, AppealOutcome | None], ...]
    judgement: ModelJudgement | None


async def standing(deps: WebDeps, person: Person, dialogue_id: str) -> Standing:
    """The standing of one of the person's own dialogues. NotFound for somebody else's."""

    def work(unit: UnitOfWork) -> Standing:
        if unit.dialogues.get(dialogue_id).person_id != person.id:
            raise NotFound(what="dialogue", name=dialogue_id)
        looks = unit.looks.of_dialogue(dialogue_id, limit=LOOKS)
        names = {one.id: one.name for one in unit.people.everyone(also_gone=True)} if looks else {}
        return Standing(
            why=tuple(unit.shares.why_shown(dialogue_id)),
            # Newest first: of each reader the last look is shown.
            looks=tuple(
                (look, names.get(viewer, viewer))
                for viewer, look in {look.viewer_id: look for look in reversed(looks)}.items()
            ),
            appeals=tuple(unit.appeals.of_dialogue(dialogue_id)),
            judgement=unit.verdicts.judgement(dialogue_id),
        )

    return await deps.transactions.read(work)


async def share(deps: WebDeps, person: Person, dialogue_id: str, *, shown: bool) -> None:
    """Let those who watch over the person read this practice, or no longer. NotFound for one
    that is not the person's own or is still going on."""
    now = deps.clock.now()

    def work(unit: UnitOfWork) -> None:
        dialogue = unit.dialogues.get(dialogue_id)
        if dialogue.person_id != person.id or dialogue.status is not Status.ENDED:
            raise NotFound(what="dialogue", name=dialogue_id)
        if shown:
            unit.shares.add(dialogue_id, now=now)
        else:
            unit.shares.drop(dialogue_id)

    await deps.transactions.write(work)


async def is_talking(deps: WebDeps, person: Person) -> bool:
    """Whether a talk of the person is open, which another one would take the place of."""

    def work(unit: UnitOfWork) -> bool:
        open_id = unit.conversations.at(address_of(person)).dialogue_id
        return open_id is not None and unit.dialogues.get(open_id).status in OPEN

    return await deps.transactions.read(work)


def trusts_in(unit: UnitOfWork) -> dict[str, Trust]:
    """How far each check is trusted that people have looked at."""
    return {state.check: state.trust for state in unit.audits.trusts()}


def unproven_in(unit: UnitOfWork) -> int:
    """How many of the checks people are asked about the machine may not mark alone."""
    trusted = trusts_in(unit)
    return sum(trusted.get(check) is not Trust.AUTOMATIC for check in ASKED)


async def judged(deps: WebDeps, person: Person, dialogue_id: str) -> tuple[Judged, bool]:
    """One of the person's own dialogues, and whether it is the newest.

    Somebody else's dialogue is NotFound like one that does not exist: ids tell nothing.
    """

    def work(unit: UnitOfWork) -> tuple[Judged, bool]:
        dialogue = unit.dialogues.get(dialogue_id)
        if dialogue.person_id != person.id:
            raise NotFound(what="dialogue", name=dialogue_id)
        kept = unit.scorecards.get(dialogue_id)
        card, debrief = kept if kept else (None, None)
        newest = unit.dialogues.recent(person.id, limit=1, whole=False)
        is_newest = bool(newest) and newest[0].id == dialogue_id
        turns = tuple(unit.dialogues.turns(dialogue_id))
        return Judged(dialogue, turns, card, debrief, trusts_in(unit)), is_newest

    return await deps.transactions.read(work)
