"""Learns a style pack from customers' lines, and keeps nobody's words in it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from core.domain.style import END, START, StylePack, Utterance

ORDER = 4
ENOUGH_DIALOGUES = 5
"""An n-gram or set phrase that fewer dialogues hold could point at somebody: it is left out."""

LONGEST_STOCK = 8
FEWEST_LINES = 200
"""Below this the figures say more about chance than about the customers."""

_MARKS = "，,。！？!?、…~ "
_MASK = re.compile(r"\[[^\]]*\]|#E-\w*|\d{4,}|https?://\S+|\S+@\S+|<[^>]*>")
_QUESTION = re.compile(
    r"[?？]|[吗呢么]\W*$|怎么|什么|哪|几|多少|多久|是不是|能不能|可不可以|有没有"
)
_LETTERS = re.compile(r"[a-z]{3,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Learned:
    """A pack, and what was left out of it: messages that held masks, numbers or addresses, and
    n-grams that too few dialogues share."""

    pack: StylePack
    masked_lines: int
    rare_grams: int


def learn_style(utterances: Sequence[Utterance], *, language: str) -> Learned:
    """The style pack of these lines; ValueError when there are fewer than 200 of them.

    Lines are read once for figures, and only what five dialogues share is kept as text.
    """
    lines = [one for one in utterances if one.text.strip()]
    if len(lines) < FEWEST_LINES:
        raise ValueError(f"{len(lines)} lines, {FEWEST_LINES} needed")
    clean = [one for one in lines if not _MASK.search(one.text)]
    texts = [one.text.strip() for one in clean]
    grams, rare = _grams(clean)
    questions = [text for text in texts if _QUESTION.search(text)]
    statements = [text for text in texts if not _QUESTION.search(text)]
    pack = StylePack(
        language=language,
        lines=len(lines),
        dialogues=len({one.dialogue for one in lines}),
        lengths=_deciles([len(one.text.strip()) for one in lines]),
        burst_shares=_bursts(lines),
        inner_marks=_shares(_inner_mark(text) for text in texts if len(text) >= LONGEST_STOCK),
        final_marks=_shares(_final_mark(text) for text in statements),
        question_marks=_shares(_final_mark(text) for text in questions),
        polite_you=_polite_share(texts),
        stock=_stock(clean),
        order=ORDER,
        grams=grams,
    )
    return Learned(pack=pack, masked_lines=len(lines) - len(clean), rare_grams=rare)


def _grams(lines: Sequence[Utterance]) -> tuple[dict[str, int], int]:
    """Counts of the n-grams that enough dialogues hold, and how many were left out.

    A kept n-gram's beginning is kept too: whoever holds the whole holds its beginning.
    """
    counts: Counter[str] = Counter()
    holders: dict[str, set[str]] = defaultdict(set)
    for one in lines:
        padded = START + one.text.strip().lower() + END
        for size in range(1, ORDER + 1):
            for at in range(len(padded) - size + 1):
                gram = padded[at : at + size]
                counts[gram] += 1
                holders[gram].add(one.dialogue)
    kept = {gram: counts[gram] for gram in counts if len(holders[gram]) >= ENOUGH_DIALOGUES}
    return kept, len(counts) - len(kept)


def _stock(lines: Sequence[Utterance]) -> dict[str, float]:
    holders: dict[str, set[str]] = defaultdict(set)
    for one in lines:
        holders[one.text.strip()].add(one.dialogue)
    counts = Counter(one.text.strip() for one in lines)
    return {
        text: round(counts[text] / len(lines), 5)
        for text in sorted(holders, key=lambda text: (-len(holders[text]), text))
        if len(text) <= LONGEST_STOCK
        and len(holders[text]) >= ENOUGH_DIALOGUES
        and not any(sign.isdigit() for sign in text)
        and not _LETTERS.search(text)
    }


def _bursts(lines: Sequence[Utterance]) -> tuple[float, ...]:
    """Shares of turns with one, two, three or more messages; nothing where no turn has two."""
    sizes = [
        min(3, len(list(run)))
        for _, run in groupby(lines, key=lambda one: (one.dialogue, one.turn))
    ]
    if max(sizes) == 1:
        return ()
    return tuple(round(sizes.count(size) / len(sizes), 4) for size in (1, 2, 3))


def _deciles(values: Sequence[int]) -> tuple[int, ...]:
    order = sorted(values)
    return tuple(order[len(order) * tenth // 10] for tenth in range(1, 10))


def _inner_mark(text: str) -> str:
    return next((sign for sign in text[1:-1] if sign in _MARKS), "")


def _final_mark(text: str) -> str:
    return text[-1] if text[-1] in _MARKS else ""


def _polite_share(texts: Sequence[str]) -> float:
    polite, plain = (sum(word in text for text in texts) for word in ("您", "你"))
    return round(polite / (polite + plain), 4) if polite + plain else 0.0


def _shares(values: Iterable[str]) -> Mapping[str, float]:
    counts = Counter(values)
    total = sum(counts.values())
    return (
        {value: round(count / total, 4) for value, count in counts.most_common()} if total else {}
    )
