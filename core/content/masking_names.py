"""Finds people's names where something beside them says that they are names.

A bare name without any cue stays: Chinese given names are ordinary words too, and a pattern that
caught them all would eat the text. A name found once is found everywhere in the same text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files

from core.plain_yaml import load_plain

_RAW: dict[str, list[str]] = load_plain(
    files("core.content.data").joinpath("masking.yaml").read_text(encoding="utf-8")
)
_WORDS = {
    key: tuple(word for line in lines for word in line.split()) for key, lines in _RAW.items()
}
_SURNAMES = "|".join(_WORDS["surnames"])
_TITLES = "|".join(_WORDS["titles"])
_HAN = "\u4e00-\u9fff"
# Surnames that stand in everyday words before a title: 对方经理, 任何老师, 前任经理.
_BEFORE_TITLE = "(?<![对双甲乙任如官地各前现责黄])"
_SAID = re.compile(
    r"(?:姓名|名字|联系人|收件人|收货人|户主|机主|患者|开户人|开户名|投保人|本人|[我她他]叫)"
    r"(?:是|叫|为|:|：| )*"
    rf"(?P<name>(?:{_SURNAMES})[{_HAN}]{{1,2}})"
)
# The surname is said first: 我姓张，张伟.
_SURNAMED = re.compile(
    rf"姓(?P<surname>{_SURNAMES})(?:[,，、 ]|名|叫|我叫)*(?P<name>(?P=surname)[{_HAN}]{{1,2}})"
)
_KIN = re.compile(
    rf"(?:{'|'.join(_WORDS['kin'])})[是叫:： ]*(?P<name>(?:{_SURNAMES})[{_HAN}]{{1,2}})"
)
_I_AM = re.compile(
    rf"(?:我是|这里是|这是)(?P<name>(?:{_SURNAMES})[{_HAN}]{{1,2}})(?=[,，。.；;！!？?\s]|$)"
)
_TITLED = re.compile(rf"{_BEFORE_TITLE}(?P<name>(?:{_SURNAMES})[{_HAN}]{{0,2}}?)(?:{_TITLES})")
_FAMILIAR = re.compile(
    r"(?P<name>[小老](?:王|李|张|刘|陈|杨|赵|吴|周|徐|孙|朱|胡|郭|林|罗|郑|梁|谢|宋|唐|许|邓|冯|韩))"
    r"(?=[,，。：:\s！!？?说]|$)"
)
_SPEAKER = re.compile(rf"(?m)^\s*(?P<name>(?:{_SURNAMES})[{_HAN}]{{1,2}})(?=\s*[:：])")
_CAP = r"[A-Z][a-z]+(?:[-'][A-Z][a-z]+)?"
_ENGLISH = (
    re.compile(
        r"(?i:\bmy name is|\bname's|\bname ?:|\bcontact ?:|\bcalled)\s+"
        rf"(?P<name>{_CAP}(?: {_CAP}){{0,2}})"
    ),
    re.compile(rf"(?i:\bi am|\bi'm|\bthis is|\bit's|\bspeaking to)\s+(?P<name>{_CAP} {_CAP})\b"),
    re.compile(rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr)\.? (?P<name>{_CAP}(?: {_CAP})?)"),
    re.compile(rf"\b(?:Dear|Hi|Hello|Thanks|Thank you),? (?P<name>{_CAP})(?=[,.!\n]|$)"),
)
_ENGLISH_SPEAKER = re.compile(rf"(?m)^\s*(?P<name>{_CAP}(?: {_CAP})?)(?=\s*:)")
_PATTERNS = (_SAID, _SURNAMED, _KIN, _I_AM, _TITLED, _FAMILIAR, _SPEAKER)


def names_in(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every name: those with a cue first, then the same names elsewhere."""
    sure: set[str] = set()
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start = match.start("name")
            name = _trimmed(match["name"], text[start:])
            if name:
                sure.add(name)
                yield start, start + len(name)
    for match in _english(text):
        sure.add(match["name"])
        yield match.span("name")
    yield from _elsewhere(text, sure)


def _english(text: str) -> Iterator[re.Match[str]]:
    found = [match for pattern in _ENGLISH for match in pattern.finditer(text)]
    # One line with a colon may be any heading; who speaks does so more than once.
    speakers = list(_ENGLISH_SPEAKER.finditer(text))
    lines = Counter(match["name"] for match in speakers)
    found += [match for match in speakers if lines[match["name"]] > 1]
    for match in found:
        words = match["name"].casefold().split()
        if not any(word in _WORDS["not_english_names"] for word in words):
            yield match


def _elsewhere(text: str, sure: set[str]) -> Iterator[tuple[int, int]]:
    for name in sorted(sure, key=lambda one: (-len(one), one)):
        if len(name) < 2:
            continue
        bound = r"\b" if name.isascii() else ""
        for match in re.finditer(f"{bound}{re.escape(name)}{bound}", text):
            yield match.span()


def _trimmed(name: str, after: str) -> str:
    """The name up to the next word (王芳昨天 names 王芳); empty where an everyday word stands.

    `after` is the text from the name on.
    """
    if after.startswith(_WORDS["everyday"]):
        return ""
    surname = re.match(_SURNAMES, name)
    if surname is None:
        return name
    end = surname.end()
    while end < len(name) and not after.startswith(_WORDS["not_in_names"], end):
        end += 1
    return name[:end]
