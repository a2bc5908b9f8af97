"""All files of one or several pack folders, checked together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from core.content.judged import RUBRIC_FILE, SHEET_FILE, read_rubric, read_sheet
from core.content.policy import FILE_NAME, Policies
from core.content.reasons import Why
from core.content.rules import scenario_faults
from core.content.shape import (
    Kind,
    course_of,
    moods_of,
    order_of,
    personas_of,
    scenario_of,
    shape_faults,
)
from core.content.source import Place, Source, read_source
from core.content.variants import each_row
from core.domain.persona import Mood, Persona
from core.domain.qa_sheet import QaSheet
from core.domain.rubric import HOUSE_RUBRIC, Rubric
from core.domain.scenario import Scenario
from core.domain.training import Course
from core.errors import ContentFault

SHIPPED = Path(__file__).parent / "packs"


@dataclass(frozen=True, slots=True)
class Placed:
    """A scenario with the file it was read from and its place in the list."""

    scenario: Scenario
    source: Source
    order: int


@dataclass(slots=True)
class Pack:
    """What the folders hold so far; a later folder overrides an earlier one by id."""

    scenarios: dict[str, Placed] = field(default_factory=dict)
    personas: dict[str, Persona] = field(default_factory=dict)
    moods: dict[tuple[str, str], Mood] = field(default_factory=dict)
    courses: dict[str, tuple[Course, Source]] = field(default_factory=dict)
    overridden: list[Placed] = field(default_factory=list)
    policies: Policies = field(default_factory=Policies)
    rubric: Rubric = HOUSE_RUBRIC
    sheet: QaSheet | None = None
    faults: list[ContentFault] = field(default_factory=list)

    def add(self, root: Path) -> None:
        """Read a folder of the layout `<language>/scenarios/*.yaml`, or one file of it."""
        fresh: dict[tuple[Kind, str, str], str] = {}
        files = list(pack_files(root))
        if not files:
            self.faults.append(ContentFault(str(root), 1, Why("empty.pack")))
        for path, kind in files:
            if kind is Kind.POLICY:
                continue
            source, faults = _read(path, kind)
            if kind in (Kind.RUBRIC, Kind.QA_SHEET):
                self.faults.extend(
                    self._add_rules(source, kind) if source and not faults else faults
                )
                continue
            self.faults.extend(faults)
            if source is None or faults:
                continue
            if kind is Kind.SCENARIO:
                source, faults = self.policies.fill(source)
                self.faults.extend(faults)
            if not faults:
                self._keep(source, kind, fresh)

    def _add_rules(self, source: Source, kind: Kind) -> list[ContentFault]:
        """Take over a company's rubric or QA sheet; what is wrong with it beyond its shape."""
        if kind is Kind.RUBRIC:
            self.rubric, faults = read_rubric(source)
        else:
            self.sheet, faults = read_sheet(source)
        return faults

    def add_policies(self, root: Path) -> None:
        """Read the values of a folder, or those that stand beside one scenario file."""
        files = [path for path, kind in pack_files(root) if kind is Kind.POLICY]
        beside = root.parent.parent / FILE_NAME
        if root.is_file() and not files and beside.is_file():
            files = [beside]
        for path in files:
            source, faults = _read(path, Kind.POLICY)
            if source is not None and not faults:
                faults = self.policies.read(source)
            self.faults.extend(faults)

    def check_scenarios(self, *, every_row: bool) -> None:
        """Add what is wrong inside the scenarios, once everything they may name is read.

        `every_row`: shipped ones too with every row of what varies; a company's own always are.
        """
        for placed in self.scenarios.values():
            source = placed.source
            faults = self._scenario_faults(placed.scenario, source)
            own = not Path(source.file).is_relative_to(SHIPPED)
            if not faults and (own or every_row):
                faults = [
                    replace(fault, reason=fault.reason.in_rows(rows))
                    for rows, case in each_row(source)
                    for fault in shape_faults(case, Kind.SCENARIO)
                    or self._scenario_faults(scenario_of(case), source)
                    if isinstance(fault.reason, Why)
                ]
            self.faults.extend(faults)

    def _scenario_faults(self, scenario: Scenario, source: Source) -> list[ContentFault]:
        language = scenario.language
        personas = {key for key, one in self.personas.items() if one.language == language}
        moods = {key for spoken, key in self.moods if spoken == language}
        return scenario_faults(scenario, source, personas=personas, moods=moods)

    def check_courses(self) -> None:
        """Add the drills of courses that name no scenario of their language."""
        for course, source in self.courses.values():
            for i, step in enumerate(course.steps):
                placed = self.scenarios.get(step.ref) if step.kind == "drill" else None
                known = placed is not None and placed.scenario.language == course.language
                if step.kind == "drill" and not known:
                    reason = Why(
                        "unknown_name.scenario", name=repr(step.ref), language=course.language
                    )
                    self.faults.append(source.fault(("steps", i, "ref"), reason))

    def _keep(self, source: Source, kind: Kind, fresh: dict[tuple[Kind, str, str], str]) -> None:
        if kind is Kind.SCENARIO:
            scenario = scenario_of(source)
            if self._is_new(source, ("id",), (kind, scenario.language, scenario.id), fresh):
                if scenario.id in self.scenarios:
                    self.overridden.append(self.scenarios[scenario.id])
                self.scenarios[scenario.id] = Placed(scenario, source, order_of(source))
        elif kind is Kind.COURSE:
            self._keep_course(source, fresh)
        elif kind is Kind.PERSONAS:
            for i, persona in enumerate(personas_of(source)):
                if self._is_new(
                    source, ("personas", i, "id"), (kind, persona.language, persona.id), fresh
                ):
                    self.personas[persona.id] = persona
        else:
            for i, mood in enumerate(moods_of(source)):
                if self._is_new(source, ("moods", i, "id"), (kind, mood.language, mood.id), fresh):
                    self.moods[mood.language, mood.id] = mood

    def _keep_course(self, source: Source, fresh: dict[tuple[Kind, str, str], str]) -> None:
        course = course_of(source)
        if self._is_new(source, ("id",), (Kind.COURSE, course.language, course.id), fresh):
            self.courses[course.id] = (course, source)

    def _is_new(
        self,
        source: Source,
        place: Place,
        name: tuple[Kind, str, str],
        fresh: dict[tuple[Kind, str, str], str],
    ) -> bool:
        kind, language, key = name
        if name in fresh:
            self.faults.append(
                source.fault(
                    place, Why("id_twice.file", kind=kind, name=repr(key), file=fresh[name])
                )
            )
            return False
        fresh[name] = source.file
        taken = self._language_of(kind, key)
        if taken not in ("", language):
            reason = Why("id_taken", kind=kind, name=repr(key), language=taken)
            self.faults.append(source.fault(place, reason))
            return False
        return True

    def _language_of(self, kind: Kind, key: str) -> str:
        # Moods keep one id in all languages: a scenario names them, and the numbers are the same.
        if kind is Kind.SCENARIO and key in self.scenarios:
            return self.scenarios[key].scenario.language
        if kind is Kind.PERSONAS and key in self.personas:
            return self.personas[key].language
        if kind is Kind.COURSE and key in self.courses:
            return self.courses[key][0].language
        return ""


def read_packs(roots: Sequence[Path], *, every_row: bool = False) -> Pack:
    """All folders in their order, every fault of all of them in `faults`; `every_row` looks at
    all rows of the shipped scenarios that vary, too."""
    pack = Pack()
    for root in roots:
        pack.add_policies(root)
    for root in roots:
        pack.add(root)
    pack.check_scenarios(every_row=every_row)
    pack.check_courses()
    if not pack.faults:  # a scenario that cannot be read says nothing
        pack.faults.extend(pack.policies.unused())
    return pack


def _read(path: Path, kind: Kind) -> tuple[Source | None, Sequence[ContentFault]]:
    return _read_shipped(path, kind) if path.is_relative_to(SHIPPED) else _read_file(path, kind)


def _read_file(path: Path, kind: Kind) -> tuple[Source | None, Sequence[ContentFault]]:
    """The file with every fault of its notation, or else of its shape."""
    source, faults = read_source(path)
    return source, tuple(faults if source is None else shape_faults(source, kind))


_read_shipped = cache(_read_file)
"""Shipped files stay as they are while a process lives; a check of another pack needs them all."""


def pack_files(root: Path) -> Iterable[tuple[Path, Kind]]:
    """The files of a pack folder that are read, each with what it holds."""
    candidates = [root] if root.is_file() else sorted(root.rglob("*.yaml"))
    for path in candidates:
        kind = _kind(path)
        if kind is not None:
            yield path, kind
        elif path == root:
            yield path, Kind.SCENARIO


def _kind(path: Path) -> Kind | None:
    if path.name == "personas.yaml":
        return Kind.PERSONAS
    if path.name == "moods.yaml":
        return Kind.MOODS
    if path.name == FILE_NAME:
        return Kind.POLICY
    if path.name in (RUBRIC_FILE, SHEET_FILE):
        return Kind.RUBRIC if path.name == RUBRIC_FILE else Kind.QA_SHEET
    folders = {"scenarios": Kind.SCENARIO, "courses": Kind.COURSE}
    return folders.get(path.parent.name)
