"""What holds for every talk, whatever the trainee writes."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from core.domain import customer
from core.domain.agenda import CustomerActKind, CustomerState
from core.domain.customer import MAX_MESSAGES, Step
from core.domain.dialogue import EndReason
from core.domain.reading import LineReading, TraineeAct
from core.domain.scenario import Disclosure
from tests.unit.customer.cases import ENGINE, MOODS, OFFICE, REFUND, cue, reading

KIND = CustomerActKind
STATE = TypeAdapter(CustomerState)
FACTS = [fact.key for fact in REFUND.facts]
GOALS = [goal.key for goal in REFUND.sub_goals]
TEXTS = ("好的", "您稍等一下", "？", "asdf", "Hello there my friend", "今天天气不错", "彩铃是什么")

lines = st.builds(
    reading,
    severity=st.sampled_from([0, 0, 0, 1, 2, 3, 5]),
    acts=st.frozensets(st.sampled_from(sorted(TraineeAct)), min_size=1, max_size=4),
    text=st.sampled_from(TEXTS),
    asked=st.lists(st.sampled_from(FACTS), unique=True, max_size=3).map(tuple),
    settled=st.lists(st.sampled_from(GOALS), unique=True, max_size=2).map(tuple),
    breached=st.sampled_from([(), (), ("free",)]),
    jargon=st.sampled_from([(), (), ("端口",)]),
    off_topic=st.booleans(),
    named_time=st.booleans(),
    clear_steps=st.booleans(),
    injection=st.sampled_from([False, False, False, True]),
    confidence=st.sampled_from([0.3, 0.8, 1.0]),
)
talks = st.lists(st.tuples(lines, st.sampled_from([0.0, 0.0, 0.0, 1.0, 5.0])), max_size=30)
moods = st.sampled_from(sorted(MOODS))
seeds = st.integers(0, 10_000)

BOUNDED = settings(max_examples=60, deadline=None, derandomize=True)


def talk(
    heard: Sequence[tuple[LineReading, float]], *, mood: str, seed: int, interrupted: bool = False
) -> list[Step]:
    """Every step of a talk; `interrupted` writes the state down and reads it back each time."""
    step = customer.open_case(
        scenario=REFUND, persona=OFFICE, mood=MOODS[mood], chance=Random(f"{seed}:open")
    )
    steps = [step]
    for number, (line, silence) in enumerate(heard):
        state = ENGINE.word(cue(step, seed=seed, mood=mood, persona=OFFICE)).state
        if interrupted:
            state = STATE.validate_json(STATE.dump_json(state))
        step = customer.hear(
            state,
            line,
            scenario=REFUND,
            persona=OFFICE,
            silence_limits=silence,
            chance=Random(f"{seed}:{number}"),
        )
        steps.append(step)
        if step.end is not None:
            break
    return steps


@BOUNDED
@given(heard=talks, mood=moods, seed=seeds)
def test_a_talk_written_down_and_taken_up_again_has_the_same_future(
    heard: list[tuple[LineReading, float]], mood: str, seed: int
) -> None:
    assert talk(heard, mood=mood, seed=seed) == talk(heard, mood=mood, seed=seed, interrupted=True)


@BOUNDED
@given(heard=talks, mood=moods, seed=seeds)
def test_the_mood_stays_within_its_bounds_and_somebody_always_speaks(
    heard: list[tuple[LineReading, float]], mood: str, seed: int
) -> None:
    for step in talk(heard, mood=mood, seed=seed):
        now = step.state.mood
        shares = (now.heat, now.worry, now.confusion, now.trust, now.progress)
        assert all(0.0 <= share <= 1.0 for share in shares)
        assert 1.0 <= now.deviation <= 1.5
        assert 1 <= len(step.acts) <= 3


@BOUNDED
@given(heard=talks, mood=moods, seed=seeds)
def test_no_fact_is_told_before_its_rule_allows(
    heard: list[tuple[LineReading, float]], mood: str, seed: int
) -> None:
    before: CustomerState | None = None
    for number, step in enumerate(talk(heard, mood=mood, seed=seed)):
        counts = dict(step.state.asked)
        open_question = any(line.does(TraineeAct.ASK_OPEN) for line, _ in heard[:number])
        for key in set(step.state.told) - set(before.told if before else ()):
            fact = REFUND.fact(key)
            free = fact.disclosure is Disclosure.VOLUNTEER or (
                fact.disclosure is Disclosure.ON_ASK and open_question and not fact.verifies
            )
            least = 2 if fact.disclosure is Disclosure.RELUCTANT else 1
            assert free or counts.get(key, 0) >= least, key
        before = step.state


@BOUNDED
@given(heard=talks, mood=moods, seed=seeds)
def test_a_settled_matter_is_never_opened_again(
    heard: list[tuple[LineReading, float]], mood: str, seed: int
) -> None:
    reopening = (KIND.STATE_PROBLEM, KIND.PRESS, KIND.REJECT)
    for step in talk(heard, mood=mood, seed=seed):
        closed = set(step.state.settled)
        assert all(act.about not in closed for act in step.acts if act.kind in reopening)
        assert all(act.about not in closed for act in step.state.stack if act.kind in reopening)


@BOUNDED
@given(
    heard=st.lists(st.tuples(lines, st.just(0.0)), min_size=25, max_size=30),
    mood=moods,
    seed=seeds,
)
def test_every_talk_ends_within_the_limit_and_says_why(
    heard: list[tuple[LineReading, float]], mood: str, seed: int
) -> None:
    steps = talk(heard, mood=mood, seed=seed)
    last = steps[-1]
    assert len(steps) <= MAX_MESSAGES + 1
    assert last.end in {
        EndReason.SOLVED,
        EndReason.GIVEN_UP,
        EndReason.ESCALATED,
        EndReason.FINISHED_BY_TRAINEE,
        EndReason.TURN_LIMIT,
    }
    assert KIND.CLOSE in {act.kind for act in last.acts}
    assert all(step.end is None for step in steps[:-1])
    assert (last.end is EndReason.SOLVED) <= (set(last.state.settled) == set(GOALS))
    spoken = ENGINE.word(cue(last, seed=seed, mood=mood, persona=OFFICE))
    assert spoken.state.spoken <= MAX_MESSAGES
