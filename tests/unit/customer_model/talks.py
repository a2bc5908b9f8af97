"""Random talks over the shipped cases: every cue that a customer's engine would get."""

from collections.abc import Iterator
from random import Random

from core.content.library import open_library
from core.customer.agenda_engine import AgendaEngine
from core.customer.line_reader import PatternLineReader
from core.domain import customer
from core.domain.dialogue import Speaker, Turn
from core.domain.scenario import Scenario
from core.ports.customer_engine import Cue
from core.ports.line_reader import LineContext
from core.services.role_play import turn_seed

LIBRARY = open_library()
READER = PatternLineReader()
ENGINE = AgendaEngine()
MOST_LINES = 8
PLAIN_LINES = {
    "zh": (
        "您好，请问有什么可以帮您？",
        "非常抱歉给您带来不便",
        "我帮您查一下，请稍等",
        "这个按规定不能办",
        "我给您登记一下，明天中午前给您回电",
        "您能再说一遍吗",
    ),
    "en": (
        "Hi, how can I help you?",
        "I'm sorry for the trouble",
        "Let me check that for you, one moment",
        "That's our policy, we can't do that",
        "I'll call you back by noon tomorrow",
        "Could you say that again?",
    ),
}


def trainee_lines(scenario: Scenario) -> tuple[str, ...]:
    """Questions for every fact, the lines that settle the case, and plain ones."""
    asked = "请问{}？" if scenario.language == "zh" else "What about {}?"
    gap = "" if scenario.language == "zh" else " "
    questions = [asked.format(gap.join(ways)) for fact in scenario.facts for ways in fact.asked_by]
    settling = [goal.reference_line for goal in scenario.sub_goals]
    return (*questions, *settling, *PLAIN_LINES[scenario.language])


def cues(scenario: Scenario, seed: int) -> Iterator[Cue]:
    """The cues of one random talk; the agenda engine says the customer's lines."""
    chance = Random(f"{scenario.id}:{seed}")
    persona = LIBRARY.persona(chance.choice(scenario.personas))
    mood = LIBRARY.mood(chance.choice(scenario.emotions))
    step = customer.open_case(
        scenario=scenario, persona=persona, mood=mood, chance=Random(f"{seed}:open")
    )
    turns: tuple[Turn, ...] = ()
    for _ in range(MOST_LINES):
        cue = Cue(
            scenario=scenario,
            persona=persona,
            mood=mood,
            state=step.state,
            acts=step.acts,
            history=turns,
            seed=turn_seed(seed, len(turns)),
            language=scenario.language,
            budget_s=8.0,
        )
        yield cue
        if step.end is not None:
            return
        spoken = ENGINE.word(cue)
        for line in spoken.lines:
            turns = (*turns, _turn(turns, Speaker.CUSTOMER, line.text))
        asked = chance.choice(trainee_lines(scenario))
        reading = READER.read(asked, _context(cue, turns))
        step = customer.hear(
            spoken.state,
            reading,
            scenario=scenario,
            persona=persona,
            silence_limits=0.0,
            chance=Random(f"{seed}:{len(turns)}"),
        )
        turns = (*turns, _turn(turns, Speaker.TRAINEE, asked))


def _turn(turns: tuple[Turn, ...], speaker: Speaker, text: str) -> Turn:
    return Turn(seq=len(turns) + 1, speaker=speaker, text=text, at_s=float(len(turns)))


def _context(cue: Cue, turns: tuple[Turn, ...]) -> LineContext:
    said = [turn.text for turn in turns if turn.speaker is Speaker.CUSTOMER]
    mine = [turn.text for turn in turns if turn.speaker is Speaker.TRAINEE]
    return LineContext(
        language=cue.language,
        scenario=cue.scenario,
        told=cue.state.told,
        customer_said=tuple(said[-3:]),
        trainee_said=tuple(mine[-3:]),
    )
