"""Words of a voluntary practice leave by no other way either: answers to what is posted, error
pages, the day's digest in chat and by mail, and what is logged."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bots.web.deps import address_of
from core.domain.messages import ChannelAddress, ChannelKind
from core.domain.people import Person, Role
from core.domain.scorecard import CriticalError
from core.ports.storage import UnitOfWork
from tests.fakes.mail_server import FakeMail, mail_server
from tests.flow.web.test_gates_crawled import CHIEF
from tests.flow.web.visit import BOSS, LIN, Browser, Site, open_site

SAID = "这单我拿山竹九号流程给您三倍赔偿"
"""Words of a trainee that nobody else writes."""
AUTHOR = Person("p-writer", "作者", Role.AUTHOR, "content")
LEADER = replace(BOSS, email="boss@example.com")
NOT_POSTED = ("/channels/", "/signin", "/signout", "erase", "/data")
FIELDS = {
    "shown": "1", "reason": "x", "outcome": "declined", "note": "x", "text": "山", "turn": "4",
    "mark-C01": "1", "points-0": "1", "person": LIN.id, "scenario": "wrong-charge", "kind": "exam",
    "count-1": "1", "difficulty-1": "easy", "order": "none", "item": "1", "when": "明天",
}  # fmt: skip


def posts(site: Site, dialogue_id: str) -> Iterator[str]:
    """Every POST route with the talk's and the trainee's names in it."""
    fill = {"dialogue_id": dialogue_id, "person_id": LIN.id, "remark_id": "1", "theme": "other"}
    for route in site.server.app.router.routes():
        path = route.resource.canonical if route.resource else ""
        if route.method == "POST" and not any(one in path for one in NOT_POSTED):
            yield re.sub(r"\{(\w+)[^}]*\}", lambda found: fill.get(found[1], "none"), path)


async def posted(browser: Browser, path: str) -> str:
    """What a form is answered, and the page it leads to."""
    headers = {"X-CSRF-Token": browser.csrf}
    fields = {"csrf": browser.csrf, **FIELDS}
    answer = await browser.client.post(path, data=fields, headers=headers)
    assert answer.status < 500, path
    return await answer.text()


async def practised(site: Site) -> str:
    """A practice with a line that nobody may read and a grave error in it."""
    async with site.browser(LIN) as trainee:
        for text in ("练习 wrong-charge seed=7", "您好，我是客服小林", SAID, "结束"):
            await trainee.say(text)
            await site.settle()
        await trainee.say("反馈 客户说话不像真人")
        await site.settle()
        (listed,) = (await (await trainee.client.get("/api/v1/dialogues")).json())["dialogues"]
    dialogue_id = str(listed["id"])

    def grave(unit: UnitOfWork) -> None:
        kept = unit.scorecards.get(dialogue_id)
        assert kept is not None
        turn = next(one.seq for one in unit.dialogues.turns(dialogue_id) if one.text == SAID)
        error = CriticalError("K3", turn, SAID, "promise")
        card = replace(kept[0], critical=(error,))
        now = site.clock.now()
        unit.scorecards.put(card, kept[1], person_id=LIN.id, now=now)

    await site.house.transactions.write(grave)
    return dialogue_id


async def the_day_is_told(site: Site) -> None:
    """The bell rings until the digest of the day is out."""
    for _ in range(9):
        await site.house.daily.plan()
        while await site.house.daily.drain_once():
            pass
        site.clock.advance(hours=1)
    for _ in range(3):
        await site.house.sender.drain_once()


async def told(site: Site, post: FakeMail) -> dict[str, str]:
    """What came to those who watch over the trainee: in chat, and by mail with its parts."""

    def work(unit: UnitOfWork) -> dict[str, str]:
        found = {}
        for person in (LEADER, CHIEF):
            conversation = unit.conversations.at(address_of(person))
            rows = unit.outbox.feed(conversation.id, after=0, limit=99)
            found[person.id] = "\n".join(str(row.message.facts) for row in rows)
        mails = unit.conversations.at(ChannelAddress(ChannelKind.MAIL, "main", LEADER.email or ""))
        found["kept mail"] = str(
            [row.message for row in unit.outbox.feed(mails.id, after=0, limit=9)]
        )
        return found

    (mail,) = post.taken
    parts = [p.get_content() for p in mail.walk() if p.get_content_maintype() == "text"]
    return {**await site.house.transactions.read(work), "mail": "\n".join(parts)}


async def test_words_of_a_voluntary_practice_leave_by_no_post_no_digest_and_no_log(
    tmp_path: Path, empty_database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with mail_server() as post:
        mails: dict[str, Any] = {
            "smtp_url": f"smtp://127.0.0.1:{post.port}",
            "smtp_from": "p@example.com",
        }
        async with open_site(tmp_path, empty_database, training_only=False, **mails) as site:
            dialogue_id = await practised(site)
            found = {}
            for person in (LEADER, AUTHOR, CHIEF):
                async with site.browser(person) as browser:
                    for path in posts(site, dialogue_id):
                        found[f"{person.id} {path}"] = await posted(browser, path)
            await the_day_is_told(site)
            found |= await told(site, post)
    found["log"] = caplog.text
    assert len(found) > 100
    assert "越权承诺" in found["mail"]
    assert "K3" in found[LEADER.id]
    assert [where for where, text in found.items() if "山竹" in text] == []
