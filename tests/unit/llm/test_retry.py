"""Trying again within a turn's budget."""

from random import Random

import pytest

from core.errors import (
    ModelError,
    ModelOverloaded,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
    TruncatedReply,
)
from core.llm.retry import RetryingModel
from core.llm.scripted import ScriptedModel
from core.ports.chat_model import ChatMessage, ChatRequest, ChatRole, TurnBudget

REQUEST = ChatRequest(
    messages=(ChatMessage(ChatRole.USER, "您好"),),
    max_tokens=64,
    temperature=0.7,
    seed=7,
    timeout_s=6.0,
)


class Time:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


class Longest(Random):
    """Chance that always takes the longest pause."""

    def uniform(self, a: float, b: float) -> float:
        return b


def retrying(model: ScriptedModel, time: Time, chance: Random | None = None) -> RetryingModel:
    return RetryingModel(model, chance=chance or Longest(), now=time, sleep=time.sleep)


def budget(time: Time, *, calls: int = 3, seconds: float = 8.0) -> TurnBudget:
    return TurnBudget(calls_left=calls, deadline=time.now + seconds)


RETRYABLE = [
    ModelOverloaded(),
    TruncatedReply(),
    ModelUnavailable("no connection", retryable=True),
]
FINAL = [ModelRejected(), ModelTimeout(), ModelUnavailable("circuit open")]


@pytest.mark.parametrize("error", RETRYABLE, ids=lambda error: type(error).__name__)
async def test_what_may_go_away_is_tried_again(error: ModelError) -> None:
    time = Time()
    model = ScriptedModel([error, error, "好"])
    purse = budget(time)

    reply = await retrying(model, time).complete(REQUEST, purse)

    assert reply.text == "好"
    assert purse.calls_left == 0
    assert time.pauses == [0.3, 0.6]


@pytest.mark.parametrize("error", FINAL, ids=lambda error: type(error).__name__)
async def test_what_stays_wrong_is_not(error: ModelError) -> None:
    time = Time()
    model = ScriptedModel([error, "好"])
    purse = budget(time)

    with pytest.raises(type(error)):
        await retrying(model, time).complete(REQUEST, purse)

    assert len(model.requests) == 1
    assert purse.calls_left == 2


async def test_never_more_calls_than_the_budget_has_also_over_resamples() -> None:
    time = Time()
    model = ScriptedModel([TruncatedReply(), "一", TruncatedReply(), "二"])
    purse = budget(time, calls=3)
    tried = retrying(model, time)

    assert (await tried.complete(REQUEST, purse)).text == "一"
    with pytest.raises(TruncatedReply):
        await tried.complete(REQUEST, purse)
    with pytest.raises(ModelTimeout, match="budget spent"):
        await tried.complete(REQUEST, purse)

    assert len(model.requests) == 3


async def test_the_servers_wish_to_wait_is_honoured() -> None:
    time = Time()
    model = ScriptedModel([ModelOverloaded(retry_after_s=2.0), "好"])

    await retrying(model, time).complete(REQUEST, budget(time))

    assert time.pauses == [2.0]


async def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    time = Time()
    model = ScriptedModel([ModelOverloaded(retry_after_s=30.0), "好"])

    with pytest.raises(ModelOverloaded):
        await retrying(model, time).complete(REQUEST, budget(time))

    assert time.pauses == []


async def test_no_call_is_given_more_time_than_is_left() -> None:
    time = Time()
    model = ScriptedModel([ModelOverloaded(retry_after_s=5.0), "好"])

    await retrying(model, time).complete(REQUEST, budget(time, seconds=8.0))

    assert [request.timeout_s for request in model.requests] == [6.0, 3.0]


async def test_a_deadline_that_has_passed_makes_no_call() -> None:
    time = Time()
    model = ScriptedModel(["好"])

    with pytest.raises(ModelTimeout):
        await retrying(model, time).complete(REQUEST, budget(time, seconds=0.0))

    assert model.requests == []


async def test_pauses_grow_to_five_seconds_and_no_further() -> None:
    time = Time()
    model = ScriptedModel([TruncatedReply()], repeat=True)

    with pytest.raises(TruncatedReply):
        await retrying(model, time).complete(REQUEST, budget(time, calls=8, seconds=600))

    assert time.pauses == pytest.approx([0.3, 0.6, 1.2, 2.4, 4.8, 5.0, 5.0])


async def test_pauses_are_spread_over_their_whole_range() -> None:
    first = []
    for seed in range(200):
        time = Time()
        tried = retrying(ScriptedModel([TruncatedReply(), "好"]), time, Random(seed))
        await tried.complete(REQUEST, budget(time))
        first.extend(time.pauses)

    assert min(first) < 0.03
    assert max(first) > 0.27
    assert max(first) <= 0.3
