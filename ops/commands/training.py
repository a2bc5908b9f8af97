"""What trains people, and what the training is made of."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.catalogue import say
from ops.commands.common import (
    EXIT_FAULTS,
    chosen_settings,
    complain,
    migrate_database,
    show,
    with_storage,
)
from ops.settings import set_language

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from core.storage.unit_of_work import SqlTransactions


def practice(arguments: argparse.Namespace) -> int:
    """A practice in this terminal."""
    from ops.practice import Wish, practise_here
    from ops.wiring import build

    settings = chosen_settings(language=arguments.lang, style=arguments.style)
    wish = Wish(
        scenario=arguments.scenario or "",
        persona=arguments.persona or "",
        emotion=arguments.emotion or "",
        seed=arguments.seed,
    )
    migrate_database(settings)
    asyncio.run(practise_here(build(settings), wish))
    return 0


def plan(arguments: argparse.Namespace) -> int:
    """Everybody's next drills."""
    from bots.groups_report import group_lines
    from ops.plans import Source

    settings = chosen_settings()
    migrate_database(settings)
    source = Source(
        database_url=settings.database_url,
        data_dir=settings.data_dir,
        packs=settings.packs,
        timezone=settings.timezone,
        language=settings.language,
    )

    async def work() -> None:
        run = source.open(print)
        try:
            if arguments.refit:
                complain(*group_lines(settings.language, await run.refit(now=datetime.now(UTC))))
            now = datetime.now(UTC)
            count = await run.make(arguments.date, arguments.out, now=now, beside=source)
        finally:
            await run.transactions.close()
        complain(say(settings.language, "plan.done", count=count))

    asyncio.run(work())
    return 0


def exam(arguments: argparse.Namespace) -> int:
    """The pass list of an exam."""
    from zoneinfo import ZoneInfo

    from bots.planning import PlanDesk
    from core.content.library import open_library
    from ops.exams import ExamDesk

    settings = chosen_settings()
    plans = PlanDesk(open_library(*settings.packs), ZoneInfo(settings.timezone))

    def shown(kept: SqlTransactions) -> Awaitable[bool]:
        desk = ExamDesk(kept, plans, settings.language, settings.training_only, print)
        return desk.show(arguments.id, arguments.out, now=datetime.now(UTC))

    return with_storage(settings, shown)


def ability_replay(arguments: argparse.Namespace) -> int:
    """A response log through the ability tracker."""
    from ops.ability import Replay

    language = chosen_settings().language
    tally = Replay(language, complain).run(
        arguments.source, arguments.target, after=arguments.after, folds=arguments.folds
    )
    counts = {"people": tally.judged, "faults": tally.faults, "path": arguments.target}
    complain(say(language, "response_log.done", **counts))
    return EXIT_FAULTS if tally.faults else 0


def simulate(arguments: argparse.Namespace) -> int:
    """The study of simulated talks."""
    from ops.study.command import simulate

    for line in simulate(arguments, chosen_settings(style=arguments.style)):
        print(line)
    return 0


def style_fit(arguments: argparse.Namespace) -> int:
    """Fit the customers' style to real lines."""
    from ops.style import fit_style

    for line in fit_style(arguments.source, arguments.target, language=arguments.lang):
        print(line)
    return 0


def content_check(arguments: argparse.Namespace) -> int:
    """Look for faults in a content pack."""
    from core.content.check import check
    from core.content.pack import pack_files
    from core.content.shape import Kind
    from ops.faults import line

    faults = check(arguments.path)
    language = set_language()
    for fault in faults:
        print(line(language, fault))
    codes = dict.fromkeys(fault.code for fault in faults)
    for code in codes:
        advice = say(language, f"pack_fault.how.{code}")
        complain(say(language, "pack_fault.line", code=code, advice=advice))
    if not faults:
        counts = Counter(kind for _, kind in pack_files(arguments.path))
        listed = say(language, "pack_fault.and").join(
            say(language, f"pack_fault.kind.{kind}", count=counts[kind])
            for kind in Kind
            if counts[kind]
        )
        complain(say(language, "pack_fault.none", files=listed))
    return EXIT_FAULTS if faults else 0


def content_new(arguments: argparse.Namespace) -> int:
    """Write a case with the author."""
    from bots.console.terminal import EditedLines, Lines
    from ops.authoring import Author, StandardLines
    from ops.models import open_customer_model

    settings = chosen_settings(language=arguments.lang)

    async def work() -> bool:
        model = open_customer_model(settings)
        live = sys.stdin.isatty() and sys.stdout.isatty()
        prompt = say(settings.language, "authoring.prompt")
        lines: Lines = EditedLines(prompt) if live else StandardLines()
        out = arguments.out or settings.content_dir or settings.data_dir / "content"
        author = Author(out, settings.language, lines, show, yes=arguments.yes, model=model)
        try:
            return await author.work(arguments.source)
        finally:
            if model is not None:
                await model.close()

    return 0 if asyncio.run(work()) else EXIT_FAULTS
