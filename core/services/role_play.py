"""Start, answer and finish a dialogue.

Every function reads a desk and returns effects; the caller writes them in one transaction.
The engine is asked in between, while no transaction is open.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random

from core.domain import customer, director
from core.domain.agenda import CustomerState, Move
from core.domain.claims import Verdict
from core.domain.correction import Correction
from core.domain.dialogue import (
    Dialogue,
    EndReason,
    Mode,
    Pace,
    Speaker,
    Status,
    Turn,
    Versions,
)
from core.domain.jobs import JobKind, NewJob
from core.domain.messages import Json, NoticeCode, OutboundMessage
from core.domain.people import Person
from core.domain.reading import LineReading
from core.domain.rubric import RUBRIC_VERSION
from core.domain.scenario import Scenario
from core.domain.sieve import sieve
from core.errors import DialogueError, DialogueFault
from core.ports.content import ContentLibrary
from core.ports.customer_engine import Cue, CustomerEngine, Spoken
from core.ports.line_reader import LineContext, LineReader
from core.services.breaks import put_away
from core.services.casting import Cast, cast, exam_seed
from core.services.desk import Desk, current, running
from core.services.effects import Effects
from core.services.ending import closed, notice
from core.services.knowledge_help import KnowledgeHelp, correction_facts, said_before

REMEMBERED = 0.3
"""Share of repeat contacts in which the customer knows what was promised last time."""

MAX_LINE = 2000
"""Characters of one trainee line; longer ones are refused with a plain word."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a new dialogue is to be; empty names are chosen by `seed`. An exam is the same for
    everybody: it has a seed of its own. `order_id` names the supervisor's order it is for: who
    gave it may read the talk. `owed` is the time promised in the last talk about the same case;
    `read` are the customers' lines of the person's last talks: who names a seed wants the same
    talk again, and gives none."""

    scenario_id: str
    persona_id: str = ""
    mood_id: str = ""
    seed: int | None = None
    mode: Mode = Mode.PRACTICE
    replay_of: str | None = None
    replay_from: int | None = None
    order_id: str = ""
    owed: str = ""
    read: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class RolePlay:
    """The practice talk. `new_id` gives fresh ids, `new_seed` fresh seeds; both are handed in.
    `directs`: practices get lighter or harder with the trainee. `help` looks lines up in the
    articles, where there are any."""

    content: ContentLibrary
    reader: LineReader
    engine: CustomerEngine
    new_id: Callable[[], str]
    new_seed: Callable[[], int]
    pace: Pace = field(default_factory=Pace)
    turn_budget_s: float = 8.0
    adapter: str = ""
    directs: bool = True
    help: KnowledgeHelp | None = None

    async def start(self, desk: Desk, person: Person, choice: Choice, now: datetime) -> Effects:
        """A new dialogue with the customer's first lines; an open one is closed unscored."""
        seed = self._seed(choice)
        called = cast(
            self.content,
            choice.scenario_id,
            seed,
            persona_id=choice.persona_id,
            moods=[choice.mood_id] if choice.mood_id else (),
        )
        scenario, persona, mood = called.scenario, called.persona, called.mood
        step = customer.open_case(
            scenario=scenario,
            persona=persona,
            mood=mood,
            chance=Random(f"{seed}:open"),
            owed=choice.owed if Random(f"{seed}:memory").random() < REMEMBERED else "",
            read=sieve(choice.read),
        )
        dialogue = replace(
            self.begun(desk, person, called, step.state, now),
            mode=choice.mode,
            replay_of=choice.replay_of,
            replay_from=choice.replay_from,
            order_id=choice.order_id or None,
        )
        spoken = await self.speak(dialogue, step, ())
        turns = customer_turns(spoken, after=0, at_s=0.0)
        dialogue = replace(dialogue, state=spoken.state, turn_count=len(turns))
        opened = self._say(
            desk,
            NoticeCode.DIALOGUE_STARTED,
            {
                "title": scenario.title,
                "brief": scenario.brief,
                "persona": persona.name,
                "mood": self.mood_name(mood.id, scenario.language),
                "difficulty": scenario.difficulty.value,
                "scenario_id": scenario.id,
                "dialogue_id": dialogue.id,
                "verify": scenario.needs_verification,
                "minutes": self._minutes(choice.mode),
                "assigned": bool(choice.order_id),
            },
            dialogue,
        )
        return put_away(desk, now).also(
            Effects(
                messages=(opened, *self._lines(desk, dialogue, spoken)),
                begin=dialogue,
                turns=((dialogue.id, turns),),
                jobs=(self._bell(dialogue),) if choice.mode is Mode.EXAM else (),
            )
        )

    def begun(
        self, desk: Desk, person: Person, called: Cast, state: CustomerState, now: datetime
    ) -> Dialogue:
        """A practice at its first moment: nothing is said yet, the clock runs."""
        scenario, persona = called.scenario, called.persona
        return Dialogue(
            id=self.new_id(),
            person_id=person.id,
            conversation_id=desk.conversation.id,
            scenario_id=scenario.id,
            persona_id=persona.id,
            mood_id=called.mood.id,
            engine=self.engine.name,
            seed=called.seed,
            mode=Mode.PRACTICE,
            language=scenario.language,
            versions=self._versions(scenario.version, persona.version),
            state=state,
            started_at=now,
            clock_since=now,
            last_turn_at=now,
        )

    async def answer(
        self, desk: Desk, text: str, *, inbox_id: int, now: datetime, spoken: bool = False
    ) -> Effects:
        """The trainee's line and the customer's answer to it; `spoken`: it was said, not typed."""
        dialogue = running(desk)
        if len(text) > MAX_LINE:
            raise DialogueError(DialogueFault.TOO_LONG, limit=MAX_LINE)
        dialogue = self._without_break(dialogue, now)
        scenario = self.content.scenario(dialogue.scenario_id, dialogue.versions.scenario)
        reading = self.reader.read(text, context_of(dialogue, desk.turns, scenario_of=self.content))
        silence = (now - dialogue.last_turn_at) / self.pace.reply_limit
        step = customer.hear(
            dialogue.state,
            reading,
            scenario=scenario,
            persona=self.content.persona(dialogue.persona_id),
            silence_limits=float(int(silence)),
            chance=Random(f"{dialogue.seed}:{dialogue.turn_count}"),
            move=self._move(dialogue, scenario),
            time_up=self._time_is_up(dialogue, now),
        )
        line = Turn(
            seq=dialogue.turn_count + 1,
            speaker=Speaker.TRAINEE,
            text=text,
            at_s=round(dialogue.elapsed_s(now), 1),
            inbox_id=inbox_id,
            reading=reading,
            mood_before=dialogue.state.mood,
            mood_after=step.state.mood,
            correction=await self.correction(desk, dialogue, reading, now),
            spoken=spoken,
        )
        reply = await self.speak(dialogue, step, (*desk.turns, line))
        said = customer_turns(reply, after=line.seq, at_s=line.at_s, inbox_id=inbox_id)
        dialogue = replace(
            dialogue,
            state=reply.state,
            last_turn_at=now,
            nudged=False,
            turn_count=line.seq + len(said),
        )
        effects = Effects(
            messages=(*self._corrected(desk, dialogue, line), *self._lines(desk, dialogue, reply)),
            save=(dialogue,),
            turns=((dialogue.id, (line, *said)),),
        )
        if step.end is None:
            return effects
        return replace(effects, save=()).also(self._close(desk, dialogue, step.end, now))

    async def correction(
        self, desk: Desk, dialogue: Dialogue, reading: LineReading, now: datetime
    ) -> Correction | None:
        """What is wrong with the line, if anything is."""
        if self.help is None or desk.person is None:
            return None
        scenario = self.content.scenario(dialogue.scenario_id, dialogue.versions.scenario)
        return await self.help.corrected(reading, scenario, person=desk.person, now=now)

    def _corrected(self, desk: Desk, dialogue: Dialogue, line: Turn) -> tuple[OutboundMessage, ...]:
        """A word about the line at once, once in a talk, in practices only."""
        wrong = line.correction
        if wrong is None or wrong.verdict is not Verdict.CONTRADICTED:
            return ()
        if dialogue.mode is not Mode.PRACTICE or said_before(wrong, desk.turns):
            return ()
        return (self._say(desk, NoticeCode.CORRECTION, correction_facts(wrong), dialogue),)

    def finish(self, desk: Desk, now: datetime) -> Effects:
        """The trainee ends the talk: solved if everything is settled, left if it is not."""
        dialogue = current(desk)
        scenario = self.content.scenario(dialogue.scenario_id, dialogue.versions.scenario)
        solved = len(dialogue.state.settled) == len(scenario.sub_goals)
        reason = EndReason.SOLVED if solved else EndReason.FINISHED_BY_TRAINEE
        return self._close(desk, dialogue, reason, now)

    def _close(self, desk: Desk, dialogue: Dialogue, reason: EndReason, now: datetime) -> Effects:
        scenario = self.content.scenario(dialogue.scenario_id, dialogue.versions.scenario)
        return closed(desk, dialogue.end(reason, now), scenario, now)

    def _seed(self, choice: Choice) -> int:
        if choice.mode is Mode.EXAM:
            return exam_seed(self.content.scenario(choice.scenario_id))
        return self.new_seed() if choice.seed is None else choice.seed

    def _minutes(self, mode: Mode) -> int:
        """The time of an exam, 0 where nobody has to be told one."""
        return int(self.pace.time_limit.total_seconds() // 60) if mode is Mode.EXAM else 0

    def _bell(self, dialogue: Dialogue) -> NewJob:
        """Ends an exam on time, whether the trainee writes or not."""
        return NewJob(
            kind=JobKind.TIME_UP,
            key=f"time_up:{dialogue.id}",
            due_at=dialogue.started_at + self.pace.time_limit,
            payload={"dialogue_id": dialogue.id},
        )

    def _without_break(self, dialogue: Dialogue, now: datetime) -> Dialogue:
        """The dialogue as if the trainee had not been away, if they were: work interrupts, and
        only an exam runs on."""
        if dialogue.mode is Mode.EXAM or now - dialogue.last_turn_at < self.pace.nudge_after:
            return dialogue
        left = dialogue.stop_clock(dialogue.last_turn_at, status=Status.PAUSED)
        return left.start_clock(now)

    def _move(self, dialogue: Dialogue, scenario: Scenario) -> Move:
        """What the director does with the next line: exams and replays have none."""
        if not self.directs or dialogue.mode is not Mode.PRACTICE:
            return Move.NONE
        return director.decide(
            dialogue.state,
            scenario=scenario,
            hints=dialogue.hints,
            chance=Random(f"{dialogue.seed}:{dialogue.turn_count}:director"),
        )

    def _time_is_up(self, dialogue: Dialogue, now: datetime) -> bool:
        limit_s = self.pace.time_limit.total_seconds()
        return dialogue.mode is not Mode.REPLAY and dialogue.elapsed_s(now) >= limit_s

    def mood_name(self, mood_id: str, language: str) -> str:
        """The mood's name in the language of the talk: its numbers are those of one language."""
        names = {mood.id: mood.name for mood in self.content.moods(language)}
        return names.get(mood_id, mood_id)

    async def speak(
        self, dialogue: Dialogue, step: customer.Step, history: tuple[Turn, ...]
    ) -> Spoken:
        """The customer's messages for the step's acts."""
        spoken = await self.engine.speak(
            Cue(
                scenario=self.content.scenario(dialogue.scenario_id, dialogue.versions.scenario),
                persona=self.content.persona(dialogue.persona_id),
                mood=self.content.mood(dialogue.mood_id),
                state=step.state,
                acts=step.acts,
                history=history,
                seed=turn_seed(dialogue.seed, len(history)),
                language=dialogue.language,
                budget_s=self.turn_budget_s,
                adapter=self.adapter,
            )
        )
        if dialogue.mode is not Mode.EXAM:
            return spoken
        # In a timed exam nobody waits for a pretended hand.
        return replace(spoken, lines=tuple(replace(line, delay_s=0.0) for line in spoken.lines))

    def _lines(self, desk: Desk, dialogue: Dialogue, spoken: Spoken) -> tuple[OutboundMessage, ...]:
        lines = [
            replace(
                self._say(
                    desk,
                    NoticeCode.CUSTOMER_LINE,
                    {"text": line.text, "opens": line is spoken.lines[0]},
                    dialogue,
                ),
                delay_s=line.delay_s,
            )
            for line in spoken.lines
        ]
        if spoken.fell_back and not _fell_back_before(desk, dialogue):
            lines.append(self._say(desk, NoticeCode.ENGINE_FELL_BACK, {}, dialogue))
        return tuple(lines)

    def _say(
        self, desk: Desk, code: NoticeCode, facts: Mapping[str, Json], dialogue: Dialogue
    ) -> OutboundMessage:
        return notice(desk, code, facts, dialogue)

    def _versions(self, scenario: str, persona: str) -> Versions:
        """What a dialogue that begins now is held with."""
        return Versions(
            scenario=scenario,
            persona=persona,
            prompts=self.engine.version,
            rubric=RUBRIC_VERSION,
            engine=f"{self.engine.name}-{self.engine.version}",
            adapter=self.adapter,
        )


def turn_seed(seed: int, position: int) -> int:
    """The seed of one turn: fixed by the dialogue's seed and how much was said before."""
    digest = hashlib.blake2b(f"{seed}:{position}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big")


def customer_turns(
    spoken: Spoken, *, after: int, at_s: float, inbox_id: int | None = None
) -> tuple[Turn, ...]:
    """The messages as turns that follow turn `after`."""
    turns = []
    for position, line in enumerate(spoken.lines, start=1):
        at_s = round(at_s + line.delay_s, 1)
        turns.append(
            Turn(
                seq=after + position,
                speaker=Speaker.CUSTOMER,
                text=line.text,
                at_s=at_s,
                inbox_id=inbox_id,
                acts=line.acts,
                told=tuple(act.about for act in line.acts if act.about),
                engine=spoken.engine,
            )
        )
    return tuple(turns)


def context_of(
    dialogue: Dialogue, turns: tuple[Turn, ...], *, scenario_of: ContentLibrary
) -> LineContext:
    """What the reader knows of the talk before a line."""
    said = [turn.text for turn in turns if turn.speaker is Speaker.CUSTOMER]
    mine = [turn.text for turn in turns if turn.speaker is Speaker.TRAINEE]
    return LineContext(
        language=dialogue.language,
        scenario=scenario_of.scenario(dialogue.scenario_id, dialogue.versions.scenario),
        told=dialogue.state.told,
        customer_said=tuple(said[-3:]),
        trainee_said=tuple(mine[-3:]),
    )


def _fell_back_before(desk: Desk, dialogue: Dialogue) -> bool:
    """Whether it was said in this dialogue; at its start the desk still holds the last one."""
    begun = desk.dialogue is not None and desk.dialogue.id == dialogue.id
    return begun and any(turn.engine.startswith("agenda") for turn in desk.turns)
