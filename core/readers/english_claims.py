"""English sentences into clauses and points (core/domain/claims.py)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.domain.claims import SPANS, Kind, Point

SENTENCES = re.compile(r"(?:[^.!?;\n]|\.(?=\S))+[.!?;]?")
CLAUSES = re.compile(r"(?:, | and | but | so |: |[()])")
ASKS = re.compile(r"\?\s*$")

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    " fifteen sixteen seventeen eighteen nineteen twenty"
)
_NUMBERS = {
    **{word: number for number, word in enumerate(_SMALL.split())},
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "ninety": 90,
    "hundred": 100,
}
_NUMBER_WORD = re.compile(rf"\b({'|'.join(_NUMBERS)})\b")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_ONE_SPAN = re.compile(
    r"\b(within|in|for|takes?|only|after|about|than|until)"
    r" an? (second|minute|hour|day|week|month|year)\b"
)
_FIXED = (
    ("noon", "12:00"),
    ("midnight", "24:00"),
    ("half a year", "6 months"),
    ("twice", "2 times"),
)

_HOURS = {"second": 1 / 3600, "minute": 1 / 60, "hour": 1, "day": 24, "week": 168}
_HOURS |= {"month": 730, "year": 8760}
_N = r"(\d+(?:\.\d+)?)(?:\s*(?:to|-|–|or)\s*(\d+(?:\.\d+)?))?"
_SPAN = re.compile(rf"{_N}\s*(working )?({'|'.join(_HOURS)})s?\b")
_MONEY = re.compile(rf"\$\s*{_N}|{_N}\s*(?:dollars?|bucks|usd|pounds?|euros?)\b")
_BARE_MONEY = re.compile(
    r"(?:costs?|limit(?: in the app)? is|raised to|fee of|voucher of|the first|excess of|stops at)"
    rf"\s+{_N}"
    r"(?!\s*(?:working|second|minute|hour|day|week|month|year|%|percent|gb|kg|dollar|bag|device))"
)
_SHARE = re.compile(rf"{_N}\s*(?:%|percent\b)")
_PIECES = re.compile(
    rf"{_N}\s*(?:\w+ )?"
    r"(kg|kilos?|gb|bag|device|document|voucher|quote|time|family member|piece)s?\b"
)
_UNITS = {"kilo": "kg", "kilos": "kg"}
_CLOCK = re.compile(r"\b(\d{1,2})(?::(\d{2}))?\s*(am|pm)?\b")
_EVENT = re.compile(
    r"\b(delivery|purchase|opened|the call|the death|keys|the end|the scan|in stock|checked"
    r"|receipt)\b"
)

_FREE = re.compile(r"\bfree\b")
_CHARGED = re.compile(
    r"\b(?:costs?|fee of|charge of|there is a fee|we charge|extra charge|is charged|are charged)\b"
)
_NO_NEED = re.compile(
    r"\b(?:need not|needn't|(?:do not|don't|does not) (?:need|have to)|not needed"
    r"|no (?:\w+ ){1,2}(?:is |are )?needed)\b"
)
_NEED = re.compile(r"\b(?:needs?|needed|have to|has to|must)\b")
_NOT_SURE = re.compile(r"\b(?:cannot|can't|may not|not|no|never)\b.{0,30}\b(?:guarantee|promise)")
_SURE = re.compile(r"\b(?:guarantee|promise)")
_NO = re.compile(
    r"\b(?:not|cannot|can't|won't|don't|doesn't|isn't|aren't|never|nothing|nobody|excluded|private"
    r"|no|nor)\b"
)
_EFFECTIVE = re.compile(r"\b(?:takes? effect|starts?|kicks? in|begins?)\b")
_EFFECTS = (
    ("next month", re.compile(r"next month")),
    ("at once", re.compile(r"at once")),
    ("tomorrow", re.compile(r"tomorrow|next day")),
)
_BEARS = re.compile(r"\b(?:pays?|covers?|covered|bears?|carr(?:y|ies))\b")
_PERSONAL = re.compile(
    r"\b(?:let me|i have (?:noted|sent|booked)|my colleague|was placed|you have been"
    r"|your (?:last|balance|order was)|(?:we|i)(?:'ll| will) (?:answer|call|ring|write|email))\b"
)
_SUFFIXES = (
    ("ies", "y"),
    *((ending, "") for ending in ("ing", "ed", "es", "s", "ly", "e", "y")),
)


def plain(text: str) -> str:
    """Lower case, numbers as digits, one way to say each thing that has many."""
    folded = _THOUSANDS.sub("", text.lower().replace("’", "'"))
    for said, meant in _FIXED:
        folded = folded.replace(said, meant)
    folded = _NUMBER_WORD.sub(lambda hit: str(_NUMBERS[hit[1]]), folded)
    return _ONE_SPAN.sub(r"\1 1 \2", folded)


def stem(word: str) -> str:
    """The word without its commonest endings."""
    for ending, other in _SUFFIXES:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + other
    return word


def grams(text: str, idle: frozenset[str]) -> frozenset[str]:
    """Stems of what a text speaks of, and their beginnings, without numbers and idle words."""
    found: set[str] = set()
    for quantity in (_SPAN, _MONEY, _SHARE):
        text = quantity.sub(" ", text)
    for word in re.findall(r"[a-z]{2,}(?:n't)?", text):
        if word not in idle and not word.endswith("n't"):
            bare = stem(word)
            found |= {bare, f"{bare[:4]}-"}
    return frozenset(found)


def points(
    clause: str, sentence: str, *, claimed: bool, house: str, customer: str
) -> Iterator[Point]:
    """What a clause says that can be right or wrong. `house` and `customer` are patterns."""
    numbers = (
        [] if claimed and _PERSONAL.search(sentence) else list(_quantities(clause, claimed=claimed))
    )
    yield from numbers
    paid = any(point.kind is Kind.MONEY for point in numbers)
    if _FREE.search(clause):
        yield Point(Kind.FEE, value="free")
    elif _CHARGED.search(clause) and (paid or not _NO.search(clause)):
        yield Point(Kind.FEE, value="paid")
    if _EFFECTIVE.search(clause):
        yield from [
            Point(Kind.EFFECT, value=name) for name, sign in _EFFECTS if sign.search(clause)
        ][:1]
    if _BEARS.search(clause) and (payer := _payer(clause, house, customer)):
        yield Point(Kind.PAYER, value=payer)
    if _NOT_SURE.search(clause):
        yield Point(Kind.SURE, value="no")
        return
    if _SURE.search(clause):
        yield Point(Kind.SURE, value="yes")
    if _NO_NEED.search(clause):
        yield Point(Kind.NEED, value="no")
    elif _NEED.search(clause):
        yield Point(Kind.NEED, value="yes")
    left = _NO_NEED.sub("", clause)
    yield Point(Kind.LEAVE, value="no" if _NO.search(left) else "yes")


def _quantities(clause: str, *, claimed: bool) -> Iterator[Point]:
    event = _EVENT.search(clause)

    def is_ceiling(at: int) -> bool:
        """Whether less than the sum is right too: "a voucher up to 25 dollars"."""
        return not claimed and clause[:at].rstrip().endswith("up to")

    for hit in _SPAN.finditer(clause):
        low, high = _range(hit[1], hit[2])
        kind = Kind.WORKDAYS if hit[3] else Kind.TIME
        factor = 1 if hit[3] else _HOURS[hit[4]]
        anchor = event[0] if event and kind in SPANS else ""
        yield Point(kind, low * factor, high * factor, anchor=anchor)
    for hit in _MONEY.finditer(clause):
        low, high = _range(hit[1] or hit[3], hit[2] or hit[4])
        yield Point(Kind.MONEY, 0.0 if is_ceiling(hit.start()) else low, high)
    if not _MONEY.search(clause):
        yield from (Point(Kind.MONEY, *_range(h[1], h[2])) for h in _BARE_MONEY.finditer(clause))
    for hit in _SHARE.finditer(clause):
        low, high = _range(hit[1], hit[2])
        yield Point(Kind.SHARE, low / 100, high / 100)
    for hit in _PIECES.finditer(clause):
        yield Point(Kind.COUNT, *_range(hit[1], hit[2]), unit=_UNITS.get(hit[3], hit[3]))
    for hit in _CLOCK.finditer(clause):
        if hit[2] or hit[3]:
            hour = (
                int(hit[1])
                + int(hit[2] or 0) / 60
                + (12 if hit[3] == "pm" and hit[1] != "12" else 0)
            )
            yield Point(Kind.CLOCK, hour, hour)


def _range(low: str, high: str | None) -> tuple[float, float]:
    first = float(low)
    last = float(high) if high else first
    return min(first, last), max(first, last)


def _payer(clause: str, house: str, customer: str) -> str:
    """Who stands before the verb."""
    verb = _BEARS.search(clause)
    before = clause[: verb.start()] if verb else ""
    ours, theirs = re.search(house, before), re.search(customer, before)
    if bool(ours) == bool(theirs):
        return ""
    return "house" if ours else "customer"
