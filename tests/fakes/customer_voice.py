"""A model that plays the customer as the Chinese prompt tells it, and no better.

It reads what it is to do this time and says just that; so whatever it says was in the prompt.
"""

import re
from collections.abc import Mapping
from random import Random
from typing import Any

_TO_DO = re.compile(r"【这一次要做的】\n(.*?)\n\n", re.DOTALL)
_LINES = re.compile(r"最多分 (\d+) 条短消息")
_ANSWERED = re.compile(r"^（[^）]*）")
_OWN_WORDS = {
    "对客服的话简单应一声": ("嗯 没错", "对的", "是这样", "没错没错"),
    "客服又问": ("刚才说过了啊", "前面讲了", "往上翻翻", "不是说过了嘛"),
    "说自己不清楚": ("不太清楚", "记不得了", "真想不起来", "没留意过"),
    "不太想说": ("这个不好说", "说不好", "先不提这个", "以后再讲"),
    "没听懂": ("啥意思", "没听懂", "讲明白点行不", "我看不懂这个"),
    "问一句凭什么": ("凭什么这样", "哪条写着的", "谁定的啊"),
    "被问到": ("问这干嘛", "要这个做什么", "为啥要问"),
    "客服说的数不对": ("不是这个数", "不对吧", "数错了"),
    "客服问还有没有": ("没了", "没别的了", "暂时没有"),
    "客服问这样行不行": ("可以", "行", "嗯 可以"),
    "催客服快点": ("快点行不行", "给个说法", "等半天了", "有结果没"),
    "发泄不满": ("真受不了", "气人啊", "太不像话", "烦透了"),
    "说再不解决": ("那我去投诉", "叫你们主管来", "我要找你领导"),
    "表示这样可以": ("行吧", "这样也行", "那先这么办", "可以的"),
    "不接受": ("不行啊", "我不同意", "这说不过去", "没用的"),
    "讨价还价": ("再多给点呗", "就这点啊", "能再让让不"),
    "表示不太相信": ("真的假的", "我不太信", "说得好听"),
    "简短道谢": ("谢谢啊", "谢了", "多谢你"),
    "随口说一句": ("今天真冷", "你们也挺忙哈"),
    "事情没解决也不想再聊": ("算了 不说了", "白问了", "我找别人去"),
    "问对面是不是机器人": ("你是机器人吧", "是真人在回吗", "怎么像机器在说"),
    "要求转人工": ("转人工", "找个真人来", "我要人工"),
    "结束这次聊天": ("那就这样", "先这样吧", "行 那先到这"),
}


def play(body: Mapping[str, Any]) -> str:
    """The reply to one request: its acts one after the other, as messages where it may."""
    told = "\n".join(str(one["content"]) for one in body["messages"] if one["role"] == "system")
    to_do, lines = _TO_DO.search(told), _LINES.search(told)
    assert to_do is not None, "not a prompt of ours"
    assert lines is not None, "not a prompt of ours"
    chance = Random(int(body["seed"]))
    said = [_say(act.removeprefix("- "), chance) for act in to_do[1].splitlines()]
    return ("\n" if len(said) <= int(lines[1]) else " ").join(said)


def _say(act: str, chance: Random) -> str:
    act = _ANSWERED.sub("", act)
    words = act.partition("：")[2]
    if words:
        return words
    own = next((own for begin, own in _OWN_WORDS.items() if act.startswith(begin)), None)
    assert own is not None, f"an act without words: {act}"
    return chance.choice(own)
