"""How long the embedded judge takes from an ended talk to its debrief.

    python -m tests.bench.debrief

Whole practices of all cases held by clerks of three skills; judged and told in full.
"""

from __future__ import annotations

import sys
from time import process_time

from core.services.coaching import debrief
from core.services.judging import judge
from tests.flow.test_debrief import CASES, MASTER, READER, SKILLS, _held


def main() -> int:
    """Measure and print."""
    took = []
    for case in CASES:
        for skill in SKILLS:
            talk = _held(case.id, skill).transcript
            start = process_time()
            card = judge(talk, reader=READER)
            debrief(talk, card, level=MASTER, reader=READER)
            took.append(1000 * (process_time() - start))
    took.sort()
    middle = took[len(took) // 2]
    print(f"{len(took)} talks, CPU time: median {middle:.0f} ms, longest {took[-1]:.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
