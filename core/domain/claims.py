"""What a trainee claims, what a passage says, and whether the two can both be true.

A claim is compared by *points*: a sum, a deadline, who pays, whether it is allowed. Points of
unlike kinds are never compared, and one that may be read two ways is left alone: a false alarm
costs more trust than a missed error (DESIGN §8).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What is known of a claim. `UNSURE` comes only from a second opinion."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_FOUND = "not_found"
    UNSURE = "unsure"


class Kind(StrEnum):
    """What a point is about; only points of one kind are compared."""

    MONEY = "money"
    TIME = "time"
    WORKDAYS = "workdays"
    SHARE = "share"
    COUNT = "count"
    CLOCK = "clock"
    EFFECT = "effect"
    PAYER = "payer"
    FEE = "fee"
    LEAVE = "leave"
    NEED = "need"
    SURE = "sure"


NUMERIC = frozenset({Kind.MONEY, Kind.TIME, Kind.WORKDAYS, Kind.SHARE, Kind.COUNT, Kind.CLOCK})
SPANS = frozenset({Kind.TIME, Kind.WORKDAYS})


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that is said and can be right or wrong.

    Numbers lie in `low`..`high` (yuan, hours, working days, 0..1, pieces, hours of the day);
    `unit` tells pieces apart; other kinds hold their value in `value`. `anchor` is the event a span
    is counted from ("签收后7天内"), where it is named.
    """

    kind: Kind
    low: float = 0.0
    high: float = 0.0
    unit: str = ""
    value: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A clause with its points. `words` are its own content, `whole` that of its sentence,
    `around` also of what the sentence stands under, each as grams; `sort` is which of several
    rival things it is about, by row."""

    text: str
    points: tuple[Point, ...]
    words: frozenset[str]
    whole: frozenset[str]
    around: frozenset[str]
    sort: frozenset[tuple[int, str]] = frozenset()


def agree(claimed: Point, known: Point) -> bool | None:
    """Whether both can be true; None when they cannot be compared."""
    if {claimed.kind, known.kind} == SPANS:
        # "3天" is often said for "3个工作日"; other numbers differ whatever is meant.
        days = claimed.low / 24 if claimed.kind is Kind.TIME else claimed.low
        low = known.low / 24 if known.kind is Kind.TIME else known.low
        high = known.high / 24 if known.kind is Kind.TIME else known.high
        return low <= days <= high
    if claimed.kind is not known.kind or claimed.unit != known.unit:
        return None
    if claimed.kind in NUMERIC:
        slack = 0.04 * max(known.high, 0.0)
        return known.low - slack <= claimed.low and claimed.high <= known.high + slack
    return claimed.value == known.value
