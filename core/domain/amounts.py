"""Numbers in a line, whichever way they are written, so that an invented one can be told."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache

_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_CHINESE = re.compile(r"[零〇一二两三四五六七八九十百千万]+")
_SMALL = dict(zip("零〇一二两三四五六七八九", (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_STEPS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
_UNITS_EN = "zero one two three four five six seven eight nine ten eleven twelve thirteen"
_TEENS_EN = "fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS_EN = "twenty thirty forty fifty sixty seventy eighty ninety"
_LOW_EN = f"{_UNITS_EN} {_TEENS_EN}".split()
_ENGLISH = {
    **{word: value for value, word in enumerate(_LOW_EN)},
    **{word: 20 + 10 * place for place, word in enumerate(_TENS_EN.split())},
}
_ENGLISH_WORD = re.compile(rf"\b(?:{'|'.join(_ENGLISH)})(?:[- ](?:{'|'.join(_ENGLISH)}))?\b")


def numbers(text: str) -> frozenset[str]:
    """Every number in `text` (normal form) as plain digits: "两百块" and "200" are the same.

    A row of single Chinese digits is read digit by digit ("二零九六" is 2096).
    """
    found = {_plain(hit.group()) for hit in _DIGITS.finditer(text)}
    found |= {_chinese(hit.group()) for hit in _CHINESE.finditer(text)}
    found |= {_english(hit.group()) for hit in _ENGLISH_WORD.finditer(text)}
    return frozenset(found)


_COUNTED = re.compile(
    r"(\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百千万]+)(?:多|来)?个?(工作日|小时|分钟|天|元|块|月|年|%)"
)
_AS_SAID = {"块": "元"}


def figures(text: str) -> dict[str, frozenset[str]]:
    """What is counted in a Chinese text -> its numbers: "3个工作日" is 工作日 -> {3}."""
    found: dict[str, frozenset[str]] = {}
    for hit in _COUNTED.finditer(text):
        unit = _AS_SAID.get(hit[2], hit[2])
        found[unit] = found.get(unit, frozenset()) | numbers(hit[1])
    return found


def agree(
    right: Mapping[str, frozenset[str]],
    stated: Mapping[str, frozenset[str]],
    units: Collection[str] = (),
) -> bool:
    """Whether whatever both count, in `units` if any are given, has a number in common."""
    both = right.keys() & stated.keys()
    return all(
        not right[unit].isdisjoint(stated[unit]) for unit in (both & set(units) if units else both)
    )


def strange_numbers(text: str, *, units: str) -> frozenset[str]:
    """The numbers in `text` that claim something.

    All digits do; words do only with a unit behind them and from two on: "一点" and "one thing"
    claim nothing.
    """
    found = {_plain(hit.group()) for hit in _DIGITS.finditer(text)}
    for word, value in ((_CHINESE, _chinese), (_ENGLISH_WORD, _english)):
        for hit in word.finditer(text):
            counted = _unit(units).match(text, hit.end()) is not None
            number = value(hit.group())
            row = len(hit.group()) >= 3 and word is _CHINESE
            if number not in ("0", "1") and (counted or row):
                found.add(number)
    return frozenset(found)


@lru_cache(maxsize=4)
def _unit(units: str) -> re.Pattern[str]:
    return re.compile(rf"\s*(?:{units})")


def _plain(written: str) -> str:
    whole = re.sub(r",(?=\d{3}(?!\d))", "", written).rstrip(".,")
    return whole.removesuffix(".00").removesuffix(".0")


def _chinese(written: str) -> str:
    if not any(char in _STEPS for char in written):
        return "".join(str(_SMALL[char]) for char in written)
    total = part = 0
    last = 0
    for char in written:
        if char == "万":
            total, part, last = (total + part + last) * _STEPS[char], 0, 0
        elif char in _STEPS:
            part, last = part + (last or 1) * _STEPS[char], 0
        else:
            last = _SMALL[char]
    return str(total + part + last * _spoken_step(written))


def _spoken_step(written: str) -> int:
    """What the last digit counts: in "一万二" and "三百五" it is the next smaller step."""
    before = written[-2:-1]
    return _STEPS[before] // 10 if before in _STEPS and written[-1] in _SMALL else 1


def _english(written: str) -> str:
    return str(sum(_ENGLISH[word] for word in re.split(r"[- ]", written)))
