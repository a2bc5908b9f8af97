"""One small case, one customer, and a talk without a channel: what these tests speak with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from core.customer.agenda_engine import AgendaEngine
from core.domain import customer
from core.domain.customer import Step
from core.domain.dialogue import EndReason
from core.domain.persona import Manner, Mood, Persona
from core.domain.reading import LineReading, PhraseHit, TraineeAct
from core.domain.scenario import (
    Difficulty,
    Disclosure,
    Fact,
    Reference,
    Scenario,
    SubGoal,
    Twist,
)
from core.ports.customer_engine import Cue, Spoken

ENGINE = AgendaEngine()

MOODS = {
    mood_id: Mood(mood_id, "zh", mood_id, *numbers)
    for mood_id, numbers in {
        "satisfied": (0.05, 0.1, 0.1, 0.7, 16),
        "calm": (0.2, 0.2, 0.2, 0.6, 14),
        "confused": (0.2, 0.3, 0.7, 0.5, 14),
        "anxious": (0.35, 0.8, 0.3, 0.5, 8),
        "impatient": (0.5, 0.5, 0.2, 0.4, 7),
        "wronged": (0.5, 0.4, 0.3, 0.4, 12),
        "angry": (0.7, 0.5, 0.2, 0.25, 8),
        "suspicious": (0.4, 0.4, 0.3, 0.1, 10),
        "sarcastic": (0.55, 0.2, 0.1, 0.2, 9),
        "hesitant": (0.15, 0.5, 0.4, 0.5, 16),
    }.items()
}

WORKER = Persona(
    id="worker",
    version="1",
    language="zh",
    name="外卖骑手",
    group="工人骑手",
    card="三十出头，跑单时用一只手打字。",
    manner=Manner(
        length=0.8, burst=0.5, typos=1.2, final_punctuation=0.05, polite_you=0.1, patience=1.0
    ),
    self_reference=("我们跑单的",),
    markers=("师傅",),
    fillers=("那啥",),
    self_disclosures=("我正跑单呢", "手机就靠这个吃饭"),
)

OFFICE = replace(
    WORKER,
    id="white-collar",
    name="白领",
    group="白领",
    manner=Manner(
        length=1.0, burst=0.35, typos=0.4, final_punctuation=0.2, polite_you=0.4, patience=1.0
    ),
)

REFUND = Scenario(
    id="wrong-fee",
    version="1",
    language="zh",
    industry="telecom",
    family="资费争议",
    title="不明扣费",
    brief="客户发现被扣了一项没订过的业务费。",
    difficulty=Difficulty.MEDIUM,
    openings=(
        "多扣我20块",
        "这个月怎么多扣钱",
        "莫名其妙扣了20",
        "话费不对",
        "我没订过这个",
        "账单多了20",
    ),
    goal="退费并关掉业务",
    sub_goals=(
        SubGoal(
            key="cause",
            label="查明原因",
            said_by=(("彩铃",),),
            request=("钱扣哪去了", "这20是什么", "查下扣的什么"),
            needs=("phone",),
        ),
        SubGoal(
            key="refund",
            label="退费",
            said_by=(("退",),),
            request=("钱退不退", "什么时候退我", "把钱退了"),
            needs=("cause",),
        ),
    ),
    facts=(
        Fact(
            "phone", "号码", "1390317", ("尾号0317", "0317", "139那个0317"), Disclosure.ON_ASK, ()
        ),
        Fact("month", "月份", "六月", ("六月的", "就上个月", "六月账单"), Disclosure.VOLUNTEER, ()),
        Fact(
            "click",
            "点过链接",
            "点过",
            ("点过个链接", "好像点了抽奖", "点过弹窗"),
            Disclosure.RELUCTANT,
            (),
        ),
        Fact(
            "name",
            "姓名",
            "李强",
            ("李强", "机主李强", "我叫李强"),
            Disclosure.ON_TRUST,
            (),
            verifies=True,
        ),
        Fact(
            "order",
            "订单",
            "8823",
            ("单号8823", "8823", "是8823"),
            Disclosure.ON_SPECIFIC_ASK,
            (),
            wrong_first_p=0.5,
            wrong_surfaces=("单号8832", "8832"),
        ),
    ),
    required_slots=("phone",),
    policy_limits=(),
    record=(),
    reference=Reference(turns=6, seconds=300),
    accept=("那行 退就好", "退了就行"),
    fallback=("先退一半", "给点话费也行"),
    losses=("话费不够用", "号差点停机"),
    twists=(Twist("second", ("流量也不对", "流量好像也多扣"), after_progress=0.4, heat=0.03),),
)


def reading(*does: TraineeAct, severity: int = 0, **found: object) -> LineReading:
    """A reading of a line; `severity` puts one forbidden phrase into it, an insult at 5."""
    category = "F8" if severity == 5 else "F2"
    phrases = (PhraseHit(category, severity, "…", 0),) if severity else ()
    base = LineReading(text="一句话", acts=frozenset(does), phrases=phrases)
    return replace(base, **found)  # type: ignore[arg-type]


def good_talk() -> list[LineReading]:
    """A clerk who does everything in order."""
    act = TraineeAct
    return [
        reading(act.GREET, act.SELF_INTRO, act.EMPATHY_SPECIFIC, names_loss=True),
        reading(act.ASK_SLOT, act.VERIFY_ID, asked=("phone", "name")),
        reading(act.ASK_SLOT, asked=("phone",)),
        reading(act.RESTATE, act.SOLVE_STEP),
        reading(act.EXPLAIN, act.SOLVE_ACCEPT, settled=("cause",)),
        reading(act.APOLOGY_OWNED, act.TIME_COMMIT, named_time=True),
        reading(act.SOLVE_ACCEPT, act.TIME_COMMIT, settled=("refund",), named_time=True),
        reading(act.CONFIRM, act.MORE),
        reading(act.CLOSE),
    ]


def bad_talk() -> list[LineReading]:
    """A clerk who refuses, blames and asks again."""
    act = TraineeAct
    return [
        reading(act.GREET),
        reading(act.REFUSE_FLAT),
        reading(act.ASK_REPEAT, severity=2),
        reading(act.APOLOGY_BARE),
        reading(act.TRANSFER),
        reading(act.REFUSE_FLAT, severity=3),
        reading(act.INFORM, off_topic=True),
        reading(act.INFORM, severity=3),
    ]


@dataclass(frozen=True, slots=True)
class Held:
    """A talk as it was held: the customer's messages and steps, in order."""

    spoken: tuple[Spoken, ...]
    steps: tuple[Step, ...]

    @property
    def lines(self) -> list[str]:
        return [line.text for turn in self.spoken for line in turn.lines]

    @property
    def end(self) -> EndReason | None:
        return self.steps[-1].end

    @property
    def heat(self) -> float:
        return self.steps[-1].state.mood.heat


def hold(
    script: Sequence[LineReading],
    *,
    seed: int,
    scenario: Scenario = REFUND,
    persona: Persona = WORKER,
    mood: str = "impatient",
    silence_limits: float = 0.0,
    engine: AgendaEngine = ENGINE,
) -> Held:
    """The talk a script leads to, until the customer or the script ends."""
    step = customer.open_case(
        scenario=scenario, persona=persona, mood=MOODS[mood], chance=Random(f"{seed}:open")
    )
    said = engine.word(cue(step, seed=seed, mood=mood, scenario=scenario, persona=persona))
    steps, spoken = [step], [said]
    for number, line in enumerate(script):
        step = customer.hear(
            spoken[-1].state,
            line,
            scenario=scenario,
            persona=persona,
            silence_limits=silence_limits,
            chance=Random(f"{seed}:{number}"),
        )
        steps.append(step)
        said = engine.word(cue(step, seed=seed, mood=mood, scenario=scenario, persona=persona))
        spoken.append(said)
        if step.end is not None:
            break
    return Held(tuple(spoken), tuple(steps))


def cue(
    step: Step,
    *,
    seed: int,
    mood: str,
    scenario: Scenario = REFUND,
    persona: Persona = WORKER,
) -> Cue:
    """What an engine is told about this step."""
    return Cue(
        scenario=scenario,
        persona=persona,
        mood=MOODS[mood],
        state=step.state,
        acts=step.acts,
        history=(),
        seed=seed,
        language=scenario.language,
        budget_s=8.0,
    )
