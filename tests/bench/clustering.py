"""Groups of a million profiles: CPU time, memory, and what is found.

    python -m tests.bench.clustering [--people 1000000] [--bootstraps 100]

Profiles of three planted groups come one by one, as a refit reads them. Prints the CPU seconds of
gathering and of fitting, the most memory the process held, the gates' figures, and how far the
centres lie from the planted ones. Fails when memory reaches 1 GiB or the groups are not found.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from random import Random

from training_plans.clustering import fit
from training_plans.features import FEATURES
from training_plans.gathering import Gathered

APART = 1.5
MOST_GIB = 1.0


def main() -> int:
    """Measure; 1 when the aim is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--bootstraps", type=int, default=100)
    given = parser.parse_args()
    chance, gathered, begun = Random(1), Gathered(), time.process_time()
    for number in range(given.people):
        row = [chance.gauss(0.0, 1.0) for _ in FEATURES]
        place = 2 * (number % 3)
        row[place] += APART
        row[place + 1] -= APART
        gathered.add(tuple(row))
    read = time.process_time()
    found = fit(gathered, bootstraps=given.bootstraps)
    done, gib = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    off = max(
        abs(value * scale + mean - planted)
        for group in found.learned.groups
        for place, (value, scale, mean) in enumerate(
            zip(group.centre, gathered.scales, gathered.means, strict=True)
        )
        for planted in [_planted(group.traits[0][0], group.traits[0][1] > 0, place)]
    )
    sys.stdout.write(
        f"{given.people} profiles: gathered in {read - begun:.0f} s CPU, fitted with "
        f"{given.bootstraps} bootstraps in {done - read:.0f} s CPU, {gib:.2f} GiB; k {found.k}, "
        f"stage {found.learned.stage}, stability {found.stability or 0:.3f}, KMeans agreement "
        f"{found.agreement or 0:.3f}, farthest centre off by {off:.3f} standard deviations\n"
    )
    return int(gib > MOST_GIB or found.k != 3 or found.learned.stage != "named")


def _planted(trait: str, high: bool, place: int) -> float:
    """What was planted at this feature in the group that the strongest trait names."""
    first = FEATURES.index(trait) - (0 if high else 1)
    return {first: APART, first + 1: -APART}.get(place, 0.0)


if __name__ == "__main__":
    sys.exit(main())
