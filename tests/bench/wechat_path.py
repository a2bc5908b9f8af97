"""The whole WeChat path against a bare echo: CPU per message, latency, messages a second.

    python -m tests.bench.wechat_path                   # on SQLite
    PEILIAN_TEST_MYSQL_URL=… PEILIAN_TEST_REDIS_URL=… python -m tests.bench.wechat_path
                                                        # and on MariaDB with Redis

`peilian serve` as it is shipped verifies, opens, keeps, works (history, customer, judge's jobs),
words and pushes; the bare echo (aiohttp and wechatpy) verifies, opens, parses, and seals its
answer, and keeps nothing. The driver and the platform run in this process, so what is counted is
the server's own CPU time, of all its threads (the database server's is not in it). Latency is from
the first byte sent to the reply in the platform's hands; the echo's is its answer. Only the first
reply of a message is timed, and practices are begun before the clock starts.

Only a quiet machine gives figures worth keeping. On two cores at rest the echo took 0.33 to 0.42 ms
a message, the product 7.0 to 7.8 ms on SQLite (a quarter of it for reading the line and wording the
customer, a tenth for holding it against the articles) and 11.4 ms on MariaDB with Redis. Half of
the talks end with the last line, and their debriefs stand before the replies, which is where the
99th percentile comes from (p50 is 6 ms). At half that speed (echo 0.56 ms) the product takes 11 ms
on SQLite, half of it in SQLAlchemy and SQLite; 100 messages a second are then all it can do, and
the 99th percentile says how long they queued.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from aiohttp import web
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto

from tests.durability.databases import flush, fresh_database
from tests.durability.product import Product
from tests.fakes.wechat_platform import Mode, Request, WallClock, WeChatDriver, text_xml

APP_ID, SECRET, TOKEN = "wx0123456789abcdef", "s3cret", "t0ken"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
PEOPLE = 200
RATE = 100.0
"""Messages a second for CPU and latency."""
AT_ONCE = 64
"""Messages under way when the greatest rate is looked for."""
LINES = (
    "您好，我是客服小李，很抱歉给您添麻烦了",
    "请问您的手机尾号是多少，我核对一下您的账户",
    "我理解您的着急，马上帮您查",
    "查到了，是系统重复扣费，我现在给您登记退回",
    "三个工作日内退到原账户，今天18:00前给您回电",
    "您看这样处理可以吗，还有别的需要吗",
)
MOST_CPU_MS = 5.0
MOST_ADDED_P99_MS = 150.0
LEAST_RATE = 150.0


@dataclass(slots=True)
class Figures:
    """What one server did with the same messages."""

    cpu_ms: float
    ack_p99_ms: float
    reply_p50_ms: float
    reply_p99_ms: float
    rate: float

    def __str__(self) -> str:
        return (
            f"CPU {self.cpu_ms:.2f} ms a message; at {RATE:.0f}/s acknowledged p99 "
            f"{self.ack_p99_ms:.0f} ms, replied p50 {self.reply_p50_ms:.0f} ms, p99 "
            f"{self.reply_p99_ms:.0f} ms; at most {self.rate:.0f} messages a second"
        )


@dataclass(slots=True)
class Platform:
    """Takes what is pushed and notes when the first of it came."""

    url: str = ""
    sent: int = 0
    waiting: dict[str, list[asyncio.Future[float]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    async def token(self, request: web.Request) -> web.Response:
        return web.json_response({"access_token": "ACCESS", "expires_in": 7200})

    async def take(self, request: web.Request) -> web.Response:
        person = (await request.json())["touser"]
        self.sent += 1
        for replied in self.waiting.pop(person, ()):
            replied.set_result(time.perf_counter())
        return web.json_response({"errcode": 0, "errmsg": "ok"})


@asynccontextmanager
async def platform() -> AsyncIterator[Platform]:
    taker = Platform()
    app = web.Application()
    app.router.add_post("/cgi-bin/stable_token", taker.token)
    app.router.add_post("/cgi-bin/message/custom/send", taker.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    taker.url = f"http://{host}:{port}"
    yield taker
    await runner.cleanup()


@dataclass(slots=True)
class Run:
    """One server under load. `pushes` says that replies come to the platform, not as answers."""

    url: str
    pid: int
    platform: Platform
    http: aiohttp.ClientSession
    pushes: bool
    serial: int = 0
    acks: list[float] = field(default_factory=list)
    replies: list[float] = field(default_factory=list)

    def requests(
        self, lines: Sequence[str], *, people: Sequence[int] = range(PEOPLE)
    ) -> list[tuple[str, Request]]:
        """Signed and sealed beforehand: the driver shall cost little while it is measured."""
        driver = WeChatDriver(
            "", token=TOKEN, app_id=APP_ID, aes_key=KEY, mode=Mode.SAFE, clock=WallClock()
        )
        made = []
        for line in lines:
            for person in (f"o-{number}" for number in people):
                self.serial += 1
                message = text_xml(person, line, message_id=str(self.serial), clock=driver.clock)
                made.append((person, driver.request(message)))
        return made

    async def one(self, person: str, request: Request) -> None:
        replied: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        if self.pushes:
            self.platform.waiting[person].append(replied)
        began = time.perf_counter()
        async with self.http.post(self.url, params=request.query, data=request.body) as answer:
            await answer.read()
            assert answer.status == 200
        self.acks.append(time.perf_counter() - began)
        if not self.pushes:
            replied.set_result(time.perf_counter())
        async with asyncio.timeout(60):
            self.replies.append(await replied - began)

    async def steadily(self, requests: Sequence[tuple[str, Request]]) -> float:
        """All at RATE a second; CPU seconds of the server."""
        cpu, began, tasks = self.cpu_s(), time.perf_counter(), []
        for number, (person, request) in enumerate(requests):
            await asyncio.sleep(began + number / RATE - time.perf_counter())
            tasks.append(asyncio.create_task(self.one(person, request)))
        await asyncio.gather(*tasks)
        await asyncio.sleep(0.5)
        return self.cpu_s() - cpu

    async def at_once(self, requests: Sequence[tuple[str, Request]]) -> float:
        """All as fast as they are answered; seconds until the last reply."""
        began, room = time.perf_counter(), asyncio.Semaphore(AT_ONCE)

        async def when_there_is_room(person: str, request: Request) -> None:
            async with room:
                await self.one(person, request)

        await asyncio.gather(*(when_there_is_room(*each) for each in requests))
        return time.perf_counter() - began

    def cpu_s(self) -> float:
        """CPU time of the server so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def figures(self) -> Figures:
        await self.at_once(self.requests(["练习 1"]))
        self.acks, self.replies = [], []
        talk = self.requests(LINES)
        cpu_s = await self.steadily(talk)
        acks, replies = sorted(self.acks), sorted(self.replies)
        fast = self.requests(["练习 1", *LINES[:2]])
        seconds = await self.at_once(fast)
        return Figures(
            cpu_ms=cpu_s * 1000 / len(talk),
            ack_p99_ms=_at(acks, 0.99) * 1000,
            reply_p50_ms=_at(replies, 0.5) * 1000,
            reply_p99_ms=_at(replies, 0.99) * 1000,
            rate=len(fast) / seconds,
        )


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[int(share * (len(ordered) - 1))]


def wechat_settings(api_url: str) -> Mapping[str, str]:
    """One account in safe mode on the platform at `api_url`; nobody waits on purpose."""
    return {
        "PEILIAN_WECHAT_APP_ID": APP_ID,
        "PEILIAN_WECHAT_APP_SECRET": SECRET,
        "PEILIAN_WECHAT_TOKEN": TOKEN,
        "PEILIAN_WECHAT_AES_KEY": KEY,
        "PEILIAN_WECHAT_SENDS_PER_MESSAGE": "20",
        "PEILIAN_WECHAT_API_URL": api_url,
        "PEILIAN_TYPING_DELAYS": "false",
        "PEILIAN_MERGE_S": "0",
    }


async def measure_product(settings: Mapping[str, str]) -> Figures:
    """`peilian serve` on these stores."""
    with tempfile.TemporaryDirectory() as folder:
        async with platform() as taker, aiohttp.ClientSession() as http:
            product = Product(Path(folder), {**wechat_settings(taker.url), **settings})
            await asyncio.to_thread(product.start)
            try:
                url = f"{product.url}/channels/wechat/main"
                return await Run(url, product.pid, taker, http, pushes=True).figures()
            finally:
                await asyncio.to_thread(product.stop)


async def measure_echo() -> Figures:
    """The bare handler, in a process of its own too."""
    command = [sys.executable, "-m", "tests.bench.wechat_path", "--echo"]
    # Nothing else runs in this loop while it starts.
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: ASYNC220
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            async with aiohttp.ClientSession() as http:
                return await Run(url, server.pid, Platform(), http, pushes=False).figures()
        finally:
            server.terminate()


async def echo() -> None:
    """Verify, open, parse, answer: nothing is kept."""
    crypto = WeChatCrypto(TOKEN, KEY, APP_ID)

    async def answer(request: web.Request) -> web.Response:
        query = request.query
        xml = crypto.decrypt_message(
            await request.text(), query["msg_signature"], query["timestamp"], query["nonce"]
        )
        message = parse_message(xml)
        reply = create_reply(message.content, message=message).render()
        sealed = crypto.encrypt_message(reply, query["nonce"], query["timestamp"])
        return web.Response(text=sealed, content_type="application/xml")

    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/", flush=True)
    await asyncio.Event().wait()


def stores() -> Mapping[str, Mapping[str, str]]:
    """The databases that are there."""
    found: dict[str, Mapping[str, str]] = {"SQLite": {}}
    mysql, redis = (os.environ.get(f"PEILIAN_TEST_{name}_URL", "") for name in ("MYSQL", "REDIS"))
    if mysql and redis:
        flush(redis)
        found["MariaDB and Redis"] = {
            "PEILIAN_DATABASE_URL": fresh_database(mysql, "bench"),
            "PEILIAN_REDIS_URL": redis,
        }
    return found


async def measure() -> bool:
    """Print the figures; whether the targets are met."""
    bare = await measure_echo()
    print(f"bare echo: {bare}")
    ok = True
    for name, settings in stores().items():
        ours = await measure_product(settings)
        added = ours.reply_p99_ms - bare.reply_p99_ms
        print(f"{name}: {ours}; added p99 {added:.0f} ms")
        ok = ok and ours.cpu_ms <= MOST_CPU_MS and added <= MOST_ADDED_P99_MS
        ok = ok and ours.rate >= LEAST_RATE
    return ok


def main() -> None:
    if "--echo" in sys.argv:
        asyncio.run(echo())
    elif not asyncio.run(measure()):
        raise SystemExit("a target was missed")


if __name__ == "__main__":
    main()
