"""Holds one talk of the study through the same use cases that people's practices take."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Protocol

from core.domain.dialogue import Dialogue, Status, Turn
from core.domain.messages import ChannelAddress, ChannelKind, Json, JsonObject
from core.domain.people import Person, Role
from core.domain.scenario import Scenario
from core.domain.scorecard import Scorecard
from core.domain.style import StylePack
from core.domain.transcript import of_dialogue
from core.ports.content import ContentLibrary
from core.ports.customer_engine import CustomerEngine
from core.ports.delivery import Conversation
from core.ports.line_reader import LineReader
from core.services.desk import Desk
from core.services.effects import Effects
from core.services.judging import judge
from core.services.role_play import Choice, RolePlay
from core.services.scripted_trainee import Move, Skill, next_move, wrap_up
from core.services.transcripts import transcript_json
from ops.study.grid import Case
from ops.study.rendering import rendered

MOST_LINES = 30
"""Trainee lines after which the trainee gives up, should a talk find no end."""


class Trainee(Protocol):
    """Who writes the trainee's lines."""

    def __call__(
        self,
        skill: Skill,
        *,
        scenario: Scenario,
        dialogue: Dialogue,
        turns: Sequence[Turn],
        chance: Random,
    ) -> Move: ...


_START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Talk:
    """One talk held and judged."""

    case: Case
    dialogue: Dialogue
    turns: tuple[Turn, ...]
    card: Scorecard


@dataclass(frozen=True, slots=True)
class Stage:
    """What a talk needs: the content, a reader, and a customer; `style` is the pack whose
    spelling the talks are written down in."""

    content: ContentLibrary
    reader: LineReader
    engine: CustomerEngine
    style: StylePack | None = None
    trainee: Trainee = next_move

    async def hold(self, case: Case, *, read: Collection[str] = ()) -> Talk:
        """Start, talk to the end, fill in the closing form, judge. `read`: the customers' lines
        that the trainee knows from former talks."""
        now = _START
        play = RolePlay(
            content=self.content,
            reader=self.reader,
            engine=self.engine,
            new_id=lambda: case.id,
            new_seed=lambda: case.seed,
        )
        scenario = self.content.case(case.scenario_id, case.seed)
        desk = _empty_desk(case, scenario.language)
        choice = Choice(case.scenario_id, persona_id=case.persona_id, seed=case.seed, read=read)
        desk = _after(desk, await play.start(desk, _person(case, scenario.language), choice, now))
        lines = 0
        while (dialogue := _open(desk)) is not None and dialogue.status is Status.RUNNING:
            chance = Random(f"{case.seed}:trainee:{dialogue.turn_count}")
            move = self.trainee(
                case.skill, scenario=scenario, dialogue=dialogue, turns=desk.turns, chance=chance
            )
            lines += 1
            now += timedelta(seconds=move.seconds)
            if lines > MOST_LINES:
                desk = _after(desk, play.finish(desk, now))
            else:
                desk = _after(desk, await play.answer(desk, move.text, inbox_id=lines, now=now))
        form = wrap_up(case.skill, scenario=scenario, chance=Random(f"{case.seed}:form"))
        held = replace(_dialogue(desk), wrap_up=form)
        transcript = of_dialogue(held, desk.turns, scenario=scenario)
        return Talk(
            case=case,
            dialogue=held,
            turns=desk.turns,
            card=judge(transcript, reader=self.reader),
        )

    def scenario(self, talk: Talk) -> Scenario:
        """The case with the values of this talk."""
        return self.content.scenario(talk.case.scenario_id, talk.dialogue.versions.scenario)

    def written(self, talk: Talk) -> tuple[Turn, ...]:
        """The turns in the spelling of the pack's source."""
        return rendered(talk.turns, self.style, seed=talk.case.seed)

    def dialogue_json(self, talk: Talk) -> JsonObject:
        """The file form of a talk, with what it was held with."""
        scenario = self.scenario(talk)
        turns = self.written(talk)
        found = transcript_json(of_dialogue(talk.dialogue, turns, scenario=scenario))
        facts: dict[str, Json] = {
            "persona": talk.dialogue.persona_id,
            "emotion": talk.dialogue.mood_id,
            "engine": talk.dialogue.engine,
            "trainee": talk.case.trainee,
            "skill": int(talk.case.skill),
            "seed": talk.case.seed,
            "heat_start": round(talk.dialogue.state.mood.baseline, 3),
            "heat_end": round(talk.dialogue.state.mood.heat, 3),
        }
        return found | facts


def _empty_desk(case: Case, language: str) -> Desk:
    conversation = Conversation(
        id=case.number + 1,
        address=ChannelAddress(ChannelKind.CONSOLE, "study", case.trainee),
        person_id=case.trainee,
        dialogue_id=None,
        language=language,
    )
    return Desk(conversation, _person(case, language), None, ())


def _person(case: Case, language: str) -> Person:
    return Person(case.trainee, case.trainee, Role.TRAINEE, "study", language)


def _after(desk: Desk, effects: Effects) -> Desk:
    """The desk as the store would hand it out after these effects."""
    dialogue = effects.begin or (effects.save[-1] if effects.save else desk.dialogue)
    said = tuple(turn for _, turns in effects.turns for turn in turns)
    return replace(desk, dialogue=dialogue, turns=(*desk.turns, *said))


def _open(desk: Desk) -> Dialogue | None:
    return desk.dialogue


def _dialogue(desk: Desk) -> Dialogue:
    assert desk.dialogue is not None, "a talk that ended was begun"
    return desk.dialogue
