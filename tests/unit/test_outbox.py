"""The sender: outcomes by name, doubts resolved once for a reply and never for a push."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from bots.outbox import CLAIM, KEEP_TRYING, MOST_BEGINS, REPEAT_AFTER, Sender
from core.domain.messages import (
    ChannelAddress,
    ChannelKind,
    Json,
    NoticeCode,
    OutboundKind,
    OutboundMessage,
    SendOutcome,
)
from core.errors import SendDeferred, SendRefused, SendRetry, SendUnknown
from core.ports.channel import Capabilities, Picture
from core.ports.delivery import OutboxRow
from core.ports.storage import Transactions, UnitOfWork
from core.storage.live_state import LocalLiveState
from core.storage.memory.transactions import MemoryTransactions
from tests.fakes.wechat_platform import ManualClock

ANN = ChannelAddress(ChannelKind.WECHAT, "main", "o-ann")
BEN = ChannelAddress(ChannelKind.WECHAT, "main", "o-ben")
SENT, UNKNOWN, CLAIMED = SendOutcome.SENT, SendOutcome.UNKNOWN, SendOutcome.CLAIMED
WAIT_S = 5.0


@dataclass
class ScriptedChannel:
    """Fails as planned, one plan per call; `held` people are not answered for."""

    capabilities: Capabilities = field(default_factory=Capabilities)
    plan: list[Exception | None] = field(default_factory=list)
    calls: list[tuple[str, int]] = field(default_factory=list)
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    called: asyncio.Event = field(default_factory=asyncio.Event)
    pictures: list[str] = field(default_factory=list)

    async def send(
        self,
        address: ChannelAddress,
        texts: Sequence[str],
        messages: Sequence[OutboundMessage],
        pictures: Sequence[Picture] = (),
    ) -> None:
        self.calls.append((address.user, len(texts)))
        self.pictures += [picture.name for picture in pictures]
        self.called.set()
        if address.user in self.held:
            await self.held[address.user].wait()
        fault = self.plan.pop(0) if self.plan else None
        if fault is not None:
            raise fault


@dataclass
class Post:
    """A sender on an empty store."""

    clock: ManualClock = field(default_factory=ManualClock)
    channel: ScriptedChannel = field(default_factory=ScriptedChannel)
    transactions: Transactions = field(default_factory=MemoryTransactions)
    live: LocalLiveState = field(default_factory=LocalLiveState)

    def sender(self, owner: str = "one", *, beat_s: float = 3.0) -> Sender:
        channels = {(ChannelKind.WECHAT, "main"): self.channel}
        return Sender(self.transactions, self.live, self.clock, channels, owner, beat_s)

    async def say(
        self,
        *people: ChannelAddress,
        kind: OutboundKind = OutboundKind.REPLY,
        code: NoticeCode = NoticeCode.HELP,
        facts: dict[str, Json] | None = None,
    ) -> None:
        messages = [
            OutboundMessage(address=each, code=code, facts=facts or {}, kind=kind)
            for each in people
        ]
        await self.transactions.write(lambda unit: unit.outbox.add(messages, now=self.clock.now()))
        await self.live.publish("outbox")

    async def drain(self, **later: float) -> int:
        self.clock.advance(**later)
        return await self.sender().drain_once()

    async def rows(self, address: ChannelAddress = ANN) -> list[OutboxRow]:
        def read(unit: UnitOfWork) -> list[OutboxRow]:
            return list(unit.outbox.feed(unit.conversations.at(address).id, after=0, limit=100))

        return await self.transactions.write(read)

    async def states(self, address: ChannelAddress = ANN) -> list[SendOutcome]:
        return [row.state for row in await self.rows(address)]

    async def until(self, address: ChannelAddress, states: list[SendOutcome]) -> None:
        # A store rings no bell.
        while await self.states(address) != states:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (None, SendOutcome.SENT),
        (SendRefused("errcode 43004"), SendOutcome.REFUSED),
        (SendDeferred("no sends left"), SendOutcome.DEFERRED),
        (SendRetry("http 503"), SendOutcome.WAITING),
        (ValueError("nobody thought of it"), SendOutcome.REFUSED),
    ],
)
async def test_every_way_a_send_ends_has_a_name(
    post: Post, fault: Exception | None, outcome: SendOutcome
) -> None:
    post.channel.plan = [fault]
    await post.say(ANN, ANN)
    assert await post.drain() == 2
    assert await post.states() == [outcome, outcome]


@pytest.mark.parametrize(("pictures", "shown"), [(True, ["score"]), (False, [])])
async def test_only_a_channel_that_shows_pictures_is_handed_one(
    post: Post, pictures: bool, shown: list[str]
) -> None:
    post.channel.capabilities = Capabilities(pictures=pictures)
    facts: dict[str, Json] = {"title": "x", "abilities": {"Q1": 5.0, "Q2": 6.0, "Q3": 7.0}}
    await post.say(ANN, code=NoticeCode.SCORE, facts=facts)
    await post.drain()
    assert post.channel.calls == [("o-ann", 1)]
    assert post.channel.pictures == shown


async def test_a_reply_in_doubt_is_sent_once_more(post: Post) -> None:
    post.channel.plan = [SendUnknown("no answer")]
    await post.say(ANN)
    assert await post.drain() == 1
    assert await post.drain() == 0, "not at once"
    assert await post.drain(seconds=REPEAT_AFTER.total_seconds()) == 1
    assert await post.states() == [SENT]


async def test_a_reply_twice_in_doubt_is_given_up_by_name(post: Post) -> None:
    """It was sent a third time: the first doubt was not counted."""
    post.channel.plan = [SendUnknown("no answer"), SendUnknown("no answer")]
    await post.say(ANN)
    await post.drain()
    await post.drain(seconds=1)
    assert await post.drain(seconds=60) == 0
    assert post.channel.calls == [("o-ann", 1)] * 2
    assert await post.states() == [UNKNOWN]


async def test_tries_that_certainly_did_not_arrive_do_not_count_as_doubts(post: Post) -> None:
    """After some retries a reply in doubt was given up at once."""
    post.channel.plan = [SendRetry("http 503")] * 4 + [SendUnknown("no answer")]
    await post.say(ANN)
    for _ in range(6):
        await post.drain(seconds=2)
    assert await post.states() == [SENT]


async def test_a_push_in_doubt_is_never_sent_again(post: Post) -> None:
    post.channel.plan = [SendUnknown("no answer")]
    await post.say(ANN, kind=OutboundKind.PUSH)
    await post.drain()
    assert await post.drain(seconds=60) == 0
    assert await post.states() == [UNKNOWN]
    assert len(post.channel.calls) == 1


async def _claim_and_die(post: Post) -> None:
    def claim(unit: UnitOfWork) -> None:
        accounts = [(ChannelKind.WECHAT, "main")]
        now = post.clock.now()
        assert unit.outbox.claim(accounts, owner="dead", now=now, ttl=CLAIM, limit=100)

    await post.transactions.write(claim)
    post.clock.advance(seconds=CLAIM.total_seconds())


async def test_what_a_dead_sender_held_is_in_doubt(post: Post) -> None:
    await post.say(ANN)
    await post.say(BEN, kind=OutboundKind.PUSH)
    await _claim_and_die(post)
    await post.drain()
    assert post.channel.calls == [("o-ann", 1)]
    assert await post.states(ANN) == [SENT]
    assert await post.states(BEN) == [UNKNOWN]


async def test_a_reply_survives_three_senders_that_died_before_sending_it(post: Post) -> None:
    """Killed twice in the moment between claim and send, it was given up and never sent."""
    await post.say(ANN)
    for _ in range(3):
        await _claim_and_die(post)
    await post.drain()
    assert post.channel.calls == [("o-ann", 1)]
    assert await post.states() == [SENT]


async def test_a_reply_that_every_sender_dies_over_is_given_up_by_name(post: Post) -> None:
    await post.say(ANN)
    for _ in range(MOST_BEGINS):
        await _claim_and_die(post)
    await post.drain()
    assert post.channel.calls == []
    assert await post.states() == [UNKNOWN]


async def test_a_busy_platform_is_tried_for_two_hours(post: Post) -> None:
    post.channel.plan = [SendRetry("http 503", after_s=60)] * 3
    await post.say(ANN)
    await post.drain()
    await post.drain(seconds=KEEP_TRYING.total_seconds() - 1)
    assert await post.states() == [SendOutcome.WAITING]
    await post.drain(seconds=61)
    assert await post.states() == [SendOutcome.EXPIRED]


async def test_one_persons_slow_send_keeps_nobody_else_waiting(post: Post) -> None:
    """A batch was sent as a whole before the next was looked at."""
    post.channel.held["o-ann"] = asyncio.Event()
    stop = asyncio.Event()
    running = asyncio.create_task(post.sender().run(stop))
    await post.say(ANN)
    async with asyncio.timeout(WAIT_S):
        await post.channel.called.wait()
        for _ in range(3):
            await post.say(BEN)
        await post.until(BEN, [SENT] * 3)
    assert await post.states(ANN) == [CLAIMED]
    post.channel.held["o-ann"].set()
    stop.set()
    await running
    assert await post.states(ANN) == [SENT]


async def test_what_comes_while_a_person_is_sent_to_follows_at_once(post: Post) -> None:
    post.channel.held["o-ann"] = asyncio.Event()
    stop = asyncio.Event()
    running = asyncio.create_task(post.sender().run(stop))
    await post.say(ANN)
    async with asyncio.timeout(WAIT_S):
        await post.channel.called.wait()
        await post.say(ANN)
        await asyncio.sleep(0.05)
        assert await post.states() == [CLAIMED, SendOutcome.WAITING]
        post.channel.held.pop("o-ann").set()
        await post.until(ANN, [SENT] * 2)
    stop.set()
    await running
    assert post.channel.calls == [("o-ann", 1), ("o-ann", 1)]


async def test_a_slow_send_keeps_its_claim_as_long_as_its_sender_lives(post: Post) -> None:
    post.channel.held["o-ann"] = asyncio.Event()
    stop = asyncio.Event()
    running = asyncio.create_task(post.sender(beat_s=0.01).run(stop))
    await post.say(ANN)
    await post.channel.called.wait()
    for _ in range(4):
        post.clock.advance(seconds=CLAIM.total_seconds() * 0.8)
        await asyncio.sleep(0.05)
    assert await post.sender("two").drain_once() == 0
    post.channel.held["o-ann"].set()
    stop.set()
    await running
    assert await post.states() == [SENT]
    assert post.channel.calls == [("o-ann", 1)]


async def test_a_fault_nobody_thought_of_holds_nobody_else_back(post: Post) -> None:
    """It ended the sender, and with it the process, again after every start."""
    post.channel.plan = [ValueError("nobody thought of it")]
    await post.say(ANN)
    await post.say(BEN)
    await post.drain()
    assert await post.states(ANN) == [SendOutcome.REFUSED]
    assert await post.states(BEN) == [SENT]


async def test_rows_of_a_channel_that_fetches_itself_are_left_alone(post: Post) -> None:
    post.channel.capabilities = Capabilities(pulls=True)
    await post.say(ANN)
    assert await post.drain() == 0
    assert await post.states() == [SendOutcome.WAITING]
