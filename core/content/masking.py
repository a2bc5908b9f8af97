"""Takes out of a text what names a person: before it is stored or sent anywhere.

Plain patterns, in Chinese and English. The same thing gets the same placeholder within one text,
so a conversation stays readable: 〔phone 1〕 is one number wherever it stands. In doubt a number is
masked; prices, dates, short codes and model names stay.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.content.masking_names import names_in


class MaskKind(StrEnum):
    """What was taken out."""

    URL = "url"
    MAIL = "mail"
    ID = "id"
    CARD = "card"
    PHONE = "phone"
    HOTLINE = "hotline"
    PLATE = "plate"
    ACCOUNT = "account"
    ORDER = "order"
    ADDRESS = "address"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Masked:
    """The text with placeholders, and how many places of each kind were masked."""

    text: str
    counts: Mapping[MaskKind, int]


@dataclass(frozen=True, slots=True)
class _Found:
    kind: MaskKind
    start: int
    end: int


_DIGITS = str.maketrans("０１２３４５６７８９＋－＠", "0123456789+-@")
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_HAN = "\u4e00-\u9fff"
_STREETS = "路|街|大道|大街|巷|弄|胡同|里弄"
_ESTATES = "小区|花园|公寓|大厦|家园|新村|苑"
_ROADS = (
    "Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Way|Close|Place|Pl"
    "|Terrace|Crescent|Square"
)
_ORDER_WORDS = (
    "订单|单号|运单|快递单|快递|工单|保单|流水|票号|合同|会员|账号|帐号|户号|编号|病历|车次|案件"
)
_ORDER_WORDS_EN = (
    "order|booking|reference|ref|ticket|tracking|invoice|account|policy|member|membership|case"
    "|confirmation|claim|parcel|shipment|contract|customer"
)

_PATTERNS: Sequence[tuple[MaskKind, re.Pattern[str]]] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (MaskKind.URL, r"(?:https?://|www\.)[A-Za-z0-9\-._~:/?#@!$&'*+,;=%]*[A-Za-z0-9/=]"),
        (MaskKind.MAIL, r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
        (
            MaskKind.ID,
            r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]"
            r"(?![\dA-Za-z])",
        ),
        (MaskKind.ID, r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])"),
        (MaskKind.ID, r"(?i:passport|护照)\D{0,12}?[A-Z]{1,2}\d{7,8}(?!\d)"),
        (MaskKind.PHONE, r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d([- ]?)\d{4}\1\d{4}(?!\d)"),
        (MaskKind.PHONE, r"[一幺][三四五六七八九][〇零一幺二两三四五六七八九]{9}"),
        (
            MaskKind.PHONE,
            r"(?<!\d)(?:\(0\d{2,3}\)|（0\d{2,3}）|0\d{2,3})[- ]?\d{7,8}(?:-\d{1,6})?(?!\d)",
        ),
        (MaskKind.HOTLINE, r"(?<!\d)[48]00[- ]?\d{3}[- ]?\d{4}(?!\d)"),
        (
            MaskKind.PHONE,
            r"(?<![\d-])(?:\+?1[-. ])?(?![48]00)(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4}(?![\d-])",
        ),
        (MaskKind.PHONE, r"(?<!\d)0\d{3,4} \d{3} ?\d{3,4}(?!\d)"),
        (MaskKind.PHONE, r"\+\d{1,3}(?:[- ]?\d{2,4}){3,5}(?!\d)"),
        (MaskKind.CARD, r"(?<!\d)\d{4}(?:([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?)(?!\d)"),
        (MaskKind.CARD, r"(?<![\dA-Za-z])(?:62|4\d|5[1-5]|3[47])\d{13,17}(?!\d)"),
        (MaskKind.PLATE, rf"[{_PROVINCES}][A-Z][·•. ]?[A-Z0-9]{{5,6}}(?![A-Z0-9])"),
        (
            MaskKind.PLATE,
            r"(?i:(?:licen[cs]e|number) plate|registration|\bplate)(?i: (?:number|no\.?|is))*[ :]+"
            r"(?P<own>(?=[A-Z0-9 -]*\d)[A-Z0-9]{2,4}[ -]?[A-Z0-9]{3,4})(?![A-Za-z0-9])",
        ),
        (
            MaskKind.ACCOUNT,
            r"(?i:QQ|微信|wechat|whatsapp)(?:号|ID|id)?(?:是|为|:|：| )*(?P<own>[A-Za-z0-9_-]{5,})",
        ),
        (
            MaskKind.ORDER,
            rf"(?:{_ORDER_WORDS})(?:号码|编号|单号|号)?(?:是|为|:|：|#| )*"
            r"(?P<own>(?=[A-Za-z-]*\d)[A-Za-z]{0,4}-?\d[A-Za-z0-9-]{4,})",
        ),
        (
            MaskKind.ORDER,
            rf"(?i:\b(?:{_ORDER_WORDS_EN})(?: (?:number|no\.?|id|code))?(?: is)?)[ :#]+"
            r"(?P<own>(?=[A-Z-]*\d)[A-Z]{0,4}-?\d[A-Z0-9-]{4,})(?![A-Za-z0-9])",
        ),
        (
            MaskKind.ORDER,
            r"(?<![A-Za-z0-9])(?:SF|YT|JD|JT|ZTO|EMS|YD|STO|1Z|LP|UPS)[A-Z]{0,2}\d{9,}[A-Z]{0,2}",
        ),
        (MaskKind.ORDER, r"(?<![\dA-Za-z.])\d{12,}(?![\d元])"),
        (
            MaskKind.ADDRESS,
            rf"[{_HAN}]{{1,24}}?(?:{_STREETS})\d+(?:号|弄)(?:[{_HAN}]{{0,8}}?\d+(?:号楼|号|栋|幢|座|单元|楼|层|室|房))*",
        ),
        (
            MaskKind.ADDRESS,
            rf"[{_HAN}]{{1,24}}?(?:{_ESTATES})[A-Z]?\d+(?:号楼|号|栋|幢|座|单元)(?:\d+(?:单元|楼|层|室|房|号)?)*",
        ),
        (
            MaskKind.ADDRESS,
            r"(?<!\d)\d{1,3}(?:号楼|栋|幢)(?:\d{1,2}单元)?\d{2,4}(?:室|房|号)?(?!\d)",
        ),
        (
            MaskKind.ADDRESS,
            r"(?:(?:Flat|Apt|Unit|Suite|Apartment) \w{1,5},? )?(?<!\d)\d{1,5}[A-Za-z]? "
            r"(?:[A-Z][a-z']+ ){1,4}?"
            rf"(?:{_ROADS})\b\.?(?:,? (?:Apt|Flat|Unit|Suite|Apartment|#) ?\w{{1,5}})?",
        ),
        (MaskKind.ADDRESS, r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"),
    )
)
_PRACTICE = re.compile(r"(?<![#\w])#[0-9a-f]{32}(?!\w)")
"""How a command names one practice (申诉 #… 5): any of its digits may look like a phone's."""
_LEAD = re.compile(r".*[在住到是寄送址给往从：:我家你您]")


EVERYTHING = frozenset(MaskKind)
ALWAYS = frozenset({MaskKind.MAIL, MaskKind.ID, MaskKind.CARD, MaskKind.PHONE})
"""What no practice needs: a customer is verified by a few last digits, a hotline names nobody."""

_SPEAKER = re.compile(
    r"(?im)^\s*(?:【|\[)?(?:客户|顾客|用户|买家|来电人|客服|坐席|座席|卖家|customer|client|caller|user|"
    r"agent|rep|support)[^\n:：]{0,12}[:：]"
)
_SPEAKERS = 2
_LONG_NUMBER = re.compile(
    r"(?:\d[ \-()（）.]{0,2}){7}|[一幺][三四五六七八九][〇零一幺二两三四五六七八九]{9}"
)


def mask_typed(text: str, *, labels: Mapping[MaskKind, str]) -> str:
    """What somebody typed, as it may be kept: numbers and addresses of people are taken out, and of
    a conversation that was pasted (lines that begin with who speaks) everything that names one."""
    pasted = len(_SPEAKER.findall(text)) >= _SPEAKERS
    kinds = EVERYTHING if pasted else ALWAYS
    return mask(text, labels=labels, kinds=kinds).text if _may_hold(text, pasted=pasted) else text


def _may_hold(text: str, *, pasted: bool) -> bool:
    """A quick look: most lines hold neither a long number nor a mail address."""
    return pasted or "@" in text or "＠" in text or _LONG_NUMBER.search(text) is not None


def mask(
    text: str, *, labels: Mapping[MaskKind, str], kinds: Collection[MaskKind] = EVERYTHING
) -> Masked:
    """`text` without what names a person; `labels` are the placeholders' words by kind.

    Full-width digits are read as plain ones. Masking a masked text changes nothing.
    """
    plain = text.translate(_DIGITS)
    ours = [_Found(MaskKind.ID, *one.span()) for one in _PRACTICE.finditer(plain)]
    everything = _disjoint([*ours, *_numbers(plain, kinds), *_names(plain, kinds)])
    found = [one for one in everything if one not in ours]
    if not found:
        return Masked(text, {})
    numbers: dict[MaskKind, dict[str, int]] = {}
    counts: Counter[MaskKind] = Counter()
    parts: list[str] = []
    at = 0
    for one in found:
        known = numbers.setdefault(one.kind, {})
        number = known.setdefault(_same(plain[one.start : one.end]), len(known) + 1)
        parts += [plain[at : one.start], f"〔{labels[one.kind]}{number}〕"]
        counts[one.kind] += 1
        at = one.end
    return Masked("".join([*parts, plain[at:]]), dict(counts))


def _numbers(text: str, kinds: Collection[MaskKind]) -> Iterator[_Found]:
    for kind, pattern in _PATTERNS:
        if kind not in kinds:
            continue
        for match in pattern.finditer(text):
            own = "own" in pattern.groupindex
            start, end = match.span("own") if own else match.span()
            if kind is MaskKind.ADDRESS:
                lead = _LEAD.match(text[start:end].partition("号")[0])
                start += lead.end() if lead else 0
            yield _Found(kind, start, end)


def _names(text: str, kinds: Collection[MaskKind]) -> Iterator[_Found]:
    for start, end in names_in(text) if MaskKind.NAME in kinds else ():
        yield _Found(MaskKind.NAME, start, end)


def _disjoint(found: Sequence[_Found]) -> list[_Found]:
    """Earlier patterns win where two overlap; in the order of the text."""
    kept: list[_Found] = []
    for one in found:
        if one.end > one.start and all(one.end <= x.start or one.start >= x.end for x in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def _same(text: str) -> str:
    """What two ways of writing one number have in common."""
    return re.sub(r"[\s\-().（）]", "", text).removeprefix("+86").casefold()
