"""A text into clauses, each with the points it makes (core/domain/claims.py)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from core.domain.claims import NUMERIC, SPANS, Kind, Point, Statement
from core.readers import english_claims as english

LANGUAGES = frozenset({"zh", "en"})
"""Languages whose claims can be read."""

_FEWEST_ENGLISH = 4
"""Grams, which are two for each word."""

_HAN = re.compile(r"[\u4e00-\u9fff]")
_SENTENCES = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]?")
_CLAUSES = re.compile(r"[^，,：:（）()]+")
_STOPS = "。！？!?；;. "
_LIST_MARK = re.compile(r"^\s*(?:[-*]|\d+\.|[答问]：)\s*")
_ASKS = re.compile(
    r"[?？]\s*$|(?:吗|呢|么|是不是|有没有)[。\s]*$|^请问|多少[^，]*$|哪(?:天|个|里|一)"
)
_QUOTED = re.compile(r"[“\"「『][^”\"」』]*[”\"」』]")
_NUMBER = r"(?:\d+(?:\.\d+)?)"
_CN_NUMBER = "零一二两三四五六七八九十百千万"
_CN_DIGIT = dict(zip("零一二两三四五六七八九", (0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_UNITS: dict[str, tuple[Kind, float, str]] = {
    "万元": (Kind.MONEY, 10000, ""), "元": (Kind.MONEY, 1, ""), "块钱": (Kind.MONEY, 1, ""),
    "块": (Kind.MONEY, 1, ""), "毛": (Kind.MONEY, 0.1, ""), "角": (Kind.MONEY, 0.1, ""),
    "个工作日": (Kind.WORKDAYS, 1, ""), "工作日": (Kind.WORKDAYS, 1, ""),
    "秒钟": (Kind.TIME, 1 / 3600, ""), "秒": (Kind.TIME, 1 / 3600, ""),
    "分钟": (Kind.TIME, 1 / 60, ""), "个小时": (Kind.TIME, 1, ""), "小时": (Kind.TIME, 1, ""),
    "天": (Kind.TIME, 24, ""), "个星期": (Kind.TIME, 168, ""), "星期": (Kind.TIME, 168, ""),
    "周岁": (Kind.COUNT, 1, "岁"), "岁": (Kind.COUNT, 1, "岁"),
    "周": (Kind.TIME, 168, ""), "个月": (Kind.TIME, 730, ""), "年": (Kind.TIME, 8760, ""),
    "%": (Kind.SHARE, 0.01, ""), "折": (Kind.SHARE, 0.1, "折"),
    "点": (Kind.CLOCK, 1, ""),
    **{unit: (Kind.COUNT, 1, unit) for unit in
       ("次", "张", "台", "件", "份", "条", "家", "层", "公斤", "公里", "度", "里程", "积分",
        "个", "位", "套", "块板")},
    "g": (Kind.COUNT, 1, "g"), "m": (Kind.COUNT, 1, "m"), "mb": (Kind.COUNT, 1, "mb"),
}  # fmt: skip
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_QUANTITY = re.compile(rf"({_NUMBER})(?:\s*(?:到|至|-|~|—)\s*({_NUMBER}))?\s*({_UNIT})")
_CN_QUANTITY = re.compile(rf"([{_CN_NUMBER}]+)(?=(?:到|至)?[{_CN_NUMBER}]*\s*(?:{_UNIT}))")
_FIXED = (
    ("一半", "50%"),
    ("半个月", "15天"),
    ("半年", "6个月"),
    ("第一次", "首次"),
    ("千分之一", "0.1%"),
    ("万分之五", "0.05%"),
    ("一毛五", "0.15元"),
)
_PERCENT = re.compile(r"百分之([一二三四五六七八九十百\d]+)")
_TENTHOUSANDS = re.compile(r"(\d+)万元?")
_EVENING = re.compile(r"(?:晚上|夜里|下午)(\d{1,2})点")
_RATE_AFTER = re.compile(r"\s*(?:内)?(?:\d|能|可以|最多|只能|限|消费|要收|收|省)")
_NO_NEED = re.compile(r"不用|不需要|不必|无需|不要求|不须|没有[^，]{0,4}要求|不需|没关系")
_NEED = re.compile(
    r"需要|必须|(?<![只不])须|一定要|(?<![需不主重还只首所有])要(?!求|是|么|紧)|得(?=您|先|去|把|到|回|亲|自|换)|就得"
)
_NO = re.compile(
    r"不(?!用|需|必|要求|满|同|超|足|过(?!期)|少|影响|须|然|仅|合适|要钱|知|起诉|管|清|详|对(?!外)|支持就)|(?<!有)没有(?!拆|用|开|原|到|登|通|发|付|交|收|出|来|端|备|安|电|库|登录)|无法|没法|不得|作废"
)
_TAIL = re.compile(r"(?<=.)(?:不|可以|能|须|必须|都|一律|全天|属于|免费|收|由|即时|是)")
_FREE = re.compile(r"免费|免(?!邮|密|打|提|赔)[收除年安首]?|不收(?!回|取|集|货)|包邮")
_CHARGED = re.compile(r"收费|(?<![不免])收(?:一?点|一定的?|些|取)?(?:手续|工本|服务|上门)费|要扣钱")
_ASKED_FOR = re.compile(r"收|付|费|价|每|交|扣")
_SURE = re.compile(r"保证|一定(?!要)|肯定|百分百|绝对|包(?=修|过|赔|退)")
_NO_PROMISE = re.compile(r"(?:不得|不能|不可|不)(?:一定)?(?:保证|承诺|答应)")
_EFFECTS = (
    ("当月", re.compile(r"当月(?=.{0,4}(?:生效|起|就|开始|算|变))")),
    ("次月", re.compile(r"次月")),
    ("次日", re.compile(r"次日(?!达|起|算|0|6)")),
    ("即时", re.compile(r"即时|当天(?=.{0,3}生效)|自动(?=失效)")),
)
_ANCHOR = re.compile(
    r"签收|收货|到期|逾期|提前|起飞前|就诊前|入网|在网|年满|送达|出险|交易日|购房|还满|封存|满|超过|超时|延误"
)
"""Events a span is counted from."""
_EFFECTIVE = re.compile(r"生效|失效|新的算|按新|换成新")
_BEARS = re.compile(r"承担|负担|(?<![支垫代])出(?=$|[。一])|各出50%")
_PERSONAL = re.compile(
    r"您(?:的订单|当时|上个月|最近|这单|家|的余额|的里程卡|的保单)|显示|实付是|编号|工号|尾号|前面还有"
)
_OWN_PROMISE = re.compile(
    r"(?:今天|明天|今晚|明早|后天|稍等|再等|给我|等我)[^，]{0,10}|我(?!们)[^，]{0,14}(?:回复|答复|回电|回话)"
)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language by which claims are compared."""

    same: tuple[tuple[str, str], ...]
    idle: re.Pattern[str]
    idle_words: frozenset[str]
    rivals: tuple[tuple[str, ...], ...]
    house: tuple[str, ...]
    customer: tuple[str, ...]


@cache
def words_of(language: str) -> Words:
    """The words of a language. KeyError for one that has none."""
    source = files("core.readers.data").joinpath(f"claims.{language}.yaml")
    raw = yaml.safe_load(source.read_text(encoding="utf-8"))
    same = [(said, word) for word, many in raw["same"].items() for said in many]
    idle = sorted(raw["idle"].split(), key=len, reverse=True)
    return Words(
        same=tuple(sorted(same, key=lambda pair: -len(pair[0]))),
        idle=re.compile("|".join(map(re.escape, idle))),
        idle_words=frozenset(idle),
        rivals=tuple(tuple(row) for row in raw["rivals"]),
        house=tuple(raw["house"]),
        customer=tuple(raw["customer"]),
    )


def statements(text: str, *, under: str = "", claimed: bool = False) -> Iterator[Statement]:
    """The clauses of a text. `under` is what it stands under (title, other names, headings);
    of a claimed text, questions and quotes are left out."""
    tongue = _tongue(text)
    above = asked = tongue.grams(tongue.plain(under))
    bare = _QUOTED.sub("", text) if claimed else text
    for sentence in tongue.sentences.findall(tongue.plain(bare)):
        if sentence.lstrip().startswith("|"):
            continue
        if tongue.asks.search(sentence.strip("* ")):
            # The answers to a question are about what it asks for.
            asked = above | tongue.grams(sentence)
            continue
        whole = tongue.grams(sentence)
        around = asked | whole
        clauses = tongue.clauses(sentence.rstrip(_STOPS))
        for number, clause in enumerate(clauses, start=1):
            condition = not claimed and number < len(clauses) and clause.endswith(("的", "时"))
            points = tuple(
                point
                for point in tongue.points(clause, sentence, claimed)
                if not condition or point.kind in NUMERIC
            )
            sort = tongue.sort(clause) or tongue.sort(sentence)
            for said in tongue.one_by_one(clause):
                yield Statement(clause.strip(), points, tongue.grams(said), whole, around, sort)


def figures(text: str) -> Iterator[Point]:
    """The sums, spans, shares, counts and times of a text, without what the clauses are about."""
    tongue = _tongue(text)
    for sentence in tongue.sentences.findall(tongue.plain(text)):
        if sentence.lstrip().startswith("|") or tongue.asks.search(sentence.strip("* ")):
            continue
        for clause in tongue.clauses(sentence.rstrip(_STOPS)):
            found = tongue.points(clause, sentence, False)
            yield from (point for point in found if point.kind in NUMERIC)


def content_grams(text: str) -> frozenset[str]:
    """What a text is about, as grams of its own language."""
    tongue = _tongue(text)
    return tongue.grams(tongue.plain(text))


def own_clause(text: str, clause: str) -> str:
    """The clause as it was typed, all of the text where it is not found."""
    tongue = _tongue(text)
    typed = (one for part in tongue.sentences.findall(text) for one in tongue.clauses(part))
    return next((one.strip(" 。！？!?；;.") for one in typed if clause in tongue.plain(one)), text)


def own_sentence(text: str, clause: str) -> str:
    """The sentence of a passage that holds this clause, as it is written, without marks of
    lists and emphasis; the clause itself where it is not found."""
    tongue = _tongue(text)
    for written in tongue.sentences.findall(text):
        if clause in tongue.plain(written):
            return _LIST_MARK.sub("", written.replace("**", "")).strip(" ；;")
    return clause


@dataclass(frozen=True, slots=True)
class _Tongue:
    """How one language is taken apart."""

    sentences: re.Pattern[str]
    asks: re.Pattern[str]
    clauses: Callable[[str], list[str]]
    plain: Callable[[str], str]
    grams: Callable[[str], frozenset[str]]
    points: Callable[[str, str, bool], Iterator[Point]]
    sort: Callable[[str], frozenset[tuple[int, str]]]
    one_by_one: Callable[[str], list[str]]


def _tongue(text: str) -> _Tongue:
    return _chinese() if _HAN.search(text) else _english()


@cache
def _chinese() -> _Tongue:
    return _Tongue(
        sentences=_SENTENCES,
        asks=_ASKS,
        clauses=_CLAUSES.findall,
        plain=plain,
        grams=grams,
        points=lambda clause, sentence, claimed: _points(clause, sentence, claimed=claimed),
        sort=lambda clause: _sort(clause, "zh"),
        one_by_one=_one_by_one,
    )


@cache
def _english() -> _Tongue:
    words = words_of("en")
    house, customer = (
        rf"\b(?:{'|'.join(map(re.escape, some))})\b" for some in (words.house, words.customer)
    )

    def plain_english(text: str) -> str:
        folded = english.plain(text)
        for said, word in words.same:
            folded = folded.replace(said, word)
        return folded

    def points(clause: str, sentence: str, claimed: bool) -> Iterator[Point]:
        found = english.points(clause, sentence, claimed=claimed, house=house, customer=customer)
        if claimed and len(english.grams(sentence, words.idle_words)) < _FEWEST_ENGLISH:
            # "Refunded within 2 days" may be about anything that is refunded.
            return (point for point in found if point.kind not in NUMERIC)
        return found

    return _Tongue(
        sentences=english.SENTENCES,
        asks=english.ASKS,
        clauses=lambda sentence: [one for one in english.CLAUSES.split(sentence) if one.strip()],
        plain=plain_english,
        grams=lambda text: english.grams(text, words.idle_words),
        points=points,
        sort=lambda clause: _sort(clause, "en"),
        one_by_one=lambda clause: [clause],
    )


def plain(text: str) -> str:
    """Half width, lower case, Chinese numbers with a unit as digits, hours of the day 0..24."""
    folded = unicodedata.normalize("NFKC", text).lower()
    for said, meant in _FIXED:
        folded = folded.replace(said, meant)
    folded = _PERCENT.sub(lambda hit: f"{_count(hit[1])}%", folded)
    folded = _TENTHOUSANDS.sub(lambda hit: f"{int(hit[1]) * 10000}元", folded)
    folded = _CN_QUANTITY.sub(lambda hit: f"{_count(hit[1])}", folded)
    return _EVENING.sub(_hour, folded)


def _hour(found: re.Match[str]) -> str:
    hour = int(found[1])
    return f"{hour + 12 if hour < 12 else hour}点"


def _count(written: str) -> int:
    """A Chinese number below a hundred million, or digits."""
    if written.isdigit():
        return int(written)
    total = part = 0
    for sign in written:
        if sign in _CN_DIGIT:
            part = _CN_DIGIT[sign]
        elif sign == "万":
            total, part = (total + part) * 10000, 0
        else:
            total, part = total + (part or 1) * {"十": 10, "百": 100, "千": 1000}[sign], 0
    return total + part


def grams(text: str) -> frozenset[str]:
    """Content characters and pairs of them, without numbers and idle words."""
    words = words_of("zh")
    for said, word in words.same:
        if said in text:
            text = text.replace(said, word)
    bare = words.idle.sub(" ", _QUANTITY.sub(" ", text))
    found: set[str] = set()
    for run in re.findall(r"[a-z][a-z-]+|[\u4e00-\u9fff]+", bare):
        if run[0] < "\u4e00":
            found.add(run)
            continue
        found.update(run[at : at + 2] for at in range(len(run) - 1))
        found.update(run)
    return frozenset(found)


def _one_by_one(clause: str) -> list[str]:
    """ "A、B和C不参加" as "A不参加", "B不参加", "C不参加"."""
    items = re.split(r"[、和]", clause)
    verb = _TAIL.search(items[-1])
    if len(items) == 1 or verb is None:
        return [clause]
    tail = items[-1][verb.start() :]
    return [f"{item}{tail}" for item in (*items[:-1], items[-1][: verb.start()])]


def _sort(clause: str, language: str) -> frozenset[tuple[int, str]]:
    rows = enumerate(words_of(language).rivals)
    return frozenset((at, word) for at, row in rows for word in row if word in clause)


def _points(clause: str, sentence: str, *, claimed: bool) -> Iterator[Point]:
    for said, word in words_of("zh").same:
        clause = clause.replace(said, word)
    own = claimed and (_PERSONAL.search(sentence) or _OWN_PROMISE.search(clause))
    numbers = [] if own else list(_quantities(clause))
    yield from numbers
    yield from _dealings(clause, paid=any(_is_sum(point) for point in numbers))


def _quantities(clause: str) -> Iterator[Point]:
    hits = list(_QUANTITY.finditer(clause))
    for hit in hits:
        kind, factor, unit = _UNITS[hit[3]]
        low = float(hit[1]) * factor
        high = float(hit[2]) * factor if hit[2] else low
        if hit[1] == "1" and not hit[2] and _is_rate(clause, hit.start(), hit.end(), hits):
            continue
        if clause[: hit.start()].endswith("第"):
            continue
        if kind is Kind.CLOCK and not 0 <= low <= 24:
            continue
        anchor = _ANCHOR.search(clause[: hit.start()]) if kind in SPANS else None
        yield Point(kind, min(low, high), max(low, high), unit, anchor=anchor[0] if anchor else "")


def _is_rate(clause: str, start: int, end: int, hits: list[re.Match[str]]) -> bool:
    """Whether "1个月" says how often instead of how long ("1个月15元")."""
    near = any(
        hit.start() != start and (0 <= start - hit.end() <= 1 or 0 <= hit.start() - end <= 4)
        for hit in hits
    )
    return near or _RATE_AFTER.match(clause, end) is not None


def _dealings(clause: str, *, paid: bool) -> Iterator[Point]:
    if _FREE.search(clause):
        yield Point(Kind.FEE, value="free")
    elif (paid and _ASKED_FOR.search(clause)) or _CHARGED.search(clause):
        yield Point(Kind.FEE, value="paid")
    if _EFFECTIVE.search(clause):
        yield from (Point(Kind.EFFECT, value=name) for name in _effect(clause))
    if _BEARS.search(clause) and (payer := _payer(clause)):
        yield Point(Kind.PAYER, value=payer)
    if _NO_PROMISE.search(clause):
        yield Point(Kind.SURE, value="no")
        return
    if _SURE.search(clause):
        yield Point(Kind.SURE, value="yes")
    if _NO_NEED.search(clause):
        yield Point(Kind.NEED, value="no")
    elif _NEED.search(clause):
        yield Point(Kind.NEED, value="yes")
    left = _NO_NEED.sub("", _FREE.sub("", clause))
    yield Point(Kind.LEAVE, value="no" if _NO.search(left) else "yes")


def _effect(clause: str) -> list[str]:
    return [name for name, sign in _EFFECTS if sign.search(clause)][:1]


def _payer(clause: str) -> str:
    words = words_of("zh")
    if "各" in clause and "50%" in clause:
        return "both"
    customer = any(word in clause for word in words.customer)
    house = any(word in clause for word in words.house)
    return "" if customer == house else "customer" if customer else "house"


def _is_sum(point: Point) -> bool:
    return point.kind is Kind.MONEY or (point.kind is Kind.SHARE and not point.unit)
