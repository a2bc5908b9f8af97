"""`peilian serve --role …`: web, worker and scheduler as three processes on MySQL and Redis."""

import asyncio
import csv
import io
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar

from tests.durability.databases import flush, fresh_database
from tests.flow.command import ROOT, environment, peilian
from tests.flow.web.visit import Browser

PEOPLE = "id,name,team\nw1,林晓,一组\n"


@contextmanager
def served(role: str, folder: Path, settings: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """One process of this role; it must end in peace when it is asked to."""
    log = (folder / f"{role}.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "ops", "serve", "--role", role, "--port", "0"],
        env={**environment(folder, **settings), "PYTHONPATH": str(ROOT)},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0, (folder / f"{role}.log").read_text()
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
        log.close()


async def debrief_of(browser: Browser) -> dict[str, object]:
    """The debrief, once the feed brings it; what was seen is not asked for again."""
    after = said = 0
    while True:
        fed = await browser.feed(after, said=said, wait=True)
        for row in fed["rows"]:
            if row["code"] == "debrief":
                found: dict[str, object] = row
                return found
        after, said = fed["last"], fed["said"]


@pytest.mark.service
@pytest.mark.timeout(120)
async def test_a_practice_through_three_processes(
    tmp_path: Path, mysql_url: str, redis_url: str
) -> None:
    flush(redis_url)
    settings = {
        "database_url": fresh_database(mysql_url, "roles"),
        "redis_url": redis_url,
        "typing_delays": "false",
        "merge_s": "0",
    }
    with ExitStack() as stack:
        # All three migrate at once, as a compose file starts them.
        web, *_ = (
            stack.enter_context(served(role, tmp_path, settings))
            for role in ("web", "worker", "scheduler")
        )
        assert web.stdout is not None
        address = (await asyncio.to_thread(web.stdout.readline)).split()[-1]
        (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
        imported = await asyncio.to_thread(
            peilian, "people", "import", "people.csv", data_dir=tmp_path, **settings
        )
        table = [line for line in imported.stdout.splitlines() if "," in line]
        (person,) = csv.DictReader(io.StringIO("\n".join(table)))
        jar = CookieJar(unsafe=True)
        async with ClientSession(address, cookie_jar=jar) as client:
            browser = Browser(client)
            link = "/signin/" + person["登录链接"].rpartition("/")[2]
            await browser.get(link)
            assert (await browser.post(link)).status == 303
            await browser.get("/")
            for line in ("练习 1 seed=7", "您好，很抱歉影响您了，请问手机尾号是多少", "结束"):
                await browser.say(line)
            debrief = await asyncio.wait_for(debrief_of(browser), timeout=30)
            assert "本次点评" in str(debrief)
            await browser.get("/metrics")
            silent = re.search(r"^peilian_scheduler_silent_seconds (\S+)$", browser.text, re.M)
            assert silent is not None
            assert float(silent[1]) < 60
        examined = await asyncio.to_thread(peilian, "doctor", data_dir=tmp_path, **settings)
        assert examined.returncode == 0, examined.stdout
        assert re.search(r"\[正常\] 定时：\d+ 秒前有心跳", examined.stdout)
        assert "[正常] 人员：先绑定才能练习" in examined.stdout


def test_without_mysql_and_redis_a_role_says_what_it_needs(tmp_path: Path) -> None:
    refused = peilian("serve", "--role", "worker", data_dir=tmp_path)
    assert refused.returncode == 2
    first, second = refused.stderr.splitlines()
    assert first.startswith("--role worker ")
    assert "PEILIAN_DATABASE_URL" in first
    assert "PEILIAN_REDIS_URL" in second
    assert not (tmp_path / "peilian.db").exists()
