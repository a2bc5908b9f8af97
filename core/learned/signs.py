"""Signs of how a talk goes that can be counted in a text, whoever wrote it: thanks, anger, a deed
told, a question; Chinese and English."""

from __future__ import annotations

import math
import re

_SIGNS = {
    "thanks": r"谢谢|感谢|多谢|thx|thank",
    "welcome": r"不客气|不谢|welcome",
    "solved": r"解决了|好了|可以了|行了|搞定|恢复|\b(?:works|fixed|solved|sorted)\b",
    "no": r"没|不|无|\b(?:no|not|never)\b|n't",
    "stress": r"[!！]",
    "asks": r"[?？]",
    "angry": r"投诉|工信部|垃圾|骗|坑|差劲|失望|无语|太慢|ridiculous|terrible|complain|useless",
    "sorry": r"抱歉|对不起|不好意思|歉|sorry|apolog",
    "contact": r"私信|联系方式|电话|号码|\b(?:phone|call|number|dm)\b",
    "done": r"已经|已|为您|帮您|\b(?:have|done|for you)\b",
    "advice": r"建议|可以|请您|\b(?:please|can|could)\b",
    "pleased": r"满意|赞|高兴|给力|好的|哈哈|嗯|\b(?:great|good|ok|perfect)\b",
    "again": r"还|又|再|一直|仍|\b(?:again|still)\b",
    "mark": r"\[[^\]]+\]",
    "checks": r"核实|查询|反馈|反映|处理|跟进|\b(?:check|report|follow)",
}
_PATTERNS = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _SIGNS.values())


def signs(text: str) -> list[float]:
    """Log counts of each sign and of the characters, in a fixed order."""
    counts = [len(pattern.findall(text)) for pattern in _PATTERNS]
    return [math.log1p(count) for count in [*counts, len(text)]]
