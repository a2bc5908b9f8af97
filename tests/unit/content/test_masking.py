"""What names a person goes; what a case needs stays."""

from __future__ import annotations

import pytest

from core.content.masking import MaskKind, mask, mask_typed

ZH = {
    MaskKind.URL: "网址",
    MaskKind.MAIL: "邮箱",
    MaskKind.ID: "证件",
    MaskKind.CARD: "卡号",
    MaskKind.PHONE: "电话",
    MaskKind.HOTLINE: "热线",
    MaskKind.PLATE: "车牌",
    MaskKind.ACCOUNT: "账号",
    MaskKind.ORDER: "单号",
    MaskKind.ADDRESS: "地址",
    MaskKind.NAME: "姓名",
}
EN = {kind: f"{kind.value} " for kind in MaskKind}

MASKED_ZH = [
    ("我电话13800138000", "我电话〔电话1〕"),
    ("打138-0013-8000", "打〔电话1〕"),
    ("打138 0013 8000吧", "打〔电话1〕吧"),
    ("+8613912345678能收到", "〔电话1〕能收到"),
    ("１３８００１３８０００", "〔电话1〕"),
    ("幺三八零零幺三八零零零", "〔电话1〕"),
    ("座机010-62345678", "座机〔电话1〕"),
    ("座机 0755 8234567", "座机 〔电话1〕"),
    ("（021）52345678转", "〔电话1〕转"),
    ("拨400-820-8820", "拨〔热线1〕"),
    ("身份证110101199003074578", "身份证〔证件1〕"),
    ("身份证11010119900307457X。", "身份证〔证件1〕。"),
    ("护照E12345678", "〔证件1〕"),
    ("卡6222021234567890123", "卡〔卡号1〕"),
    ("卡号 6222 0212 3456 7890", "卡号 〔卡号1〕"),
    ("订单号20231105123456", "订单号〔单号1〕"),
    ("订单 JD88123456 没到", "订单 〔单号1〕 没到"),
    ("运单号：SF1234567890123", "运单号：〔单号1〕"),
    ("我的工单是A20260001", "我的工单是〔单号1〕"),
    ("户号0089123", "户号〔单号1〕"),
    ("YT8812345678901一直不动", "〔单号1〕一直不动"),
    ("单子202401011234567没人管", "单子〔单号1〕没人管"),
    ("我住在朝阳区建国路88号", "我住在〔地址1〕"),
    ("送到杭州市西湖区文三路100号3号楼201室", "送到〔地址1〕"),
    ("地址是幸福小区3栋2单元501", "地址是〔地址1〕"),
    ("3号楼1502室", "〔地址1〕"),
    ("邮箱wang.fang@163.com", "邮箱〔邮箱1〕"),
    ("车牌京A12345", "车牌〔车牌1〕"),
    ("粤B·D12345停在那", "〔车牌1〕停在那"),
    ("截图在https://img.example.com/a?b=1，你看", "截图在〔网址1〕，你看"),
    ("加微信号wxid_abc123", "加微信号〔账号1〕"),
    ("QQ 123456789", "QQ 〔账号1〕"),
    ("我叫王芳", "我叫〔姓名1〕"),
    ("我叫王芳昨天买的", "我叫〔姓名1〕昨天买的"),
    ("收件人：欧阳小明", "收件人：〔姓名1〕"),
    ("我是李建国，来问退款", "我是〔姓名1〕，来问退款"),
    ("张先生您好", "〔姓名1〕先生您好"),
    ("上次是刘晓梅女士接的", "上次是〔姓名1〕女士接的"),
    ("小李说可以退", "〔姓名1〕说可以退"),
    ("赵敏：你好", "〔姓名1〕：你好"),
]
MASKED_ZH += [
    ("我姓张，张伟，烤箱坏了", "我姓张，〔姓名1〕，烤箱坏了"),
    ("我老婆李秀英在家", "我老婆〔姓名1〕在家"),
    ("联系我同事王强", "联系我同事〔姓名1〕"),
]
STAYS_ZH = [
    "我老公马上到家",
    "我老婆钱包丢了",
    "女儿白天上学",
    "我妈妈周末才在",
    "一共1299.00元",
    "￥12800退给我",
    "2026年11月24日下单",
    "2026-11-24 18:30",
    "20261124那天",
    "打10086没人接",
    "12315投诉",
    "95588查的",
    "iPhone 15 Pro Max 256G",
    "RTX4090显卡",
    "型号XC-2048B",
    "尾号3390",
    "订单2024年下的",
    "订单三天没动",
    "等了48小时",
    "第3号窗口",
    "物流在路上3天了",
    "1到3个工作日到账",
    "我是第一次买",
    "我是方便面买错了",
    "马上先生成一个单",
    "对方经理不接",
    "任何老师都行",
    "周末小姐姐在吗",
    "方案：退款",
    "余额：35元",
    "顾客：在吗",
    "客服：您好",
    "我叫了三次",
    "版本10.4.2",
    "面积88.5平",
    "每月59元套餐",
    "7天无理由",
    "G1024次列车",
]
MASKED_EN = [
    ("call 555-123-4567", "call 〔phone 1〕"),
    ("(555) 123-4567 please", "〔phone 1〕 please"),
    ("ring 07700 900123", "ring 〔phone 1〕"),
    ("+44 7700 900 123", "〔phone 1〕"),
    ("SSN 123-45-6789", "SSN 〔id 1〕"),
    ("card 4111 1111 1111 1111", "card 〔card 1〕"),
    ("order number 4481920", "order number 〔order 1〕"),
    ("order #A-99812", "order #〔order 1〕"),
    ("Tracking: 1Z999AA10123456784", "Tracking: 〔order 1〕"),
    ("booking ref QX48123", "booking ref 〔order 1〕"),
    ("I live at 12 Acacia Avenue", "I live at 〔address 1〕"),
    ("Flat 3, 120 Old Kent Road", "〔address 1〕"),
    ("postcode SW1A 1AA", "postcode 〔address 1〕"),
    ("mail jane.doe@example.org", "mail 〔mail 1〕"),
    ("license plate 7ABC123", "license plate 〔plate 1〕"),
    ("My name is Jane Doe", "My name is 〔name 1〕"),
    ("Mr. Porter called", "Mr. 〔name 1〕 called"),
    ("Hi Sarah, any news", "Hi 〔name 1〕, any news"),
    ("see www.example.com/x", "see 〔url 1〕"),
]
STAYS_EN = [
    "it cost $1,299.00",
    "on 2026-11-24 at 18:30",
    "order 2 pizzas",
    "account since 2019",
    "iPhone 15 Pro",
    "model XC-2048",
    "Dear Customer, hello",
    "Hi There, hello",
    "I am Very Angry",
    "Agent: hello",
    "within 48 hours",
    "flight BA117",
    "ending 4417",
    "room 1204 was cold",
]


@pytest.mark.parametrize(("text", "masked"), MASKED_ZH)
def test_what_names_a_person_is_masked(text: str, masked: str) -> None:
    assert mask(text, labels=ZH).text == masked


@pytest.mark.parametrize(("text", "masked"), MASKED_EN)
def test_what_names_a_person_is_masked_in_english(text: str, masked: str) -> None:
    assert mask(text, labels=EN).text == masked


@pytest.mark.parametrize("text", [*STAYS_ZH, *STAYS_EN])
def test_near_misses_stay(text: str) -> None:
    assert mask(text, labels=ZH).text == text


def test_the_id_of_a_practice_is_no_number_of_a_person() -> None:
    typed = "申诉 #b17fd13912345678b4eb19651e9fb01c 5 我的手机 13912345678"
    kept = mask_typed(typed, labels=ZH)
    assert kept == "申诉 #b17fd13912345678b4eb19651e9fb01c 5 我的手机 〔电话1〕"
    loose = mask_typed("#b17fd13912345678b4eb", labels=ZH)
    assert loose == "#b17fd〔电话1〕b4eb"


def test_one_number_has_one_placeholder_however_it_is_written() -> None:
    found = mask("13800138000，备用13911112222，就打138-0013-8000", labels=ZH)
    assert found.text == "〔电话1〕，备用〔电话2〕，就打〔电话1〕"
    assert found.counts == {MaskKind.PHONE: 3}


def test_a_name_found_once_is_masked_everywhere() -> None:
    found = mask("我叫王芳。\n客服：王芳女士，您好，王芳这个名字对吗", labels=ZH)
    assert found.text == "我叫〔姓名1〕。\n客服：〔姓名1〕女士，您好，〔姓名1〕这个名字对吗"
    assert found.counts == {MaskKind.NAME: 3}


def test_who_speaks_in_english_is_masked_and_a_heading_stays() -> None:
    found = mask("Tracking: lost\nJane: hello\nAgent: hi\nJane: bye\nAgent: bye", labels=EN)
    assert found.text == "Tracking: lost\n〔name 1〕: hello\nAgent: hi\n〔name 1〕: bye\nAgent: bye"


def test_masking_twice_changes_nothing() -> None:
    once = mask("张先生，13800138000，订单号20231105123456，建国路88号", labels=ZH).text
    again = mask(once, labels=ZH)
    assert (again.text, again.counts) == (once, {})


def test_the_report_counts_by_kind() -> None:
    found = mask("王先生 13800138000 a@b.cn 京A12345", labels=ZH)
    assert found.counts == {
        MaskKind.NAME: 1,
        MaskKind.PHONE: 1,
        MaskKind.MAIL: 1,
        MaskKind.PLATE: 1,
    }
