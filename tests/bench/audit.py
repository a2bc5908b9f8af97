"""Whether the audit's figures give back the noise that was planted in machine and people.

Run: python -m tests.bench.audit [AUDITS]. Each audit: 400 talks of 40 trainees, one in three
marked by two people; machine and people err with known shares. For every pair of shares: how often
the 95 % interval of AC1 holds the true agreement, and its mean beside it. Exit status 1 when one
holds it in less than LEAST of the audits.
"""

from __future__ import annotations

import sys
from statistics import fmean

from core.domain.agreement import Estimate
from core.services.audit_gates import figures
from tests.unit.judging.test_audit import rated, true_ac1

LEAST = 0.89
AUDITS = 100
SHARES = ((0.0, 0.05), (0.05, 0.10), (0.10, 0.10), (0.20, 0.10), (0.05, 0.25))
"""Of the marks that are wrong: the machine's, each person's."""


def holds(machine: float, people: float, audits: int) -> tuple[list[float], list[str]]:
    """Shares of audits whose interval holds the truth (machine with people, two people), and both
    in words."""
    pairs: tuple[list[Estimate], list[Estimate]] = ([], [])
    for seed in range(audits):
        found = figures(
            "C01", rated(seed, machine=machine, people=people), critical=False, seed=1, draws=2
        )
        for into, one in zip(pairs, (found.machine_human, found.human_human), strict=True):
            if one is not None:
                into.append(one)
    truths = (true_ac1(machine, people), true_ac1(people, people))
    held = [
        sum(one.holds(truth) for one in into) / len(into)
        for into, truth in zip(pairs, truths, strict=True)
    ]
    words = [
        f"planted {truth:.3f} found {fmean(one.value for one in into):.3f} held {share:.0%}"
        for into, truth, share in zip(pairs, truths, held, strict=True)
    ]
    return held, words


def main() -> int:
    """Print the table."""
    audits = int(sys.argv[1]) if len(sys.argv) > 1 else AUDITS
    worst = 1.0
    print("machine errs | people err | AC1 machine with people | AC1 two people")
    for machine, people in SHARES:
        held, words = holds(machine, people, audits)
        worst = min(worst, *held)
        print(f"{machine:.0%} | {people:.0%} | {words[0]} | {words[1]}", flush=True)
    return 0 if worst >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
