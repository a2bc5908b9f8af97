"""The content library over YAML packs: the shipped ones, then the company's own."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from core.content.pack import SHIPPED, Pack, Placed, read_packs
from core.content.rules import plain_text
from core.content.shape import scenario_of
from core.content.variants import number_of, split, varies
from core.content.versions import base, read_former
from core.domain.persona import Mood, Persona
from core.domain.rubric import Rubric
from core.domain.scenario import Scenario
from core.domain.training import Course
from core.errors import ContentError, NotFound
from core.ports.content import ContentLibrary

log = logging.getLogger(__name__)


class PackLibrary:
    """Checked packs in memory; fulfils `ContentLibrary`."""

    def __init__(self, pack: Pack, former: Mapping[tuple[str, str], Placed]) -> None:
        placed = sorted(pack.scenarios.values(), key=lambda one: (one.order, one.scenario.id))
        self._scenarios: Mapping[str, Placed] = {one.scenario.id: one for one in placed}
        self._offered: dict[str, tuple[Scenario, ...]] = {}
        overridden = {(one.scenario.id, one.scenario.version): one for one in pack.overridden}
        self._former: Mapping[tuple[str, str], Placed] = {**overridden, **former}
        self._drawn: dict[tuple[str, str, int], Scenario] = {}
        self._missed: set[tuple[str, str]] = set()
        self._personas: Mapping[str, Persona] = dict(pack.personas)
        self._moods: Mapping[tuple[str, str], Mood] = dict(pack.moods)
        self._courses = tuple(course for course, _ in pack.courses.values())
        self._rubric = replace(pack.rubric, sheet=pack.sheet)

    @property
    def rubric(self) -> Rubric:
        return self._rubric

    def scenario(self, scenario_id: str, version: str = "") -> Scenario:
        own, number = split(version)
        return self._case(self._placed(scenario_id, own), number)

    def case(self, scenario_id: str, seed: int) -> Scenario:
        return self._case(self._placed(scenario_id, ""), number_of(seed))

    def _case(self, placed: Placed, number: int) -> Scenario:
        """The scenario with the values of case `number`, made once."""
        if not number or not varies(placed.source):
            return placed.scenario
        name = (placed.scenario.id, placed.scenario.version, number)
        if name not in self._drawn:
            self._drawn[name] = scenario_of(placed.source, number)
        return self._drawn[name]

    def _placed(self, scenario_id: str, version: str) -> Placed:
        newest = self._scenarios.get(scenario_id)
        if newest is not None and version in ("", newest.scenario.version):
            return newest
        found = self._former.get((scenario_id, version)) or newest
        if found is None:
            raise NotFound(what="scenario", name=scenario_id)
        if found.scenario.version == version:
            return found
        return self._nearest(found, version)

    def _nearest(self, newest: Placed, version: str) -> Placed:
        """What is nearest to a version that is not kept: the same one with other company values,
        else the newest."""
        scenario = newest.scenario
        alike = [
            one
            for one in (newest, *self._former.values())
            if one.scenario.id == scenario.id and base(one.scenario.version) == base(version)
        ]
        found = next(iter(alike), newest)
        if (scenario.id, version) not in self._missed:
            self._missed.add((scenario.id, version))
            facts = {"scenario": scenario.id, "wanted": version, "taken": found.scenario.version}
            log.warning("a scenario's version is gone", extra=facts)
        return found

    def persona(self, persona_id: str) -> Persona:
        found = self._personas.get(persona_id)
        if found is None:
            raise NotFound(what="persona", name=persona_id)
        return found

    def mood(self, mood_id: str) -> Mood:
        """The mood, Chinese where there is a choice: only `name` differs between languages."""
        same = [mood for mood in self._moods.values() if mood.id == mood_id]
        if same:
            return max(same, key=lambda mood: mood.language == "zh")
        raise NotFound(what="mood", name=mood_id)

    def scenarios(self, language: str) -> Sequence[Scenario]:
        if language not in self._offered:
            every = (one.scenario for one in self._scenarios.values())
            self._offered[language] = tuple(one for one in every if one.language == language)
        return self._offered[language]

    def personas(self, language: str) -> Sequence[Persona]:
        return tuple(one for one in self._personas.values() if one.language == language)

    def moods(self, language: str) -> Sequence[Mood]:
        return tuple(one for one in self._moods.values() if one.language == language)

    def courses(self, language: str) -> Sequence[Course]:
        return tuple(one for one in self._courses if one.language == language)

    def find_scenario(self, words: str, language: str) -> Scenario | None:
        """By id, number from 1, whole title, part of the title; the first in the list wins."""
        wanted = plain_text(words).strip()
        offered = self.scenarios(language)
        if not wanted:
            return None
        if wanted in self._scenarios:
            return self._scenarios[wanted].scenario
        if wanted.isdecimal():
            number = int(wanted)
            return offered[number - 1] if 1 <= number <= len(offered) else None
        titles = [(plain_text(one.title), one) for one in offered]
        same = [one for title, one in titles if title == wanted]
        partly = [one for title, one in titles if wanted in title]
        return next(iter(same + partly), None)


def company_values(*extra: Path) -> dict[str, dict[str, str]]:
    """Language -> name -> value of every `policy.yaml`, those of `extra` folders before the
    shipped ones. Faults of these files are those of `open_library`."""
    pack = Pack()
    for root in (SHIPPED, *extra):
        pack.add_policies(root)
    return pack.policies.spoken()


def open_library(*extra: Path) -> ContentLibrary:
    """The shipped packs, with those of `extra` folders added or put in their place by id.

    Raises ContentError with every fault of every file, each with its line.
    """
    pack = read_packs([SHIPPED, *extra])
    if pack.faults:
        raise ContentError(sorted(pack.faults, key=lambda fault: (fault.file, fault.line)))
    former = read_former(extra)
    for fault in former.faults:
        # What is not offered any more must not keep the rest from being offered.
        log.warning("a former version cannot be read", extra={"fault": str(fault)})
    return PackLibrary(pack, former.scenarios)
