"""How far a study's customer is from real customers, and whether it may be offered.

The reference is a file of real customers' lines ({"dialogue", "turn", "text"} a line). Nothing of
it goes into the report but figures, and n-grams of up to four characters seen in many dialogues.
"""

from __future__ import annotations

import gzip
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from pathlib import Path
from random import Random

from core.domain.messages import JsonObject
from core.errors import SettingsError, TranscriptError
from core.learned.fit import discriminate
from core.services.style_file import read_utterances

WINDOW = 4
_BEGINNING = 6
_HUNDRED = 100
_DRAWS = 10
LONG_LINE = 8
"""Characters from which a line that stands in the reference counts as copied."""

AUC_LIMITS: Mapping[str, tuple[float, float]] = {"agenda": (0.95, 0.98), "model": (0.85, 0.98)}
"""Highest AUC for single lines and for four in a row, by engine (coaching notes, §6.4)."""

DIVERGENCE_LIMIT = 0.10
COPIED_LIMIT = 0.10
SERVICE_GAP = 0.4
"""Least difference in final heat between the worst and the best trainees."""

OPENINGS = 60
"""Least number of different first six characters among a hundred openings."""

Lines = Mapping[str, Sequence[str]]
"""Dialogue -> the customer's lines in order."""


@dataclass(frozen=True, slots=True)
class Closeness:
    """Figures of the gate. AUC: .5 cannot be told apart, 1 always; divergences are
    Jensen-Shannon in bits; `copied` is the share of lines of 8 or more characters that stand in
    the reference word for word; `distinct_2` the share of different character pairs; `openings` how
    many of a hundred talks begin in six characters of their own, None below a hundred talks."""

    lines: int
    reference_lines: int
    auc_line: float
    auc_window: float
    telling: tuple[str, ...]
    divergence: Mapping[str, float]
    copied: float
    distinct_2: float
    reference_distinct_2: float
    openings: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One gate: its name, the figure, its limit, and whether it holds."""

    name: str
    value: float
    limit: float
    holds: bool


def read_reference(path: Path) -> dict[str, list[str]]:
    """The reference by dialogue, packed (.gz) or not; SettingsError names the first line that
    is no utterance."""
    found: dict[str, list[str]] = defaultdict(list)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for one in read_utterances(lines):
            if isinstance(one, TranscriptError):
                raise SettingsError([f"{path}:{one.line}: {one.reason}"])
            found[one.dialogue].append(one.text)
    return dict(found)


def customer_lines(dialogues: Iterable[JsonObject]) -> dict[str, list[str]]:
    """What the customers of a study wrote."""
    found: dict[str, list[str]] = {}
    for row in dialogues:
        turns = row.get("turns")
        found[str(row["id"])] = [
            str(turn["text"])
            for turn in (turns if isinstance(turns, list) else [])
            if isinstance(turn, dict) and turn.get("speaker") == "customer"
        ]
    return found


def compare(simulated: Lines, reference: Lines) -> Closeness:
    """All figures; both sides should be about the same trade, or words give it away."""
    known = {text for lines in reference.values() for text in lines}
    long_lines = [text for text in _all(simulated) if len(text) >= LONG_LINE]
    line = discriminate(_singles(simulated), _singles(reference))
    window = discriminate(_windows(simulated), _windows(reference))
    size = min(len(_all(simulated)), len(_all(reference)))
    mixed, mixed_reference = (_mixed(lines)[:size] for lines in (simulated, reference))
    return Closeness(
        lines=len(_all(simulated)),
        reference_lines=len(_all(reference)),
        auc_line=line.auc,
        auc_window=window.auc,
        telling=line.telling,
        divergence={
            name: divergence(
                [of(text) for text in _all(simulated)], [of(text) for text in _all(reference)]
            )
            for name, of in _FEATURES.items()
        },
        copied=sum(text in known for text in long_lines) / max(1, len(long_lines)),
        distinct_2=distinct_2(mixed),
        reference_distinct_2=distinct_2(mixed_reference),
        openings=openings(simulated),
    )


def verdicts(found: Closeness, *, engine: str, service_gap: float, faults: int) -> list[Verdict]:
    """Every gate in turn; an engine, pack or adapter that fails one is not to be offered."""
    line, window = AUC_LIMITS.get(engine, AUC_LIMITS["agenda"])
    worst = max(found.divergence.values())
    apart = abs(found.distinct_2 / found.reference_distinct_2 - 1.0)
    gates = [
        Verdict("auc_line", found.auc_line, line, found.auc_line <= line),
        Verdict("auc_window", found.auc_window, window, found.auc_window <= window),
        Verdict("divergence", worst, DIVERGENCE_LIMIT, worst <= DIVERGENCE_LIMIT),
        Verdict("copied", found.copied, COPIED_LIMIT, found.copied <= COPIED_LIMIT),
        Verdict("distinct_2", apart, 0.2, apart <= 0.2),
        Verdict("service_gap", service_gap, SERVICE_GAP, service_gap >= SERVICE_GAP),
        Verdict("fact_faults", faults, 0, faults == 0),
    ]
    if found.openings is not None:
        gates.append(Verdict("openings", found.openings, OPENINGS, found.openings >= OPENINGS))
    return gates


def divergence(first: Sequence[str], second: Sequence[str]) -> float:
    """Jensen-Shannon divergence (bits, 0..1) of two samples of a feature's values."""
    left, right = Counter(first), Counter(second)
    total = 0.0
    for value in left.keys() | right.keys():
        p, q = left[value] / len(first), right[value] / len(second)
        middle = (p + q) / 2
        total += sum(share * log2(share / middle) / 2 for share in (p, q) if share)
    return total


def openings(talks: Lines) -> float | None:
    """How many of a hundred talks begin in six characters of their own: the mean of ten draws by
    chance; None where there are fewer."""
    first = [lines[0][:_BEGINNING] for _, lines in sorted(talks.items()) if lines]
    if len(first) < _HUNDRED:
        return None
    chance = Random(0)
    return sum(len(set(chance.sample(first, _HUNDRED))) for _ in range(_DRAWS)) / _DRAWS


def distinct_2(texts: Iterable[str]) -> float:
    """Different pairs of neighbouring characters over all pairs."""
    pairs = [text[at : at + 2] for text in texts for at in range(len(text) - 1)]
    return len(set(pairs)) / len(pairs) if pairs else 0.0


def _length(text: str) -> str:
    return str(min(24, len(text)) // 3)


def _final(text: str) -> str:
    return text[-1] if text[-1] in "。！？.!?~～…，," else ""


def _inner(text: str) -> str:
    return next((mark for mark in text[:-1] if mark in "，, 。、！？!?"), "")


def _particle(text: str) -> str:
    bare = text.rstrip("。！？.!?~～…，, ")
    return bare[-1] if bare and bare[-1] in "啊呢吧了哦啦呀嘛吗的么呗哈" else ""


def _address(text: str) -> str:
    return "您" if "您" in text else "你" if "你" in text else ""


_FEATURES: Mapping[str, Callable[[str], str]] = {
    "length": _length,
    "final_mark": _final,
    "inner_mark": _inner,
    "particle": _particle,
    "address": _address,
}


def _all(lines: Lines) -> list[str]:
    return [text for group in lines.values() for text in group]


def _mixed(lines: Lines) -> list[str]:
    """All lines, dialogues in an order by chance: neighbours in a study are alike."""
    names = sorted(lines)
    Random(0).shuffle(names)
    return [text for name in names for text in lines[name]]


def _singles(lines: Lines) -> list[tuple[str, str]]:
    return [(name, text) for name, group in lines.items() for text in group]


def _windows(lines: Lines) -> list[tuple[str, str]]:
    return [
        (name, "\n".join(group[at : at + WINDOW]))
        for name, group in lines.items()
        for at in range(0, len(group) - WINDOW + 1, WINDOW)
    ]
