"""The supervisor's map of results and ability, as a page and as JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.domain.ability import TRACKER_VERSION
from core.domain.list_change import ListKind
from core.domain.messages import Json
from core.domain.people import Person, Role
from core.domain.results import BusinessResult
from tests.flow.histories import practised
from tests.flow.web.visit import BOSS, LIN, Browser, Site, open_site
from tests.png import opened

NEW = Person("p-new", "新来的", Role.TRAINEE, "team-a")
OTHER = Person("p-other", "别组的", Role.TRAINEE, "team-b")
FEBRUARY = date(2026, 2, 1)


async def worked(site: Site, person: Person, value: float, contacts: int) -> None:
    """A month of first contact resolution."""
    row = BusinessResult(person.id, "fcr", FEBRUARY, value, contacts)
    await site.house.transactions.write(lambda unit: unit.results.put([row]))


@pytest.fixture
async def site(tmp_path: Path, empty_database: Path) -> AsyncIterator[Site]:
    """Where results may be taken along."""
    async with open_site(tmp_path, empty_database, training_only=False) as opened:
        yield opened


async def test_the_map_places_who_has_practised_and_worked_enough(site: Site) -> None:
    await practised(site.house, LIN, 12, 9.0)
    await practised(site.house, NEW, 3, 9.0)
    await practised(site.house, OTHER, 12, 9.0)
    for person, contacts in ((LIN, 400), (NEW, 20), (OTHER, 400)):
        await worked(site, person, 0.56, contacts)

    async with site.browser(BOSS) as browser:
        answer = await browser.get("/console/map")
        text = browser.text
        found = await (await browser.client.get("/api/v1/map")).json()
        drawn = await browser.client.get("/api/v1/pictures/map.png?width=300")
        picture = opened(await drawn.read())

    assert answer.status == 200
    assert "查机会与派单" in text
    assert '1. <a href="/console/people/p-lin">林学员</a>' in text
    assert "还差 7 次练习、还差 30 次接待的业绩" in text
    assert "别组的" not in text
    assert "<svg" in text
    assert picture.size == (300, 307)
    assert "1 号 林学员：业绩 20.0" in picture.texts["Description"]
    assert "1 号 林学员：业绩 20.0，能力 " in text
    (place,) = found["places"]
    assert place["person"] == "p-lin"
    assert place["cell"] == {"results": "low", "ability": "high"}
    assert place["results"] == 20.0
    # What stands behind the two figures, and by which rules they are made.
    assert (place["contacts"], place["drills"], place["by_metric"]) == (400, 12, {"fcr": 20.0})
    assert found["tracker_version"] == TRACKER_VERSION
    assert "接待 400 次：一次解决率 20.0；练习 12 次" in text
    assert "一次解决率（0.5 → 0.8）" in text
    assert f"能力画像的算法：{TRACKER_VERSION} 版" in text
    assert found["missing"] == [{"person": "p-new", "drills": 7, "contacts": 30}]


async def test_nobody_but_supervisors_sees_the_map(site: Site) -> None:
    async with site.browser(LIN) as browser:
        page = await browser.get("/console/map")
        data = await browser.client.get("/api/v1/map")
        drawn = await browser.client.get("/api/v1/pictures/map.svg")

    assert (page.status, data.status, drawn.status) == (403, 403, 403)


async def test_a_map_without_anybody_says_so(site: Site) -> None:
    async with site.browser(BOSS) as browser:
        answer = await browser.get("/console/map")

    assert answer.status == 200
    assert "还没有人既有足够的练习又有足够的业绩。" in browser.text


async def post_results(browser: Browser, *results: Json, dry_run: bool = False) -> tuple[int, Any]:
    """What the API answers to these results."""
    answer = await browser.client.post(
        "/api/v1/results",
        json={"results": list(results), "dry_run": dry_run},
        headers={"X-CSRF-Token": browser.csrf},
    )
    return answer.status, await answer.json()


def result(person: str, value: Json = 0.7, **more: Json) -> Json:
    """One result as the API takes it."""
    fields: dict[str, Json] = {"metric": "fcr", "period": "2026-02-01", "contacts": 80}
    return {"person": person, "value": value, **fields, **more}


async def test_results_come_in_over_the_api_and_a_dry_run_keeps_nothing(site: Site) -> None:
    await practised(site.house, LIN, 1, 9.0)

    async with site.browser(BOSS) as browser:
        tried = await post_results(browser, result("p-lin"), dry_run=True)
        kept = await post_results(browser, result("p-lin"))
        again = await post_results(browser, result("p-lin", 0.8))
    last = await site.house.transactions.read(lambda unit: unit.list_imports.last(ListKind.RESULTS))

    assert tried == (200, {"new": 1, "changed": 0, "same": 0, "kept": False})
    assert kept == (200, {"new": 1, "changed": 0, "same": 0, "kept": True})
    assert again == (200, {"new": 0, "changed": 1, "same": 0, "kept": True})
    assert last is not None
    assert last.by_id == BOSS.id
    assert [(one.before, one.after) for one in last.changes] == [
        (
            BusinessResult("p-lin", "fcr", FEBRUARY, 0.7, 80),
            BusinessResult("p-lin", "fcr", FEBRUARY, 0.8, 80),
        )
    ]


async def test_one_bad_result_and_none_is_kept_and_each_is_named(site: Site) -> None:
    await practised(site.house, LIN, 1, 9.0)
    await practised(site.house, OTHER, 1, 9.0)

    async with site.browser(BOSS) as browser:
        status, told = await post_results(
            browser,
            result("p-lin"),
            result("p-lin", "高"),
            result("p-other"),
            result("p-lin", metric="joy"),
            result("p-lin", period="2026-13-01"),
            result("p-lin"),
            7,
        )
        broken = await browser.client.post(
            "/api/v1/results", data=b"[", headers={"X-CSRF-Token": browser.csrf}
        )
    kept = await site.house.transactions.read(lambda unit: unit.results.since(FEBRUARY))

    assert status == 400
    assert [(one["index"], one["fault"]) for one in told["faults"]] == [
        (1, "bad_number"),
        (2, "unknown_person"),
        (3, "no_column"),
        (4, "bad_day"),
        (5, "line_twice"),
        (6, "empty"),
    ]
    assert broken.status == 400
    assert kept == []


async def test_a_trainee_cannot_write_results(site: Site) -> None:
    async with site.browser(LIN) as browser:
        status, _ = await post_results(browser, result("p-lin"))

    assert status == 403
