"""`peilian practice`: one house, one terminal, no server."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console as Screen

from bots.console.talk import Console
from bots.console.terminal import EditedLines, Lines, PipedLines, Sitting
from core.catalogue import say
from core.errors import SettingsError
from core.ports.content import ContentLibrary
from ops.wiring import House


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for; empty parts are chosen by the product."""

    scenario: str = ""
    persona: str = ""
    emotion: str = ""
    seed: int | None = None


async def practise_here(house: House, wish: Wish) -> None:
    """Practise until the input ends; the house is closed afterwards.

    Raises SettingsError, with what there is, for a name that is not known.
    """
    try:
        scenario_id = check_wish(wish, house.content, house.settings.language)
        await _sitting(house).hold(
            first=_first(wish, scenario_id, house.settings.language), scenario_id=scenario_id
        )
    finally:
        await house.close()


def check_wish(wish: Wish, content: ContentLibrary, language: str) -> str:
    """The id of the scenario that is wished for, empty for none. Raises SettingsError."""
    scenario = content.find_scenario(wish.scenario, language) if wish.scenario else None
    if wish.scenario and scenario is None:
        offered = content.scenarios(language)
        raise _unknown(language, "scenario", wish.scenario, ((s.id, s.title) for s in offered))
    personas = [(one.id, one.name) for one in content.personas(language)]
    if wish.persona and wish.persona not in dict(personas):
        raise _unknown(language, "persona", wish.persona, personas)
    moods = [(one.id, one.name) for one in content.moods(language)]
    if wish.emotion and wish.emotion not in dict(moods):
        raise _unknown(language, "emotion", wish.emotion, moods)
    return scenario.id if scenario else ""


def _unknown(
    language: str, part: str, name: str, offered: Iterable[tuple[str, str]]
) -> SettingsError:
    listed = [
        say(language, "console.offer", number=number, id=id_, title=title)
        for number, (id_, title) in enumerate(offered, start=1)
    ]
    return SettingsError([say(language, f"console.no_{part}", name=name), *listed])


def _first(wish: Wish, scenario_id: str, language: str) -> str:
    seed = "" if wish.seed is None else str(wish.seed)
    options = {"persona": wish.persona, "emotion": wish.emotion, "seed": seed}
    parts = [f"{key}={value}" for key, value in options.items() if value]
    return " ".join(filter(None, [say(language, "console.practice_word"), scenario_id, *parts]))


def _sitting(house: House) -> Sitting:
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
        person=_login(),
        language=language,
        park_after=house.jobs.pace.park_after,
    )
    live = sys.stdin.isatty() and sys.stdout.isatty()
    lines: Lines = EditedLines(say(language, "console.prompt")) if live else PipedLines()
    return Sitting(console, Screen(highlight=False), lines, live)


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        # A container's user number need not have a name.
        return "me"
