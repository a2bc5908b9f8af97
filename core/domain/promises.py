"""When something was promised for, as the person who was let down says it later."""

from __future__ import annotations

import re

_NUMBER = r"(?:\d{1,3}|[一二两三四五六七八九十半]{1,3})"
_SPANS = {
    "zh": re.compile(
        rf"{_NUMBER}\s*(?:个)?(?:半)?(?:分钟|小时|工作日|天|周|星期)(?:之内|以内|内)"
        r"|(?:(?:今天|今日|今晚|明天|明日|明早|明晚|后天|本周[一二三四五六日]?|下周[一二三四五六日]?"
        r"|周[一二三四五六日])\s*)?(?:(?:早上|上午|中午|下午|晚上)\s*)?"
        rf"(?:\d{{1,2}}[:：]\d{{2}}|{_NUMBER}点半?)\s*(?:之前|以前|前)?"
        r"|(?:今天|今日|今晚|明天|明日|明早|明晚|后天|本周内?|下周[一二三四五六日]?|周[一二三四五六日])"
        r"(?:下班)?(?:之前|以前|之内|前|内)?"
    ),
    "en": re.compile(
        r"(?:within|in) (?:the next )?(?:\d{1,3}|an?|one|two|three|four|five|ten)"
        r" (?:business |working )?(?:minute|hour|day|week)s?"
        r"|by (?:(?:noon|tonight|tomorrow|end of (?:the )?day|monday|tuesday|wednesday|thursday"
        r"|friday|saturday|sunday)\b|\d{1,2}(?::\d{2})?\s?(?:am|pm)?\b)"
        r"(?: (?:today|tomorrow|tonight|noon))?"
        r"|\b(?:today|tonight|tomorrow)\b",
        re.IGNORECASE,
    ),
}
_THEN = {
    "zh": (
        ("今天", "当天"),
        ("今日", "当天"),
        ("今晚", "当晚"),
        ("明天", "第二天"),
        ("明日", "第二天"),
        ("明早", "第二天早上"),
        ("明晚", "第二天晚上"),
        ("后天", "过两天"),
        ("本周", "那周"),
        ("下周", "下一周"),
    ),
    "en": (("today", "the same day"), ("tonight", "that night"), ("tomorrow", "the next day")),
}
"""Days that were named from that day on, as they are named later."""


def promised_time(text: str, language: str) -> str:
    """The first time named in a promise, worded for another day ("明天12点前" becomes
    "第二天12点前"); empty when none is found or the language is not known."""
    spans = _SPANS.get(language)
    found = spans.search(text) if spans else None
    if found is None:
        return ""
    words = " ".join(found.group().split())
    for now, then in _THEN[language]:
        if words.lower().startswith(now):
            return then + words[len(now) :]
        if language == "en" and words.lower().endswith(f" {now}"):
            return words[: -len(now)] + then
    return words
