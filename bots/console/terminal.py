"""Reading and writing lines: colours and line editing where the terminal has them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Protocol

from prompt_toolkit import PromptSession
from prompt_toolkit.history import InMemoryHistory
from rich.console import Console as Screen
from rich.panel import Panel
from rich.table import Table

from bots.console.talk import Console, show
from bots.replies import word
from core.catalogue import say
from core.domain.messages import NoticeCode
from core.ports.storage import OutboxRow


class Lines(Protocol):
    """Where the trainee's lines come from."""

    async def read(self) -> str | None:
        """The next line, None at the end."""
        ...


class EditedLines:
    """A terminal with line editing and history."""

    def __init__(self, prompt: str) -> None:
        self._session: PromptSession[str] = PromptSession(history=InMemoryHistory())
        self._prompt = prompt

    async def read(self) -> str | None:
        """The next line; None on Ctrl-D or Ctrl-C."""
        try:
            return await self._session.prompt_async(self._prompt)
        except (EOFError, KeyboardInterrupt):
            return None


class PipedLines:
    """Standard input that is a pipe or a file."""

    async def read(self) -> str | None:
        """The next line; None at the end of the input."""
        line = sys.stdin.readline()
        return line.rstrip("\n") if line else None


async def practise(
    console: Console, *, first: str, language: str, screen: Screen, lines: Lines
) -> None:
    """One sitting: resume what is open, or send `first`; then line by line until the input ends."""
    write = _writer(screen, language)
    unread = await console.pending()
    await show(unread, write=write)
    opening = say(language, "console.resume_word") if await console.open_dialogue() else first
    await show(await console.say(opening), write=write)
    while (line := await lines.read()) is not None:
        if line.strip():
            await show(await console.say(line), write=write)


def _writer(screen: Screen, language: str) -> Callable[[OutboxRow], None]:
    def write(row: OutboxRow) -> None:
        text = word(row.message)
        if row.message.code is NoticeCode.CUSTOMER_LINE:
            screen.print(
                f"{say(language, 'console.customer')}  {text}", style="bold cyan", markup=False
            )
        elif row.message.code is NoticeCode.DEBRIEF:
            screen.print(Panel(text))
            screen.print(_table(row, language))
        else:
            screen.print(text, style="dim", markup=False)

    return write


def _table(row: OutboxRow, language: str) -> Table:
    table = Table(title=say(language, "console.scores"))
    table.add_column(say(language, "console.ability"))
    table.add_column(say(language, "console.score"), justify="right")
    abilities = row.message.facts.get("abilities")
    if isinstance(abilities, dict):
        for name, score in abilities.items():
            shown = "–" if not isinstance(score, (int, float)) else f"{score:.1f}"
            table.add_row(say(language, f"ability.{name}"), shown)
    return table
