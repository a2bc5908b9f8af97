"""The serving process: doors, workers, sender and jobs under one stop signal."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import secrets
import signal
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web

from bots.replies import word
from bots.showing import shown
from bots.web.app import WebDeps, make_app
from bots.wechat.account import Delivery
from bots.wechat.channel import capabilities_of
from bots.wechat.endpoint import routes
from bots.wechat.passive import PassiveAnswers, PassiveWords
from core.catalogue.loader import say
from core.domain.people import Person, SignInLink
from core.domain.people import Role as PersonRole
from core.errors import SettingsError, StorageUnavailable
from core.ports.storage import UnitOfWork
from core.services.appeals import SettleAppeals
from core.services.records import MOST_HELD
from ops.company import company_metrics
from ops.judge_model import refuse_same_model
from ops.qa_sheet import read_workbook, sheet_yaml
from ops.settings import Role
from ops.wiring import House
from training_plans.queues import open_queues

log = structlog.get_logger("ops")

LINK_LASTS = timedelta(hours=24)
DEMO_TEAM = "demo"
STOP_WAIT_S = 10.0
RECORDS_AT_ONCE = 100


async def serve(
    house: House,
    *,
    role: Role,
    announce: Callable[[str, Sequence[tuple[str, str]]], None],
    stop: asyncio.Event | None = None,
) -> None:
    """Run until SIGINT or SIGTERM, or until `stop` is set; what is under way is finished.

    `announce` is called once with the address and (name, sign-in link) pairs. Raises SettingsError
    when the address cannot be listened on, and StorageUnavailable when the database is not there.
    """
    stop = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    runner: web.AppRunner | None = None
    address = ""
    try:
        # The first answer of the database sets the clock by which everything is claimed.
        await house.transactions.ping()
        await refuse_same_model(house.settings, house.model, house.judge_client)
        if role in (Role.ALL, Role.WEB):
            runner, address = await _open_doors(house)
        async with asyncio.TaskGroup() as group:
            for part in _parts(house, role):
                group.create_task(part(stop))
            if runner is not None:
                links = await demo_links(house, address) if role is Role.ALL else ()
                announce(address, links)
            await stop.wait()
    finally:
        if runner is not None:
            await runner.cleanup()
        await house.close()


def _parts(
    house: House, role: Role
) -> Sequence[Callable[[asyncio.Event], Coroutine[Any, Any, None]]]:
    timed = [house.jobs.run, house.daily.run, house.refits.run, house.scheduler.run]
    if house.model_jobs is not None:
        timed.append(house.model_jobs.run)
    doors: list[Callable[[asyncio.Event], Coroutine[Any, Any, None]]] = [
        partial(_read_records, house)
    ]
    if house.slack is not None:
        doors.append(house.slack.run_socket)
    if house.wecom is not None:
        doors.append(house.wecom.run_bot)
    if role is Role.ALL:
        return (house.worker.run, house.sender.run, *doors, *timed)
    if role is Role.WEB:
        return doors
    if role is Role.WORKER:
        return (house.worker.run, house.sender.run)
    return timed


async def _read_records(house: House, stop: asyncio.Event) -> None:
    """Read what everybody's practices come to, a part at a time: the first look at a large team
    after a start is then as quick as the next."""
    try:
        people = await house.transactions.read(lambda unit: unit.people.everyone())
        for first in range(0, min(len(people), MOST_HELD), RECORDS_AT_ONCE):
            if stop.is_set():
                return
            names = [one.id for one in people[first : first + RECORDS_AT_ONCE]]
            await house.transactions.read(partial(house.records.of, person_ids=names))
    except StorageUnavailable:
        log.warning("records_unread")


async def _open_doors(house: House) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(web_app(house), access_log=None, shutdown_timeout=STOP_WAIT_S)
    await runner.setup()
    site = web.TCPSite(runner, house.settings.host, house.settings.port)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        raise SettingsError([_no_door(house, error)]) from error
    host, port = runner.addresses[0][:2]
    return runner, f"http://{host}:{port}"


def _no_door(house: House, error: OSError) -> str:
    settings = house.settings
    key = "taken" if error.errno == errno.EADDRINUSE else "no_address"
    place = f"{settings.host}:{settings.port}"
    return say(settings.language, f"serve.{key}", place=place, why=error.strerror or error)


def web_app(house: House) -> web.Application:
    """The one aiohttp application: page, API, and the doors of the channels."""
    language = house.settings.language
    passive = None
    passives = [one for one in house.wechat.accounts if one.delivery is Delivery.PASSIVE]
    if passives:
        passive = PassiveAnswers(
            transactions=house.transactions,
            live=house.live,
            clock=house.clock,
            word=partial(shown, able=capabilities_of(passives[0])),
            limits=passives[0].limits,
            words=PassiveWords(
                placeholder=say(language, "wechat.placeholder"), more=say(language, "wechat.more")
            ),
        )
    doors: list[web.RouteDef] = []
    if house.wechat.accounts:
        doors += routes(
            house.wechat.accounts, intake=house.intake, clock=house.clock, passive=passive
        )
    if house.slack is not None:
        doors += house.slack.routes()
    if house.wecom is not None:
        doors += house.wecom.routes()
    for added in house.added.values():
        doors += added.routes

    async def ready() -> dict[str, bool]:
        await house.transactions.ping()
        await house.live.ping()
        return {"database": True, "live_state": True}

    return make_app(
        WebDeps(
            transactions=house.transactions,
            live=house.live,
            content=house.content,
            clock=house.clock,
            intake=house.intake,
            language=language,
            word=word,
            reader=house.jobs.reader,
            settle_appeals=SettleAppeals(house.transactions, house.content, house.jobs.reader),
            refresh_trust=house.refresh_trust,
            knowledge_admin=house.knowledge.admin,
            personal=house.personal,
            read_qa_sheet=read_workbook,
            word_qa_sheet=sheet_yaml,
            training_only=house.settings.training_only,
            extra_routes=tuple(doors),
            ready=ready,
            zone=ZoneInfo(house.settings.timezone),
            metrics=company_metrics(house.settings),
            queues=open_queues(*house.settings.packs),
            records=house.records,
            reports=house.daily.reports,
            knowledge=house.articles.knows.knowledge,
            answer_time=house.answer_time,
            judge_prices=(house.settings.judge_price_in, house.settings.judge_price_out),
        )
    )


async def demo_links(house: House, address: str) -> Sequence[tuple[str, str]]:
    """Fresh one-time links for the demo people, as long as nobody has been imported."""
    language = house.settings.language
    people = [
        Person(
            "demo-trainee", say(language, "demo.trainee"), PersonRole.TRAINEE, DEMO_TEAM, language
        ),
        Person(
            "demo-supervisor",
            say(language, "demo.supervisor"),
            PersonRole.SUPERVISOR,
            DEMO_TEAM,
            language,
        ),
    ]
    tokens = [secrets.token_urlsafe(24) for _ in people]
    expires_at = house.clock.now() + LINK_LASTS

    def work(unit: UnitOfWork) -> bool:
        if unit.people.have_been_imported():
            return False
        for person, token in zip(people, tokens, strict=True):
            unit.people.add(person)
            unit.people.add_link(SignInLink(digest_of(token), person.id, expires_at))
        return True

    if not await house.transactions.write(work):
        return ()
    return [
        (person.name, f"{address}/signin/{token}")
        for person, token in zip(people, tokens, strict=True)
    ]


def digest_of(token: str) -> str:
    """What is kept of a sign-in token."""
    return hashlib.sha256(token.encode()).hexdigest()
