"""Reading and writing lines: colours and line editing where the terminal has them."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from prompt_toolkit import PromptSession
from prompt_toolkit.history import InMemoryHistory
from rich.console import Console as Screen
from rich.table import Table
from rich.text import Text

from bots.console.talk import Console
from bots.facts import name_of, number
from bots.replies import word
from core.catalogue import say
from core.domain.messages import NoticeCode
from core.domain.scorecard import Scorecard
from core.ports.delivery import OutboxRow

_MARKS = {1.0: "met", 0.5: "partly", 0.0: "missed"}


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
    """Standard input that is a pipe or a file.

    A thread that nobody waits for reads it, so that Ctrl-C is heard while a pipe is silent.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    async def read(self) -> str | None:
        """The next line; None at the end of the input."""
        return await self._lines.get()

    def _read(self) -> None:
        try:
            for line in sys.stdin.buffer:
                text = line.decode("utf-8", errors="replace").rstrip("\r\n")
                self._loop.call_soon_threadsafe(self._lines.put_nowait, text)
            self._loop.call_soon_threadsafe(self._lines.put_nowait, None)
        except RuntimeError:
            return  # the loop has ended, and with it the wish for more lines


@dataclass(frozen=True, slots=True)
class Sitting:
    """One practice at one terminal. `live` shows the customer's typing pauses."""

    console: Console
    screen: Screen
    lines: Lines
    live: bool

    @property
    def language(self) -> str:
        """The language of the words around the talk."""
        return self.console.language

    async def hold(self, *, first: str, scenario_id: str) -> None:
        """Go on with what was left open, or begin with `first`; line by line to the input's end.

        An open talk of another case than `scenario_id` (if one is named) makes room for it.
        """
        try:
            await self._show(await self.console.unread())
            await self._show(await self.console.say(await self._opening(first, scenario_id)))
            while (line := await self.lines.read()) is not None:
                if line.strip():
                    await self._show(await self.console.say(line))
        finally:
            await self._leave()

    async def _opening(self, first: str, scenario_id: str) -> str:
        left = await self.console.open_dialogue()
        if left is None or (scenario_id and left.scenario_id != scenario_id):
            return first
        await self.console.stop_clock()
        self._note("console.interrupted")
        return say(self.language, "console.resume_word")

    async def _leave(self) -> None:
        if await self.console.open_dialogue() is None:
            self._note("console.bye")
            return
        await self.console.stop_clock()
        self._note("console.left")

    async def _show(self, rows: Sequence[OutboxRow]) -> None:
        """Row by row, with the customer's typing pauses where somebody watches."""
        for row in rows:
            if self.live and row.message.delay_s:
                await asyncio.sleep(row.message.delay_s)
            self._write(row)
            if row.message.code is NoticeCode.DEBRIEF and row.message.dialogue_id:
                card = await self.console.scorecard(row.message.dialogue_id)
                if card is not None:
                    self.screen.print(_abilities(card, self.language))
                    self.screen.print(_checks(card, self.language))

    def _write(self, row: OutboxRow) -> None:
        text = word(row.message)
        if row.message.code is NoticeCode.CUSTOMER_LINE:
            line = say(self.language, "console.line", text=text)
            self._line(line, style="bold cyan")
        elif row.message.code is NoticeCode.DEBRIEF:
            self.screen.rule()
            self._line(text, style="bold")
        else:
            self._line(text, style="dim")

    def _note(self, key: str) -> None:
        self._line(say(self.language, key), style="dim")

    def _line(self, text: str, *, style: str) -> None:
        """The terminal wraps by itself, and a pipe gets the line whole."""
        self.screen.print(Text(text, style=style), soft_wrap=True)


def _abilities(card: Scorecard, language: str) -> Table:
    table = Table(title=say(language, "console.scores"))
    table.add_column(say(language, "console.ability"))
    table.add_column(say(language, "console.score"), justify="right")
    for ability, score in card.abilities:
        table.add_row(name_of(language, "ability", ability.value), number(score))
    table.add_row(say(language, "console.overall"), number(card.overall), style="bold")
    return table


def _checks(card: Scorecard, language: str) -> Table:
    """The checks that apply, each with the line that shows it."""
    table = Table(title=say(language, "console.checks"))
    for column in ("check", "mark", "turn"):
        table.add_column(say(language, f"console.{column}"))
    for mark in card.marks:
        if mark.mark is None:
            continue
        given = say(language, f"mark.{_MARKS.get(mark.mark, 'partly')}")
        turn = "" if mark.turn is None else str(mark.turn)
        table.add_row(name_of(language, "check", mark.check), given, turn)
    return table
