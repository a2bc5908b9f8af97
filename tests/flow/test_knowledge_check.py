"""`peilian knowledge check`, and what a judge's model may say about an alarm."""

import json
from datetime import date
from pathlib import Path

import pytest

from core.content.library import company_values
from core.domain.claims import Verdict
from core.domain.knowledge import Reader
from core.errors import ModelUnavailable
from core.llm.scripted import ScriptedModel
from core.services.knowledge_help import Asker, KnowledgeHelp
from core.services.second_opinion import SecondOpinion
from knowledge.memory import MemoryKnowledgeBase
from knowledge.sample import sample_passages
from ops.migrations import migrate
from tests.flow.command import run_here

LINES = [
    {"id": "a", "text": "价保期是30天的，您放心"},
    {"id": "b", "text": "您签收15天内都在价保期", "scenario": "price-protection"},
    {"id": "c", "text": "您的订单实付是359元", "scenario": "price-protection"},
    {"id": "d", "text": "价保期是30天的", "scenario": "no-such-case"},
]


def check(tmp_path: Path, lines: list[str], *options: str) -> tuple[int, list[dict[str, str]]]:
    """The command over these lines: its status and what it wrote."""
    source, target = tmp_path / "claims.jsonl", tmp_path / "verdicts.jsonl"
    source.write_text("\n".join(lines), encoding="utf-8")
    status = run_here("knowledge", "check", "--claims", source, "--out", target, *options)
    return status, [json.loads(line) for line in target.read_text("utf-8").splitlines()]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_each_claim_gets_its_verdict_and_the_words_that_decide(tmp_path: Path) -> None:
    status, found = check(tmp_path, [json.dumps(line) for line in LINES])
    assert status == 0
    verdicts = {line["id"]: line["verdict"] for line in found}
    assert verdicts == {
        "a": "contradicted",
        "b": "supported",
        "c": "not_found",
        "d": "contradicted",
    }
    assert found[0]["passage"] == "price-protection"
    assert found[0]["quote"] == "价保期为签收后15天，须同店同款。"
    assert found[2] == {"id": "c", "verdict": "not_found", "passage": "", "quote": ""}


def test_a_line_that_cannot_be_read_is_named_and_the_rest_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["{", json.dumps({"id": True, "text": "x"}), "", json.dumps({"id": 7, "text": ""})]
    status, found = check(tmp_path, lines)
    assert status == 1
    assert [line["id"] for line in found] == ["7"]
    said = capsys.readouterr().err
    assert "claims.jsonl:1:" in said
    assert "claims.jsonl:2:" in said


def test_a_collection_that_is_not_there_finds_nothing(tmp_path: Path) -> None:
    _, found = check(tmp_path, [json.dumps(LINES[0])], "--collection", "other")
    assert found[0]["verdict"] == "not_found"


def test_a_company_s_own_articles_are_checked_before_the_shipped_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of every team, and of one collection where it is asked for."""
    monkeypatch.setenv("PEILIAN_DATA_DIR", str(tmp_path))
    migrate(data_dir=tmp_path)
    own = tmp_path / "价保.md"
    own.write_text("# 价保规则\n\n价保期为签收后30天，须同店同款。\n", encoding="utf-8")
    assert run_here("knowledge", "ingest", own, "--collection", "rules", "--team", "一组") == 0
    said = [
        json.dumps({"id": "a", "text": "价保期是签收后30天的，您放心"}),
        json.dumps({"id": "b", "text": "价保期是签收后7天的，您放心"}),
    ]
    _, (right, wrong) = check(tmp_path, said)
    assert (right["verdict"], right["passage"]) == ("supported", "价保.md")
    assert (wrong["verdict"], wrong["passage"]) == ("contradicted", "价保.md")
    _, (shipped, _) = check(tmp_path, said, "--collection", "sample")
    assert (shipped["verdict"], shipped["passage"]) == ("contradicted", "price-protection")


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ("矛盾", Verdict.CONTRADICTED),
        ("不矛盾", Verdict.NOT_FOUND),
        ("不确定。", Verdict.UNSURE),
        ("我不是核对员", Verdict.CONTRADICTED),
    ],
)
async def test_a_model_may_withdraw_an_alarm_and_never_raises_one(
    reply: str, verdict: Verdict
) -> None:
    model = ScriptedModel([reply])
    base = MemoryKnowledgeBase(sample_passages(company_values()))
    knows = KnowledgeHelp(base, SecondOpinion(model))
    asker = Asker(Reader(), date(2026, 6, 1))
    assert (await knows.verdict("价保期是30天的", None, asker)).verdict is verdict
    assert "签收后15天" in model.requests[0].messages[-1].text
    right = await knows.verdict("您签收15天内都在价保期", None, asker)
    assert right.verdict is Verdict.SUPPORTED
    assert len(model.requests) == 1


async def test_a_model_that_does_not_answer_changes_nothing() -> None:
    base = MemoryKnowledgeBase(sample_passages(company_values()))
    knows = KnowledgeHelp(base, SecondOpinion(ScriptedModel([ModelUnavailable("off")])))
    asker = Asker(Reader(), date(2026, 6, 1))
    found = await knows.verdict("价保期是30天的", None, asker)
    assert found.verdict is Verdict.CONTRADICTED
