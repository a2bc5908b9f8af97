"""The model customer: one turn from the cue to the messages."""

import asyncio
import logging
from dataclasses import replace
from random import Random

import pytest

from core.customer.agenda_engine import AgendaEngine
from core.customer.briefing import brief
from core.customer.guard_words import guard_words
from core.customer.model_engine import ModelEngine, resample_seed, split, tidy
from core.errors import ModelError, ModelOverloaded, ModelUnavailable, TruncatedReply
from core.llm.retry import RetryingModel
from core.llm.scripted import ScriptedModel, ScriptedReply
from core.ports.chat_model import ChatRequest, Completion, TurnBudget
from core.ports.customer_engine import Cue, Spoken
from core.prompts.render import PROMPTS_VERSION, family_of, prompt_book
from tests.unit.customer_model.cases import ANGRY, OPEN, PRESS, TELL_ORDER, cue, talk

ASKED = talk("客户 外套颜色发错了", "客服 您好，订单号是多少？")
PRESSING = cue(PRESS, history=ASKED)
LEAK = "已经下过一次水了"


def engine(model: ScriptedModel, *, typing_delays: bool = False) -> ModelEngine:
    return ModelEngine(
        RetryingModel(model, chance=Random(1), sleep=_no_sleep),
        fallback=AgendaEngine(),
        typing_delays=typing_delays,
    )


async def _no_sleep(_: float) -> None:
    return None


async def speak(
    heard: Cue, *script: str | ScriptedReply | ModelError
) -> tuple[Spoken, ScriptedModel]:
    model = ScriptedModel(script)
    return await engine(model).speak(heard), model


def texts(spoken: Spoken) -> list[str]:
    return [line.text for line in spoken.lines]


async def test_a_sound_reply_is_what_the_customer_says() -> None:
    spoken, model = await speak(PRESSING, "那什么时候能换")

    assert texts(spoken) == ["那什么时候能换"]
    assert spoken.lines[0].acts == (PRESS,)
    assert (spoken.engine, spoken.fell_back, spoken.calls) == ("model", False, 1)
    assert spoken.state.spoken == PRESSING.state.spoken + 1
    assert spoken.state.recent == ("那什么时候能换",)
    assert len(model.requests) == 1


async def test_only_the_memory_of_wording_changes_in_the_state() -> None:
    spoken, _ = await speak(PRESSING, "那什么时候能换")

    assert replace(spoken.state, spoken=0, recent=()) == replace(PRESSING.state, recent=())


async def test_the_call_carries_seed_stops_adapter_and_a_bounded_length() -> None:
    _, model = await speak(replace(PRESSING, adapter="retail-7"), "那什么时候能换")

    request = model.requests[0]
    assert request.seed == PRESSING.seed
    assert request.adapter == "retail-7"
    assert "客服：" in request.stop
    assert request.max_tokens < 400
    assert 0 < request.timeout_s <= 8.0


async def test_a_refused_reply_is_drawn_again_hotter_and_with_a_new_seed() -> None:
    spoken, model = await speak(PRESSING, LEAK, "请问有什么可以帮您？", "快点给我换")

    assert texts(spoken) == ["快点给我换"]
    assert spoken.calls == 3
    assert [round(request.temperature, 1) for request in model.requests] == [0.9, 1.0, 1.1]
    assert [request.seed for request in model.requests] == [
        resample_seed(PRESSING.seed, number) for number in range(3)
    ]
    assert len({request.seed for request in model.requests}) == 3


async def test_after_three_refused_replies_the_agenda_engine_speaks() -> None:
    spoken, model = await speak(PRESSING, LEAK, LEAK, LEAK, "快点给我换")

    assert (spoken.engine, spoken.fell_back, spoken.calls) == ("agenda", True, 3)
    assert len(model.requests) == 3
    assert texts(spoken)
    assert LEAK not in texts(spoken)


@pytest.mark.parametrize(
    ("error", "calls"),
    [
        (ModelUnavailable("status 500"), 1),
        (ModelUnavailable("no connection", retryable=True), 3),
        (ModelOverloaded("status 429"), 3),
        (TruncatedReply("half an answer"), 3),
    ],
)
async def test_a_model_that_fails_costs_three_calls_at_most(error: ModelError, calls: int) -> None:
    spoken, model = await speak(PRESSING, *[error] * 9)

    assert (spoken.engine, spoken.fell_back, spoken.calls) == ("agenda", True, calls)
    assert len(model.requests) == calls


async def test_retries_and_resamples_share_one_purse() -> None:
    spoken, model = await speak(PRESSING, ModelOverloaded("429"), LEAK, LEAK, "快点给我换")

    assert spoken.fell_back
    assert len(model.requests) == 3


async def test_a_reply_cut_at_its_length_is_no_reply() -> None:
    cut = ScriptedReply("快点给我换一件外", finish_reason="length")

    spoken, _ = await speak(PRESSING, cut, "快点给我换")

    assert texts(spoken) == ["快点给我换"]


async def test_without_time_no_call_is_made() -> None:
    spoken, model = await speak(cue(PRESS, history=ASKED, budget_s=0.0), "那什么时候能换")

    assert (spoken.engine, spoken.fell_back, spoken.calls) == ("agenda", True, 0)
    assert model.requests == []


class Deaf:
    """A model that keeps to no time limit."""

    async def complete(self, request: ChatRequest, budget: TurnBudget) -> Completion:
        budget.calls_left -= 1
        await asyncio.Event().wait()
        raise AssertionError


async def test_the_turn_ends_in_time_even_if_the_model_keeps_to_none() -> None:
    spoken = await ModelEngine(Deaf(), fallback=AgendaEngine()).speak(
        cue(PRESS, history=ASKED, budget_s=0.05)
    )

    assert (spoken.engine, spoken.fell_back, spoken.calls) == ("agenda", True, 1)


async def test_a_language_without_prompts_is_the_agenda_engines() -> None:
    spoken, model = await speak(cue(PRESS, history=ASKED, language="fr"), "bonjour")

    assert spoken.fell_back
    assert model.requests == []


async def test_a_burst_becomes_messages_and_the_fact_goes_where_it_is_told() -> None:
    talks = (cue(TELL_ORDER, PRESS, history=ASKED, seed=seed) for seed in range(40))
    heard = next(one for one in talks if brief(one, prompt_book("zh")).allowance.lines == 2)

    spoken, _ = await speak(heard, "快点给我换\n88213056")

    assert [(line.text, line.acts) for line in spoken.lines] == [
        ("快点给我换", (PRESS,)),
        ("88213056", (TELL_ORDER,)),
    ]


async def test_every_act_of_the_cue_is_in_some_message() -> None:
    heard = cue(OPEN, TELL_ORDER, PRESS, mood=ANGRY)

    spoken, _ = await speak(heard, "外套颜色发错了 88213056 给我换")

    assert {act for line in spoken.lines for act in line.acts} == {OPEN, TELL_ORDER, PRESS}


async def test_messages_take_a_persons_time_where_that_is_wanted() -> None:
    quick = await engine(ScriptedModel(["那什么时候能换"])).speak(PRESSING)
    slow = await engine(ScriptedModel(["那什么时候能换"]), typing_delays=True).speak(PRESSING)

    assert [line.delay_s for line in quick.lines] == [0.0]
    assert 1.0 < slow.lines[0].delay_s <= 12.0


async def test_the_same_cue_and_replies_give_the_same_turn() -> None:
    first, _ = await speak(PRESSING, "那什么时候能换 我等着穿")
    again, _ = await speak(PRESSING, "那什么时候能换 我等着穿")

    assert first == again


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("“那什么时候能换”", "那什么时候能换"),
        ("那什么时候能换[END]", "那什么时候能换"),
        ("那什么时候能换【结束】", "那什么时候能换"),
        ("<think>他在催\n我要急</think>\n\n那什么时候能换", "那什么时候能换"),
        ("那什么时候能换\n客服：", "那什么时候能换"),
        ("  那什么时候能换  \n\n 快点 ", "那什么时候能换\n快点"),
        ("", ""),
    ],
)
def test_what_surrounds_a_reply_is_taken_off(raw: str, said: str) -> None:
    assert tidy(raw, guard_words("zh")) == said


@pytest.mark.parametrize(
    ("reply", "at_most", "messages"),
    [
        ("快点。我等着穿", 1, ("快点。我等着穿",)),
        ("快点。我等着穿", 2, ("快点。", "我等着穿")),
        ("快点 我等着穿", 2, ("快点", "我等着穿")),
        ("怎么回事？？快点", 3, ("怎么回事？？", "快点")),
        ("a b c", 2, ("a b c",)),
        ("急。急。急。急", 3, ("急。急。急。急",)),
        ("快点\n我等着穿", 3, ("快点", "我等着穿")),
    ],
)
def test_a_reply_is_cut_at_its_breaths(reply: str, at_most: int, messages: tuple[str, ...]) -> None:
    assert split(reply, at_most=at_most) == messages


async def test_the_log_of_a_fall_back_holds_reasons_and_no_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)

    await speak(PRESSING, LEAK, LEAK, ModelUnavailable("status 500"))

    (entry,) = [one for one in caplog.records if one.message == "model customer fell back"]
    assert vars(entry)["reasons"] == ("locked_fact", "locked_fact", "ModelUnavailable")
    assert vars(entry)["calls"] == 3
    assert all(LEAK not in str(vars(one)) for one in caplog.records)


def test_the_engine_has_the_version_of_its_prompts() -> None:
    made = engine(ScriptedModel([]))

    assert (made.name, made.version) == ("model", PROMPTS_VERSION)


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("", "default"),
        ("meta-llama/Llama-3.3-70B-Instruct", "default"),
        ("Qwen/Qwen2.5-7B-Instruct", "default"),
        ("Qwen/Qwen3-8B", "qwen"),
        ("mistralai/Mistral-7B-Instruct-v0.3", "one_system"),
        ("google/gemma-3-12b-it", "one_system"),
    ],
)
def test_the_name_of_a_model_chooses_its_prompts(name: str, family: str) -> None:
    assert family_of(name) == family
