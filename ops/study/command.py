"""`peilian simulate`: a study with a progress bar, and its report."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from core.catalogue.loader import say
from core.content.library import open_library
from core.domain.style import StylePack
from core.errors import SettingsError
from ops.models import customer_engine, open_customer_model
from ops.settings import Settings
from ops.study.gate import read_reference
from ops.study.grid import Grid, Plan, lay_out
from ops.study.report import write_report
from ops.study.run import run_embedded, run_with_model, stage_of
from ops.study.spot_check import read_sheet, write_sheet
from ops.style import mark_pack, open_style


def simulate(arguments: argparse.Namespace, settings: Settings) -> Sequence[str]:
    """Hold the talks that are missing, or read a filled-in sheet; then write the report.

    Returns what to tell. Ctrl-C ends it between two talks; `--resume` goes on from there.
    """
    style = _style(settings)
    plan = Plan(
        trainees=arguments.trainees,
        scenarios=arguments.scenarios,
        personas=arguments.personas,
        repeats=arguments.repeats,
        industry=arguments.industry,
        language=arguments.lang,
        seed=arguments.seed,
        engine=arguments.engine,
        style=style.digest if style else "",
    )
    folder: Path = arguments.out
    grid = lay_out(plan, open_library(*settings.packs))
    reference = None if arguments.reference is None else read_reference(arguments.reference)
    told = []
    if arguments.spot_check is not None:
        read = read_sheet(folder, arguments.spot_check)
        told.append(say(plan.language, "study.sheet_read", count=read))
    else:
        with _bar(plan.language, len(grid)) as progress:
            if plan.engine == "model":
                asyncio.run(
                    _with_model(
                        grid,
                        settings,
                        folder=folder,
                        resume=arguments.resume,
                        progress=progress,
                        concurrency=arguments.concurrency,
                    )
                )
            else:
                run_embedded(
                    grid,
                    folder,
                    content_dirs=settings.packs,
                    resume=arguments.resume,
                    progress=progress,
                    style=style,
                )
    sheet = write_sheet(folder, seed=plan.seed)
    failed = write_report(folder, grid, reference=reference)
    if failed:
        told.append(say(plan.language, "study.gate_fails"))
    if settings.style is not None and reference is not None:
        mark_pack(settings.style, failed)
    told.append(say(plan.language, "study.done", report=folder / "report.html", sheet=sheet))
    return told


def _style(settings: Settings) -> StylePack | None:
    """The pack that is set; one that failed its gates may be tried again."""
    if settings.style is None:
        return None
    return open_style(settings.style, language=settings.language, trial=True)


async def _with_model(
    grid: Grid,
    settings: Settings,
    *,
    folder: Path,
    resume: bool,
    progress: Callable[[int], None],
    concurrency: int,
) -> None:
    model = open_customer_model(settings)
    if model is None:
        raise SettingsError(["--engine model: PEILIAN_MODEL_URL is missing"])
    try:
        await run_with_model(
            grid,
            folder,
            stage=stage_of(
                settings.packs, customer_engine(settings, model, trial=True), _style(settings)
            ),
            resume=resume,
            progress=progress,
            concurrency=concurrency,
        )
    finally:
        await model.close()


@contextmanager
def _bar(language: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, a line every tenth of the way elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(language, total, console)
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.update(task, completed=done)


def _lines(language: str, total: int, console: Console) -> Callable[[int], None]:
    tenths = [-1]

    def tell(done: int) -> None:
        tenth = 10 * done // total
        if tenth > tenths[0]:
            tenths[0] = tenth
            console.print(say(language, "study.progress", done=done, total=total))

    return tell
