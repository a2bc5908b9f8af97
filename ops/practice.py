"""`peilian practice`: one house, one terminal, no server."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping

from rich.console import Console as Screen

from bots.console.talk import Console
from bots.console.terminal import EditedLines, Lines, PipedLines, practise
from core.catalogue import say
from ops.wiring import House


async def practise_here(house: House, *, scenario: str, options: Mapping[str, str]) -> None:
    """Practise until the input ends; the house is closed afterwards."""
    language = house.settings.language

    async def work() -> None:
        await house.worker.drain()
        while await house.jobs.drain_once():
            pass

    console = Console(
        transactions=house.transactions,
        clock=house.clock,
        keep=house.intake.keep,
        work=work,
        person=getpass.getuser(),
    )
    chosen = " ".join(f"{key}={value}" for key, value in options.items() if value)
    first = f"{say(language, 'console.practice_word')} {scenario} {chosen}".strip()
    lines: Lines = (
        EditedLines(say(language, "console.prompt")) if sys.stdin.isatty() else PipedLines()
    )
    try:
        await practise(console, first=first, language=language, screen=Screen(), lines=lines)
    finally:
        await house.close()
