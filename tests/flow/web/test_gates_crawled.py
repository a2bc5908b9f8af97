"""Below its gate a figure of a profile stands nowhere: every route, picture, export and chat word
is asked, by everybody who may."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bots.web.deps import address_of
from core.domain.dialogue import Mode
from core.domain.messages import InboundMessage
from core.domain.people import Person, Role
from core.ports.storage import UnitOfWork
from core.services import progress
from tests.flow.histories import practised
from tests.flow.web.visit import BOSS, LIN, Browser, Site, open_site

CHIEF = Person("p-chief", "总管", Role.ADMIN, "")
CASE = "wrong-charge"
RESULT = 7.3
PICTURES = ("profile", "trend", "scorecard", "map", "digest")
QUIET = ("/channels/", "/signin", "/signout", "/static", "/metrics", "/api/v1/feed")


def _paths(site: Site, dialogue_id: str = f"{LIN.id}-0") -> Iterator[str]:
    """Every GET route with what a trainee of four practices puts into it."""
    fill = {
        "dialogue_id": dialogue_id,
        "person_id": LIN.id,
        "kind": "svg",
        "exam": "exam:none",
        "remark_id": "1",
        "check_id": "C09",
        "version": "1",
        "theme": "1",
    }
    for route in site.server.app.router.routes():
        path = route.resource.canonical if route.resource else ""
        if route.method != "GET" or path.startswith(QUIET):
            continue
        for name in PICTURES if "{name}" in path else ("",):
            filled = path.replace("{name}", name)
            yield re.sub(r"\{(\w+)[^}]*\}", lambda found: fill.get(found[1], "none"), filled)


async def _read(browser: Browser, path: str) -> str:
    answer = await browser.client.get(path, allow_redirects=False)
    body = await answer.read()
    if answer.content_type != "application/zip":
        return body.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        return "\n".join(file.read(name).decode() for name in file.namelist())


async def _said(site: Site, words: tuple[str, ...]) -> str:
    """What the chat answers, in words."""
    for word in words:
        message = InboundMessage(
            address_of(LIN), f"{LIN.id}/{word}/{site.clock.now():%d}", word, site.clock.now()
        )
        await site.house.intake.keep(message)
    await site.settle()

    def work(unit: UnitOfWork) -> list[str]:
        conversation = unit.conversations.at(address_of(LIN))
        rows = unit.outbox.feed(conversation.id, after=0, limit=99)
        return [str(row.message.facts) for row in rows]

    return "\n".join(await site.house.transactions.read(work))


async def _figures(site: Site) -> set[str]:
    """What the gate holds back: the level as people would see it, its reach, and the raw one."""

    logit = site.house.content.scenario(CASE).difficulty.logit

    def work(unit: UnitOfWork) -> set[str]:
        cards = unit.scorecards.of_person(LIN.id, limit=99)
        found = set()
        for now in (None, site.clock.now()):
            [level, *_] = progress.profile(LIN.id, cards, lambda _: logit, now=now).levels
            for side in (0, -1, 1):
                at = level.theta + side * level.spread
                found |= {f"{10 * progress.expected(at, 0.0):.1f}", f"{level.theta:.3f}"}
        return found

    return await site.house.transactions.read(work)


async def _crawled(site: Site, *people: Person) -> dict[str, str]:
    found = {"chat": await _said(site, ("画像", "成绩", "今日", "计划"))}
    for person in people:
        async with site.browser(person) as browser:
            for path in _paths(site):
                found[f"{person.id} {path}"] = await _read(browser, path)
                site.clock.advance(seconds=1)
    return found


def _holding(found: dict[str, str], figures: set[str]) -> list[str]:
    """Where one of the figures stands as a number of its own."""
    signs = re.compile("|".join(rf"(?<![\d.:-]){re.escape(one)}(?![\d.])" for one in figures))
    return [where for where, text in found.items() if signs.search(text)]


@pytest.fixture
async def site(tmp_path: Path, empty_database: Path) -> AsyncIterator[Site]:
    """Every door open: training only would hold some of them shut."""
    async with open_site(tmp_path, empty_database, training_only=False) as opened:
        yield opened


async def test_four_practices_show_no_level_and_ten_do(site: Site) -> None:
    await practised(site.house, LIN, 4, RESULT, mode=Mode.EXAM, scenario_id=CASE)
    few = await _crawled(site, LIN, BOSS, CHIEF)
    assert len(few) > 90
    assert _holding(few, await _figures(site)) == []
    # The same crawl finds them once they may be seen: it is not blind.
    site.clock.advance(days=20)

    await _ten(site)
    seen = _holding(await _crawled(site, LIN), await _figures(site))
    assert "chat" in seen
    assert f"{LIN.id} /profile" in seen


async def _ten(site: Site) -> None:
    """Six practices more, of the same result."""
    other = Person("p-ten", "十次", Role.TRAINEE, "team-c")
    await practised(site.house, other, 6, RESULT, scenario_id=CASE)

    def give(unit: UnitOfWork) -> None:
        for dialogue, card in unit.scorecards.of_person(other.id, limit=9):
            kept = unit.scorecards.get(dialogue.id)
            assert kept is not None
            unit.scorecards.put(
                card, kept[1], person_id=LIN.id, now=dialogue.ended_at or dialogue.started_at
            )

    await site.house.transactions.write(give)


SAID = ("这单我拿山竹九号流程给您办", "山竹九号那边我也没办法")
"""Words of a trainee that nobody else writes."""


async def test_words_of_a_voluntary_practice_stand_behind_no_route_until_they_are_shared(
    site: Site,
) -> None:
    author = Person("p-writer", "作者", Role.AUTHOR, "content")
    async with site.browser(LIN) as trainee:
        for text in ("练习 wrong-charge seed=7", "您好，我是客服小林", *SAID, "结束"):
            await trainee.say(text)
            await site.settle()
        (listed,) = (await (await trainee.client.get("/api/v1/dialogues")).json())["dialogues"]
        site.clock.advance(days=1)

        async def holding(*people: Person) -> list[str]:
            found = []
            for person in people:
                async with site.browser(person) as browser:
                    for path in _paths(site, listed["id"]):
                        if "山竹" in await _read(browser, path):
                            found.append(f"{person.id} {path}")
            return found

        # An admin may hand out all that is kept about a person; the look at it is in the log.
        handed_out = f"{CHIEF.id} /api/v1/people/{LIN.id}/data"
        assert await holding(BOSS, author, CHIEF) == [handed_out]
        await trainee.get("/")
        assert (
            await trainee.post(f"/dialogues/{listed['id']}/share", {"shown": "1"})
        ).status == 303
        assert f"{BOSS.id} /console/dialogues/{listed['id']}" in await holding(BOSS)
