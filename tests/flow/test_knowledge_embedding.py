"""`peilian knowledge` with an embedding: both legs are searched only where that was a gain."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path

import pytest
from pymilvus import MilvusClient

from ops.migrations import migrate
from tests.fakes.embedding_server import EmbeddingServer, serving
from tests.flow.command import run_here

TOPICS = (("流量结转", "网速"), ("误扣退费", "多收"), ("国际漫游", "境外"))
"""(the article's word, the customer's word for it); no letter in common."""

ROOT = Path(__file__).resolve().parents[2]

ENDINGS = ("", "呀", "呢", "啊", "吗", "吧", "哦", "嘛", "啦", "哈")


@contextmanager
def in_a_thread(server: AbstractAsyncContextManager[object]) -> Iterator[None]:
    """A server in a loop of its own, since the command takes this thread's."""
    up = threading.Event()
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    async def serve() -> None:
        async with server:
            up.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert up.wait(10)
        yield
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddingServer]:
    """An embedding server, and a working folder with settings that name it."""
    migrate(data_dir=tmp_path)
    embeddings = EmbeddingServer(TOPICS)
    with in_a_thread(serving(embeddings)):
        monkeypatch.setenv("PEILIAN_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("PEILIAN_EMBEDDING_URL", embeddings.url)
        monkeypatch.setenv("PEILIAN_EMBEDDING_MODEL", "near")
        monkeypatch.chdir(tmp_path)
        yield embeddings


def jsonl(path: str, rows: list[dict[str, object]]) -> str:
    Path(path).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return str(Path(path).resolve())


def questions(path: str, words: list[str]) -> str:
    """Thirty questions: for each article its words with every ending."""
    rows: list[dict[str, object]] = [
        {"qid": f"{number}-{ending}", "text": f"{word}{ending}", "docs": [f"d{number}"]}
        for number, word in enumerate(words)
        for ending in ENDINGS
    ]
    return jsonl(path, rows)


def articles() -> str:
    return jsonl(
        "c.jsonl",
        [
            {
                "doc": f"d{n}",
                "title": word,
                "text": f"{word}怎么办理：请带上证件到营业厅，当天就能办好。",
            }
            for n, (word, _) in enumerate(TOPICS)
        ],
    )


def knowledge(capsys: pytest.CaptureFixture[str], *given: str) -> list[str]:
    assert run_here("knowledge", *given) == 0
    return capsys.readouterr().out.splitlines()


def doctor(capsys: pytest.CaptureFixture[str]) -> str:
    """What `peilian doctor` says of the knowledge base."""
    run_here("doctor")
    lines = capsys.readouterr().out.splitlines()
    return next(line for line in lines if "向量" in line)


def elsewhere(*given: str) -> tuple[int, list[str]]:
    """The same in a process of its own: its exit status and what it told."""
    ended = subprocess.run(
        [sys.executable, "-m", "ops", "knowledge", *given],
        cwd=ROOT,
        env={**os.environ},
        stdout=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout.decode().splitlines()


def test_an_embedding_takes_part_after_a_gain_and_not_after_a_loss(
    server: EmbeddingServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The articles are taken in by another process, as after every restart: Lite then has the
    collection unloaded, and an evaluation could not read it. While one process holds Lite's
    file, another one searches with words alone."""
    assert elsewhere("ingest", articles())[0] == 0
    assert knowledge(capsys, "search", "多收") == ["没有找到"]

    hard = questions("hard.jsonl", [word for _, word in TOPICS])
    assert "还没有评测" in doctor(capsys)
    text, both, verdict = knowledge(capsys, "evaluate", "--queries", hard)
    assert "第一条就对 0.000" in text
    assert "第一条就对 1.000" in both
    assert "误扣退费" in knowledge(capsys, "search", "多收")[0]

    held = MilvusClient("knowledge.milvus.db")
    assert elsewhere("search", "多收") == (0, ["没有找到"])
    held.close()

    server.upside_down = True
    monkeypatch.setenv("PEILIAN_EMBEDDING_MODEL", "far")
    assert knowledge(capsys, "search", "多收") == ["没有找到"]
    easy = questions("easy.jsonl", [f"{word}要到营业厅" for word, _ in TOPICS])
    text, both, other = knowledge(capsys, "evaluate", "--queries", easy)
    assert "第一条就对 1.000" in text
    assert "第一条就对 1.000" not in both
    assert other != verdict
    assert "没有更好" in doctor(capsys)
    assert knowledge(capsys, "search", "多收") == ["没有找到"]


def test_a_vector_file_that_another_process_holds_is_named_with_what_to_do(
    server: EmbeddingServer,
) -> None:
    hard = questions("hard.jsonl", [word for _, word in TOPICS])
    held = MilvusClient("knowledge.milvus.db")
    status, told = elsewhere("ingest", articles())
    assert status == 0
    assert "向量库文件正被另一个进程" in told[-1]
    status, (text, trouble) = elsewhere("evaluate", "--queries", hard)
    assert status == 1
    assert "第一条就对 0.000" in text
    assert "请先停掉" in trouble
    held.close()


def test_a_changed_embedding_is_filled_beside_the_old_one_and_a_kill_costs_one_step(
    server: EmbeddingServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """150 articles are two steps. While the new vectors are made search goes on by words, and
    after a kill in the second step the first is not made again."""
    rows: list[dict[str, object]] = [
        {"doc": f"d{n}", "title": TOPICS[n][0] if n < 3 else f"第{n}号", "text": f"第{n}条规定。"}
        for n in range(150)
    ]
    assert elsewhere("ingest", jsonl("c.jsonl", rows))[0] == 0
    hard = questions("hard.jsonl", [word for _, word in TOPICS])

    monkeypatch.setenv("PEILIAN_EMBEDDING_MODEL", "new")
    server.texts.clear()
    server.stalls_after = 100
    command = [sys.executable, "-m", "ops", "knowledge", "evaluate", "--queries", hard]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as filling:
        assert server.stalled.wait(60)
        assert "流量结转" in knowledge(capsys, "search", "流量结转")[0]
        filling.kill()
    server.stalls_after = float("inf")
    assert "向量正在建（66%）" in doctor(capsys)
    assert "第0条规定" in "".join(server.texts)
    server.texts.clear()
    assert "第一条就对 1.000" in knowledge(capsys, "evaluate", "--queries", hard)[1]
    assert "第0条规定" not in "".join(server.texts)
    assert "第149条规定" in "".join(server.texts)
    assert "误扣退费" in knowledge(capsys, "search", "多收")[0]
    assert "按文字查找" not in doctor(capsys)
