"""Hand-written talks about the usual case, with what each line does written beside it."""

from __future__ import annotations

from dataclasses import replace

from core.domain.dialogue import EndReason
from core.domain.reading import TraineeAct as Act
from core.domain.transcript import Transcript
from tests.builders import Talking, phrase


def good() -> Transcript:
    """An angry customer, everything done right."""
    talk = (
        Talking()
        .customer("我话费怎么多扣了20", heat=0.6)
        .customer("你们乱扣钱啊")
        .trainee(
            "您好，我是客服小林。平白多花了20块钱确实让人窝火，能说说是哪笔费用吗？",
            *(Act.GREET, Act.SELF_INTRO, Act.EMPATHY_SPECIFIC, Act.ASK_OPEN),
            after=0.5,
            names_loss=True,
            phrases=(phrase("R1", 0, "您好"), phrase("R2", 0, "平白多花了20块钱")),
        )
        .customer("就3月那张账单", told=("month",))
        .trainee(
            "为了保护您的信息，先核对一下手机尾号，可以吗？",
            *(Act.VERIFY_ID, Act.ASK_SLOT),
            asked=("phone",),
        )
        .customer("6612", told=("phone",))
        .trainee(
            "您是说3月多扣的那20元视频包，对吗？是系统误开造成的，对不起，我来处理。",
            *(Act.RESTATE, Act.APOLOGY_OWNED, Act.EXPLAIN),
            after=0.4,
        )
        .customer("对")
        .trainee(
            "我先给您退订视频包，再把20元原路退回，我明天中午12点前办好并短信通知您。",
            *(Act.SOLVE_ACCEPT, Act.SOLVE_STEP, Act.TIME_COMMIT),
            after=0.1,
            settled=("cancel", "refund"),
            clear_steps=True,
            named_owner=True,
            named_time=True,
        )
        .customer("行吧")
        .trainee(
            "这样处理您看可以吗？还有别的需要我帮忙的吗？",
            *(Act.CONFIRM, Act.MORE),
        )
        .customer("没有了 谢谢")
        .trainee("感谢您的理解，祝您生活愉快，再见。", Act.CLOSE)
    )
    return replace(
        talk.transcript(),
        end_reason=EndReason.SOLVED,
        wrap_up={"cause": "系统误开视频包", "done": "已退订并退回20元"},
    )


def bad() -> Transcript:
    """An angry customer, refused, provoked and promised what nobody may promise."""
    talk = (
        Talking()
        .customer("我话费怎么多扣了20", heat=0.6)
        .trainee(
            "不能退，这是规定。",
            Act.REFUSE_FLAT,
            after=0.8,
            phrases=(phrase("F3", 2, "不能退"),),
        )
        .customer("凭什么不能退？")
        .trainee(
            "你自己点开的能怪谁，不能退。",
            Act.REFUSE_FLAT,
            after=0.9,
            wait_s=90,
            phrases=(phrase("F2", 3, "能怪谁"), phrase("F3", 2, "不能退")),
        )
        .customer("我要投诉你")
        .trainee(
            "行了行了，三倍赔给您总可以了吧。",
            Act.COMPENSATE,
            after=0.95,
            breached=("triple",),
            phrases=(phrase("F9", 4, "三倍赔给您"),),
        )
        .customer("你说话算数吗？")
    )
    return replace(talk.transcript(), end_reason=EndReason.ESCALATED)


def leaky() -> Transcript:
    """The bill is read out to somebody who has proved nothing."""
    talk = (
        Talking()
        .customer("我话费怎么多扣了20")
        .trainee("您好，您3 月 1 日开通了视频包。", Act.GREET, Act.INFORM, told=("bill",))
        .customer("哦 尾号6612", told=("phone",))
        .trainee("好的，手机尾号是多少？", Act.VERIFY_ID, Act.ASK_SLOT, repeated_ask=("phone",))
        .customer("刚说了6612")
    )
    return replace(talk.transcript(), end_reason=EndReason.FINISHED_BY_TRAINEE)
