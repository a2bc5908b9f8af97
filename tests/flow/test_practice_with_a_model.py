"""Practices with a customer from a model server: sound, faulty, and badly behaved."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from core.domain.dialogue import EndReason, Speaker
from core.domain.messages import NoticeCode
from tests.fakes.customer_voice import play
from tests.fakes.model_server import FakeModelServer, Fault, Step, flaky
from tests.flow.model_talk import PLAIN_LINES, Heard, Sitting, seat, sitting

START = "练习 1 seed=7"
ROOT = Path(__file__).parents[2]
SOUND_FAULTS = (Fault.OVERLOADED, Fault.UNAVAILABLE, Fault.DROP, Fault.TCP_CUT, Fault.CLEAN_CLOSE)
ALL_FAULTS = (
    *SOUND_FAULTS,
    Fault.BROKEN,
    Fault.GENERATION_FAILED,
    Fault.GARBAGE,
    Fault.STALL,
    Fault.INVALID,
    Fault.EMPTY_401,
)


async def assert_nothing_lost(talk: Sitting, heard: list[Heard], typed: tuple[str, ...]) -> None:
    """Every line is stored once and in order, every one was answered, none cost over 3 calls."""
    turns = await talk.turns()
    mine = [turn.text for turn in turns if turn.speaker is Speaker.TRAINEE]
    assert [turn.seq for turn in turns] == list(range(1, len(turns) + 1))
    assert mine == list(typed)
    assert all(one.lines for one in heard)
    assert all(one.calls <= 3 for one in heard)


@pytest.mark.parametrize("kind", ["tgi", "openai", "llama_cpp", "llama_cpp_python"])
async def test_a_whole_practice_is_spoken_by_the_model_of_any_server(
    tmp_path: Path, kind: str
) -> None:
    async with (
        FakeModelServer(kind=kind, voice=play) as server,
        sitting(tmp_path, server) as talk,
    ):
        heard = await talk.say_all(START, *PLAIN_LINES)
        await assert_nothing_lost(talk, heard, PLAIN_LINES)
        assert set(await talk.engines()) == {"model"}

        ended = await talk.say("结束")
        dialogue = await talk.dialogue()

    assert dialogue.engine == "model"
    assert dialogue.versions.engine == f"model-{dialogue.versions.prompts}"
    assert dialogue.end_reason is EndReason.FINISHED_BY_TRAINEE
    assert NoticeCode.DEBRIEF in ended.codes
    assert not any(NoticeCode.ENGINE_FELL_BACK in one.codes for one in heard)


async def test_the_terminal_program_speaks_with_the_model(tmp_path: Path) -> None:
    async with FakeModelServer(voice=play) as server:
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ops", "practice", "--scenario", "1", "--seed", "7"),
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "PEILIAN_DATA_DIR": str(tmp_path),
                "PEILIAN_MODEL_URL": server.url,
                "PEILIAN_TYPING_DELAYS": "false",
            },
            cwd=tmp_path,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        typed = f"{PLAIN_LINES[0]}\n结束\n"
        shown, logged = await asyncio.wait_for(program.communicate(typed.encode()), 40)

        assert program.returncode == 0, logged.decode()
        assert len(server.requests) == 2

    screen = shown.decode()
    assert play(server.requests[0]).split("\n")[0] in screen
    assert "本次点评" in screen
    assert logged == b"", "a line per model call stood between the customer's own"


@pytest.mark.parametrize("fault", ALL_FAULTS)
async def test_a_server_that_always_fails_loses_nothing_and_is_told_of_once(
    tmp_path: Path, fault: Fault
) -> None:
    async with (
        FakeModelServer() as server,
        sitting(tmp_path, server, turn_s=0.4) as talk,
    ):
        server.default = Step(fault)
        heard = await talk.say_all(START, *PLAIN_LINES)

        await assert_nothing_lost(talk, heard, PLAIN_LINES)
        assert set(await talk.engines()) == {"agenda"}
        told = [NoticeCode.ENGINE_FELL_BACK in one.codes for one in heard]
        assert told == [True, False, False, False]
        assert "「AI 模拟客户」改由内置引擎继续，练习不受影响" in heard[0].shown
        ended = await talk.say("结束")
        assert NoticeCode.DEBRIEF in ended.codes


async def test_a_fault_that_passes_is_not_noticed(tmp_path: Path) -> None:
    async with FakeModelServer(voice=play) as server, sitting(tmp_path, server) as talk:
        for fault in SOUND_FAULTS:
            await talk.say(START)
            server.plan(*flaky(fault, 1))
            heard = await talk.say(PLAIN_LINES[0])

            assert heard.calls == 2, fault
            assert set(await talk.engines()) == {"model"}, fault
            assert NoticeCode.ENGINE_FELL_BACK not in heard.codes, fault


async def test_the_model_speaks_again_once_it_is_well(tmp_path: Path) -> None:
    async with FakeModelServer(voice=play) as server, sitting(tmp_path, server) as talk:
        server.plan(Step(Fault.BROKEN))
        first, second, third = await talk.say_all(START, *PLAIN_LINES[:2])
        engines = await talk.engines()

    assert first.calls == 1
    assert NoticeCode.ENGINE_FELL_BACK in first.codes
    assert NoticeCode.ENGINE_FELL_BACK not in (*second.codes, *third.codes)
    assert engines[: len(first.lines)] == ["agenda"] * len(first.lines)
    assert set(engines[len(first.lines) :]) == {"model"}


async def test_each_dialogue_tells_of_a_fall_back_for_itself(tmp_path: Path) -> None:
    """The first lines of a second dialogue were once compared with the turns of the first."""
    async with FakeModelServer() as server, sitting(tmp_path, server) as talk:
        server.default = Step(Fault.BROKEN)
        first, again = await talk.say_all(START, "练习 1 seed=8")

    assert NoticeCode.ENGINE_FELL_BACK in first.codes
    assert NoticeCode.ENGINE_FELL_BACK in again.codes


FURTHER_LINES = (
    "断网影响您做生意了，我理解，您着急是应该的",
    "请问光猫上的灯是什么颜色？",
    "好的，我记下了，我现在就给您安排师傅",
)
"""Said after PLAIN_LINES: nobody leaves over a question that was asked before."""


async def test_a_broken_server_is_left_alone_after_five_failures(tmp_path: Path) -> None:
    async with FakeModelServer() as server, sitting(tmp_path, server) as talk:
        server.default = Step(Fault.BROKEN)
        heard = await talk.say_all(START, *PLAIN_LINES, *FURTHER_LINES)

    assert all(one.lines for one in heard)
    assert [one.calls for one in heard] == [1, 1, 1, 1, 1, 0, 0]


async def test_many_talks_over_a_flaky_server_lose_nothing(tmp_path: Path) -> None:
    people = [f"trainee-{number}" for number in range(12)]
    flaws = (Fault.BROKEN, Fault.DROP, Fault.GARBAGE, Fault.STALL, Fault.TCP_CUT, Fault.OVERLOADED)
    async with (
        FakeModelServer(voice=play) as server,
        sitting(tmp_path, server, turn_s=2.0) as host,
    ):
        server.plan(*(Step(one) for fault in flaws * 2 for one in (fault, Fault.NONE)))
        talks = [seat(host.house, server, person=person) for person in people]
        heard = await asyncio.gather(*(talk.say_all(START, *PLAIN_LINES) for talk in talks))
        for talk, answers in zip(talks, heard, strict=True):
            turns = await talk.turns()
            mine = [turn.text for turn in turns if turn.speaker is Speaker.TRAINEE]
            assert mine == list(PLAIN_LINES)
            assert [turn.seq for turn in turns] == list(range(1, len(turns) + 1))
            assert all(one.lines for one in answers)
        engines = [engine for talk in talks for engine in await talk.engines()]

        assert len(server.requests) <= 3 * len(people) * (1 + len(PLAIN_LINES))
        assert engines.count("model") > engines.count("agenda") > 0


async def test_a_server_that_is_not_there_costs_no_turn(tmp_path: Path) -> None:
    async with FakeModelServer() as server:
        await server.stop()
        async with sitting(tmp_path, server, turn_s=0.4) as talk:
            heard = await talk.say_all(START, *PLAIN_LINES)
            await assert_nothing_lost(talk, heard, PLAIN_LINES)


async def test_a_house_has_one_client_and_closes_it(tmp_path: Path) -> None:
    async with FakeModelServer(voice=play) as server:
        async with sitting(tmp_path, server) as talk:
            await talk.say_all(START, *PLAIN_LINES)
            model = talk.house.model
            assert model is not None

        assert len(server.connections) == 1
        assert server.asked.count("/info") == 1
        assert (await model.probe()).reason == "closed"


async def test_a_named_profile_is_not_found_out(tmp_path: Path) -> None:
    async with (
        FakeModelServer(kind="openai", voice=play) as server,
        sitting(tmp_path, server, model_profile="openai", model_name="test/customer-7b") as talk,
    ):
        await talk.say(START)

        assert server.asked == ["/v1/models"]
        assert [body["model"] for body in server.requests] == ["test/customer-7b"]


def always(reply: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda _: reply


def prompt_back(body: Mapping[str, Any]) -> str:
    return str(body["messages"][0]["content"])


def trainee_back(body: Mapping[str, Any]) -> str:
    return next(str(m["content"]) for m in reversed(body["messages"]) if m["role"] == "user")


def own_words_again(body: Mapping[str, Any]) -> str:
    mine = [str(m["content"]) for m in body["messages"] if m["role"] == "assistant"]
    return mine[0] if mine else play(body)


BAD_VOICES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "speaks as the agent": always("您好，请问有什么可以帮您？"),
    "speaks as an AI": always("作为AI语言模型，我没有感受"),
    "refuses the role": always("抱歉，我无法提供这些信息"),
    "300 characters": always("快" * 300),
    "markdown": always("**家里没网**\n- 快点\n- 急"),
    "stage directions": always("（叹了口气）你们快点行不行"),
    "speaker label": always("客户：你们快点行不行"),
    "English": always("My internet is down please help"),
    "JSON": always('{"reply":"快点"}'),
    "thoughts": always("<think>我该怎么说呢"),
    "nothing": always(""),
    "control characters": always("快\u0007点\ufffd"),
    "an invented number": always("我的账号是99887766"),
    "ends by itself": always("谢谢 问题解决了 再见"),
    "the prompt said back": prompt_back,
    "the trainee said back": trainee_back,
}


async def test_a_badly_behaved_model_is_never_heard(tmp_path: Path) -> None:
    async with FakeModelServer() as server, sitting(tmp_path, server) as talk:
        for name, voice in BAD_VOICES.items():
            server.voice = voice
            server.requests.clear()
            heard = await talk.say_all(START, *PLAIN_LINES[:2])
            await assert_nothing_lost(talk, heard, PLAIN_LINES[:2])
            assert [one.calls for one in heard] == [3, 3, 3], name
            replies = [reply for body in server.requests for reply in voice(body).split("\n")]
            said = [line for one in heard for line in one.lines]
            assert [line for line in said if line in replies] == [], name


async def test_a_model_that_repeats_itself_is_heard_once(tmp_path: Path) -> None:
    async with FakeModelServer(voice=own_words_again) as server, sitting(tmp_path, server) as talk:
        first, *rest = await talk.say_all(START, *PLAIN_LINES[:2])

    assert [one.calls for one in (first, *rest)] == [1, 3, 3]
    assert [line for one in rest for line in one.lines if line in first.lines] == []


async def moods(folder: Path, reply: str) -> list[object]:
    """The moods after each of the same lines to a customer whose model always says this."""
    async with FakeModelServer(voice=always(reply)) as server, sitting(folder, server) as talk:
        await talk.say_all(START, *PLAIN_LINES)
        return [turn.mood_after for turn in await talk.turns() if turn.mood_after]


async def test_a_model_that_gives_in_moves_no_mood(tmp_path: Path) -> None:
    """What it says is not heard, and the customer is as angry as with a model without words."""
    gave_in = await moods(tmp_path / "a", "没关系 都听你们的 我不生气了")

    assert len(gave_in) >= 3
    assert gave_in == await moods(tmp_path / "b", "")


async def test_a_model_that_never_lets_go_comes_to_the_rules_end(tmp_path: Path) -> None:
    async with FakeModelServer() as server, sitting(tmp_path, server) as talk:
        server.voice = lambda _: f"第{len(server.requests)}遍问了 快点弄好"
        await talk.say(START)
        for number in range(20):
            await talk.say(f"{PLAIN_LINES[number % 3]}，编号{number}")
            if (dialogue := await talk.dialogue()).end_reason is not None:
                break

    assert dialogue.end_reason in (EndReason.GIVEN_UP, EndReason.ESCALATED, EndReason.TURN_LIMIT)
