"""The process is killed three times in mid-traffic: nothing acknowledged is lost or done twice."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from core.domain.messages import SendOutcome
from core.ports.delivery import OutboxRow
from core.storage.clock import DatabaseClock
from core.storage.unit_of_work import open_transactions
from tests.durability.databases import flush, fresh_database
from tests.durability.houses import APP_ID, KEY, SECRET, SENDS, TOKEN, pieces, told
from tests.durability.product import Product
from tests.fakes.wechat_platform import FakeWeChat, Mode, WeChatDriver, text_xml

PEOPLE = 50
LINES = (
    "您好，我是客服小李，很抱歉影响您了",
    "请问您的手机尾号是多少，我核对一下",
    "我来跟进，今天18:00前给您回电",
)
KILLS_AFTER = (40, 90, 140)
"""Acknowledged messages, of 200."""
QUIET_S = 45.0
"""Leases and claims of the dead run out after ten seconds."""


@dataclass(slots=True)
class Traffic:
    """50 people, each typing one message after the other, whatever happens to the server."""

    product: Product
    platform: FakeWeChat
    driver: WeChatDriver
    acknowledged: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    count: int = 0
    reached: dict[int, asyncio.Event] = field(
        default_factory=lambda: {limit: asyncio.Event() for limit in KILLS_AFTER}
    )

    async def person(self, number: int) -> None:
        openid = f"o-person-{number}"
        for place, line in enumerate((f"练习 1 seed={number}", *LINES)):
            key = f"{number}000{place}"
            self.platform.person_wrote(openid)
            message = text_xml(openid, line, message_id=key, clock=self.driver.clock)
            await self.until_acknowledged(message)
            self.acknowledged[openid].append(key)
            self.count += 1
            if self.count in self.reached:
                self.reached[self.count].set()

    async def until_acknowledged(self, message: str) -> None:
        """The platform delivers again what got no answer; a dead server gives none."""
        while True:
            self.driver.url = f"{self.product.url}/channels/wechat/main"
            try:
                answer = await self.driver.post(self.driver.request(message))
            except (TimeoutError, aiohttp.ClientError):
                await asyncio.sleep(0.1)
                continue
            assert answer.status == 200
            return

    async def killer(self) -> None:
        for reached in self.reached.values():
            await reached.wait()
            self.product.kill()
            await asyncio.to_thread(self.product.start)


async def until_quiet(product: Product) -> None:
    """Wait until everything kept is worked and sent."""
    async with asyncio.timeout(QUIET_S):
        # A database rings no bell.
        while product.unfinished():  # noqa: ASYNC110
            await asyncio.sleep(0.25)


async def outbox_by_person(product: Product) -> Mapping[str, list[OutboxRow]]:
    transactions = open_transactions(
        product.settings.get("PEILIAN_DATABASE_URL", ""), data_dir=product.folder / "data"
    )
    ids = [row[0] for row in product.rows("SELECT id FROM conversations")]
    talks = await transactions.read(
        lambda unit: [unit.outbox.feed(each, after=0, limit=100) for each in ids]
    )
    await transactions.close()
    return {talk[0].message.address.user: list(talk) for talk in talks}


def check_inbox(product: Product, traffic: Traffic) -> None:
    kept = product.rows(
        "SELECT c.user, i.key FROM inbox i JOIN conversations c "
        "ON c.id = i.conversation_id ORDER BY i.id"
    )
    by_person: dict[str, list[str]] = defaultdict(list)
    for person, key in kept:
        by_person[person].append(key)
    assert by_person == traffic.acknowledged


def check_turns(product: Product) -> None:
    """One practice each, with every line once and in order, and no line of nobody's."""
    dialogues = product.rows("SELECT seed FROM dialogues ORDER BY seed")
    assert [seed for (seed,) in dialogues] == list(range(PEOPLE))
    said: dict[str, list[str]] = defaultdict(list)
    for dialogue, line in product.rows(
        "SELECT dialogue_id, text FROM turns WHERE speaker = 'trainee' ORDER BY dialogue_id, seq"
    ):
        said[dialogue].append(line)
    assert list(said.values()) == [list(LINES)] * PEOPLE


def check_replies(product: Product, traffic: Traffic, talks: Mapping[str, list[OutboxRow]]) -> None:
    unanswered = product.rows(
        "SELECT i.key FROM inbox i LEFT JOIN outbox o ON o.inbox_id = i.id WHERE o.id IS NULL"
    )
    assert unanswered == []
    doubled = product.rows(
        "SELECT inbox_id, facts FROM outbox GROUP BY inbox_id, code, facts HAVING count(*) > 1"
    )
    assert doubled == []
    for person, rows in talks.items():
        got = pieces(sent.text for sent in traffic.platform.sent if sent.openid == person)
        assert {row.state for row in rows} == {SendOutcome.SENT}
        rest = iter(got)
        wanted = pieces(told(row.message) for row in rows)
        assert all(text in rest for text in wanted), f"{person}: {got} lacks or swaps {wanted}"
        # Only what was in doubt when the process died may have come twice.
        doubted = [told(row.message) for row in rows for _ in range(row.attempts - 1)]
        assert len(got) - len(wanted) <= len(pieces(doubted))


async def practise_through_three_kills(folder: Path, settings: Mapping[str, str]) -> None:
    clock = DatabaseClock()
    async with FakeWeChat(
        app_id=APP_ID, secret=SECRET, clock=clock, sends_per_message=SENDS
    ) as platform:
        wechat = {
            "PEILIAN_WECHAT_APP_ID": APP_ID,
            "PEILIAN_WECHAT_APP_SECRET": SECRET,
            "PEILIAN_WECHAT_TOKEN": TOKEN,
            "PEILIAN_WECHAT_AES_KEY": KEY,
            "PEILIAN_WECHAT_SENDS_PER_MESSAGE": str(SENDS),
            "PEILIAN_WECHAT_API_URL": platform.url,
            "PEILIAN_MERGE_S": "0",
        }
        product = Product(folder, {**wechat, **settings})
        driver = WeChatDriver(
            "", token=TOKEN, app_id=APP_ID, aes_key=KEY, mode=Mode.SAFE, clock=clock
        )
        traffic = Traffic(product, platform, driver)
        await asyncio.to_thread(product.start)
        try:
            await asyncio.gather(traffic.killer(), *map(traffic.person, range(PEOPLE)))
            await until_quiet(product)
        finally:
            stopped = await asyncio.to_thread(product.stop)
        check_inbox(product, traffic)
        check_turns(product)
        check_replies(product, traffic, await outbox_by_person(product))
        assert (product.starts, stopped) == (4, 0)
        log = product.log.read_text()
        assert "Traceback" not in log
        for secret in (SECRET, TOKEN, KEY, "ACCESS-", *LINES):
            assert secret not in log


@pytest.mark.timeout(120)
async def test_on_the_embedded_default(tmp_path: Path) -> None:
    await practise_through_three_kills(tmp_path, {})


@pytest.mark.service
@pytest.mark.timeout(120)
async def test_on_mariadb_and_redis(tmp_path: Path, mysql_url: str, redis_url: str) -> None:
    database = fresh_database(mysql_url, "kill")
    flush(redis_url)
    settings = {"PEILIAN_DATABASE_URL": database, "PEILIAN_REDIS_URL": redis_url}
    await practise_through_three_kills(tmp_path, settings)
