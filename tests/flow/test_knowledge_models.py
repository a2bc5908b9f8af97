"""`peilian knowledge` with a re-ranking server and with query rewriting: used where they gain."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ops.migrations import migrate
from tests.fakes.embedding_server import EmbeddingServer, serving
from tests.fakes.model_server import FakeModelServer, Fault, Step
from tests.flow.command import run_here
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
