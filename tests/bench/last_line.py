"""How soon the debrief is back after the last line, and how far noise moves a judge model's score.

Run: python -m tests.bench.last_line. Exit status 1 when the debrief takes longer than LIMIT_S.
Wall time through the product on SQLite with its own workers and the embedded judge: from the
moment the word that ends the practice is handed to the intake until the debrief is in the outbox.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bots.intake import replies_topic
from core.domain.messages import ChannelAddress, ChannelKind, InboundMessage, NoticeCode
from core.ports.storage import UnitOfWork
from core.services.transcripts import transcript_json
from ops.judge_files import FileJudge
from ops.judge_model import judge_with_model
from ops.migrations import migrate
from ops.settings import read_settings
from ops.wiring import House, build
from tests.fakes.judge_voice import noisy
from tests.fakes.model_server import FakeModelServer
from tests.flow.test_model_judge import KIND, talks
from tests.flow.web.test_pages import REPLY
from tests.flow.web.visit import shipped_content
from tests.unit.judging.test_gaming import HONEST, READER

LIMIT_S = 1.0
TALKS = 20
"""Of 8 trainee lines each: as long as a practice usually is."""
PAIRS = 100
"""Of two talks each."""


async def debrief_s() -> Sequence[float]:
    """Seconds from the last line to the debrief, one for each talk."""
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(data_dir=Path(folder), merge_s=0, typing_delays=False)
        migrate(settings.database_url, data_dir=settings.data_dir)
        house = build(settings, content=shipped_content())
        stop = asyncio.Event()
        parts = [asyncio.create_task(run(stop)) for run in (house.worker.run, house.jobs.run)]
        try:
            return [await _talk(house, f"user-{number}") for number in range(TALKS)]
        finally:
            stop.set()
            await asyncio.gather(*parts)
            await house.close()


async def _talk(house: House, user: str) -> float:
    lines = ["练习 wrong-charge seed=7", *(said for _, said in HONEST[:-1]), REPLY]
    for number, text in enumerate(lines):
        await _say(house, user, number, text)
    began = time.perf_counter()
    await _say(house, user, len(lines), "结束", NoticeCode.DEBRIEF)
    return time.perf_counter() - began


async def _say(
    house: House, user: str, number: int, text: str, wanted: NoticeCode | None = None
) -> None:
    """Hand a line in, and wait until it is worked; with `wanted`, until that was said."""
    address = ChannelAddress(ChannelKind.WECHAT, "main", user)
    message = InboundMessage(address, f"{user}-{number}", text, house.clock.now())
    kept = await house.intake.keep(message)

    def there(unit: UnitOfWork) -> bool:
        if wanted is None:
            return unit.inbox.is_closed(kept.inbox_id)
        rows = unit.outbox.feed(kept.conversation_id, after=0, limit=500)
        return any(row.message.code is wanted for row in rows)

    async with house.live.subscribe(replies_topic(kept.conversation_id)) as bell:
        while not await house.transactions.read(there):
            await bell.wait(0.05)


async def spreads(share: float) -> tuple[list[float], float]:
    """Differences (of 100) of a talk's score between two judgements that know nothing of each
    other, where this share of the model's samples is wrong; and calls for each talk."""
    found = [await _scores(share, seed) for seed in range(2 * PAIRS)]
    scores = [one for one, _ in found]
    calls = sum(calls for _, calls in found) / sum(map(len, scores))
    differences = [
        abs(a - b) * 10
        for one, other in zip(scores[::2], scores[1::2], strict=True)
        for a, b in zip(one, other, strict=True)
    ]
    return differences, calls


async def _scores(share: float, seed: int) -> tuple[list[float], int]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with FakeModelServer(voice=noisy(KIND, share=share, seed=seed)) as server:
            settings = read_settings(data_dir=folder, judge_url=server.url)
            migrate(settings.database_url, data_dir=folder)
            files = FileJudge(READER, shipped_content(), "zh", lambda _: None)
            source, target = folder / "in.jsonl", folder / "out.jsonl"
            lines = [json.dumps(transcript_json(talk), ensure_ascii=False) for talk in talks()]
            source.write_text("\n".join(lines))
            tally = await judge_with_model(settings, files, source, target)
            scores = [float(json.loads(line)["overall"]) for line in target.open()]
            return scores, tally.usage.calls


def main() -> int:
    """Print both."""
    seconds = sorted(asyncio.run(debrief_s()))
    print(f"debrief after the last line: median {median(seconds):.3f} s, worst {seconds[-1]:.3f} s")
    for share in (0.0, 0.1, 0.2, 0.3):
        differences, calls = asyncio.run(spreads(share))
        found = sorted(differences)
        within = sum(one <= 3 for one in found) / len(found)
        print(
            f"{share:.0%} of the samples wrong: spread median {median(found):.1f}, worst "
            f"{found[-1]:.1f} of 100; {within:.1%} of {len(found)} within 3; "
            f"{calls:.0f} calls a talk"
        )
    return 0 if seconds[-1] <= LIMIT_S else 1


if __name__ == "__main__":
    sys.exit(main())
