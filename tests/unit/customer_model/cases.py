"""A case with one fact of each rule, and cues cut from it."""

from dataclasses import replace

from core.content.library import open_library
from core.domain.agenda import CustomerAct, CustomerActKind, CustomerState
from core.domain.dialogue import Speaker, Turn
from core.domain.emotion import EmotionState
from core.domain.persona import Manner, Mood, Persona
from core.domain.scenario import (
    Difficulty,
    Disclosure,
    Fact,
    PolicyLimit,
    RecordField,
    Reference,
    Scenario,
    SubGoal,
    Twist,
)
from core.ports.customer_engine import Cue

ORDER = Fact(
    key="order",
    label="订单号",
    value="88213056",
    surfaces=("88213056", "订单号88213056"),
    disclosure=Disclosure.ON_ASK,
    asked_by=(("订单",),),
    wrong_first_p=0.2,
    wrong_surfaces=("88213065",),
)
COLOUR = Fact(
    key="colour",
    label="收到的颜色",
    value="墨绿色",
    surfaces=("发来的是墨绿色", "收到个墨绿的"),
    disclosure=Disclosure.ON_SPECIFIC_ASK,
    asked_by=(("颜色",),),
)
WASHED = Fact(
    key="washed",
    label="有没有洗过",
    value="下过一次水",
    surfaces=("已经下过一次水了", "洗了一回"),
    disclosure=Disclosure.RELUCTANT,
    asked_by=(("洗过",),),
)
SCENARIO = Scenario(
    id="wrong-coat",
    version="1",
    language="zh",
    industry="retail",
    family="换货",
    title="换货：外套颜色不对",
    brief="客户收到的外套颜色不对。请核对订单并安排换货。",
    difficulty=Difficulty.BASIC,
    openings=("外套颜色发错了", "你们发的什么颜色啊", "怎么发来的是墨绿色"),
    goal="换一件颜色对的外套",
    sub_goals=(
        SubGoal(
            key="swap",
            label="安排换货",
            said_by=(("安排", "换货"), ("上门", "取件")),
            request=("给我换一件", "什么时候能换"),
            reference_line="我为您安排上门取件，新外套三天内发出，运费由我们承担。",
        ),
    ),
    facts=(ORDER, COLOUR, WASHED),
    required_slots=("order",),
    policy_limits=(
        PolicyLimit(
            key="refund",
            label="承诺赔偿",
            forbidden=(("赔", "三倍"),),
            critical="K3",
            rule="错发商品只能换货或者原路退款，一线没有赔偿权限。",
        ),
    ),
    record=(RecordField(key="stock", label="库存", value="藏青色外套仓库尚余十七件"),),
    reference=Reference(turns=6, seconds=300),
    twists=(Twist(key="wedding", surfaces=("我明天婚礼要穿的",)),),
)
PERSONA = Persona(
    id="white-collar",
    version="1",
    language="zh",
    name="白领",
    group="上班族",
    card="三十出头，在公司上班，多半在开会间隙打字。要结论、要时间点，不爱听套话。",
    manner=Manner(
        length=1.0, burst=0.35, typos=0.4, final_punctuation=0.2, polite_you=0.3, patience=0.8
    ),
    markers=("说重点", "给个准信"),
    self_disclosures=("我一会儿还有个会", "我在上班只能打字", "我请不了假"),
)
MOOD = Mood(
    id="calm",
    language="zh",
    name="平静",
    heat=0.2,
    worry=0.2,
    confusion=0.2,
    trust=0.6,
    patience=14,
)
CALM = EmotionState(heat=0.2, worry=0.2, confusion=0.2, trust=0.6, patience=14)
ANGRY = replace(CALM, heat=0.7)
TELL_ORDER = CustomerAct(CustomerActKind.ANSWER_SLOT, "order")
OPEN = CustomerAct(CustomerActKind.OPEN)
PRESS = CustomerAct(CustomerActKind.PRESS, "swap")


def talk(*lines: str) -> tuple[Turn, ...]:
    """Turns from "客服 …" and "客户 …" lines."""
    return tuple(
        Turn(
            seq=seq,
            speaker=Speaker.TRAINEE if line.startswith("客服 ") else Speaker.CUSTOMER,
            text=line[3:],
            at_s=float(seq),
        )
        for seq, line in enumerate(lines, start=1)
    )


def cue(
    *acts: CustomerAct,
    history: tuple[Turn, ...] = (),
    told: tuple[str, ...] = (),
    told_wrong: tuple[str, ...] = (),
    mood: EmotionState = CALM,
    seed: int = 7,
    budget_s: float = 8.0,
    language: str = "zh",
) -> Cue:
    """A cue of the coat case; facts that `acts` tell count as told, as the rules do it."""
    answered = [act for act in acts if act.kind is CustomerActKind.ANSWER_SLOT]
    right = [act.about for act in answered if not act.wrong]
    wrong = [act.about for act in answered if act.wrong]
    return Cue(
        scenario=SCENARIO,
        persona=PERSONA,
        mood=MOOD,
        state=CustomerState(mood=mood, told=(*told, *right), told_wrong=(*told_wrong, *wrong)),
        acts=acts,
        history=history,
        seed=seed,
        language=language,
        budget_s=budget_s,
    )


def english_cue(*acts: CustomerAct, history: tuple[Turn, ...] = (), seed: int = 7) -> Cue:
    """A cue of the shipped English case of a wrong charge."""
    library = open_library()
    scenario = library.scenario("wrong-charge-en")
    return Cue(
        scenario=scenario,
        persona=library.persona(scenario.personas[0]),
        mood=library.mood(scenario.emotions[0]),
        state=CustomerState(mood=CALM),
        acts=acts,
        history=history,
        seed=seed,
        language="en",
        budget_s=8.0,
    )
