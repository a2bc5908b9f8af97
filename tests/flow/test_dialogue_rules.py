"""What a trainee may type, and what comes back, from the first word to the marks."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.content.pack import SHIPPED
from core.domain.dialogue import Speaker, Turn
from core.domain.messages import ChannelKind, InboundKind, NoticeCode
from core.domain.remark import RemarkKind
from core.ports.storage import UnitOfWork
from tests.flow.phone import HandClock, Phone, Rig, codes, open_rig

LINES = (
    "您好，我是客服小李，很抱歉影响您了，请问您的手机尾号是多少，我核对一下",
    "我来跟进，今天18:00前给您回电",
)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with open_rig(tmp_path) as opened:
        yield opened


@pytest.fixture
def phone(rig: Rig) -> Phone:
    return rig.phone()


async def talked(phone: Phone) -> list[str]:
    """A short practice up to its debrief."""
    await phone.type("练习 1 seed=7")
    for line in LINES:
        await phone.type(line)
    return await phone.type("结束")


async def turns(rig: Rig, phone: Phone) -> list[Turn]:
    """The turns of the conversation's dialogue."""

    def read(unit: UnitOfWork) -> list[Turn]:
        name = unit.conversations.at(phone.address).dialogue_id
        return list(unit.dialogues.turns(name)) if name else []

    return await rig.house.transactions.write(read)


async def test_a_stranger_reads_the_notice_before_the_first_practice(phone: Phone) -> None:
    first = await phone.send("练习 1")
    assert codes(first)[:2] == [NoticeCode.WELCOME, NoticeCode.DIALOGUE_STARTED]
    again = await phone.send("练习 1")
    assert NoticeCode.WELCOME not in codes(again)


async def test_every_command_gives_a_useful_answer_before_any_practice(phone: Phone) -> None:
    expected = {
        "今日": "今日练习：",
        "计划": "接下来建议练：",
        "成绩": "还没有成绩",
        "画像": "能力画像",
        "帮助": "练习 列表：看全部场景",
        "练习 列表": "可以练习的场景：",
        "提示": "现在没有进行中的练习",
        "结束": "现在没有进行中的练习",
        "暂停": "现在没有进行中的练习",
        "继续": "现在没有进行中的练习",
        "资料": "现在没有进行中的练习",
        "小结": "现在没有进行中的练习",
        "重来": "还没有可以重来的练习",
        "申诉": "还没有评分可以申诉",
        "反馈": "例如：反馈",
        "绑定": "例如：绑定",
    }
    await phone.type("你好")
    for text, words in expected.items():
        answer = await phone.type(text)
        assert len(answer) == 1, text
        assert words in answer[0], text


async def test_the_plan_names_the_numbers_that_practice_takes(phone: Phone) -> None:
    await phone.type("你好")
    (plan,) = await phone.send("计划")
    items = plan.facts["items"]
    assert isinstance(items, list)
    first = items[0]
    assert isinstance(first, dict)
    started = (await phone.send(f"练习 {first['number']}"))[0]
    assert started.facts["title"] == first["title"]


async def test_suggestions_give_their_reason_in_words(phone: Phone) -> None:
    await phone.type("你好")
    (today,) = await phone.type("今日")
    assert "先从这里认识你的起点。" in today


@pytest.mark.parametrize(
    "text",
    [
        "结束吧",
        "提示一下用户",
        "练习 一下耐心",
        "申诉 我们会处理的",
        "工单 已经给您建好了",
        "工单1234已经建好",
        "您的资料我看到了",
        "继续 帮您处理",
        "plan B is a refund",
    ],
)
async def test_what_only_sounds_like_a_command_is_said_to_the_customer(
    rig: Rig, phone: Phone, text: str
) -> None:
    await phone.type("练习 1 seed=7")
    answers = await phone.send(text)
    assert NoticeCode.CUSTOMER_LINE in codes(answers)
    said = [turn.text for turn in await turns(rig, phone) if turn.speaker is Speaker.TRAINEE]
    assert said == [text]


async def test_hints_grow_and_the_record_locks_what_needs_verification(phone: Phone) -> None:
    await phone.type("练习 1 seed=7")
    sizes = [(await phone.send("提示"))[0].facts["size"] for _ in range(3)]
    assert sizes == [1, 2, 3]
    assert (await phone.send("提示 1"))[0].facts["size"] == 1
    (record,) = await phone.type("资料")
    assert record.startswith("客户资料：")


async def test_a_pause_freezes_the_clock_and_a_line_meanwhile_is_not_said(
    rig: Rig, phone: Phone
) -> None:
    await phone.type("练习 1 seed=7")
    assert "时间也停了" in (await phone.type("暂停"))[0]
    before = len(await turns(rig, phone))
    assert await phone.type("您好，请讲") == ["练习在暂停中。输入 继续 接着练。"]
    assert await phone.type("暂停") == ["练习在暂停中。输入 继续 接着练。"]
    assert len(await turns(rig, phone)) == before
    phone.clock.advance(hours=5)
    assert "练习继续" in (await phone.type("继续"))[0]
    await phone.type("您好，请讲")
    line = next(t for t in await turns(rig, phone) if t.speaker is Speaker.TRAINEE)
    assert line.at_s <= 100


async def test_a_new_practice_says_that_the_old_one_is_not_scored(phone: Phone) -> None:
    await phone.type("练习 1 seed=7")
    await phone.type(LINES[0])
    answers = await phone.type("练习 2 seed=7")
    assert answers[0] == "本次练习结束：开始了新的练习，不计分"
    assert answers[1].startswith("练习开始：")


async def test_the_end_brings_marks_and_then_a_plain_word_about_the_next(phone: Phone) -> None:
    ended = await talked(phone)
    assert any(text.startswith("本次点评") for text in ended)
    assert "最近一次成绩：" in (await phone.type("成绩"))[0]
    assert await phone.type("好的谢谢") == ["现在没有进行中的练习。输入 练习 开始一次。"]


async def newest(rig: Rig, phone: Phone) -> tuple[str, dict[int, str]]:
    """The title of the conversation's dialogue, and what was said in it by line."""

    def read(unit: UnitOfWork) -> str:
        name = unit.conversations.at(phone.address).dialogue_id
        dialogue = unit.dialogues.get(str(name))
        return rig.house.content.scenario(dialogue.scenario_id).title

    title = await rig.house.transactions.read(read)
    return title, {one.seq: one.text for one in await turns(rig, phone)}


async def test_an_appeal_is_kept_with_its_reason_and_promises_nothing(
    rig: Rig, phone: Phone
) -> None:
    await talked(phone)
    assert "例如：申诉 第 4 句" in (await phone.type("申诉"))[0]
    (answer,) = await phone.type("申诉 第 二 句，我核实过了")
    case, said = await newest(rig, phone)
    assert answer.startswith(f"申诉已记下：「{case}」第 2 句“{said[2]}”。")
    assert "由人来复核" in answer
    assert await phone.type("申诉 第 99 句") == ["没有这一句，请看看点评里写的是第几句。"]
    (whole,) = await phone.type("申诉 整体偏低")
    assert whole.startswith(f"申诉已记下，针对「{case}」的整段评分。")
    # The same once more, and a line of the customer's.
    for again in ("申诉 第 2 句 真的核实过", "申诉 还是偏低"):
        assert (await phone.type(again))[0].startswith("这一句已经申诉过，正在等答复，最晚 20")
    assert await phone.type("申诉 第 1 句 不公平") == ["第 1 句是客户说的，请写你自己说的那一句。"]
    kept = await rig.house.transactions.read(
        lambda unit: unit.remarks.recent(RemarkKind.APPEAL, limit=9)
    )
    assert [(one.turn, one.text) for one in kept] == [(None, "整体偏低"), (2, "我核实过了")]


async def test_an_appeal_during_the_next_practice_is_about_the_marks_already_given(
    rig: Rig, phone: Phone
) -> None:
    await talked(phone)
    case, said = await newest(rig, phone)
    marked = (await turns(rig, phone))[0]
    await phone.type("练习 2 seed=7")
    answer = (await phone.type("申诉 第2句 不公平"))[0]
    assert answer.startswith(f"申诉已记下：「{case}」第 2 句“{said[2]}”")

    def read(unit: UnitOfWork) -> Turn:
        (remark,) = unit.remarks.recent(RemarkKind.APPEAL, limit=9)
        return unit.dialogues.turns(str(remark.dialogue_id))[0]

    assert await rig.house.transactions.read(read) == marked


async def test_feedback_is_kept_with_the_talk_it_is_about(rig: Rig, phone: Phone) -> None:
    await phone.type("练习 1 seed=7")
    answer = await phone.type("反馈 客户说话像真人😀")
    assert answer == ["谢谢，反馈已记下，会用来改进模拟客户。"]
    (kept,) = await rig.house.transactions.read(
        lambda unit: unit.remarks.recent(RemarkKind.FEEDBACK, limit=9)
    )
    assert (kept.text, kept.dialogue_id is not None) == ("客户说话像真人😀", True)


async def test_replay_goes_back_to_the_named_line(rig: Rig, phone: Phone) -> None:
    await talked(phone)
    mine = [turn for turn in await turns(rig, phone) if turn.speaker is Speaker.TRAINEE]
    (resumed,) = await phone.type(f"重来 第{mine[1].seq}句")
    assert resumed.startswith("练习继续：")
    assert [turn.text for turn in await turns(rig, phone)][-1] != mine[1].text
    assert await phone.type("重来 99") == ["没有这一句，请看看点评里写的是第几句。"]


async def test_the_ticket_is_taken_by_field_during_the_talk_and_freely_after_it(
    rig: Rig, phone: Phone
) -> None:
    scenario = next(one for one in rig.house.content.scenarios("zh") if one.wrap_up)
    label = scenario.wrap_up[0].label
    await phone.type(f"练习 {scenario.id} seed=7")
    assert (await phone.type("小结"))[0].startswith("请填写工单小结")
    (kept,) = await phone.type(f"小结 {label}：误扣")
    assert f"{label}：误扣" in kept
    await phone.type(LINES[0])
    await phone.type("结束")
    answers = await phone.type("工单 已经登记")
    assert answers[0].startswith("工单小结已收到")
    assert any(text.startswith("本次点评") for text in answers[1:])


async def test_what_is_no_text_is_answered_and_leaves_the_talk_alone(
    rig: Rig, phone: Phone
) -> None:
    await phone.type("练习 1 seed=7")
    before = await turns(rig, phone)
    (answer,) = await phone.type("", kind=InboundKind.UNSUPPORTED)
    assert answer == "目前只能看懂文字，请打字告诉我。"
    assert await turns(rig, phone) == before


async def test_a_line_that_is_too_long_is_refused_in_words(phone: Phone) -> None:
    await phone.type("练习 1 seed=7")
    assert await phone.type("好" * 2001) == ["这句话太长了，请分成几句。"]


async def test_an_english_console_speaks_english_throughout(tmp_path: Path) -> None:
    async with open_rig(tmp_path / "en", language="en") as rig:
        phone = rig.phone("ann", ChannelKind.CONSOLE)
        started = await phone.type("practice 1 seed=7")
        assert any("Practice starts" in text for text in started)
        assert "Customer record" in (await phone.type("RECORD"))[0]
        await phone.type("Hello, this is Li, I am sorry about that. May I have your number?")
        ended = await phone.type("end.")
        assert any("Feedback on this practice" in text for text in ended)


async def test_results_stay_readable_when_their_content_pack_is_gone(tmp_path: Path) -> None:
    shipped = SHIPPED / "zh" / "scenarios" / "wrong-charge.yaml"
    pack = tmp_path / "pack" / "zh" / "scenarios"
    pack.mkdir(parents=True)
    own = shipped.read_text(encoding="utf-8").replace("id: wrong-charge", "id: our-own", 1)
    (pack / "our-own.yaml").write_text(own, encoding="utf-8")
    clock = HandClock()
    async with open_rig(tmp_path, clock=clock, content_dir=tmp_path / "pack") as rig:
        phone = rig.phone()
        await phone.type("练习 our-own seed=7")
        await phone.type(LINES[0])
        assert NoticeCode.DEBRIEF in codes(await phone.send("结束"))
    async with open_rig(tmp_path, clock=clock) as rig:
        again = rig.phone()
        again.typed = phone.typed
        for word, code in (
            ("成绩", NoticeCode.SCORE),
            ("画像", NoticeCode.PROFILE),
            ("计划", NoticeCode.PLAN),
            ("今日", NoticeCode.TODAY),
            ("申诉 第2句 不公平", NoticeCode.APPEAL_KEPT),
            ("练习 1", NoticeCode.DIALOGUE_STARTED),
        ):
            assert codes(await again.send(word))[:1] == [code], word
