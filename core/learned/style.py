"""Learns a style pack from customers' lines, and keeps nobody's words in it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from core.domain.style import DIGIT, EMOTICON, END, START, StylePack, Utterance
from core.learned.odds import weigh

ORDER = 4
ENOUGH_DIALOGUES = 5
"""An n-gram or set phrase that fewer dialogues hold could point at somebody: it is left out."""

LONGEST_STOCK = 8
FEWEST_LINES = 200
"""Below this the figures say more about chance than about the customers."""

_MARKS = "，,。！？!?、…~ "
_MASK = re.compile(r"\[[^\]]*\]|#E-\w*|\d{4,}|https?://\S+|\S+@\S+|<[^>]*>")
_NUMBER_MARK = re.compile(
    r"\[[^\[\]\d]*(?:数|号码|金额|number|digit|amount)[^\[\]\d]*\]", re.IGNORECASE
)
_DIGIT = re.compile(r"\d")
_LINK = re.compile(r"https?://\S+")
_SAME = 0.98
"""Share of messages of one form from which on a digit that they share belongs to the form."""

LAST_LINE_SHARE = 0.98
"""Share of dialogues that end with the very same line, from which it is a mark of the file."""

FEW = 5
"""Messages of our own customer from which one of its n-grams is weighed."""

ODDS_STRENGTH = 0.1
"""Inverse of the ridge (scikit-learn's C) on the odds: few lines must not say much."""

FIRST_MESSAGES = 2
"""Messages that belong to the beginning of a dialogue."""

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
    last_line = _last_line(lines)
    whole, dialogues = len(lines), len({one.dialogue for one in lines})
    lines = [one for one in lines if one.text.strip() != last_line]
    clean = [one for one in lines if not _MASK.search(one.text)]
    texts = [one.text.strip() for one in clean]
    grams, rare = _grams(clean)
    questions = [text for text in texts if _QUESTION.search(text)]
    statements = [text for text in texts if not _QUESTION.search(text)]
    pack = StylePack(
        language=language,
        lines=whole,
        dialogues=dialogues,
        lengths=_deciles([len(one.text.strip()) for one in lines]),
        burst_shares=_bursts(lines),
        inner_marks=_shares(_inner_mark(text) for text in texts if len(text) >= LONGEST_STOCK),
        final_marks=_shares(_final_mark(text) for text in statements),
        question_marks=_shares(_final_mark(text) for text in questions),
        polite_you=_polite_share(texts),
        stock=_stock(clean),
        order=ORDER,
        grams=grams,
        forms=_forms(lines),
        number_marks=_shares(
            mark
            for one in lines
            for mark in _NUMBER_MARK.findall(one.text)
            if one.text.strip() != mark
        ),
        last_line=last_line,
        first_lines=_first_lines(clean),
        emoticons_alone=_share_of(lines, lambda text: not EMOTICON.sub("", text)),
        emoticons_last=_share_of(lines, _ends_with_emoticon),
        emoticon_marks=_emoticon_marks(lines),
        links=round(len({one.dialogue for one in lines if _is_link(one)}) / dialogues, 4),
    )
    return Learned(pack=pack, masked_lines=len(lines) - len(clean), rare_grams=rare)


def with_odds(pack: StylePack, utterances: Sequence[Utterance], own: Sequence[str]) -> StylePack:
    """The pack with what tells its source from our own customer's messages (`own`), added to the
    odds it has: `own` are messages that were chosen by these.

    Only n-grams that many dialogues of the source hold, or that our own customer wrote, are
    weighed: nobody's words come in.
    """
    texts = [_NUMBER_MARK.sub("0", one.text.strip()) for one in utterances]
    texts = [text for text in texts if text != pack.last_line and not _MASK.search(text)]
    own = [bare for text in own if (bare := EMOTICON.sub("", text)) and not _LINK.search(bare)]
    seen = Counter(gram for text in own for gram in pack.cut(text))
    shared = pack.grams.keys() | {"0"}
    vocabulary = shared | {gram for gram, count in seen.items() if count >= FEW}
    weights, bias = weigh(
        list(map(pack.cut, texts)),
        list(map(pack.cut, own)),
        vocabulary=vocabulary,
        strength=ODDS_STRENGTH,
    )
    odds = {
        gram: round(pack.odds.get(gram, 0.0) + weights.get(gram, 0.0), 3)
        for gram in sorted(pack.odds.keys() | weights.keys())
    }
    return replace(pack, odds=odds, even_odds=pack.even_odds + bias)


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


def _last_line(lines: Sequence[Utterance]) -> str:
    """The line that ends nearly every dialogue and stands nowhere else, or nothing."""
    last = {one.dialogue: one.text.strip() for one in lines}
    line, count = Counter(last.values()).most_common(1)[0]
    said = sum(one.text.strip() == line for one in lines)
    common = count >= max(ENOUGH_DIALOGUES, LAST_LINE_SHARE * len(last))
    return line if common and said == count else ""


def _forms(lines: Sequence[Utterance]) -> dict[str, float]:
    """Messages that hold a mask, a long number or a link, the same but for their digits in many
    dialogues."""
    alike: dict[str, list[Utterance]] = defaultdict(list)
    for one in lines:
        if _MASK.search(one.text):
            alike[_DIGIT.sub("0", one.text.strip())].append(one)
    return {
        _form([one.text.strip() for one in held]): round(len(held) / len(lines), 5)
        for _, held in sorted(alike.items(), key=lambda entry: (-len(entry[1]), entry[0]))
        if len({one.dialogue for one in held}) >= ENOUGH_DIALOGUES
    }


def _form(texts: Sequence[str]) -> str:
    """What these messages share: DIGIT for each digit in which they differ."""
    signs = []
    for column in zip(*texts, strict=True):
        sign, count = Counter(column).most_common(1)[0]
        signs.append(sign if not sign.isdigit() or count >= _SAME * len(texts) else DIGIT)
    return "".join(signs)


def _share_of(lines: Sequence[Utterance], holds: Callable[[str], bool]) -> float:
    return round(sum(holds(one.text.strip()) for one in lines) / len(lines), 5)


def _ends_with_emoticon(text: str) -> bool:
    found = list(EMOTICON.finditer(text))
    return bool(found) and found[-1].end() == len(text) and bool(EMOTICON.sub("", text))


def _emoticon_marks(lines: Sequence[Utterance]) -> dict[str, float]:
    """How many dialogues write emoticons, and their shares."""
    found = [(mark, one.dialogue) for one in lines for mark in EMOTICON.findall(one.text)]
    holders: dict[str, set[str]] = defaultdict(set)
    for mark, dialogue in found:
        holders[mark].add(dialogue)
    shared = {mark for mark, held in holders.items() if len(held) >= ENOUGH_DIALOGUES}
    return dict(_shares(mark for mark, _ in found if mark in shared))


def _is_link(one: Utterance) -> bool:
    return _LINK.fullmatch(one.text.strip()) is not None


def _first_lines(lines: Sequence[Utterance]) -> dict[str, float]:
    """What many dialogues have among their first messages, and in what share of them."""
    begun: dict[str, list[str]] = defaultdict(list)
    for one in lines:
        if len(begun[one.dialogue]) < FIRST_MESSAGES:
            begun[one.dialogue].append(one.text.strip())
    counts = Counter(text for texts in begun.values() for text in set(texts))
    return {
        text: round(count / len(begun), 4)
        for text, count in counts.most_common()
        if count >= ENOUGH_DIALOGUES and not any(sign.isdigit() for sign in text)
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
