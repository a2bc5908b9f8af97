"""Many people on two platforms at once, with everything that goes wrong there.

Half of the deliveries are doubled, some of them late; a person's messages come side by side, so a
later one may arrive first. WeChat's API is busy, cuts the line, answers rubbish, closes windows
(45015, 45047) and forgets its token; Slack answers 429 and 503.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import aiohttp

from core.domain.messages import ChannelAddress, ChannelKind, SendOutcome
from core.ports.delivery import OutboxRow
from core.ports.storage import UnitOfWork
from tests.durability.databases import rows
from tests.durability.houses import Street, open_street, running
from tests.fakes.slack_platform import SECRET, TOKEN, FakeSlack, event, fake_slack, signed
from tests.fakes.wechat_platform import ApiFault, WallClock

LINES = (
    "您好，我是客服小李，很抱歉影响您了",
    "请问您的手机尾号是多少，我核对一下",
    "我来跟进，今天18:00前给您回电",
)
FAULTS: tuple[ApiFault | int, ...] = (-1, ApiFault.CUT, 0, 45015, 0, 45047, ApiFault.BAD_GATEWAY, 0)
SLACK_FAULTS: tuple[tuple[int, dict[str, Any]] | None, ...] = (
    (429, {"ok": False, "error": "ratelimited"}),
    None,
    (503, {}),
    None,
    None,
)
FINAL = {SendOutcome.SENT, SendOutcome.DEFERRED, SendOutcome.UNKNOWN}
LATE_S = 0.5
WITHIN_S = 300.0
SLACK_EVERY = 5
"""One person of so many is on Slack."""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it. `messages` typed, `deliveries` made, `kept` rows, `outcomes` of all rows to
    be said by their name, `lines` of trainees that stand in talks, `twice` of them more than once,
    `doubled` posts that a platform showed twice though it had acknowledged them."""

    messages: int
    deliveries: int
    kept: int
    open: int
    outcomes: Mapping[str, int]
    lost: int
    twice: int
    doubled: int
    token_calls: int


@asynccontextmanager
async def city(
    folder: Path, stores: Mapping[str, str], *, houses: int
) -> AsyncIterator[tuple[Street, FakeSlack]]:
    """The houses with both platforms before them."""
    async with fake_slack() as slack:
        settings = {
            **stores,
            "slack_signing_secret": SECRET,
            "slack_bot_token": TOKEN,
            "slack_api_url": slack.url,
            "slack_language": "zh",
        }
        async with open_street(folder, settings, clock=WallClock(), houses=houses) as street:
            yield street, slack


async def load(
    folder: Path,
    stores: Mapping[str, str],
    *,
    people: int,
    houses: int,
    voids: int = 1,
    seed: int = 7,
) -> Load:
    """Run it to its end and count."""
    chance = Random(seed)
    async with (
        city(folder, stores, houses=houses) as (street, slack),
        aiohttp.ClientSession() as http,
    ):
        street.platform.plan_sends(*(FAULTS * max(1, people // 8)))
        slack.fault += [*SLACK_FAULTS] * max(1, people // 20)
        deliveries = 0
        async with running(street.houses, within_s=WITHIN_S):
            # The first message begins the talk; the others may overtake each other.
            begun = [_typed(n, 0, f"练习 1 seed={n} emotion=calm") for n in range(people)]
            deliveries += await _deliver(street, http, begun, chance)
            street.platform.void_token()
            rest = [_typed(n, k, line) for n in range(people) for k, line in enumerate(LINES, 1)]
            chance.shuffle(rest)
            middle = len(rest) // 2
            deliveries += await _deliver(street, http, rest[:middle], chance)
            if voids > 1:
                # A token may be renewed by force every 30 s: till then everything waits.
                street.platform.void_token()
            deliveries += await _deliver(street, http, rest[middle:], chance)
        return await _counted(
            street, slack, folder, stores, typed=[*begun, *rest], deliveries=deliveries
        )


@dataclass(frozen=True, slots=True)
class Typed:
    """One message of one person."""

    person: int
    key: str
    text: str

    @property
    def on_slack(self) -> bool:
        return self.person % SLACK_EVERY == 0

    @property
    def user(self) -> str:
        return f"U{self.person:05d}" if self.on_slack else f"o-{self.person}"


def _typed(person: int, place: int, text: str) -> Typed:
    return Typed(person, f"{person + 1}0{place}", text)


async def _deliver(
    street: Street, http: aiohttp.ClientSession, typed: Sequence[Typed], chance: Random
) -> int:
    """Every message once, half of them twice, half of these late; how many deliveries."""
    gate = asyncio.Semaphore(32)
    tries = [(one, delay) for one in typed for delay in _delays(chance)]

    async def one(message: Typed, delay: float) -> None:
        await asyncio.sleep(delay)
        async with gate:
            if message.on_slack:
                await _over_slack(street, http, message)
            else:
                await street.type(message.user, message.text, key=message.key)

    await asyncio.gather(*(one(message, delay) for message, delay in tries))
    return len(tries)


def _delays(chance: Random) -> Sequence[float]:
    if chance.random() < 0.5:
        return (0.0,)
    return (0.0, LATE_S if chance.random() < 0.5 else 0.0)


async def _over_slack(street: Street, http: aiohttp.ClientSession, message: Typed) -> None:
    base = street.drivers[message.person % len(street.drivers)].url.partition("/channels")[0]
    body = event(message.user, message.text, key=f"Ev{message.key}")
    headers = {**signed(body), "Content-Type": "application/json"}
    url = f"{base}/channels/slack/events"
    async with http.post(url, data=body.encode(), headers=headers) as answer:
        assert answer.status == 200, answer.status


async def _counted(
    street: Street,
    slack: FakeSlack,
    folder: Path,
    stores: Mapping[str, str],
    *,
    typed: Sequence[Typed],
    deliveries: int,
) -> Load:
    url = stores.get("database_url", "")
    ((kept, still_open),) = rows(url, folder, "SELECT count(*), sum(closed_at IS NULL) FROM inbox")
    people = {message.user: message.on_slack for message in typed}
    outcomes: Counter[str] = Counter()
    lost = twice = 0
    for user, on_slack in people.items():
        channel = ChannelKind.SLACK if on_slack else ChannelKind.WECHAT
        here = ChannelAddress(channel, "main", user)
        said, heard = await street.houses[0].transactions.read(partial(_of, here=here))
        outcomes.update(row.state.value for row in said)
        written = Counter(heard)
        lost += sum(line not in written for line in LINES)
        twice += sum(count - 1 for count in written.values())
    shown = Counter((post["channel"], post["text"], post.get("thread_ts")) for post in slack.posts)
    return Load(
        messages=len(typed),
        deliveries=deliveries,
        kept=kept,
        open=int(still_open or 0),
        outcomes=dict(outcomes),
        lost=lost,
        twice=twice,
        doubled=sum(count - 1 for count in shown.values()),
        token_calls=street.platform.token_calls,
    )


def _of(unit: UnitOfWork, *, here: ChannelAddress) -> tuple[list[OutboxRow], list[str]]:
    """What was to be said to this person, and what they said in their talk."""
    conversation = unit.conversations.at(here)
    said = list(unit.outbox.feed(conversation.id, after=0, limit=1000))
    turns = unit.dialogues.turns(conversation.dialogue_id) if conversation.dialogue_id else ()
    return said, [turn.text for turn in turns if turn.speaker.value == "trainee"]
