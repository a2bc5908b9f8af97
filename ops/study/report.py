"""The study's report in words and tables: Markdown and one HTML page from the same tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined

from core.catalogue.loader import say
from ops.study.figures import (
    GROUPS,
    PUBLISHED,
    Agreement,
    Estimate,
    Figures,
    SkillRow,
    read_figures,
)
from ops.study.files import DIALOGUES, read_rows
from ops.study.gate import Lines, Verdict, compare, customer_lines, verdicts
from ops.study.grid import Grid
from ops.study.realism import MEASURES, REAL_HUMAN_LIKENESS


@dataclass(frozen=True, slots=True)
class Table:
    """A table of plain text; the first column names the row."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


_HOW: Mapping[str, Mapping[str, object]] = {"human_likeness": {"real": REAL_HUMAN_LIKENESS}}


class Say(Protocol):
    """The study's sentences in one language."""

    def __call__(self, key: str, /, **facts: object) -> str: ...


def write_report(folder: Path, grid: Grid, *, reference: Lines | None = None) -> list[str]:
    """Write `report.md` and `report.html` from the folder's files; the gates that fail.

    With a reference of real customers' lines the report shows how far ours are from them.
    """
    figures = read_figures(folder)
    speak = partial(_say, grid.plan.language)
    tables = _tables(figures, grid, speak)
    found = [] if reference is None else _gates(folder, figures, grid, reference)
    if reference is not None:
        tables[1:1] = [_gate_table(found, speak)]
    facts = {
        "title": speak("title"),
        "summary": _summary(figures, grid, speak),
        "measures": [_measure_bar(name, figures, speak) for name in MEASURES],
        "measures_title": speak("table.main"),
        "levels": [_level(row, speak) for row in figures.skills],
        "levels_title": speak("table.service"),
        "tables": tables,
        "methods": [
            (_name(name, speak), speak(f"how.{name}", **_HOW.get(name, {}))) for name in MEASURES
        ],
        "methods_title": speak("how.title"),
        "notes": [speak("note.stand_in"), speak("note.published"), speak("note.interval")],
        "language": grid.plan.language,
    }
    pages = Environment(
        loader=PackageLoader("ops.study", "templates"),
        autoescape=lambda name: bool(name and "html" in name),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("report.md", "report.html"):
        text = pages.get_template(f"{name}.j2").render(facts)
        (folder / name).write_text(text, encoding="utf-8")
    return [gate.name for gate in found if not gate.holds]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the page: `share` of its length (0..1), `text` beside it."""

    label: str
    share: float
    text: str


@dataclass(frozen=True, slots=True)
class Level:
    """What one level of service does to the customer."""

    name: str
    bars: tuple[Bar, ...]


def _measure_bar(name: str, figures: Figures, speak: Say) -> Bar:
    found = figures.overall[name]
    return Bar(_name(name, speak), found.mean / 10.0 if found.n else 0.0, _with_interval(found))


def _level(row: SkillRow, speak: Say) -> Level:
    heat, score = row.heat_end, row.score
    return Level(
        f"{speak('head.skill')} {row.skill}",
        (
            Bar(speak("head.heat_end"), heat.mean, f"{heat.mean:.2f}"),
            Bar(speak("head.score"), score.mean / 10.0, f"{score.mean:.1f}"),
            Bar(speak("head.solved"), row.solved, f"{row.solved:.0%}"),
        ),
    )


def _gates(folder: Path, figures: Figures, grid: Grid, reference: Lines) -> list[Verdict]:
    simulated = customer_lines(read_rows(folder / DIALOGUES))
    return verdicts(
        compare(simulated, reference),
        engine=grid.plan.engine,
        service_gap=_service_gap(figures),
        faults=figures.leaked + figures.contradicted,
    )


def _gate_table(found: Sequence[Verdict], speak: Say) -> Table:
    return Table(
        speak("table.gate"),
        tuple(speak(f"head.{name}") for name in ("gate", "value", "limit", "holds")),
        tuple(
            (
                speak(f"gate.{gate.name}"),
                f"{gate.value:.3f}",
                f"{gate.limit:.2f}",
                speak("yes" if gate.holds else "no"),
            )
            for gate in found
        ),
    )


def _service_gap(figures: Figures) -> float:
    """Final heat of the lowest skill less that of the highest; 0 where there is one skill."""
    if not figures.skills:
        return 0.0
    return figures.skills[0].heat_end.mean - figures.skills[-1].heat_end.mean


def _say(language: str, key: str, /, **facts: object) -> str:
    return say(language, f"study.{key}", **facts)


def _name(measure: str, speak: Say) -> str:
    return speak(f"measure.{measure}")


def _summary(figures: Figures, grid: Grid, speak: Say) -> list[str]:
    plan = grid.plan
    lines = [
        speak(
            "grid",
            talks=figures.talks,
            wanted=len(grid),
            trainees=plan.trainees,
            scenarios=len(grid.scenarios),
            personas=len(grid.personas),
            repeats=plan.repeats,
            engine=plan.engine,
            seed=plan.seed,
        ),
        speak(
            "facts",
            leaked=figures.leaked,
            contradicted=figures.contradicted,
            messages=figures.messages,
        ),
    ]
    if len(grid.personas) < plan.personas:
        lines.append(speak("fewer_personas", wanted=plan.personas, got=len(grid.personas)))
    if len(grid.scenarios) < plan.scenarios:
        lines.append(speak("fewer_scenarios", wanted=plan.scenarios, got=len(grid.scenarios)))
    if len(figures.skills) > 1:
        low, high = figures.skills[0].skill, figures.skills[-1].skill
        gap = f"{_service_gap(figures):.2f}"
        lines.append(speak("service_gap", gap=gap, low=low, high=high))
    return lines


def _tables(figures: Figures, grid: Grid, speak: Say) -> list[Table]:
    names = {one.id: one.title for one in grid.scenarios}
    names |= {one.id: one.name for one in grid.personas}
    tables = [_main_table(figures, speak)]
    tables += [_group_table(group, figures.groups[group], names, speak) for group in GROUPS]
    tables.append(_skill_table(figures, speak))
    tables.append(
        Table(
            speak("table.ends"),
            (speak("head.end"), speak("head.talks")),
            tuple((end, str(count)) for end, count in sorted(figures.ends.items())),
        )
    )
    if figures.agreement:
        tables.append(_agreement_table(figures.agreement, speak))
    return tables


def _main_table(figures: Figures, speak: Say) -> Table:
    return Table(
        speak("table.main"),
        (speak("head.measure"), speak("head.here"), speak("head.published")),
        tuple(
            (
                _name(name, speak),
                _with_interval(figures.overall[name]),
                " / ".join(f"{value:.1f}" for value in PUBLISHED[name]),
            )
            for name in MEASURES
        ),
    )


def _group_table(
    group: str,
    rows: Mapping[str, Mapping[str, Estimate]],
    names: Mapping[str, str],
    speak: Say,
) -> Table:
    return Table(
        speak(f"table.{group}"),
        (speak(f"head.{group}"), speak("head.talks"), *(_name(name, speak) for name in MEASURES)),
        tuple(
            (
                names.get(key, key),
                str(found[MEASURES[0]].n),
                *(_with_interval(found[name]) for name in MEASURES),
            )
            for key, found in rows.items()
        ),
    )


def _skill_table(figures: Figures, speak: Say) -> Table:
    head = ("skill", "talks", "score", "heat_end", "solved", "given_up", "escalated", "lines")
    return Table(
        speak("table.service"),
        tuple(speak(f"head.{name}") for name in head),
        tuple(
            (
                str(row.skill),
                str(row.heat_end.n),
                _with_interval(row.score),
                _with_interval(row.heat_end),
                *(f"{share:.0%}" for share in (row.solved, row.given_up, row.escalated)),
                f"{row.lines:.1f}",
            )
            for row in figures.skills
        ),
    )


def _agreement_table(agreement: Sequence[Agreement], speak: Say) -> Table:
    head = ("measure", "talks", "people", "machine", "rank_correlation", "within_one")
    return Table(
        speak("table.agreement"),
        tuple(speak(f"head.{name}") for name in head),
        tuple(
            (
                _name(row.measure, speak),
                str(row.n),
                f"{row.people:.1f}",
                f"{row.machine:.1f}",
                "–"
                if row.rank_correlation is None
                else "{:.2f} [{:.2f}, {:.2f}]".format(*row.rank_correlation),
                f"{row.within_one:.0%}",
            )
            for row in agreement
        ),
    )


def _with_interval(found: Estimate) -> str:
    return f"{found.mean:.2f} ± {found.half_width:.2f}" if found.n else "–"
