"""What the claim checker does on the labelled claims: `python -m tests.bench.claims`."""

from __future__ import annotations

import asyncio
from itertools import product
from time import perf_counter

from core.domain.claims import Verdict
from tests.unit.coaching.claims import measured, read_claims

SHOWN = (Verdict.CONTRADICTED, Verdict.SUPPORTED, Verdict.NOT_FOUND)


async def main() -> None:
    """A table for each part, with false alarms and misses."""
    for language, part in product(("zh", "en"), ("dev", "held")):
        claims = read_claims(part, language)
        began = perf_counter()
        figures = await measured(claims)
        per_claim_ms = 1000 * (perf_counter() - began) / len(claims)
        print(
            f"\n{language} {part}: {len(claims)} claims, {per_claim_ms:.1f} ms each, start included"
        )
        print("| said of it | " + " | ".join(SHOWN) + " |")
        print("|---|---|---|---|")
        for label in SHOWN:
            row = (str(figures.counts[label, found]) for found in SHOWN)
            print(f"| {label} | " + " | ".join(row) + " |")
        alarms = sum(n for (_, found), n in figures.counts.items() if found is SHOWN[0])
        false = alarms - figures.counts[SHOWN[0], SHOWN[0]]
        print(f"false alarms {false} of {alarms}; precision, recall by verdict:")
        for verdict in SHOWN:
            print(f"  {verdict}: {figures.precision(verdict):.3f}, {figures.recall(verdict):.3f}")


if __name__ == "__main__":
    asyncio.run(main())
