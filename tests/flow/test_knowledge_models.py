"""`peilian knowledge` with a re-ranking server and with query rewriting: used where they gain."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from core.domain.knowledge import Question, Reader
from core.domain.messages import NoticeCode
from core.ports.knowledge_admin import Upload
from knowledge.retriever import Part
from ops.migrations import migrate
from tests.fakes.embedding_server import EmbeddingServer, serving
from tests.fakes.model_server import FakeModelServer, Fault, Step
from tests.flow.command import run_here
from tests.flow.phone import codes, open_rig
from tests.flow.test_knowledge_embedding import ENDINGS, in_a_thread, jsonl

FORMAL = (("流量结转", "上个月剩的还作数么"), ("误扣退费", "钱被多收咋整"))
"""(the article's words, how a customer asks); no letter in common."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    migrate(data_dir=tmp_path)
    monkeypatch.setenv("PEILIAN_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    rows: list[dict[str, object]] = [
        {"doc": f"d{n}", "title": formal, "text": f"{formal}的办理：带证件到营业厅。"}
        for n, (formal, _) in enumerate(FORMAL)
    ]
    assert run_here("knowledge", "ingest", jsonl("c.jsonl", rows)) == 0
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *given: str, status: int = 0) -> list[str]:
    capsys.readouterr()
    assert run_here("knowledge", *given) == status
    return capsys.readouterr().out.splitlines()


def asked(prefix: str = "") -> str:
    rows: list[dict[str, object]] = [
        {"qid": f"{n}{at}", "text": f"{prefix}{said}{end}", "docs": [f"d{n}"]}
        for n, (_, said) in enumerate(FORMAL)
        for at, end in enumerate((*ENDINGS, "哟", "呗", "喂", "诶", "嘞"))
    ]
    return jsonl("q.jsonl", rows)


def test_re_ranking_is_used_after_a_gain_and_a_silent_server_leaves_the_order(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """More candidates than TEI takes at once; the words are all the same, only a model can tell."""
    rows: list[dict[str, object]] = [
        {"doc": f"x{n}", "title": "营业厅办理", "text": f"第{n}号办理：带证件到营业厅。"}
        for n in range(40)
    ]
    told(capsys, "ingest", jsonl("more.jsonl", rows), "--collection", "more")
    server = EmbeddingServer([(formal, said) for formal, said in FORMAL])
    with in_a_thread(serving(server)):
        monkeypatch.setenv("PEILIAN_RERANK_URL", server.url)
        plain = told(capsys, "search", "营业厅办理，钱被多收咋整")[0]
        assert "误扣退费" not in plain
        text, ranked, _ = told(capsys, "evaluate", "--queries", asked("营业厅办理，"))
        assert "第一条就对 1.000" not in text
        assert "第一条就对 1.000" in ranked
        assert "误扣退费" in told(capsys, "search", "营业厅办理，钱被多收咋整")[0]
        server.down = True
        assert told(capsys, "search", "营业厅办理，钱被多收咋整")[0] == plain
        _, silent = told(capsys, "evaluate", "--queries", asked("营业厅办理，"), status=1)
        assert "没有应答" in silent
        server.down = False
        assert "误扣退费" in told(capsys, "search", "营业厅办理，钱被多收咋整")[0]


def formal_words(body: Mapping[str, Any]) -> str:
    said = body["messages"][-1]["content"]
    return "\n".join(f"1. {formal}办理" for formal, how in FORMAL if how[:4] in said) or "不知道"


def test_questions_are_reworded_by_a_model_after_a_gain(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number in a question is masked before it leaves; a question in the article's own words is
    not sent; a silent model costs nothing but its words."""
    model = FakeModelServer(voice=formal_words)
    with in_a_thread(model):
        monkeypatch.setenv("PEILIAN_REWRITE_URL", model.url)
        text, reworded, _ = told(capsys, "evaluate", "--queries", asked("我13800138000"))
        assert "第一条就对 1.000" not in text
        assert "第一条就对 1.000" in reworded
        sent = json.dumps(model.requests, ensure_ascii=False)
        assert "上个月剩的还作数么" in sent
        assert "13800138000" not in sent
        assert "误扣退费" in told(capsys, "search", "钱被多收咋整")[0]
        before = len(model.requests)
        assert "误扣退费" in told(capsys, "search", "误扣退费的办理")[0]
        assert len(model.requests) == before
        model.default = Step(Fault.BROKEN)
        told(capsys, "search", "钱被多收咋整")
        assert len(model.requests) > before


async def test_a_rewriting_server_that_stalls_costs_one_short_wait_and_the_talk_goes_on(
    tmp_path: Path,
) -> None:
    """The correction and the hint still come, from the words alone; the next line waits for
    nothing, since the server is left alone for a while."""
    server = FakeModelServer()
    server.default = Step(Fault.STALL)
    clock = asyncio.get_running_loop().time
    async with server, open_rig(tmp_path, rewrite_url=server.url) as rig:
        article = Upload("own.md", "# 会员积分\n\n积分一年内有效。".encode())
        await rig.house.knowledge.admin.add(article, team="", collection="main")
        await rig.house.knowledge.base.set_gain(Part.REWRITE, gain=True, questions=30)
        phone = rig.phone()
        await phone.type("练习 price-protection seed=3")
        began = clock()
        said = await phone.send("价保期是30天的，您放心")
        assert 1.5 < clock() - began < 6
        assert codes(said)[0] is NoticeCode.CORRECTION
        assert NoticeCode.CUSTOMER_LINE in codes(said)
        asked = len(server.requests)
        assert asked == 1
        assert "可以看：《" in (await phone.type("提示"))[0]
        assert len(server.requests) == asked


async def test_an_embedding_that_stalls_costs_the_dense_leg_and_not_the_search(
    tmp_path: Path,
) -> None:
    server = EmbeddingServer([(formal, said) for formal, said in FORMAL], stalls_after=0)
    clock = asyncio.get_running_loop().time
    async with (
        serving(server),
        open_rig(tmp_path, embedding_url=server.url, embedding_model="near") as rig,
    ):
        article = Upload("own.md", "# 会员积分\n\n积分一年内有效。".encode())
        await rig.house.knowledge.admin.add(article, team="", collection="main")
        await rig.house.knowledge.base.set_gain(Part.DENSE, gain=True, questions=30)
        asked = Question("积分多久有效", Reader())
        for longest in (6, 0.5):
            began = clock()
            (hit,) = await rig.house.knowledge.base.search(asked)
            assert hit.passage.title == "会员积分"
            assert clock() - began < longest
