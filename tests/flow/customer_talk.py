"""A whole practice held with the role play itself, in memory and on a clock of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from core.content.library import open_library
from core.customer.agenda_engine import AgendaEngine
from core.customer.line_reader import PatternLineReader
from core.domain.dialogue import Dialogue, Speaker, Status, Turn
from core.domain.messages import ChannelAddress, ChannelKind
from core.domain.people import Person, Role
from core.domain.reading import LineReading
from core.domain.scenario import Scenario
from core.ports.delivery import Conversation
from core.services.desk import Desk
from core.services.role_play import Choice, RolePlay
from core.services.scripted_trainee import Skill, next_move

LIBRARY = open_library()
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
MOST_LINES = 40
_READER = PatternLineReader()
_ENGINE = AgendaEngine()
_TRAINEE = Person("p1", "林晓", Role.TRAINEE, "a")


@dataclass(slots=True)
class Talk:
    """One practice under way; `say` is the trainee's next line and returns the answer to it."""

    role_play: RolePlay
    desk: Desk
    now: datetime

    @property
    def dialogue(self) -> Dialogue:
        assert self.desk.dialogue is not None
        return self.desk.dialogue

    @property
    def scenario(self) -> Scenario:
        """The case with the values of this dialogue."""
        return LIBRARY.scenario(self.dialogue.scenario_id, self.dialogue.versions.scenario)

    @property
    def ended(self) -> bool:
        return self.dialogue.status is Status.ENDED

    @property
    def turns(self) -> tuple[Turn, ...]:
        return self.desk.turns

    @property
    def customer_lines(self) -> list[str]:
        return [turn.text for turn in self.turns if turn.speaker is Speaker.CUSTOMER]

    @property
    def last_reading(self) -> LineReading:
        """How the trainee's last line was understood."""
        return [turn.reading for turn in self.turns if turn.reading is not None][-1]

    def say(self, text: str, *, after_s: float = 20.0) -> list[Turn]:
        self.now += timedelta(seconds=after_s)
        answer = self.role_play.answer(self.desk, text, inbox_id=1, now=self.now)
        effects = asyncio.run(answer)
        new = effects.turns[0][1]
        self.desk = replace(self.desk, dialogue=effects.save[0], turns=(*self.turns, *new))
        return [turn for turn in new if turn.speaker is Speaker.CUSTOMER]


def start(
    scenario: str,
    *,
    persona: str = "",
    mood: str = "",
    seed: int = 1,
    read: Collection[str] = (),
) -> Talk:
    """A practice just begun; what is not named is chosen by the seed."""
    role_play = RolePlay(
        content=LIBRARY,
        reader=_READER,
        engine=_ENGINE,
        new_id=lambda: "d1",
        new_seed=lambda: seed,
    )
    address = ChannelAddress(ChannelKind.CONSOLE, "main", "p1")
    desk = Desk(Conversation(1, address, "p1", None, "zh"), _TRAINEE, None, ())
    begun = asyncio.run(
        role_play.start(desk, _TRAINEE, Choice(scenario, persona, mood, seed, read=read), NOON)
    )
    desk = replace(desk, dialogue=begun.begin, turns=begun.turns[0][1])
    return Talk(role_play, desk, NOON)


def practise(
    scenario: str,
    skill: Skill,
    *,
    seed: int,
    persona: str = "",
    mood: str = "",
    read: Collection[str] = (),
) -> Talk:
    """A practice held to its end by a scripted trainee of this skill."""
    talk = start(scenario, persona=persona, mood=mood, seed=seed, read=read)
    chance = Random(f"{seed}:{skill}")
    for _ in range(MOST_LINES):
        move = next_move(
            skill,
            scenario=talk.scenario,
            dialogue=talk.dialogue,
            turns=talk.turns,
            chance=chance,
        )
        talk.say(move.text, after_s=move.seconds)
        if talk.ended:
            break
    return talk


def script(scenario: str, lines: Sequence[str], *, mood: str, seed: int = 1) -> list[str]:
    """What the customer answers to these lines, opening left out."""
    talk = start(scenario, mood=mood, seed=seed)
    answers: list[str] = []
    for line in lines:
        answers.extend(turn.text for turn in talk.say(line))
        if talk.ended:
            break
    return answers
