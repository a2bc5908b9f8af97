"""Small, whole domain objects for tests; every part can be replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypedDict, Unpack

from core.domain.agenda import CustomerState
from core.domain.dialogue import Dialogue, EndReason, Mode, Speaker, Status, Turn, Versions
from core.domain.emotion import EmotionState
from core.domain.reading import LineReading, PhraseHit, TraineeAct
from core.domain.scenario import (
    Difficulty,
    Disclosure,
    Fact,
    PolicyLimit,
    RecordField,
    Reference,
    Scenario,
    SubGoal,
    WrapUpField,
)
from core.domain.transcript import Transcript
from core.ports.line_reader import LineContext


class Findings(TypedDict, total=False):
    """What a reading may hold beside its acts."""

    phrases: tuple[PhraseHit, ...]
    asked: tuple[str, ...]
    settled: tuple[str, ...]
    breached: tuple[str, ...]
    told: tuple[str, ...]
    repeated_ask: tuple[str, ...]
    jargon: tuple[str, ...]
    long: bool
    clear_steps: bool
    named_owner: bool
    named_time: bool
    names_loss: bool
    injection: bool
    confidence: float


NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def scenario() -> Scenario:
    """A charge by mistake: verify, find the service, cancel it, refund by the original way."""
    return Scenario(
        id="fee-dispute",
        version="1",
        language="zh",
        industry="telecom",
        family="资费争议",
        title="莫名多扣 20 元",
        brief="客户发现账单多了一笔增值业务费。",
        difficulty=Difficulty.MEDIUM,
        openings=("我话费怎么多扣了20",),
        goal="退订并退费",
        sub_goals=(
            SubGoal(
                key="cancel",
                label="退订视频包",
                said_by=(("退订", "视频包"), ("取消", "视频包")),
                request=("你先给我取消了",),
                needs=("phone",),
                reference_line="我现在就给您退订视频包，下个月起不会再扣这笔费用。",
            ),
            SubGoal(
                key="refund",
                label="退回 20 元",
                said_by=(("原路", "退"), ("退", "20")),
                request=("那20块钱呢",),
                needs=("cancel",),
                reference_line="这 20 元我给您申请原路退回，明天中午 12 点前到账，我会短信通知您。",
            ),
        ),
        facts=(
            Fact(
                key="phone",
                label="手机尾号",
                value="6612",
                surfaces=("尾号6612", "6612"),
                disclosure=Disclosure.ON_ASK,
                asked_by=(("手机号",), ("尾号",)),
                verifies=True,
            ),
            Fact(
                key="month",
                label="扣费月份",
                value="3月",
                surfaces=("3月那张账单",),
                disclosure=Disclosure.ON_ASK,
                asked_by=(("哪个月",),),
            ),
        ),
        required_slots=("phone", "month"),
        policy_limits=(
            PolicyLimit(
                key="triple",
                label="三倍赔偿",
                forbidden=(("三倍",),),
                critical="K3",
                rule="误扣只退实际金额",
                instead="我按实际误扣的金额给您原路退回。",
            ),
            PolicyLimit(
                key="no-charge-law",
                label="编造规定",
                forbidden=(("国家规定", "不能退"),),
                critical="K2",
                rule="误扣可以退",
                instead="误扣的费用可以退，我给您登记。",
            ),
        ),
        record=(
            RecordField(
                key="bill",
                label="3 月账单明细",
                value="视频包 20 元，3 月 1 日开通",
                after_verification=True,
                spoken_by=(("3 月 1 日", "开通"),),
            ),
        ),
        reference=Reference(turns=6, seconds=300),
        losses=("多花了20块钱",),
        wrap_up=(
            WrapUpField(key="cause", label="原因", expected=(("误扣",), ("误开",))),
            WrapUpField(key="done", label="处理", expected=(("退订", "退"),)),
        ),
    )


def mood(heat: float) -> EmotionState:
    """A mood of this heat, everything else in the middle."""
    return EmotionState(heat=heat, worry=0.3, confusion=0.2, trust=0.5, patience=10)


def phrase(category: str, severity: int, text: str) -> PhraseHit:
    """A phrase found at the start of a line."""
    return PhraseHit(category=category, severity=severity, text=text, start=0)


@dataclass
class Talking:
    """Writes a transcript line by line; each customer message takes 5 s, each answer 10 s."""

    turns: list[Turn] = field(default_factory=list)
    heat: float = 0.2
    now_s: float = 0.0

    def customer(
        self, text: str, *, told: Iterable[str] = (), heat: float | None = None
    ) -> Talking:
        """The customer writes."""
        self.heat = self.heat if heat is None else heat
        self.turns.append(
            Turn(
                seq=len(self.turns) + 1,
                speaker=Speaker.CUSTOMER,
                text=text,
                at_s=self.now_s,
                told=tuple(told),
            )
        )
        self.now_s += 5
        return self

    def trainee(
        self,
        text: str,
        *acts: TraineeAct,
        after: float | None = None,
        wait_s: float = 5.0,
        spoken: bool = False,
        **findings: Unpack[Findings],
    ) -> Talking:
        """The trainee writes or speaks; `after` is the heat the line leaves behind."""
        left = self.heat if after is None else after
        self.now_s += wait_s
        self.turns.append(
            Turn(
                seq=len(self.turns) + 1,
                speaker=Speaker.TRAINEE,
                text=text,
                at_s=self.now_s,
                reading=LineReading(text=text, acts=frozenset(acts), **findings),
                mood_before=mood(self.heat),
                mood_after=mood(left),
                spoken=spoken,
            )
        )
        self.heat = left
        return self

    def transcript(self) -> Transcript:
        """What was written so far, with the usual case."""
        return Transcript(id="d-1", turns=tuple(self.turns), language="zh", scenario=scenario())


@dataclass(frozen=True)
class NotedReader:
    """A reader that knows some lines by heart and takes every other one for information."""

    known: Mapping[str, LineReading] = field(default_factory=dict)

    def read(self, text: str, context: LineContext) -> LineReading:
        """The noted reading of this text."""
        plain = LineReading(text=text, acts=frozenset({TraineeAct.INFORM}))
        return self.known.get(text.strip(), plain)


def dialogue() -> Dialogue:
    """An ended practice of the usual case."""
    return Dialogue(
        id="d-1",
        person_id="p-1",
        conversation_id=1,
        scenario_id="fee-dispute",
        persona_id="white-collar",
        mood_id="angry",
        engine="agenda",
        seed=1,
        mode=Mode.PRACTICE,
        language="zh",
        versions=Versions(scenario="1", persona="1", prompts="1", rubric="1", engine="1"),
        state=CustomerState(mood=mood(0.2)),
        started_at=NOON,
        clock_since=None,
        last_turn_at=NOON,
        status=Status.ENDED,
        end_reason=EndReason.SOLVED,
        ended_at=NOON,
    )
