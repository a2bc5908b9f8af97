"""Whether what a trainee claims stands in the articles, against them, or nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from core.domain.claims import NUMERIC, SPANS, Kind, Point, Statement, Verdict, agree
from core.domain.knowledge import Passage
from core.readers.claims import own_sentence, statements


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How much of what is spoken about must be shared (0..1) before two points are compared."""

    topic: float = 0.5
    own: float = 0.34
    clause: float = 0.25
    alarm: float = 0.5
    pieces: float = 0.65
    polar: float = 0.6
    need: float = 0.45
    fee: float = 0.3
    margin: float = 0.1


YES_OR_NO = frozenset({Kind.LEAVE, Kind.NEED, Kind.SURE})
THIN = 4
"""Grams below which a clause does not say by itself what it is about."""

BARE = 6
"""Grams below which a yes or a no may be about anything ("直接办")."""

LIMITS = Thresholds()


@dataclass(frozen=True, slots=True)
class Source:
    """A passage, ready to be compared with many claims."""

    passage: Passage
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The verdict on one line, with the clause and the passage that decide it. `claims`: the
    line names a figure of which nothing is known."""

    verdict: Verdict
    claim: str = ""
    passage: Passage | None = None
    quote: str = ""
    score: float = 0.0
    kind: Kind | None = None
    claims: bool = False

    @property
    def counts(self) -> bool:
        """Whether a figure decides."""
        return self.kind in NUMERIC


NOTHING = Found(Verdict.NOT_FOUND)


@lru_cache(maxsize=4096)
def source_of(passage: Passage) -> Source:
    """The passage with its clauses read."""
    under = " ".join((passage.title, *passage.aliases, *passage.place.section))
    return Source(passage, tuple(statements(passage.text, under=under)))


def check(text: str, sources: Sequence[Source], *, case: Sequence[Statement] = ()) -> Found:
    """The verdict on one line: a point found wrong decides, else one found right. Figures that
    the case itself names (`case`) are never wrong."""
    said = list(statements(text, claimed=True))
    words = frozenset().union(*(one.words for one in said)) if said else frozenset()
    sort = frozenset().union(*(one.sort for one in said)) if said else frozenset()
    numbers = tuple(point for one in said for point in one.points if point.kind in NUMERIC)
    before = [frozenset(), *(one.words for one in said)]
    verdicts = [
        (point.kind, found)
        for last, statement in zip(before, said, strict=False)
        for line in [Line(words, statement.words | last, numbers, sort)]
        for point in statement.points
        if (found := _judged(point, statement, line, sources)).verdict is Verdict.SUPPORTED
        or (found.verdict is Verdict.CONTRADICTED and not _is_of(point, case))
    ]
    wrong = [found for _, found in verdicts if found.verdict is Verdict.CONTRADICTED]
    if wrong:
        return _quoted(max(wrong, key=lambda found: found.score))
    counted = any(point.kind in NUMERIC for statement in said for point in statement.points)
    right = [found for kind, found in verdicts if not counted or kind in NUMERIC]
    unknown = replace(NOTHING, claims=any(not _is_of(point, case) for point in numbers))
    return _quoted(max(right, key=lambda found: found.score, default=unknown))


def _quoted(found: Found) -> Found:
    """The same with the whole sentence of the passage, as it is written there."""
    if found.passage is None:
        return found
    return replace(found, quote=own_sentence(found.passage.text, found.quote))


def _is_of(point: Point, case: Sequence[Statement]) -> bool:
    return point.kind in NUMERIC and any(
        agree(point, known) for one in case for known in one.points
    )


@dataclass(frozen=True, slots=True)
class Line:
    """What the whole line speaks of, and the clause in question with the one before it."""

    words: frozenset[str]
    near: frozenset[str]
    points: tuple[Point, ...]
    sort: frozenset[tuple[int, str]]


def _judged(point: Point, claim: Statement, line: Line, sources: Sequence[Source]) -> Found:
    same = other = NOTHING
    for source in sources:
        for known in source.statements:
            agreed = [a for a in (agree(point, one) for one in known.points) if a is not None]
            if not agreed:
                continue
            score = _alike(point.kind, claim, known, line)
            if score <= 0:
                continue
            if any(agreed):
                if score > same.score:
                    same = Found(
                        Verdict.SUPPORTED, claim.text, source.passage, known.text, score, point.kind
                    )
            elif score > other.score and _rules_out(point, claim, known, line, source):
                other = Found(
                    Verdict.CONTRADICTED, claim.text, source.passage, known.text, score, point.kind
                )
    least = LIMITS.pieces if point.kind in (Kind.COUNT, Kind.CLOCK) else LIMITS.alarm
    if other.score >= max(least, same.score + LIMITS.margin):
        return other
    strong = point.kind in NUMERIC or same.score >= LIMITS.alarm
    return same if strong else NOTHING


def _rules_out(
    point: Point, claim: Statement, known: Statement, line: Line, source: Source
) -> bool:
    """Whether what is known leaves no room for the claim: no other part of the same sentence
    says it, both count from the same event, and a yes and a no are about the same thing."""
    near = [
        one
        for one in source.statements
        if one.whole == known.whole and not _rivals(claim.sort or line.sort, one.sort)
    ]
    if point.kind not in YES_OR_NO and any(
        agree(point, other) for one in near for other in one.points
    ):
        return False
    if point.kind in NUMERIC and any(
        agree(ours, theirs) for ours in line.points for theirs in known.points
    ):
        return False
    anchors = {one.anchor for one in known.points if agree(point, one) is not None}
    if point.kind not in SPANS or point.anchor in anchors:
        return True
    return not point.anchor and _share(claim.words, known.words) >= LIMITS.polar


def _alike(kind: Kind, claim: Statement, known: Statement, line: Line) -> float:
    """How surely both clauses speak of the same thing, 0 where they may not."""
    if kind is Kind.LEAVE and claim.words.isdisjoint(known.words):
        return 0.0
    topic = _share(line.words, known.around)
    if topic < LIMITS.topic:
        return 0.0
    own = _share(claim.words if len(claim.words) >= THIN else line.words, known.around)
    back = _said_back(known, line.near, topic)
    if _rivals(claim.sort or line.sort, known.sort):
        return 0.0
    if own < LIMITS.own:
        return 0.0
    if kind in YES_OR_NO:
        least_said = BARE if kind is Kind.LEAVE else THIN
        if min(len(claim.words), len(known.words)) < least_said:
            return 0.0
        alike = _dice(claim.words, known.words) if kind is Kind.LEAVE else min(own, back)
        least = LIMITS.need if kind is Kind.NEED else LIMITS.polar
        return alike if alike >= least else 0.0
    if back < (LIMITS.clause if kind in NUMERIC else LIMITS.fee):
        return 0.0
    return 0.4 * topic + 0.25 * own + 0.35 * back


def _said_back(known: Statement, line: frozenset[str], topic: float) -> float:
    """How much of the known clause the line speaks of. A bare one ("…，免费，…") is about what
    its sentence is about."""
    if len(known.words) >= THIN:
        return _share(known.words, line)
    bare = _share(known.words, line) if known.words else topic
    if known.words and not bare:
        return 0.0
    return (bare + _share(known.whole, line)) / 2


def _rivals(ours: frozenset[tuple[int, str]], theirs: frozenset[tuple[int, str]]) -> bool:
    """Whether the two speak of rival things ("同城" and "跨城")."""
    rows = {row for row, _ in ours} & {row for row, _ in theirs}
    return any({pair for pair in ours if pair[0] == row}.isdisjoint(theirs) for row in rows)


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    """How much of both is in both (0..1)."""
    total = _weight(one) + _weight(other)
    return 2 * _weight(one & other) / total if total else 0.0


def _share(part: frozenset[str], whole: frozenset[str]) -> float:
    """The weight of `part` that is in `whole`; a pair weighs twice a single character."""
    total = _weight(part)
    return _weight(part & whole) / total if total else 0.0


@lru_cache(maxsize=16384)
def _weight(grams: frozenset[str]) -> int:
    return sum(2 if len(gram) > 1 else 1 for gram in grams)
