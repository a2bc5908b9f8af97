"""How far apart the same talks in other words score: `python -m tests.bench.fairness FILE`.

FILE maps case ids to lines, each with `customer`, `plain` and further wordings of one content.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from core.content.library import open_library
from core.domain.dialogue import EndReason, Speaker, Turn
from core.domain.scenario import Scenario
from core.domain.scorecard import Scorecard
from core.domain.transcript import Transcript
from core.services.judging import judge
from ops.reading import line_reader

READER = line_reader()
LIBRARY = open_library()
Lines = Sequence[Mapping[str, str]]


def read_talks(file: Path) -> dict[str, Lines]:
    """Case id -> lines, as written in `file`."""
    talks: dict[str, Lines] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return talks


def styles(lines: Lines) -> list[str]:
    """The wordings beside the plain one."""
    return [name for name in lines[0] if name not in ("customer", "plain")]


def card(scenario: Scenario, lines: Lines, wordings: Sequence[str]) -> Scorecard:
    """The talk judged with each line in the wording that `wordings` names for it."""
    turns: list[Turn] = []
    for line, style in zip(lines, wordings, strict=True):
        for speaker, text in ((Speaker.CUSTOMER, line["customer"]), (Speaker.TRAINEE, line[style])):
            turns.append(Turn(len(turns) + 1, speaker, text, at_s=15.0 * len(turns)))
    talk = Transcript(
        id=scenario.id,
        turns=tuple(turns),
        language=scenario.language,
        scenario=scenario,
        end_reason=EndReason.SOLVED,
    )
    return judge(talk, reader=READER)


def points(found: Scorecard) -> float:
    """Points of 100."""
    assert found.overall is not None
    return 10 * found.overall


def differing(one: Scorecard, other: Scorecard) -> Iterator[str]:
    """Checks that the two cards mark differently, as "C08 1>0", and errors only one has."""
    marks = {mark.check: mark.mark for mark in other.marks}
    for mark in one.marks:
        if mark.mark != marks[mark.check]:
            yield f"{mark.check} {_short(mark.mark)}>{_short(marks[mark.check])}"
    errors = ({error.id for error in one.critical}, {error.id for error in other.critical})
    for error in sorted(errors[0] ^ errors[1]):
        yield f"{error} {'missed' if error in errors[0] else 'added'}"


def _short(mark: float | None) -> str:
    return "-" if mark is None else f"{mark:g}"


@dataclass(frozen=True, slots=True)
class Figures:
    """Points of 100: of the plain talks, and how far the others are from theirs."""

    plain: tuple[float, ...]
    by_talk: Mapping[tuple[str, str], float]
    checks: Counter[str]

    @property
    def apart(self) -> Sequence[float]:
        """All distances, the least first."""
        return sorted(self.by_talk.values())

    @property
    def mean(self) -> float:
        """Mean distance."""
        return sum(self.apart) / len(self.apart)

    def percentile(self, share: float) -> float:
        """The distance that `share` of the talks do not exceed."""
        return self.apart[round(share * (len(self.apart) - 1))]

    def within(self, most: float) -> float:
        """The share of talks at most so far apart."""
        return sum(one <= most for one in self.apart) / len(self.apart)


def measured(talks: Mapping[str, Lines], *, show: bool = False) -> Figures:
    """Judge every talk in every wording."""
    plains: list[float] = []
    by_talk: dict[tuple[str, str], float] = {}
    checks: Counter[str] = Counter()
    for case, lines in talks.items():
        scenario = LIBRARY.scenario(case)
        base = card(scenario, lines, ["plain"] * len(lines))
        plains.append(points(base))
        for style in styles(lines):
            other = card(scenario, lines, [style] * len(lines))
            differ = list(differing(base, other))
            checks.update(one.split()[0] for one in differ)
            by_talk[case, style] = abs(points(other) - points(base))
            if show:
                print(
                    f"{case} {style}: {points(base):.1f}, {points(other):.1f} ({', '.join(differ)})"
                )
    return Figures(tuple(plains), by_talk, checks)


def main(file: Path) -> int:
    """Measure and print."""
    found = measured(read_talks(file), show=True)
    print(f"{len(found.apart)} talks beside {len(found.plain)} plain ones, points of 100 apart:")
    print(
        f"{found.mean:.1f} on average, 90th percentile {found.percentile(0.9):.1f}, "
        f"at most {found.apart[-1]:.1f}; {found.within(3):.0%} within 3"
    )
    mean = sum(found.plain) / len(found.plain)
    print(f"plain talks score {mean:.1f} on average, {min(found.plain):.1f} at least")
    marks = ", ".join(f"{one} {n}" for one, n in found.checks.most_common())
    print(f"marked differently: {marks}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
