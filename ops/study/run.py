"""Runs a study: over processes with the embedded customer, over streams with a model."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from functools import cache
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path

from core.content.library import open_library
from core.customer.agenda_engine import AgendaEngine
from core.customer.lexicon import load_lexicon
from core.customer.line_text import line_text
from core.customer.pattern_files import DATA
from core.domain.sieve import TALKS
from core.domain.style import StylePack
from core.ports.customer_engine import CustomerEngine
from core.services.transcripts import scorecard_json
from ops.reading import line_reader
from ops.study.audit import audit
from ops.study.files import DIALOGUES, Rows, StudyFiles, begin, read_rows
from ops.study.grid import Case, Grid
from ops.study.lanes import Lane, in_order, said_by_customer
from ops.study.realism import measure
from ops.study.talks import Stage, Talk

ABUSIVE = 5
"""Severity of a phrase that no simulated customer may say."""

Progress = Callable[[int], None]


def run_embedded(
    grid: Grid,
    folder: Path,
    *,
    content_dirs: Sequence[Path],
    resume: bool,
    progress: Progress,
    style: StylePack | None = None,
    processes: int | None = None,
) -> None:
    """Hold every talk that is still missing. `progress` is told how many are whole.

    A trainee's talks come one after another, as each knows what the last ones said. The same grid
    gives the same files, however many processes hold the talks and however often it was
    interrupted between them.
    """
    whole = begin(folder, grid.plan.plain(), resume=resume)
    progress(len(whole))
    count = processes or os.cpu_count() or 1
    done = len(whole)
    # A fresh interpreter per process: no open file, thread or lock is inherited.
    with (
        closing(StudyFiles(folder)) as files,
        ProcessPoolExecutor(
            count,
            mp_context=get_context("spawn"),
            initializer=_prepare,
            initargs=(content_dirs, style),
        ) as pool,
    ):
        for rows in in_order(
            _lanes(grid, folder, whole), lambda cases, read: pool.submit(_hold_all, cases, read)
        ):
            files.add(rows)
            done += len(rows)
            progress(done)


async def run_with_model(
    grid: Grid,
    folder: Path,
    *,
    stage: Stage,
    resume: bool,
    progress: Progress,
    concurrency: int,
) -> None:
    """The same with `concurrency` talks at a time in this process, for engines that wait."""
    whole = begin(folder, grid.plan.plain(), resume=resume)
    progress(len(whole))
    done = len(whole)
    missing = (case for case in grid.cases() if case.id not in whole)
    with closing(StudyFiles(folder)) as files:
        async for rows in _streams(stage, missing, concurrency):
            files.add([rows])
            done += 1
            progress(done)


async def _streams(stage: Stage, cases: Iterator[Case], concurrency: int) -> AsyncIterator[Rows]:
    busy = {asyncio.create_task(_hold(stage, case)) for case in islice(cases, concurrency)}
    try:
        while busy:
            ready, busy = await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED)
            for task in ready:
                yield task.result()
                busy |= {asyncio.create_task(_hold(stage, case)) for case in islice(cases, 1)}
    finally:
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)


async def _hold(stage: Stage, case: Case) -> Rows:
    return rows_of(stage, await stage.hold(case))


def rows_of(stage: Stage, talk: Talk) -> Rows:
    """The lines of one talk in the three files."""
    scenario = stage.scenario(talk)
    insults = _insults(scenario.language)
    found = audit(talk.turns, scenario)
    grades = measure(talk.turns, scenario=scenario, insults=insults)
    return Rows(
        dialogue=stage.dialogue_json(talk),
        scorecard=scorecard_json(talk.card),
        realism={
            "id": talk.case.id,
            **grades,
            "by": "machine",
            "leaked": list(found.leaked),
            "contradicted": list(found.contradicted),
        },
    )


@cache
def _insults(language: str) -> Callable[[str], bool]:
    lexicon = load_lexicon(language, [DATA / f"phrases.{language}.yaml"])

    def insulting(text: str) -> bool:
        line = line_text(text)
        return any(hit.severity >= ABUSIVE for hit in lexicon.find(line, line.plain))

    return insulting


def _lanes(grid: Grid, folder: Path, whole: Collection[str]) -> list[Lane]:
    """One lane for each trainee, with what customers said to them in talks that are whole."""
    lanes: dict[str, Lane] = {}
    trainees: dict[str, str] = {}
    for case in grid.cases():
        lane = lanes.setdefault(case.trainee, Lane())
        trainees[case.id] = case.trainee
        if case.id not in whole:
            lane.cases.append(case)
    for row in read_rows(folder / DIALOGUES):
        lanes[trainees[str(row["id"])]].read.append(said_by_customer(row))
    return list(lanes.values())


def stage_of(
    content_dirs: Sequence[Path],
    engine: CustomerEngine | None = None,
    style: StylePack | None = None,
) -> Stage:
    """Content, reader, the customer given or else the agenda engine, and the pack it uses."""
    engine = engine or AgendaEngine(style=style)
    return Stage(open_library(*content_dirs), line_reader(), engine, style)


_stage: Stage | None = None


def _prepare(content_dirs: Sequence[Path], style: StylePack | None) -> None:
    """Once per process: reading the content and the patterns takes longer than a talk."""
    global _stage
    _stage = stage_of(content_dirs, style=style)


def _hold_all(cases: Sequence[Case], read: Sequence[Sequence[str]]) -> list[Rows]:
    assert _stage is not None, "the pool prepares its processes"
    stage = _stage
    known = deque(read, maxlen=TALKS)

    async def hold() -> list[Rows]:
        found = []
        for case in cases:
            rows = rows_of(stage, await stage.hold(case, read=[*chain.from_iterable(known)]))
            known.append(said_by_customer(rows.dialogue))
            found.append(rows)
        return found

    return asyncio.run(hold())
