"""What a case is about, and how much of a sentence is about it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from core.customer.standard import standard
from core.domain.amounts import figures, numbers
from core.domain.scenario import Scenario
from core.readers.claims import content_grams

FIGURE = 6
"""Signs of content that a figure with its unit weighs: free words for what the case says still
hold its figures, answers of other cases hold other ones (four of ten against two of a hundred)."""

_ANY = re.compile(
    r"[\d一二两三四五六七八九十百千万](?:[多来]?个?(?:工作|小时|分钟|[天元块月年])|[%点:号日])"
)
_HOUR = re.compile(r"(\d{1,2}|(?!一点)[一二两三四五六七八九十]{1,3})(?:点|:\d\d)")
_DAY = re.compile(r"(\d{1,2})[号日]")
_RANGE = re.compile(r"(\d+)(?:到|至|-|~)(?=\d+个?(工作日|小时|分钟|天|元|块|月|年|%))")
_DATED = (("点", _HOUR), ("号", _DAY))
_CHOSEN = frozenset({"点", "号"})


@dataclass(frozen=True)
class Matter:
    """The content of texts in normal form: its grams and what it counts."""

    texts: tuple[str, ...]

    @cached_property
    def grams(self) -> frozenset[str]:
        """What the texts are about."""
        return frozenset[str]().union(*map(_content, self.texts))

    @cached_property
    def counted(self) -> Mapping[str, frozenset[str]]:
        """What the texts count."""
        return _counted("\n".join(self.texts))


@lru_cache(maxsize=4096)
def _content(text: str) -> frozenset[str]:
    """Several lines answer the same message."""
    return content_grams(text)


def placed_share(
    sentence: str, grams: frozenset[str], matters: Iterable[Matter], *, dated: bool = False
) -> float:
    """How much of a sentence in normal form, whose content is `grams`, stands in `matters`; 0..1.
    Its figures are content too; an hour or a day that nobody named is none unless `dated`."""
    known = tuple(matters)
    left = grams
    for one in known:
        if left:
            left -= one.grams
    all_ = sum(map(len, grams))
    own = all_ - sum(map(len, left))
    for unit, stated in _counted(sentence).items():
        found = [n for n in stated if any(n in one.counted.get(unit, ()) for one in known)]
        own += FIGURE * len(found)
        # By when they see to it is for clerks to choose: another hour or day tells nothing.
        chosen = unit in _CHOSEN and not dated
        all_ += FIGURE * len(found if chosen else stated)
    return own / all_ if all_ else 1.0


def weight_in(text: str, matter: Matter) -> int:
    """Signs of content of `text` (normal form) that stand in `matter`, figures as FIGURE."""
    known = sum(len(gram) for gram in content_grams(text) if gram in matter.grams)
    return known + FIGURE * sum(
        len(stated & matter.counted.get(unit, frozenset()))
        for unit, stated in _counted(text).items()
    )


def _counted(text: str) -> dict[str, frozenset[str]]:
    """Units, hours and days of the month -> their numbers."""
    if not _ANY.search(text):
        return {}
    dated = {unit: numbers(" ".join(pattern.findall(text))) for unit, pattern in _DATED}
    found = {**figures(text), **{unit: some for unit, some in dated.items() if some}}
    for hit in _RANGE.finditer(text):
        # Whoever says 1 to 3 days has said both.
        found[hit[2]] = found.get(hit[2], frozenset()) | numbers(hit[1])
    return found


def matter_of(scenario: Scenario) -> Matter:
    """Everything a case says."""
    known = _MATTERS.get(id(scenario))
    if known is None or known[0] is not scenario:
        if len(_MATTERS) >= _CASES_KEPT:
            _MATTERS.clear()
        texts = (
            unicodedata.normalize("NFKC", form)
            for text in _texts(scenario)
            for form in (text, standard(text))
        )
        known = (scenario, Matter(tuple(dict.fromkeys(texts))))
        _MATTERS[id(scenario)] = known
    return known[1]


_CASES_KEPT = 256
_MATTERS: dict[int, tuple[Scenario, Matter]] = {}


def _texts(case: Scenario) -> Iterator[str]:
    yield from (case.brief, case.goal, *case.losses, *case.openings, *case.terms)
    for goal in case.sub_goals:
        yield from (goal.label, goal.reference_line, *map("".join, goal.said_by))
    for fact in case.facts:
        yield from (fact.label, fact.value, *fact.surfaces, *map("".join, fact.asked_by))
    for limit in case.policy_limits:
        yield from (limit.label, limit.rule, limit.instead)
    for line in case.record:
        yield from (line.label, line.value)
