"""Class exams and orders from door to door: the console, the API, the file, the command."""

from __future__ import annotations

import io
from asyncio import to_thread
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from core.domain.dialogue import Mode
from core.domain.people import Person, Role
from core.domain.scorecard import Advice, Debrief
from core.ports.storage import UnitOfWork
from tests.flow.command import run_here
from tests.flow.histories import card_of, practised
from tests.flow.web.visit import BOSS, LIN, Browser, Site, open_site

WANG = Person("p-wang", "王芳", Role.TRAINEE, "team-a")
OTHER = Person("p-other", "别组的", Role.TRAINEE, "team-b")
FORM = {
    "person": "*",
    "difficulty-1": "medium",
    "count-1": "1",
    "difficulty-2": "basic",
    "count-2": "1",
    "opens_on": "2026-03-02",
    "due_on": "2026-03-06",
    "pass_mark": "7",
    "attempts": "1",
}


async def _known(site: Site) -> None:
    def work(unit: UnitOfWork) -> None:
        for one in (LIN, WANG, OTHER):
            unit.people.add(one)

    await site.house.transactions.write(work)


async def _made(boss: Browser, **fields: str) -> dict[str, object]:
    await boss.get("/console/exams")
    answer = await boss.client.post(
        "/api/v1/exams", json={**FORM, **fields}, headers={"X-CSRF-Token": boss.csrf}
    )
    found: dict[str, object] = await answer.json()
    return {"status": answer.status, **found}


async def _sat(site: Site, person: Person, case: str, value: float) -> None:
    """The case sat as an exam, with a sentence to mend."""
    site.clock.advance(minutes=5)
    await practised(site.house, person, 1, value, mode=Mode.EXAM, scenario_id=case)
    held = f"{person.id}-0"
    fix = Advice("C09", 2, "=HYPERLINK(1)", "no_empathy")

    def mend(unit: UnitOfWork) -> None:
        told = Debrief(held, (), (fix,), (), ())
        unit.scorecards.put(card_of(held, value), told, person_id=person.id, now=site.clock.now())

    await site.house.transactions.write(mend)


async def test_a_class_sits_an_exam_and_those_who_fail_draw_again(
    tmp_path: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_site(tmp_path, empty_database, training_only=False) as site:
        exam = await _sat_by_two(site)
    monkeypatch.setenv("PEILIAN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PEILIAN_TRAINING_ONLY", "false")
    book = tmp_path / "list.xlsx"
    assert await to_thread(run_here, "exam", exam, "--out", book) == 0
    rows = list(load_workbook(book).worksheets[0].iter_rows(values_only=True))
    assert rows[0][:2] == ("工号", "姓名")
    assert "'=HYPERLINK(1)" in [row[-1] for row in rows]


async def _sat_by_two(site: Site) -> str:
    """One passes at once, the other after another draw; the exam's id."""
    await _known(site)
    async with site.browser(BOSS) as boss:
        made = await _made(boss, **{"count-2": ""})
        assert made["orders"] == 2
        exam = str(made["exam"])
        listed = await (await boss.client.get(f"/api/v1/exams/{exam}")).json()
        drawn = {
            one["person"]: [case["scenario"] for case in one["rounds"][0]["cases"]]
            for one in listed["people"]
        }
        assert set(drawn) == {LIN.id, WANG.id}
        assert not set(drawn[LIN.id]) & set(drawn[WANG.id])
        async with site.browser(LIN) as lin:
            plan = await (await lin.client.get("/api/v1/plan")).json()
            assert plan["items"][0]["exam"] is True
            assert plan["micro"]["scenario"] not in drawn[LIN.id]
            # Trainees read their own orders and give none.
            own = await (await lin.client.get("/api/v1/orders")).json()
            assert {one["person"] for one in own["orders"]} == {LIN.id}
            assert (await lin.client.get("/api/v1/exams")).status == 403
            assert (await lin.get(f"/console/exams/{exam}")).status == 403
        await _sat(site, LIN, drawn[LIN.id][0], 8.0)
        await _sat(site, WANG, drawn[WANG.id][0], 5.0)
        await boss.get(f"/console/exams/{exam}")
        assert "1 / 2 人通过" in boss.text
        assert "=HYPERLINK(1)" in boss.text
        assert "还有 31 项检查没有证明和人一样可靠" in boss.text
        assert listed["unproven"] == 31
        assert (await boss.post(f"/console/exams/{exam}/retake")).status == 303
        listed = await (await boss.client.get(f"/api/v1/exams/{exam}")).json()
        rounds = {one["person"]: one["rounds"] for one in listed["people"]}
        assert [one["state"] for one in rounds[LIN.id]] == ["passed"]
        assert [one["state"] for one in rounds[WANG.id]] == ["failed", "open"]
        assert rounds[WANG.id][1]["cases"][0]["scenario"] not in drawn[WANG.id]
        # Looking at a quote leaves a trace.
        await boss.get("/console/looks")
        assert "王芳" in boss.text
    return exam


async def test_who_fails_gets_the_next_round_without_a_click(
    tmp_path: Path, empty_database: Path
) -> None:
    async with open_site(tmp_path, empty_database, training_only=False) as site:
        await _known(site)
        async with site.browser(BOSS) as boss:
            await boss.get("/console/exams")
            assert "最多考几轮" in boss.text
            assert (await _made(boss, rounds="6"))["status"] == 400
            made = await _made(boss, **{"count-2": "", "person": LIN.id, "rounds": "2"})
            path = f"/api/v1/exams/{made['exam']}"
            assert made["orders"] == 2

            async def rounds() -> list[list[str]]:
                listed = await (await boss.client.get(path)).json()
                assert listed["rounds"] == 2
                [mine] = listed["people"]
                return [[case["scenario"] for case in one["cases"]] for one in mine["rounds"]]

            [[first]] = await rounds()
            async with site.browser(LIN) as lin:
                assert await _owed(lin) == ([first], [first])
                await _sat(site, LIN, first, 5.0)
                [[_], [second]] = await rounds()
                assert second != first
                assert await _owed(lin) == ([second, first], [second])
                await boss.get(f"/console/exams/{made['exam']}")
                assert "/retake" not in boss.text
                site.clock.advance(minutes=5)
                await practised(
                    site.house, LIN, 1, 9.0, mode=Mode.EXAM, scenario_id=second, ids="again"
                )
                assert await _owed(lin) == ([second, first], [])
            await boss.get(f"/console/exams/{made['exam']}")
            assert "1 / 1 人通过" in boss.text


async def _owed(browser: Browser) -> tuple[list[str], list[str]]:
    """Cases of the trainee's own orders, and those the plan asks for as an exam."""
    orders = await (await browser.client.get("/api/v1/orders")).json()
    plan = await (await browser.client.get("/api/v1/plan")).json()
    asked = [one["scenario"] for one in plan["items"] if one["exam"]]
    return [one["scenario"] for one in orders["orders"]], asked


async def test_the_list_is_a_file_where_training_only_is_off(
    tmp_path: Path, empty_database: Path
) -> None:
    async with open_site(tmp_path, empty_database, training_only=False) as site:
        await _known(site)
        async with site.browser(BOSS) as boss:
            exam = (await _made(boss))["exam"]
            text = await (await boss.client.get(f"/console/exams/{exam}/list.csv")).text()
            assert text.splitlines()[0].endswith("最该改的一句")
            assert text.count(LIN.id) == 2
            body = await (await boss.client.get(f"/console/exams/{exam}/list.xlsx")).read()
            assert load_workbook(io.BytesIO(body)).worksheets[0].max_row == 5


async def test_walls_and_faults_of_orders_and_exams(site: Site) -> None:
    await _known(site)
    stranger = replace(BOSS, id="p-boss-b", name="外主管", team="team-b")
    async with site.browser(BOSS) as boss:
        exam = str((await _made(boss))["exam"])
        for wrong in ({"count-1": "0", "count-2": "0"}, {"count-1": "11"}, {"difficulty-1": "x"}):
            assert (await _made(boss, **wrong))["status"] == 400
        assert (await _made(boss, **{"count-1": "9", "family-1": "断网报修"}))[
            "problem"
        ] == "few_cases"
        assert (await _made(boss, person=OTHER.id))["status"] == 404
        token = {"X-CSRF-Token": boss.csrf}
        order = {"kind": "assign", "person": LIN.id, "scenario": "invoice", "pass_mark": "7"}
        given = await (await boss.client.post("/api/v1/orders", json=order, headers=token)).json()
        [made] = given["orders"]
        bad = {**order, "kind": "move"}
        assert (await boss.client.post("/api/v1/orders", json=bad, headers=token)).status == 400
        assert (await boss.client.post("/api/v1/orders", json=order)).status == 403
    async with site.browser(stranger) as other:
        assert (await (await other.client.get("/api/v1/orders")).json())["orders"] == []
        await other.get("/console/exams")
        assert exam not in other.text
        assert (await other.get(f"/console/exams/{exam}")).status == 404
        path = f"/api/v1/orders/{made['id']}/cancel"
        headers = {"X-CSRF-Token": other.csrf}
        assert (await other.client.post(path, headers=headers)).status == 404
        theirs = {**order, "person": LIN.id}
        answer = await other.client.post("/api/v1/orders", json=theirs, headers=headers)
        assert answer.status == 404
    async with site.browser(BOSS) as boss:
        headers = {"X-CSRF-Token": boss.csrf}
        assert (await boss.client.post(path, headers=headers)).status == 200
        left = await (await boss.client.get("/api/v1/orders")).json()
        assert made["id"] not in [one["id"] for one in left["orders"]]
