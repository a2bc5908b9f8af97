"""How upset a customer of a contact is that nobody simulated: by what they write."""

from __future__ import annotations

import pytest

from core.services.checks.cues import cues_of

UPSET = [
    ("zh", "给你们客服打了好几次电话了，到现在没有人给我一个答复"),
    ("zh", "什么破网，天天掉线"),
    ("zh", "你们就是这样糊弄消费者的吧"),
    ("zh", "都第四天了，连个人影都没有"),
    ("en", "third time i have written and still nothing"),
    ("en", "what the hell is going on with my refund"),
]
CALM = [
    ("zh", "我的快递到哪里了，帮我查一下"),
    ("zh", "投诉电话是多少，我记一下"),
    ("zh", "垃圾短信怎么关闭呀"),
    ("zh", "不着急，明天回我也行"),
    ("zh", "为什么查不到这个订单呢"),
    ("en", "Could you tell me when it arrives? It's not urgent"),
    ("en", "How do I make a complaint? Just need the link"),
]


@pytest.mark.parametrize(("language", "text"), UPSET)
def test_who_is_upset_is_heard(language: str, text: str) -> None:
    assert cues_of(language).heat(text) >= 0.5


@pytest.mark.parametrize(("language", "text"), CALM)
def test_who_only_uses_such_words_is_calm(language: str, text: str) -> None:
    assert cues_of(language).heat(text) == 0.2
