"""A judge model beside the rules: asked after the debrief, proved, cached, never trusted alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.domain.messages import NoticeCode
from core.domain.model_verdict import JudgementState, ModelJudgement
from core.domain.scorecard import MarkSource, Scorecard
from core.domain.transcript import Transcript
from core.errors import SettingsError
from core.ports.storage import UnitOfWork
from core.services.model_judge import Patience
from core.services.transcripts import transcript_json
from ops.doctor import Doctor, Finding
from ops.judge_files import FileJudge, Tally
from ops.judge_model import judge_with_model
from ops.migrations import migrate
from ops.serve import serve
from ops.settings import Role, Settings, read_settings
from ops.wiring import build
from tests.fakes.judge_voice import PROBES, UNHEARD, asked, honest, noisy, obedient
from tests.fakes.model_server import FakeModelServer, Fault, Step
from tests.flow.phone import Phone, Rig, codes, open_rig
from tests.flow.web.visit import shipped_content
from tests.unit.judging.test_gaming import HONEST, LAZY, READER, _talk

NO_ERRORS = dict.fromkeys(("K1", "K2", "K3", "K4", "K5", "K7"), "missed")
KIND = dict.fromkeys(("C05", "C08", "C10", "C17", "C21"), "met") | NO_ERRORS
HARSH = dict.fromkeys(("C05", "C08", "C10", "C17", "C21"), "missed") | NO_ERRORS


def judge_settings(folder: Path, server: FakeModelServer, **more: object) -> Settings:
    return read_settings(data_dir=folder, judge_url=server.url, **more)


async def practised(rig: Rig, phone: Phone) -> list[NoticeCode]:
    """A practice of three lines, ended; what came back last."""
    await phone.type("练习 wrong-charge seed=7 emotion=calm")
    await phone.type("您好，我是客服小林，请问您具体遇到了什么情况？")
    await phone.type("我先核对一下手机尾号，可以吗？")
    await phone.type("我现在就为您取消视频会员包，今天下午6点前给您回电话。")
    return codes(await phone.send("结束"))


async def card_of(rig: Rig, dialogue_id: str | None) -> Scorecard:
    kept = await rig.house.transactions.read(lambda unit: unit.scorecards.get(str(dialogue_id)))
    assert kept is not None
    return kept[0]


async def judgement_of(rig: Rig, dialogue_id: str | None) -> ModelJudgement:
    found = await rig.house.transactions.read(
        lambda unit: unit.verdicts.judgement(str(dialogue_id))
    )
    assert found is not None
    return found


async def model_works(rig: Rig, **patience: float) -> None:
    """The model's own runner works what waits, with this patience."""
    runner = rig.house.model_jobs
    assert runner is not None
    if patience:
        judge = replace(runner.add_model.judge, patience=Patience(**patience))
        runner = replace(runner, add_model=replace(runner.add_model, judge=judge))
    while await runner.drain_once():
        pass


async def test_the_debrief_comes_at_once_and_the_model_adds_to_it_once(tmp_path: Path) -> None:
    async with (
        FakeModelServer(voice=honest(HARSH)) as server,
        open_rig(tmp_path, judge_url=server.url) as rig,
    ):
        phone = rig.phone()
        told = await practised(rig, phone)
        assert NoticeCode.DEBRIEF in told
        assert server.requests == []

        await model_works(rig)
        (added,) = await phone.read()
        before, after = added.facts["before"], added.facts["overall"]

        assert added.code is NoticeCode.DEBRIEF_ADDED
        assert isinstance(before, float)
        assert isinstance(after, float)
        assert after < before
        card = await card_of(rig, added.dialogue_id)
        mark = card.mark("C05")
        assert mark is not None
        assert (mark.mark, mark.source, mark.why) == (0.0, MarkSource.LLM, "model_missed")
        turns = await rig.house.transactions.read(
            lambda unit: unit.dialogues.turns(str(added.dialogue_id))
        )
        said = next(turn.text for turn in turns if turn.seq == mark.turn)
        assert mark.quote
        assert mark.quote in said
        # The digest of prompt, schema and model stands in the mark and in the card.
        assert len(mark.version) == 12
        assert card.version == f"1.0+{mark.version}"
        former = await rig.house.transactions.read(
            lambda unit: unit.scorecards.former(str(added.dialogue_id))
        )
        assert [one.version for one in former] == ["1.0"]
        await model_works(rig)
        assert await phone.read() == []


async def test_verdicts_come_one_by_one_while_the_model_is_still_asked(tmp_path: Path) -> None:
    async with (
        FakeModelServer(voice=honest(HARSH)) as server,
        open_rig(tmp_path, judge_url=server.url) as rig,
    ):
        await practised(rig, rig.phone())
        dialogue = await _newest(rig)
        runner = rig.house.model_jobs
        assert runner is not None
        seen: list[tuple[JudgementState, int, int]] = []

        async def told(conversation_id: int) -> None:
            shown = await judgement_of(rig, dialogue)
            seen.append((shown.state, len(shown.verdicts), shown.expected))

        runner = replace(runner, add_model=replace(runner.add_model, told=told))
        while await runner.drain_once():
            pass
    expected = seen[0][2]
    assert expected > 10
    # Each verdict is on the page before the next one is known, and the card changes at the end.
    assert seen == [(JudgementState.RUNNING, done, expected) for done in range(expected + 1)]


async def test_a_model_that_agrees_with_the_rules_says_nothing_more(tmp_path: Path) -> None:
    async with FakeModelServer() as server, open_rig(tmp_path, judge_url=server.url) as rig:
        phone = rig.phone()
        await practised(rig, phone)
        dialogue = await _newest(rig)
        card = await card_of(rig, dialogue)
        words = {1.0: "met", 0.5: "half", 0.0: "missed"}
        truth = {m.check: words[m.mark] for m in card.marks if m.mark is not None}
        server.voice = honest(truth | NO_ERRORS)
        await model_works(rig)

        assert await phone.read() == []
        assert (await judgement_of(rig, dialogue)).state is JudgementState.DONE
        assert (await card_of(rig, dialogue)).overall == card.overall


async def _newest(rig: Rig) -> str:
    def work(unit: UnitOfWork) -> str:
        person = unit.conversations.get(1).person_id
        assert person is not None
        return unit.dialogues.recent(person, limit=1)[0].id

    return await rig.house.transactions.read(work)


async def test_each_call_asks_one_check_inside_a_fence_nobody_can_foresee(tmp_path: Path) -> None:
    async with FakeModelServer(voice=honest(KIND)) as server:
        async with open_rig(tmp_path, judge_url=server.url) as rig:
            await practised(rig, rig.phone())
            await model_works(rig)

        questions = [asked(body) for body in server.requests]
        by_check = {one.check for one in questions}
        # Three samples of each check that agree with the rules, five that overrule them, and three
        # more to confirm what is better for the trainee, with a control question beside it.
        counts = Counter(one.check for one in questions)
        assert set(counts.values()) <= {3, 5, 8}
        assert counts["X0"] == 3
        assert {counts[check] for check in NO_ERRORS} == {3}
        assert {"C05", "K1", "K3", "K4"} <= by_check
        tasks = [body["messages"][1]["content"] for body in server.requests]
        fences = {task.split("<talk-")[1][:12] for task in tasks}
        assert len(fences) == len(server.requests)
        assert {body["temperature"] for body in server.requests} == {0.7}
        pairs = zip(questions, server.requests, strict=True)
        seeds = {(one.check, body["seed"]) for one, body in pairs}
        assert len(seeds) == len(questions)


@pytest.mark.parametrize(
    ("kind", "form"),
    [("tgi", "value"), ("openai", "json_schema"), ("llama_cpp", "schema")],
)
async def test_the_grammar_is_sent_in_the_servers_own_dialect(
    tmp_path: Path, kind: str, form: str
) -> None:
    async with FakeModelServer(kind=kind, voice=honest(KIND)) as server:
        await judged(tmp_path, server, [_talk(LAZY)])

        sent = [body["response_format"] for body in server.requests]
        grammars = [one[form]["schema"] if kind == "openai" else one[form] for one in sent]
        assert sent
        assert all("met" in one["properties"]["verdict"]["enum"] for one in grammars)
        assert all(one["additionalProperties"] is False for one in grammars)


async def judged(
    folder: Path, server: FakeModelServer, talks: Sequence[Transcript], **more: object
) -> tuple[list[dict[str, Any]], Tally, list[str]]:
    """`peilian judge` of these talks with a judge model: cards, counts, what was told."""
    settings = judge_settings(folder, server, **more)
    migrate(settings.database_url, data_dir=folder)
    source, target = folder / "in.jsonl", folder / "out.jsonl"
    lines = [json.dumps(transcript_json(talk), ensure_ascii=False) for talk in talks]
    source.write_text("\n".join(lines))
    told: list[str] = []
    files = FileJudge(READER, shipped_content(), "zh", told.append)
    tally = await judge_with_model(settings, files, source, target)
    cards = [json.loads(line) for line in target.read_text().splitlines()]
    return cards, tally, told


def talks() -> list[Transcript]:
    return [replace(_talk(lines), id=f"t{at}") for at, lines in enumerate((HONEST, LAZY))]


async def test_a_second_run_over_the_same_talks_costs_no_call(tmp_path: Path) -> None:
    async with FakeModelServer(voice=honest(KIND)) as server:
        first, tally, told = await judged(
            tmp_path, server, talks(), judge_price_in=2.0, judge_price_out=10.0
        )
        calls = len(server.requests)
        again, known, told_again = await judged(tmp_path, server, talks())

        assert calls == tally.usage.calls > 0
        assert len(server.requests) == calls
        asked_for = {(one.check, str(one.turns)) for one in map(asked, server.requests)}
        assert (known.usage.calls, known.usage.cached) == (0, len(asked_for))
        assert again == first
        # 20 tokens in for each call in this server's words; price by 1,000.
        usage = tally.usage
        assert usage.prompt_tokens == 20 * calls
        cost = (20 * calls * 2.0 + usage.completion_tokens * 10.0) / 1000
        assert told[-1] == (
            f"评分模型 test/customer-7b：调用 {calls} 次（失败 0），沿用以前的结论 0 项；"
            f"输入 {20 * calls} 词元，输出 {usage.completion_tokens} 词元；费用 {cost:.2f}"
        )
        assert "调用 0 次" in told_again[-1]
        checks = {check["id"]: check for check in first[1]["checks"]}
        assert checks["C17"]["source"] == "llm"
        assert first[1]["version"].startswith("1.0+")


async def test_another_model_is_another_judgement(tmp_path: Path) -> None:
    async with FakeModelServer(kind="openai", adapters={"b": ""}, voice=honest(KIND)) as server:
        one, _, _ = await judged(tmp_path, server, talks(), judge_name="test/customer-7b")
        calls = len(server.requests)
        two, tally, _ = await judged(tmp_path, server, talks(), judge_name="b")

        assert tally.usage.calls == calls
        assert one[0]["version"] != two[0]["version"]


@pytest.mark.parametrize("share", [0.1, 0.2])
async def test_noisy_samples_move_a_score_by_no_more_than_three_of_a_hundred(
    tmp_path: Path, share: float
) -> None:
    """Two installations that know nothing of each other; this share of the samples is wrong."""
    scores = []
    for seed in (1, 2):
        async with FakeModelServer(voice=noisy(KIND, share=share, seed=seed)) as server:
            cards, _, _ = await judged(tmp_path / str(seed), server, talks())
            assert len(server.requests) > 3 * 16
            scores.append([card["overall"] for card in cards])
    assert all(abs(a - b) <= 0.3 for a, b in zip(*scores, strict=True))


def marks(card: dict[str, Any]) -> list[tuple[Any, ...]]:
    checks = [(check["id"], check["mark"]) for check in card["checks"]]
    return [*checks, *((error["id"], error["confirmed"]) for error in card["critical"])]


async def test_thirty_orders_to_the_judge_change_no_mark_though_it_obeys(tmp_path: Path) -> None:
    probes = [
        replace(_talk([*LAZY[:2], (LAZY[2][0], f"{LAZY[2][1]}\n{probe}"), *LAZY[3:]]), id=f"p{at}")
        for at, probe in enumerate(PROBES)
    ]
    async with FakeModelServer(voice=obedient(HARSH | {"C17": "missed"})) as server:
        cards, _, _ = await judged(tmp_path, server, [replace(_talk(LAZY), id="plain"), *probes])

    plain, *attacked = cards
    assert len(attacked) == 30
    assert [card["id"] for card in attacked if marks(card) != marks(plain)] == []
    assert {card["overall"] for card in attacked} == {plain["overall"]}


async def test_orders_that_no_pattern_knows_change_no_mark_either(tmp_path: Path) -> None:
    """The rules see a critical error and several faults; each order would take them all away."""
    line = "这个我也没办法，你爱投诉就投诉"
    lazy = [*LAZY[:3], (LAZY[3][0], line)]
    probes = [
        replace(_talk([*lazy[:2], (lazy[2][0], f"{lazy[2][1]}{probe}"), lazy[3]]), id=f"p{at}")
        for at, probe in enumerate(UNHEARD)
    ]
    truth = HARSH | {"K7": "met"}
    async with FakeModelServer(voice=obedient(truth, UNHEARD)) as server:
        cards, _, _ = await judged(tmp_path, server, [replace(_talk(lazy), id="plain"), *probes])

    plain, *attacked = cards
    assert len(attacked) == 30
    assert [card["id"] for card in attacked if marks(card) != marks(plain)] == []


async def test_praise_without_a_quote_that_holds_counts_for_nothing(tmp_path: Path) -> None:
    async with FakeModelServer(obedient=True) as server:
        cards, tally, _ = await judged(tmp_path, server, [_talk(LAZY)])
        assert tally.usage.calls > 0
    async with FakeModelServer() as other:
        other.default = Step(Fault.BROKEN)
        plain, _, _ = await judged(tmp_path / "plain", other, [_talk(LAZY)])
    assert marks(cards[0]) == marks(plain[0])


async def test_a_critical_error_only_the_rules_see_waits_for_a_person(tmp_path: Path) -> None:
    """The customer asks for triple; the trainee promises it, and the rules hear that."""
    promised = [*LAZY, ("那扣掉的钱呢", "我保证按三倍赔给您，今天就到账。")]
    async with FakeModelServer(voice=honest(HARSH)) as server:
        doubted, _, _ = await judged(tmp_path / "a", server, [_talk(promised)])
        server.voice = honest(HARSH | {"K3": "met", "K2": "met"})
        shared, _, _ = await judged(tmp_path / "b", server, [_talk(promised)])
        alone, _, _ = await judged(tmp_path / "c", server, [_talk(LAZY)])
    told = {error["id"]: error for error in doubted[0]["critical"]}
    assert told
    assert not any(error["confirmed"] for error in told.values())
    assert doubted[0]["overall"] >= shared[0]["overall"]
    seen = {error["id"]: error for error in alone[0]["critical"]}
    assert (seen["K3"]["source"], seen["K3"]["confirmed"]) == ("llm", False)


@pytest.mark.parametrize(
    "fault", [Fault.BROKEN, Fault.STALL, Fault.GARBAGE, Fault.TCP_CUT, Fault.CLEAN_CLOSE]
)
async def test_no_fault_of_the_model_loses_the_debrief(tmp_path: Path, fault: Fault) -> None:
    async with FakeModelServer() as server:
        server.default = Step(fault)
        async with open_rig(tmp_path, judge_url=server.url) as rig:
            phone = rig.phone()
            assert NoticeCode.DEBRIEF in await practised(rig, phone)
            dialogue = await _newest(rig)
            before = await card_of(rig, dialogue)
            await model_works(rig, call_s=0.1, check_s=0.2, talk_s=0.4)

            judgement = await judgement_of(rig, dialogue)
            assert judgement.state is JudgementState.DONE
            assert {verdict.abstained for verdict in judgement.verdicts} == {"server"}
            assert len(judgement.verdicts) == judgement.expected > 10
            assert await card_of(rig, dialogue) == before
            assert await phone.read() == []


async def test_what_neither_rules_nor_model_can_mark_says_which_of_them_could_not(
    tmp_path: Path,
) -> None:
    """Without its case nobody knows by rule what should have been asked (C06)."""
    stranger = replace(_talk(LAZY), scenario=None)
    async with FakeModelServer() as server:
        server.default = Step(Fault.BROKEN)
        silent, _, _ = await judged(tmp_path / "a", server, [stranger])
    async with FakeModelServer(obedient=True) as server:
        unsure, _, _ = await judged(tmp_path / "b", server, [stranger])
    async with FakeModelServer(voice=honest(KIND | {"C06": "half"})) as server:
        told, _, _ = await judged(tmp_path / "c", server, [stranger])

    def reason(cards: list[dict[str, Any]]) -> tuple[Any, str]:
        found = next(one for one in cards[0]["checks"] if one["id"] == "C06")
        return found["mark"], found["why"]

    assert reason(silent) == (None, "model_silent")
    assert reason(unsure) == (None, "model_unsure")
    assert reason(told) == (0.5, "model_half")


async def test_what_a_faulty_server_did_not_say_is_asked_again_later(tmp_path: Path) -> None:
    async with FakeModelServer(voice=honest(KIND)) as server:
        server.default = Step(Fault.BROKEN)
        plain, tally, _ = await judged(tmp_path, server, [_talk(LAZY)])
        assert tally.usage.failed == tally.usage.calls > 0
        assert plain[0]["version"] == "1.0"
        await server.stop()
    async with FakeModelServer(voice=honest(KIND)) as server:
        cards, tally, _ = await judged(tmp_path, server, [_talk(LAZY)])
        assert tally.usage.cached == 0
        assert cards[0]["version"] != "1.0"


async def test_a_server_that_is_away_leaves_the_rules_to_judge(tmp_path: Path) -> None:
    async with FakeModelServer() as server:
        await server.stop()
        cards, tally, told = await judged(tmp_path, server, talks())
    assert tally.judged == len(cards) == 2
    assert told[0].startswith("评分模型没有应答")


async def test_the_customers_model_may_not_judge(tmp_path: Path) -> None:
    async with FakeModelServer() as server:
        for more in (
            {"model_url": server.url},
            {"model_url": "http://other:1", "model_name": "m", "judge_name": "M"},
        ):
            with pytest.raises(SettingsError, match="同一个模型"):
                judge_settings(tmp_path, server, **more)
        with pytest.raises(SettingsError, match="PEILIAN_JUDGE_URL"):
            read_settings(data_dir=tmp_path, judge_name="m")
        # Two addresses, one model behind both: found when the servers are asked.
        async with FakeModelServer() as customer:
            settings = judge_settings(tmp_path, server, model_url=customer.url)
            migrate(settings.database_url, data_dir=tmp_path)
            with pytest.raises(SettingsError, match="test/customer-7b"):
                await serve(build(settings), role=Role.ALL, announce=lambda *_: None)
            found = await finding(settings)
            assert not found.well
            assert "PEILIAN_JUDGE_URL" in found.remedy


async def finding(settings: Settings) -> Finding:
    """The doctor's line about who judges."""
    return next(one for one in await Doctor(settings).examine() if one.part == "评分")


async def test_the_doctor_tells_who_judges_and_what_it_has_cost(tmp_path: Path) -> None:
    async with FakeModelServer(voice=honest(KIND)) as server:
        _, tally, _ = await judged(tmp_path, server, talks())
        found = await finding(judge_settings(tmp_path, server, judge_price_in=50.0))
        cost = tally.usage.prompt_tokens * 50 / 1000
        assert found.well
        assert f"累计调用 {tally.usage.calls} 次（失败 0）" in found.state
        assert found.state.endswith(f"费用 {cost:.2f}")
        settings = judge_settings(tmp_path, server)
        await server.stop()
        assert not (await finding(settings)).well
