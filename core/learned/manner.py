"""How polite a single sentence sounds, as numbers: markers of politeness and of its lack all over
it, in its first words and in its last, by patterns in Chinese (both scripts) and English."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

FIRST, LAST = 12, 15
"""So many characters are a sentence's first and last words."""

# How much each field counts beside the others, found by cross-validation.
SENTENCE_WEIGHTS: Mapping[str, float] = {
    "s_all": 1.0,
    "s_head": 0.2,
    "s_tail": 0.2,
    "facts": 0.5,
    "pairs": 0.2,
}

_MARKERS = {
    "thanks": r"谢|謝|\bthank|\bthx\b|appreciat|grateful",
    "honoured": r"您|阁下|閣下|贵|貴|\b(?:sir|madam|ma'am)\b",
    "you": r"你|\byour?s?\b",
    "please": r"请|請|\b(?:please|pls|kindly)\b",
    "exclaims": r"[!！]",
    "repeats": r"[!！?？]{2,}",
    "asks": r"[?？]",
    "sorry": r"歉|不好意思|对不起|對不起|\bsorry\b|apolog|forgive|excuse me",
    "trouble": r"麻烦|麻煩|劳烦|勞煩|烦请|煩請|\b(?:bother|trouble|mind)\b",
    "softens": r"可以|能否|可否|是否|能不能|\b(?:could|would|may|might|perhaps|maybe|possibly)\b",
    "own_view": r"建议|建議|个人|個人|我认为|我認為|我觉得|我覺得"
    r"|\b(?:i think|i believe|i feel|in my opinion|suggest)",
    "welcomes": r"欢迎|歡迎|支持|同意|赞|贊|辛苦|希望|欣赏|欣賞|祝"
    r"|贡献|貢獻|意见|意見|指教|指正|帮助|幫助"
    r"|\b(?:welcome|hope|great|good|nice|agree|help|glad|happy|interesting)",
    "scorns": r"难道|難道|什么态度|什麼態度|竟然|居然|根本|胡|屁|垃圾"
    r"|无知|無知|脑|腦|可笑|笑话|笑話|愚|滚|滾|妈的|媽的|傻|扯"
    r"|烂|爛|瞎|废话|廢話|破坏|破壞|打手|暴"
    r"|\b(?:stupid|nonsense|ridiculous|idiot|absurd|crap|hell|vandal|why the|bother to)",
    "denies": r"不|没|沒|\b(?:no|not|never)\b|n't",
    "tags": r"吗|嗎|么|麼|呢",
    "particles": r"吧|啊|哦|嘛|啦|喔|阿",
    "why": r"为什么|為什麼|为何|為何|怎么|怎麼|凭|憑|\b(?:why|how come|what the)\b",
    "greets": r"您好|你好|大家好|各位|\b(?:hi|hello|hey|dear)\b",
    "but": r"但|不过|不過|然而|\b(?:but|however|although)\b",
    "problem": r"问题|問題|\b(?:problem|issue)",
    "wrong": r"乱|亂|删|刪|错|錯|\b(?:wrong|delete|remove|revert|stop|don't)",
    "trails": r"\.\.\.|…|~",
    "letters": r"[a-zA-Z]+",
    "numbers": r"\d+",
    "quotes": r"[“”「」《》()（）\"]",
    "i": r"我|\bi\b|\bmy\b",
    "others": r"你们|你們|他们|他們|这些人|這些人|某些|有人|\b(?:they|you people|someone)\b",
    "smiles": r"\^_*\^|[:;]-?\)|[:：]",
    "commas": r"[，,]",
    "stops": r"[。.]",
}
_PATTERNS = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _MARKERS.values())


def sentence_texts(pieces: Sequence[tuple[int, str]]) -> dict[str, list[tuple[int, str]]]:
    """Field -> the pieces of text in it, each with the number of its turn."""
    return {
        "s_all": [*pieces],
        "s_head": [(turn, text[:FIRST]) for turn, text in pieces[:1]],
        "s_tail": [(turn, text[-LAST:]) for turn, text in pieces[-1:]],
    }


def manner(pieces: Sequence[tuple[int, str]]) -> list[tuple[int, float]]:
    """Log counts of each marker, whether the first and the last words hold it, and the length, each
    with the turn it belongs to (0: to none)."""
    text = "\n".join(text for _, text in pieces)
    owner = pieces[0][0] if len(pieces) == 1 else 0
    numbers = [math.log1p(len(pattern.findall(text))) for pattern in _PATTERNS]
    for edge in (text[:FIRST], text[-LAST:]):
        numbers += [float(bool(pattern.search(edge))) for pattern in _PATTERNS]
    return [(owner, number) for number in [*numbers, math.log1p(len(text)), len(text) / 100]]
