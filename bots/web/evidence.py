"""What the figures show beyond single scores: does practice transfer, are groups scored alike, and
which queue suits whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from aiohttp import web

from bots.facts import joined, name_of
from bots.groups_report import case_lines, group_lines, version_lines
from bots.web.deps import DEPS, WebDeps
from bots.web.frame import WATCHERS
from bots.web.guard import Visitor, signed_in
from bots.web.render import page
from bots.web.watching import console_frame
from core.domain.ability import TRACKER_VERSION, Ability, AbilityProfile, Certainty, shown
from core.domain.people import Person, Role
from core.errors import NotAllowed
from core.ports.figures import ScoreSum
from core.ports.storage import UnitOfWork
from core.services.auditing import watches
from training_plans import groups
from training_plans.bias import Gap, Scored, gaps
from training_plans.groups import Learned
from training_plans.queues import Fit, best_fit
from training_plans.transfer import Transfer, transfer

_EPOCH = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the page shows. `fits`: (person, queue that suits them)."""

    moved: Transfer
    gaps: tuple[Gap, ...]
    fits: tuple[tuple[Person, Fit], ...]
    alike: Learned


async def evidence_page(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/evidence"""
    if visitor.person.role not in WATCHERS:
        raise NotAllowed("evidence")
    found = await read_evidence(request.app[DEPS], visitor.person)
    language = visitor.language

    def abilities(because: Sequence[Ability]) -> str:
        return joined(language, [name_of(language, "ability", one) for one in because])

    deps = request.app[DEPS]
    titles = {one.id: one.title for one in deps.content.scenarios(language)}
    facts = {
        **await console_frame(request, visitor),
        "found": found,
        "version": TRACKER_VERSION,
        "abilities": abilities,
        "groups": group_lines(language, found.alike),
        "versions": version_lines(language, found.alike),
        "cases": case_lines(language, found.alike.cases, lambda name: titles.get(name, name)),
    }
    return page("evidence.html", language=language, facts=facts)


async def read_evidence(deps: WebDeps, viewer: Person) -> Evidence:
    """Over the trainees the viewer watches over."""

    def work(unit: UnitOfWork) -> Evidence:
        seen = [
            one
            for one in unit.people.everyone()
            if one.role is Role.TRAINEE and watches(viewer, one)
        ]
        known = {person.id: person for person in seen}
        sums = unit.figures.sums(list(known))
        starts: dict[str, date] = {}
        for one in sums:
            began = one.began_at.astimezone(deps.zone).date()
            starts[one.person_id] = min(began, starts.get(one.person_id, began))
        records, now = deps.records.of(unit, list(known)), deps.clock.now()
        fits = [
            (person, fit)
            for person in seen
            if (record := records.get(person.id))
            and (fit := best_fit(_levels(record.profile(now)), deps.queues))
        ]
        results = [row for row in unit.results.since(_EPOCH) if row.person_id in known]
        metrics = [named.metric for named in deps.metrics.values()]
        alike = groups.read(unit.fitted.get(groups.NAME))
        moved = transfer(results, metrics, starts, chance=Random(0))
        practices = [_scored(known[one.person_id], one) for one in sums]
        return Evidence(moved, gaps(practices), tuple(fits), alike)

    return await deps.transactions.read(work)


def _scored(person: Person, one: ScoreSum) -> Scored:
    """The person's scores with the groups that a judge must not tell apart."""
    apart = {"team": person.team, "channel": one.channel.value, "language": one.language}
    return Scored(apart, one.scored, one.total, one.squares)


def _levels(profile: AbilityProfile) -> dict[Ability, float]:
    """Levels 0..10 of the abilities that ten drills stand behind."""
    usable = [level for level in profile.levels if level.certainty is Certainty.USABLE]
    return {level.ability: found.value for level in usable if (found := shown(level)) is not None}


def routes() -> list[web.AbstractRouteDef]:
    """The page's route."""
    return [web.get("/console/evidence", signed_in(evidence_page))]
