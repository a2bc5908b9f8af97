"""A message is a command only if its first word is one and the rest fits; all else is talk."""

import pytest

from bots.commands import Command, Order, parse

PRACTICE = "0123456789abcdef0123456789abcdef"
WORDS = [
    ("练习", "practice", Command.PRACTICE),
    ("今日", "today", Command.TODAY),
    ("提示", "hint", Command.HINT),
    ("结束", "end", Command.END),
    ("重来", "replay", Command.REPLAY),
    ("成绩", "score", Command.SCORE),
    ("画像", "profile", Command.PROFILE),
    ("计划", "plan", Command.PLAN),
    ("申诉", "appeal", Command.APPEAL),
    ("反馈", "feedback", Command.FEEDBACK),
    ("帮助", "help", Command.HELP),
    ("绑定", "bind", Command.BIND),
    ("暂停", "pause", Command.PAUSE),
    ("继续", "resume", Command.RESUME),
    ("资料", "record", Command.RECORD),
    ("小结", "wrapup", Command.WRAP_UP),
    ("工单", "ticket", Command.WRAP_UP),
]


@pytest.mark.parametrize(("chinese", "english", "command"), WORDS)
def test_every_word_alone_is_its_command_in_both_languages(
    chinese: str, english: str, command: Command
) -> None:
    for text in (
        chinese,
        english,
        english.upper(),
        english.title(),
        f"  {chinese}\n",
        f"\u3000{chinese}\u3000",
        f"\ufeff{chinese}\u200b",
        f"{chinese}。",
        f"{chinese}！",
        f"{english}.",
    ):
        assert parse(text) == Order(command), text


@pytest.mark.parametrize(("chinese", "english", "command"), WORDS)
def test_a_word_that_only_begins_a_sentence_is_talk(
    chinese: str, english: str, command: Command
) -> None:
    for text in (f"{chinese}一下用户", f"{chinese}吧", f"请{chinese}", f"{english}s are here"):
        assert parse(text) is None, text


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("练习 1", Order(Command.PRACTICE, "1")),
        ("练习1", Order(Command.PRACTICE, "1")),
        ("练习　２", Order(Command.PRACTICE, "2")),
        ("ＰＲＡＣＴＩＣＥ ３", Order(Command.PRACTICE, "3")),
        ("练习：断网", Order(Command.PRACTICE, "断网")),
        ("练习 断网 seed=7", Order(Command.PRACTICE, "断网 seed=7")),
        ("提示 2", Order(Command.HINT, "2")),
        ("提示2", Order(Command.HINT, "2")),
        ("HINT 3", Order(Command.HINT, "3")),
        ("重来 4", Order(Command.REPLAY, "4", turn=4)),
        ("重来4", Order(Command.REPLAY, "4", turn=4)),
        ("重来 第4句", Order(Command.REPLAY, "第4句", turn=4)),
        ("重来第 十二 句。", Order(Command.REPLAY, "第 十二 句", turn=12)),
        ("replay line 6", Order(Command.REPLAY, "line 6", turn=6)),
        (f"重来 #{PRACTICE} 6", Order(Command.REPLAY, f"#{PRACTICE} 6", 6, PRACTICE)),
        (f"申诉 #{PRACTICE} 4 我核对过", Order(Command.APPEAL, "我核对过", 4, PRACTICE)),
        (f"申诉 #{PRACTICE} 评分不公平", Order(Command.APPEAL, "评分不公平", None, PRACTICE)),
        ("申诉 #4 我核对过", Order(Command.APPEAL, "#4 我核对过")),
        ("申诉 第4句", Order(Command.APPEAL, "", turn=4)),
        ("申诉第４句", Order(Command.APPEAL, "", turn=4)),
        ("申诉 第 四 句", Order(Command.APPEAL, "", turn=4)),
        ("申诉 第二十一句，我核对过。", Order(Command.APPEAL, "我核对过。", turn=21)),
        ("申诉 第4句我核对过了", Order(Command.APPEAL, "我核对过了", turn=4)),
        ("申诉 4 我核对过了", Order(Command.APPEAL, "我核对过了", turn=4)),
        ("appeal line 4: I did verify", Order(Command.APPEAL, "I did verify", turn=4)),
        ("申诉 评分不公平", Order(Command.APPEAL, "评分不公平")),
        ("申诉 4张发票都开了", Order(Command.APPEAL, "4张发票都开了")),
        ("反馈 客户很像真人😀", Order(Command.FEEDBACK, "客户很像真人😀")),
        ("反馈：太快了！", Order(Command.FEEDBACK, "太快了！")),
        ("绑定 K7QXM-3PD9R", Order(Command.BIND, "K7QXM-3PD9R")),
        ("绑定k7qxm3pd9r", Order(Command.BIND, "k7qxm3pd9r")),
        ("绑定：Ｋ７ＱＸＭ－３ＰＤ９Ｒ。", Order(Command.BIND, "K7QXM-3PD9R")),
        ("bind K7QXM-3PD9R", Order(Command.BIND, "K7QXM-3PD9R")),
        ("小结\n原因：误扣\n处理：退费", Order(Command.WRAP_UP, "原因：误扣\n处理：退费")),
        ("工单 原因：误扣", Order(Command.WRAP_UP, "原因：误扣")),
    ],
)
def test_arguments_follow_the_grammar_of_their_command(text: str, order: Order) -> None:
    assert parse(text) == order


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "。。。",
        "😀",
        "结束😊",
        "结束 😊",
        "结束 通话",
        "end the call please",
        "提示 一下用户先重启",
        "提示 4",
        "hint hint",
        "提示一下，您的账单有问题",
        "暂停 服务",
        "继续 帮您处理",
        "继续3天",
        "资料 已经收到",
        "record number 1234",
        "帮助 您解决",
        "help is on the way",
        "今日 就能到账",
        "today we will refund you",
        "成绩单",
        "计划 明天上门",
        "计划：明天上门",
        "重来 一遍吧",
        "重来 这一句",
        "replay it",
        "绑定 银行卡",
        "绑定手机号",
        "bind me",
        "工单1234已经建好",
        "小结一下",
        "反馈第二天给您",
        "您好，练习",
        "「练习」",
        "练 习",
        "申 诉 第4句",
    ],
)
def test_what_does_not_fit_is_talk(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("written", "turn"),
    [("一", 1), ("九", 9), ("十", 10), ("十一", 11), ("二十", 20), ("九十九", 99), ("007", 7)],
)
def test_sentence_numbers_may_be_written_in_chinese(written: str, turn: int) -> None:
    assert parse(f"重来 第{written}句") == Order(Command.REPLAY, f"第{written}句", turn=turn)


@pytest.mark.parametrize("written", ["一二", "十十", "一二三", "十二三"])
def test_a_number_that_is_none_is_no_sentence(written: str) -> None:
    order = parse(f"重来 第{written}句")
    assert order is not None
    assert order.turn == 0


def test_long_remarks_are_commands_like_short_ones() -> None:
    for word in ("反馈", "申诉 第4句", "小结"):
        order = parse(f"{word} {'很长' * 2000}")
        assert order is not None
        assert len(order.argument) == 4000
