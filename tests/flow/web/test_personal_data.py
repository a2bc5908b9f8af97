"""Everything about one person: taken along, handed out, and made nobody's, at both doors."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Date, Double, Integer, Table, insert

from core.domain.ability import Ability
from core.domain.people import Person, Role
from core.domain.training import Order, OrderKind
from core.ports.storage import UnitOfWork
from core.storage.engines import database_url, make_engine
from core.storage.personal_rules import RULES, Link, Treat
from core.storage.tables import UtcDateTime, metadata
from tests.flow.command import run_here
from tests.flow.web.visit import ANN, BOSS, LIN, Browser, Site

CHIEF = Person("p-chief", "总管", Role.ADMIN, "")
WORDS = "只有林学员说过的话"
GOOD = "您好，让您着急了实在抱歉，请问您的手机尾号是多少？"


async def _practised(site: Site, lin: Browser) -> None:
    """A talk of Lin's, judged, appealed against and looked at, with a remark and an order."""
    for line in (
        "练习 断网",
        GOOD,
        f"{WORDS}，我帮您查一下",
        "结束",
        "申诉 理由是这样",
        f"反馈 {WORDS}",
        "微练",
        GOOD,
    ):
        await lin.client.post(
            "/chat/send", data={"csrf": lin.csrf, "text": line}, allow_redirects=False
        )
        await site.settle()

    def order(unit: UnitOfWork) -> None:
        unit.orders.put(
            [Order("o1", LIN.id, BOSS.id, OrderKind.ASSIGN, "invoice", site.clock.now())]
        )

    await site.house.transactions.write(order)


def _database(site: Site) -> Path:
    return Path(site.house.settings.data_dir) / "peilian.db"


def _all_text(site: Site) -> str:
    with closing(sqlite3.connect(_database(site))) as file:
        return "\n".join(file.iterdump())


def _files(body: bytes) -> Mapping[str, Any]:
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        return {
            name: json.loads(file.read(name))
            if name.endswith(".json")
            else file.read(name).decode()
            for name in file.namelist()
        }


async def test_a_trainee_takes_everything_along_and_an_admin_erases_it(site: Site) -> None:
    async with site.browser(LIN) as lin:
        await _practised(site, lin)
        answer = await lin.client.get("/profile/data")
        own = _files(await answer.read())
        assert answer.headers["Content-Type"] == "application/zip"
        assert (await lin.get(f"/api/v1/people/{ANN.id}/data")).status == 403
    assert WORDS in json.dumps(own["data/turns.json"], ensure_ascii=False)
    assert WORDS in own["index.html"]
    assert "digest" not in own["data/web_sessions.json"][0]
    assert {row["kind"] for row in own["data/remarks.json"]} == {"appeal", "feedback"}
    assert own["data/scorecards.json"][0]["card"]["marks"]
    assert "data/orders.json" in own
    before = await _figures(site)

    async with site.browser(BOSS) as boss:
        assert (await boss.get(f"/api/v1/people/{LIN.id}/data")).status == 403
        assert (await boss.post(f"/api/v1/people/{LIN.id}/erase")).status == 403
    async with site.browser(CHIEF) as chief:
        answer = await chief.client.get(f"/api/v1/people/{LIN.id}/data")
        assert set(_files(await answer.read())) >= set(own) - {"data/web_sessions.json"}
        # Only counted, until the id is typed once more.
        dry = await (await chief.post(f"/api/v1/people/{LIN.id}/erase")).json()
        assert dry["erased"] is False
        assert dry["rows"]["turns"] > 3
        assert WORDS in _all_text(site)
        await chief.get(f"/console/people/{LIN.id}/data")
        assert "练习里的话" in chief.text
        done = await chief.post(f"/console/people/{LIN.id}/data", {"confirm": LIN.id})
        assert "已抹去" in await done.text()
        # Again: nobody of that name is left.
        again = await chief.post(f"/api/v1/people/{LIN.id}/erase", {"confirm": LIN.id})
        assert again.status == 404
        assert (await chief.get("/console")).status == 200
        assert LIN.name not in chief.text

    left = _all_text(site)
    for gone in (LIN.id, LIN.name, WORDS, GOOD, "理由是这样"):
        assert gone not in left, gone
    assert await _figures(site) == before
    async with site.browser() as stranger:
        assert (await stranger.get("/profile")).status in (401, 303)


async def _figures(site: Site) -> object:
    """Marks, abilities and the shape of what was judged: these outlast the person."""

    def work(unit: UnitOfWork) -> object:
        [person] = [
            one
            for one in unit.people.everyone()
            if one.role is Role.TRAINEE and one.team == LIN.team
        ]
        cards = unit.scorecards.of_person(person.id, limit=9, whole=False)
        return person.team, [
            (
                card.overall,
                [card.ability(ability) for ability in Ability],
                [(mark.check, mark.mark) for mark in card.marks],
                dialogue.scenario_id,
                len(unit.dialogues.turns(dialogue.id)),
            )
            for dialogue, card in cards
        ]

    return await site.house.transactions.read(work)


def _value(column: Column[Any], treat: Treat) -> object:
    """Something to keep in a column, with the person's mark wherever a text may stand."""
    if treat is Treat.MIND:
        return json.dumps({"heard": [WORDS], "recent": [LIN.id], "lines": 1})
    if treat in (Treat.NOTHING, Treat.CODES):
        held = {"why": "kept", "quote": WORDS, "person_id": LIN.id}
        return json.dumps(held, separators=(",", ":"))
    for kind, value in (
        (UtcDateTime, datetime(2026, 3, 2, 4, tzinfo=UTC)),
        (Date, date(2026, 3, 2)),
        (Boolean, False),
        ((Double, Integer, BigInteger), 1),
    ):
        if isinstance(column.type, kind):
            return value
    texts = {
        Treat.PERSON: LIN.id,
        Treat.EMPTY_LIST: json.dumps([WORDS]),
        Treat.STATE: "waiting",
        Treat.JOB_STATE: "waiting",
        Treat.KEEP: "1",
    }
    return texts.get(treat, f"{WORDS}:{LIN.id}:{column.table.name}")


def _row(table: Table) -> dict[str, object]:
    """A row of Lin's."""
    rule = RULES[table.name]
    row = {column.name: _value(column, rule.columns[column.name]) for column in table.columns}
    row |= {name: value for name, value in LINKS.items() if name in row}
    if rule.about is not None and rule.about[0] in OWN:
        row[rule.about[1]] = OWN[rule.about[0]]
    if table.name == "turns":
        row |= {"notes": json.dumps({"correction": {"claim": WORDS}}), "speaker": "trainee"}
    return row


LINKS = {"conversation_id": 1, "dialogue_id": "d1", "remark_id": 1, "document_id": 1}
OWN = {
    Link.CONVERSATION: 1,
    Link.DIALOGUE: "d1",
    Link.REMARK: 1,
    Link.ADDRESS: f"{WORDS}:{LIN.id}:conversations",
    Link.CLAIM: WORDS,
}


def test_the_command_erases_rows_of_every_table(
    tmp_path: Path,
    empty_database: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "peilian.db"
    file.write_bytes(empty_database.read_bytes())
    engine = make_engine(database_url("", data_dir=tmp_path))
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(insert(table).values(_row(table)))
    engine.dispose()
    monkeypatch.setenv("PEILIAN_DATA_DIR", str(tmp_path))
    out = tmp_path / "lin.zip"
    assert run_here("export", "--person", LIN.id, "--out", out) == 0
    files = _files(out.read_bytes())
    about = {name for name, rule in RULES.items() if rule.about is not None or rule.by}
    assert {name.split("/")[1].removesuffix(".json") for name in files if "/" in name} == about

    assert run_here("erase", "--person", LIN.id) == 0
    assert "--yes" in capsys.readouterr().out
    before = _counts(file)
    assert run_here("erase", "--person", LIN.id, "--yes") == 0
    assert "已抹去" in capsys.readouterr().out
    with closing(sqlite3.connect(file)) as left:
        text = "\n".join(left.iterdump())
    assert WORDS not in text
    assert LIN.id not in text
    deleted = {name for name, rule in RULES.items() if rule.deletes}
    assert _counts(file) == {
        name: 0 if name in deleted else count for name, count in before.items()
    }
    assert run_here("erase", "--person", LIN.id, "--yes") == 1
    assert "没有工号是" in capsys.readouterr().out


def _counts(file: Path) -> Mapping[str, int]:
    with closing(sqlite3.connect(file)) as opened:
        return {
            name: opened.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for name in RULES
        }
