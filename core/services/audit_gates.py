"""Whether a check may be marked by the machine: people alone, people with it, or it alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.domain.agreement import (
    Estimate,
    bias,
    cluster_bootstrap,
    gwet_ac1,
    kappa,
    raw_agreement,
    wilson,
)
from core.domain.review import Gate, Mark, Trust

MARKS: tuple[Mark, ...] = (0.0, 0.5, 1.0, None)


@dataclass(frozen=True, slots=True)
class Gates:
    """The limits of the coaching notes, §9; biases in points of ten.

    `to_assist` and `to_trust` are cases both machine and a person marked, `rated_twice` those
    two people did, `group_cases` those below which a group's bias is not read.
    """

    to_assist: int = 150
    to_trust: int = 200
    rated_twice: int = 60
    below_people: float = 0.05
    bias: float = 0.3
    group_bias: float = 0.5
    group_cases: int = 30
    recall: float = 0.90
    recall_low: float = 0.75
    drift: float = 0.10


GATES = Gates()


@dataclass(frozen=True, slots=True)
class Rating:
    """One talk's answers to one check. `second` only counts where `twice`: the second person
    may have said not applicable. `groups` are what must not matter (team, channel, input)."""

    talk: str
    person: str
    machine: Mark
    first: Mark
    second: Mark = None
    twice: bool = False
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What an audit says about one check; None where too little was rated.

    `weighted` is quadratic kappa of machine and first person where both gave a mark, with an
    interval over trainees; `bias` and `group_bias` are machine - human in points of ten;
    `recall` the share of critical errors found (None for an ordinary check).
    """

    check: str
    cases: int
    twice: int
    raw: float | None
    machine_human: Estimate | None
    human_human: Estimate | None
    weighted: Estimate | None
    bias: float | None
    group_bias: Mapping[str, float] = field(default_factory=dict)
    recall: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a check stands after an audit, and what keeps it from more."""

    trust: Trust
    gates: tuple[Gate, ...]


def figures(
    check: str, ratings: Sequence[Rating], *, critical: bool, seed: int, draws: int = 400
) -> Figures:
    """All figures of one check. `critical`: the check looks for a critical error; `seed` and
    `draws` are those of the bootstrap."""
    machine = [one.machine for one in ratings]
    first = [one.first for one in ratings]
    both = [one for one in ratings if one.twice]
    return Figures(
        check=check,
        cases=len(ratings),
        twice=len(both),
        raw=raw_agreement(machine, first),
        machine_human=gwet_ac1(machine, first, categories=_words(critical)),
        human_human=gwet_ac1(
            [one.first for one in both],
            [one.second for one in both],
            categories=_words(critical),
        ),
        weighted=cluster_bootstrap(_by_person(ratings), _weighted, seed=seed, draws=draws),
        bias=_bias(ratings),
        group_bias=_group_bias(ratings),
        recall=_recall(ratings) if critical else None,
    )


def graduate(
    trust: Trust,
    found: Figures,
    *,
    critical: bool,
    reference_ac1: float | None = None,
    reaudit_ac1: float | None = None,
    gates: Gates = GATES,
) -> Verdict:
    """At most one step up or down.

    `reference_ac1` was measured on the fixed re-audit set when the step was earned,
    `reaudit_ac1` is measured there now: a fall by more than .10 sends the check one step back.
    A check the machine marks alone that no longer passes its gates goes back as well.
    """
    if drifted(reference_ac1, reaudit_ac1, gates):
        down = Trust.ASSISTED if trust is Trust.AUTOMATIC else Trust.HUMAN_ONLY
        return Verdict(down, (Gate.DRIFTED,))
    if trust is Trust.HUMAN_ONLY:
        enough = found.cases >= gates.to_assist
        return Verdict(Trust.ASSISTED, ()) if enough else Verdict(trust, (Gate.FEW_CASES,))
    failed = failed_gates(found, critical=critical, gates=gates)
    return Verdict(Trust.ASSISTED if failed else Trust.AUTOMATIC, failed)


def drifted(reference: float | None, now: float | None, gates: Gates = GATES) -> bool:
    """Whether agreement on the fixed set has fallen too far since the last step up."""
    # Rounded: .80 -> .70 is a fall by .10, not by .1000000001.
    return reference is not None and now is not None and round(reference - now, 9) > gates.drift


def unmarked(check: str) -> Figures:
    """The figures of a check that nobody has marked."""
    return figures(check, (), critical=False, seed=1, draws=1)


def failed_gates(found: Figures, *, critical: bool, gates: Gates = GATES) -> tuple[Gate, ...]:
    """What stands between a check and marking alone, in the order of `Gate`."""
    recall = found.recall
    missed = recall is None or recall.value < gates.recall or recall.low < gates.recall_low
    group = max((abs(one) for one in found.group_bias.values()), default=0.0)
    failed = {
        Gate.FEW_CASES: found.cases < gates.to_trust,
        Gate.NO_SECOND_RATER: found.twice < gates.rated_twice,
        Gate.BELOW_PEOPLE: _below_people(found, gates),
        Gate.BIASED: found.bias is None or abs(found.bias) > gates.bias,
        Gate.MISSES_CRITICAL: critical and missed,
        Gate.UNFAIR_TO_GROUP: group > gates.group_bias,
    }
    return tuple(gate for gate, fails in failed.items() if fails)


def _below_people(found: Figures, gates: Gates) -> bool:
    if found.machine_human is None or found.human_human is None:
        return True
    return found.machine_human.low < found.human_human.value - gates.below_people


def _words(critical: bool) -> Sequence[Mark]:
    return (0.0, 1.0) if critical else MARKS


def _marked(ratings: Sequence[Rating]) -> list[tuple[float, float]]:
    return [
        (one.machine, one.first)
        for one in ratings
        if one.machine is not None and one.first is not None
    ]


def _weighted(ratings: Sequence[Rating]) -> float | None:
    pairs = _marked(ratings)
    return kappa([m for m, _ in pairs], [h for _, h in pairs], categories=(0.0, 0.5, 1.0), power=2)


def _bias(ratings: Sequence[Rating]) -> float | None:
    pairs = _marked(ratings)
    found = bias([m for m, _ in pairs], [h for _, h in pairs])
    return None if found is None else 10 * found


def _group_bias(ratings: Sequence[Rating]) -> dict[str, float]:
    groups: defaultdict[str, list[Rating]] = defaultdict(list)
    for one in ratings:
        for name in one.groups:
            groups[name].append(one)
    known = {name: _bias(those) for name, those in groups.items() if _readable(those)}
    return {name: value for name, value in sorted(known.items()) if value is not None}


def _readable(ratings: Sequence[Rating]) -> bool:
    return len(_marked(ratings)) >= GATES.group_cases


def _recall(ratings: Sequence[Rating]) -> Estimate | None:
    there = [one for one in ratings if one.first == 1.0]
    return wilson(sum(one.machine == 1.0 for one in there), len(there))


def _by_person(ratings: Sequence[Rating]) -> list[list[Rating]]:
    people: defaultdict[str, list[Rating]] = defaultdict(list)
    for one in ratings:
        people[one.person].append(one)
    return list(people.values())
