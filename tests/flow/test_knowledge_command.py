"""`peilian knowledge`: a folder comes in, changes, and is searched; the outside's file formats."""

import contextlib
import gzip
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ops.migrations import migrate
from tests.flow.command import run_here

CORPUS = [
    {"doc": "d1", "title": "流量结转", "text": "当月没用完的流量自动结转到次月。"},
    {"doc": "d2", "title": "误扣退费", "text": "误扣的费用原路退回，三个工作日内到账。"},
]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("knowledge")
    migrate(data_dir=folder)
    return folder / "peilian.db"


@pytest.fixture
def here(tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a data folder of its own."""
    (tmp_path / "var").mkdir()
    shutil.copy(template, tmp_path / "var" / "peilian.db")
    monkeypatch.setenv("PEILIAN_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def knowledge(capsys: pytest.CaptureFixture[str], *given: str) -> tuple[int, list[str]]:
    code = run_here("knowledge", *given)
    return code, capsys.readouterr().out.splitlines()


def jsonl(path: Path, rows: list[dict[str, object]]) -> str:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return str(path)


def test_a_corpus_is_searched_with_a_file_of_questions(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packed = here / "corpus.jsonl.gz"
    packed.write_bytes(gzip.compress(Path(jsonl(here / "c.jsonl", CORPUS)).read_bytes()))  # type: ignore[arg-type]
    asked = jsonl(
        here / "q.jsonl", [{"qid": "q1", "text": "误扣的钱多久到账"}, {"qid": "q2", "text": "流量"}]
    )
    assert knowledge(capsys, "ingest", str(packed), "--collection", "C")[0] == 0
    code, _ = knowledge(
        capsys, "search", "--queries", asked, "--out", "run.jsonl", "--collection", "C", "-k", "10"
    )
    run = [json.loads(line) for line in (here / "run.jsonl").read_text().splitlines()]

    assert code == 0
    assert [(one["qid"], one["docs"][0]["doc"]) for one in run] == [("q1", "d2"), ("q2", "d1")]
    assert knowledge(capsys, "stats") == (0, ["C：2 份资料，2 段"])
    assert knowledge(capsys, "search", "流量", "--collection", "other") == (0, ["没有找到"])


def test_a_folder_is_followed_through_edits_renames_and_deletions(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    docs = here / "docs"
    docs.mkdir()
    (docs / "a.md").write_text("# 结转\n\n流量结转到次月。", "utf-8")
    (docs / "b.txt").write_text("宽带移机要预约。", "utf-8")
    (docs / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    (docs / "film.mp4").write_bytes(b"00")
    (docs / "talk.mp4").write_bytes(b"00")
    (docs / "talk.srt").write_text("1\n00:01:10,000 --> 00:01:12,000\n先核实身份\n", "utf-8")

    code, told = knowledge(capsys, "ingest", "docs")
    assert code == 1
    assert told[-1] == "新增 3，更新 0，改名 0，没变 0，移除 0，没能收录 2；这次写入 3 段"
    named = [line.partition(": ")[0] for line in told[:-1]]
    assert named == ["docs/film.mp4", "docs/broken.pdf"]
    assert "talk.mp4#t=70" in "".join(knowledge(capsys, "search", "核实身份")[1])

    (docs / "broken.pdf").unlink()
    (docs / "film.mp4").unlink()
    (docs / "a.md").write_text("# 结转\n\n流量只在当月有效。", "utf-8")
    (docs / "b.txt").rename(docs / "c.txt")
    (docs / "talk.srt").unlink()
    (docs / "talk.mp4").unlink()
    code, told = knowledge(capsys, "ingest", "docs")
    assert (code, told[-1]) == (
        0,
        "新增 0，更新 1，改名 1，没变 0，移除 1，没能收录 0；这次写入 2 段",
    )
    code, told = knowledge(capsys, "list")
    assert [line.split("\t")[1] for line in told] == ["a.md", "c.txt"]
    assert knowledge(capsys, "ingest", "docs")[1][-1].startswith("新增 0，更新 0，改名 0，没变 2")

    assert knowledge(capsys, "remove", "a.md", "nothing.md")[0] == 1
    assert knowledge(capsys, "search", "当月有效")[1] == ["没有找到"]


def test_a_corpus_that_changes_changes_line_by_line(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = here / "c.jsonl"
    knowledge(capsys, "ingest", jsonl(path, CORPUS))  # type: ignore[arg-type]
    rows = [CORPUS[0], {"doc": "d3", "text": "新的一篇。"}]
    _, told = knowledge(capsys, "ingest", jsonl(path, rows))  # type: ignore[arg-type]
    assert told[-1].startswith("新增 1，更新 0，改名 0，没变 1，移除 1")


def test_teams_and_the_company_keep_apart(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "a.txt").write_text("挽留时可以赠送流量。", "utf-8")
    knowledge(capsys, "ingest", "a.txt", "--team", "retention")
    assert knowledge(capsys, "search", "赠送流量")[1] == ["没有找到"]
    assert knowledge(capsys, "search", "赠送流量", "--team", "sales")[1] == ["没有找到"]
    assert len(knowledge(capsys, "search", "赠送流量", "--team", "retention")[1]) == 2


NUMBER = 400
"""Documents of the corpus that is killed on its way in: four steps."""

KEPT = "SELECT count(*) FROM knowledge_passages WHERE text LIKE '%新%'"
INDEXED = "SELECT count(*) FROM passages WHERE body LIKE '%新%'"


def ingesting(path: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "ops", "knowledge", "ingest", str(path)],
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_once(running: subprocess.Popen[bytes], file: Path, query: str, seen: int) -> None:
    """Kill it as soon as the query counts so many; it may have been too quick for that."""
    db = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)
    with contextlib.closing(db):
        while running.poll() is None and db.execute(query).fetchone()[0] < seen:
            time.sleep(0.002)
    running.send_signal(signal.SIGKILL)
    running.wait()


def test_a_kill_during_ingest_leaves_every_document_whole(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed before the first step is kept, between steps, and while the index is caught up:
    each document is the old one or the new one, none is lost, and all are found. Two processes
    that then take the same file in at once complete it."""
    path = here / "c.jsonl"
    rows = [{"doc": f"d{n}", "text": f"旧的第{n}篇。" * 3} for n in range(NUMBER)]
    knowledge(capsys, "ingest", jsonl(path, rows))  # type: ignore[arg-type]
    jsonl(path, [{**row, "text": row["text"].replace("旧", "新")} for row in rows])
    asked = jsonl(
        here / "q.jsonl", [{"qid": str(n), "text": f"第{n}篇"} for n in range(0, NUMBER, 50)]
    )
    store, index = here / "var" / "peilian.db", here / "var" / "knowledge.text.db"
    for file, query, seen in ((store, KEPT, 0), (store, KEPT, 150), (index, INDEXED, 1)):
        kill_once(ingesting(path), file, query, seen)
        assert knowledge(capsys, "stats")[1] == [f"main：{NUMBER} 份资料，{NUMBER} 段"]
        assert knowledge(capsys, "search", "--queries", asked, "--out", "run.jsonl")[0] == 0
        run = [json.loads(line) for line in Path("run.jsonl").read_text("utf-8").splitlines()]
        assert [one["docs"][0]["doc"] for one in run] == [f"d{one['qid']}" for one in run]
        with contextlib.closing(sqlite3.connect(store)) as db:
            texts = [row[0] for row in db.execute("SELECT text FROM knowledge_passages")]
        assert not [text for text in texts if "旧" in text and "新" in text]

    both = [ingesting(path), ingesting(path)]
    assert [one.wait(60) for one in both] == [0, 0]
    assert knowledge(capsys, "stats")[1] == [f"main：{NUMBER} 份资料，{NUMBER} 段"]
    told = "".join(knowledge(capsys, "search", "旧的第7篇", "-k", "50")[1])
    assert "新的第7篇" in told
    assert "旧" not in told
