"""How soon Slack's events are acknowledged at 100 signed events a second, the work behind them.

    python -m tests.bench.slack_ack

`peilian serve` on SQLite and a workspace on loopback. People begin practices, then speak at a
fixed rate that waits for no answer; a time counts from the moment the event was due, so a sender
that lags is no excuse. Every event must have been kept and answered at the end.
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

import aiohttp

from tests.durability.product import Product
from tests.fakes.slack_platform import SECRET, TOKEN, event, fake_slack, signed

RATE = 100.0
PEOPLE = 200
LINES = (
    "Hello, this is Lee from support, I am sorry about the trouble",
    "Could you tell me the last four digits of your phone number so that I can check",
    "I understand this is urgent, I am checking it right now",
    "I will follow up and call you back today before six",
    "Is there anything else that I can do for you?",
)
MOST_P99_S = 0.3


async def acknowledge(http: aiohttp.ClientSession, url: str, body: str, due: float) -> float:
    """Seconds from `due`, on the monotonic clock, to the answer."""
    await asyncio.sleep(max(0.0, due - time.monotonic()))
    headers = {**signed(body), "Content-Type": "application/json"}
    async with http.post(url, data=body.encode(), headers=headers) as answer:
        assert answer.status == 200, answer.status
        await answer.read()
    return time.monotonic() - due


async def say(http: aiohttp.ClientSession, url: str, *texts: str) -> list[float]:
    """Everybody says each of `texts` in turn, at one steady rate; the times."""
    start = time.monotonic() + 0.2
    bodies = [
        event(f"U{at:05d}", text, key=f"Ev{at}-{text}") for text in texts for at in range(PEOPLE)
    ]
    return await asyncio.gather(
        *(acknowledge(http, url, body, start + at / RATE) for at, body in enumerate(bodies))
    )


async def measure() -> bool:
    """Print the figures; whether the target is met."""
    with tempfile.TemporaryDirectory() as folder:
        async with fake_slack() as slack, aiohttp.ClientSession() as http:
            product = Product(Path(folder), slack_settings(slack.url))
            await asyncio.to_thread(product.start)
            try:
                url = f"{product.url}/channels/slack/events"
                await say(http, url, "practice 1")
                times = sorted(await say(http, url, *LINES))
                started = time.monotonic()
                while product.unfinished():  # noqa: ASYNC110  # a database rings no bell
                    await asyncio.sleep(0.5)
                behind = time.monotonic() - started
                kept, lines, unanswered = counts(product)
            finally:
                await asyncio.to_thread(product.stop)
    p50, p99 = (times[int(len(times) * share)] for share in (0.5, 0.99))
    load = os.getloadavg()[0]
    print(
        f"{len(times)} events at {RATE:.0f}/s: acknowledged p50 {p50 * 1000:.0f} ms, p99 "
        f"{p99 * 1000:.0f} ms (at most {MOST_P99_S * 1000:.0f}), worked off {behind:.1f} s after "
        f"the last; load {load:.1f} on {os.cpu_count()} cores"
    )
    print(f"kept {kept}, lines in talks {lines}, unanswered {unanswered}")
    whole = kept == PEOPLE * (len(LINES) + 1) and lines > 0 and unanswered == 0
    return whole and p99 <= MOST_P99_S


def slack_settings(api_url: str) -> dict[str, str]:
    """One workspace at `api_url`; nobody waits on purpose."""
    return {
        "PEILIAN_SLACK_SIGNING_SECRET": SECRET,
        "PEILIAN_SLACK_BOT_TOKEN": TOKEN,
        "PEILIAN_SLACK_API_URL": api_url,
        "PEILIAN_SLACK_POST_EVERY_S": "0.01",
        "PEILIAN_TYPING_DELAYS": "false",
        "PEILIAN_MERGE_S": "0",
    }


def counts(product: Product) -> list[int]:
    """Events kept, trainees' lines in talks, events without an answer."""
    return [
        int(product.rows(f"SELECT count(*) FROM ({query}) AS found")[0][0])
        for query in (
            "SELECT id FROM inbox",
            "SELECT 1 AS one FROM turns WHERE speaker = 'trainee'",
            "SELECT i.id FROM inbox i LEFT JOIN outbox o ON o.inbox_id = i.id WHERE o.id IS NULL",
        )
    ]


def main() -> None:
    if not asyncio.run(measure()):
        sys.exit("a target was missed")


if __name__ == "__main__":
    main()
