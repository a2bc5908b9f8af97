"""CPU time of one turn of the embedded customer: the rules and the wording, without the reader.

Run: python -m tests.bench.customer_engine. Exit status 1 when the limit is passed.
"""

from __future__ import annotations

import sys
import time
from random import Random
from statistics import median

from core.domain import customer
from tests.unit.customer.cases import ENGINE, MOODS, OFFICE, REFUND, bad_talk, cue, good_talk

LIMIT_MS = 2.0
ROUNDS = 5
TALKS = 100


def turn_ms() -> float:
    """Median over rounds of the CPU milliseconds per turn, over good and bad talks."""
    return median(_round() for _ in range(ROUNDS))


def _round() -> float:
    turns = 0
    began = time.process_time()
    for seed in range(TALKS):
        turns += _talk(seed)
    return (time.process_time() - began) * 1000 / turns


def _talk(seed: int) -> int:
    mood = sorted(MOODS)[seed % len(MOODS)]
    script = bad_talk() if seed % 2 else good_talk()
    step = customer.open_case(
        scenario=REFUND, persona=OFFICE, mood=MOODS[mood], chance=Random(seed)
    )
    turns = 1
    for number, line in enumerate(script):
        state = ENGINE.word(cue(step, seed=seed, mood=mood, persona=OFFICE)).state
        step = customer.hear(
            state,
            line,
            scenario=REFUND,
            persona=OFFICE,
            silence_limits=0.0,
            chance=Random(f"{seed}:{number}"),
        )
        turns += 1
        if step.end is not None:
            break
    ENGINE.word(cue(step, seed=seed, mood=mood, persona=OFFICE))
    return turns


if __name__ == "__main__":
    measured = turn_ms()
    print(f"customer engine: {measured:.2f} ms CPU per turn (limit {LIMIT_MS} ms)")
    sys.exit(measured > LIMIT_MS)
