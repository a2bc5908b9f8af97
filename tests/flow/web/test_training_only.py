"""While an installation is for training only, no door hands out results about people."""

from __future__ import annotations

import re
from asyncio import to_thread
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.dialogue import Mode
from tests.flow.command import run_here
from tests.flow.histories import practised
from tests.flow.web.test_team_map import worked
from tests.flow.web.visit import BOSS, LIN, Browser, Site, open_site

DOORS = {
    "/api/v1/console",
    "/api/v1/console/people/{person_id}",
    "/api/v1/console/dialogues/{dialogue_id}",
    "/api/v1/map",
    "/api/v1/exams",
    "/api/v1/exams/{exam}",
    "/api/v1/orders",
    "/api/v1/pictures/map",
    "/console/exams/{exam}/list.csv",
}
"""All that hands out, as data, file or picture, how somebody else did."""

SIT = "7.31"
"""The result of the one exam."""
MAP = f'"person": "{LIN.id}", "results": [0-9]'
TOLD = re.compile(rf"{re.escape(SIT)}|林学员：业绩|{LIN.id},林学员|{MAP}")


def _paths(site: Site, exam: str) -> Iterator[tuple[str, str]]:
    """Every GET route but a person's own data, which may always be taken along."""
    fill = {"dialogue_id": "examined-0", "exam": exam, "kind": "csv", "person_id": LIN.id}
    for route in site.server.app.router.routes():
        path = route.resource.canonical if route.resource else ""
        own = path.endswith("/data") or path.startswith(("/channels/", "/static", "/signout"))
        if route.method != "GET" or own:
            continue
        for name in ("profile", "trend", "map", "digest") if "{name}" in path else ("",):
            named = path.replace("{name}.{kind}", name)
            asked = f"{named}.svg" if name else named
            yield named, re.sub(r"\{(\w+)[^}]*\}", lambda one: fill.get(one[1], "1"), asked)


async def _handed_out(site: Site, exam: str, *, all_doors: bool) -> set[str]:
    """The routes whose data, files and pictures tell a supervisor how somebody did."""
    found = set()
    async with site.browser(BOSS) as browser:
        for route, path in _paths(site, exam):
            name = route.replace(".{kind}", ".csv")
            if all_doors or name in DOORS:
                site.clock.advance(seconds=1)
                if TOLD.search(await _data(browser, path)):
                    found.add(name)
    return found


async def _data(browser: Browser, path: str) -> str:
    answer = await browser.client.get(path, allow_redirects=False)
    is_page = answer.content_type == "text/html"
    return "" if is_page else (await answer.read()).decode("utf-8", "replace")


async def _examined(site: Site) -> str:
    """A trainee with a place on the map and an exam that was sat; the exam's id."""
    await practised(site.house, LIN, 12, 9.0)
    await worked(site, LIN, 0.56, 400)
    async with site.browser(BOSS) as boss:
        form = {"person": LIN.id, "difficulty-1": "medium", "count-1": "1", "rounds": "2"}
        await boss.get("/console/exams")
        token = {"X-CSRF-Token": boss.csrf}
        made = await (await boss.client.post("/api/v1/exams", json=form, headers=token)).json()
        listed = await (await boss.client.get("/api/v1/orders")).json()
    [case] = [one["scenario"] for one in listed["orders"] if one["kind"] == "exam"]
    site.clock.advance(minutes=5)
    exam = str(made["exam"])
    await practised(
        site.house, LIN, 1, float(SIT), mode=Mode.EXAM, scenario_id=case, ids="examined"
    )
    return exam


async def test_every_door_is_shut_and_each_of_them_would_tell(
    tmp_path: Path,
    empty_database: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for only in (True, False):
        data = tmp_path / str(only)
        data.mkdir()
        async with open_site(data, empty_database, training_only=only) as site:
            exam = await _examined(site)
            told = await _handed_out(site, exam, all_doors=only)
            assert told == (set() if only else DOORS)
            async with site.browser(BOSS) as boss:
                await boss.get(f"/console/exams/{exam}")
                assert SIT[:3] in boss.text
                await boss.get("/console/map")
                assert "林学员：业绩" in boss.text
                assert ("/api/v1/pictures/map" in boss.text) is not only
            async with site.browser(LIN) as lin:
                # What is one's own stays one's own.
                assert (await lin.client.get("/profile/data")).status == 200
        monkeypatch.setenv("PEILIAN_DATA_DIR", str(data))
        monkeypatch.setenv("PEILIAN_TRAINING_ONLY", str(only))
        assert await to_thread(run_here, "exam") == 0
        for more in ((), ("--out", data / "list.xlsx")):
            assert await to_thread(run_here, "exam", exam, *more) == (2 if only else 0)
        assert (LIN.id in capsys.readouterr().out) is not only
