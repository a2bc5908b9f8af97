"""`peilian roster` and `peilian kpi`: lists about a company's people come in."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from core.catalogue import say
from core.domain.results import BusinessResult
from core.domain.worktime import Shift
from core.errors import SettingsError
from core.ports.storage import Transactions, UnitOfWork
from core.services.list_file import BadLine, Changes, unknown_people
from core.services.results_import import MetricColumn, preview, read_results
from core.services.roster_import import changes, read_roster
from core.storage.unit_of_work import open_transactions
from ops.settings import Settings
from ops.spreadsheet import list_bytes
from training_plans.metrics import NamedMetric, number_of, open_metrics

SHOWN = 20
"""Replaced figures that a preview lists one by one."""


class CompanyDesk:
    """Takes lists in, all of a list or nothing; `tell` takes each sentence for the terminal."""

    def __init__(
        self, transactions: Transactions, settings: Settings, tell: Callable[[str], None]
    ) -> None:
        self._transactions = transactions
        self._settings = settings
        self._language = settings.language
        self._tell = tell

    async def roster(self, data: bytes, *, source: Path, dry_run: bool) -> bool:
        """Keep the shifts of `data`; False, and nothing kept, where a line is wrong."""
        read = read_roster(data)
        lines = [(line, shift.person_id) for line, shift in read.shifts]
        if await self._faulty(source, read.faults, lines):
            return False
        shifts = [shift for _, shift in read.shifts]
        counts = await self._keep(partial(_keep_shifts, shifts), dry_run=dry_run)
        self._count(counts, dry_run=dry_run)
        return True

    async def results(
        self, data: bytes, *, source: Path, dry_run: bool, named: Mapping[str, str]
    ) -> bool:
        """Keep the results of `data`; False, and nothing kept, where a line is wrong. `named`:
        what the list calls a metric -> its id."""
        metrics = company_metrics(self._settings)
        read = read_results(data, _columns(metrics, self._known_only(named, metrics)))
        lines = [(line, result.person_id) for line, result in read.results]
        if await self._faulty(source, read.faults, lines):
            return False
        given = [result for _, result in read.results]
        found = await self._transactions.read(lambda unit: preview(unit, given))
        for before, after in found.replaced[:SHOWN]:
            self._tell(self._replaced(metrics, before, after))
        if len(found.replaced) > SHOWN:
            self._tell(say(self._language, "list_file.more", count=len(found.replaced) - SHOWN))
        await self._keep(partial(_keep_results, given), dry_run=dry_run)
        self._count(found.counts, dry_run=dry_run)
        return True

    async def _keep(self, work: Callable[[UnitOfWork, bool], Changes], *, dry_run: bool) -> Changes:
        hop = self._transactions.read if dry_run else self._transactions.write
        return await hop(lambda unit: work(unit, dry_run))

    async def _faulty(
        self, source: Path, faults: Sequence[BadLine], lines: Sequence[tuple[int, str]]
    ) -> bool:
        unknown = await self._transactions.read(lambda unit: unknown_people(unit, lines))
        found = sorted((*faults, *unknown), key=lambda bad: bad.line)
        for bad in found:
            why = say(self._language, f"list_fault.{bad.fault.value}", about=bad.about)
            self._tell(f"{source}:{bad.line}: {why}")
        if found:
            self._tell(say(self._language, "list_file.nothing_kept", count=len(found)))
        return bool(found)

    def _count(self, counts: Changes, *, dry_run: bool) -> None:
        key = "list_file.would" if dry_run else "list_file.kept"
        facts = {"new": counts.new, "changed": counts.changed, "same": counts.same}
        self._tell(say(self._language, key, **facts))

    def _known_only(
        self, named: Mapping[str, str], metrics: Mapping[str, NamedMetric]
    ) -> Mapping[str, str]:
        for name in named.values():
            if name not in metrics:
                known = ", ".join(sorted(metrics))
                raise SettingsError(
                    [say(self._language, "list_file.no_metric", name=name, known=known)]
                )
        return named

    def _replaced(
        self, metrics: Mapping[str, NamedMetric], before: BusinessResult, after: BusinessResult
    ) -> str:
        return say(
            self._language,
            "list_file.replaced",
            id=after.person_id,
            period=after.period,
            metric=metrics[after.metric].names[0],
            before=f"{before.value:g} ({before.contacts})",
            after=f"{after.value:g} ({after.contacts})",
        )


def company_metrics(settings: Settings) -> Mapping[str, NamedMetric]:
    """The metrics this company goes by."""
    return open_metrics(*settings.packs)


def import_roster(
    arguments: argparse.Namespace, settings: Settings, tell: Callable[[str], None]
) -> bool:
    """`peilian roster import`; False where a line is wrong."""
    data = list_bytes(arguments.file, language=settings.language)

    async def work(desk: CompanyDesk) -> bool:
        return await desk.roster(data, source=arguments.file, dry_run=arguments.dry_run)

    return _at_the_desk(settings, tell, work)


def import_results(
    arguments: argparse.Namespace, settings: Settings, tell: Callable[[str], None]
) -> bool:
    """`peilian kpi import`; False where a line is wrong."""
    data = list_bytes(arguments.file, language=settings.language)

    async def work(desk: CompanyDesk) -> bool:
        return await desk.results(
            data, source=arguments.file, dry_run=arguments.dry_run, named=dict(arguments.map)
        )

    return _at_the_desk(settings, tell, work)


def digest(day: date | None, settings: Settings, tell: Callable[[str], None]) -> None:
    """`peilian digest`: the reports of a day (today), sent to whom they are for and told here."""
    from bots.replies import word
    from ops.wiring import build

    house = build(settings)

    async def work() -> None:
        try:
            await house.transactions.ping()
            today = house.clock.now().astimezone(house.daily.timing.zone).date()
            messages = await house.daily.report(day or today)
        finally:
            await house.close()
        if not messages:
            tell(say(settings.language, "report.nothing", day=day or today))
        for message in messages:
            tell(f"[{message.address.user}] {word(message)}\n")

    asyncio.run(work())


def results_template(settings: Settings) -> str:
    """`peilian kpi template`: the head of a list and one made-up line, as CSV."""
    metrics = company_metrics(settings).values()
    key = "list_file.template"
    head = [
        say(settings.language, f"{key}.{name}") for name in ("id", "period", "type", "contacts")
    ]
    example = ["1001", "2026-11", "", "180"]
    names = [metric.names[0 if settings.language == "zh" else -1] for metric in metrics]
    blanks = [""] * len(names)
    return "\n".join([",".join([*head, *names]), ",".join([*example, *blanks])])


def _columns(
    metrics: Mapping[str, NamedMetric], named: Mapping[str, str]
) -> Mapping[str, MetricColumn]:
    return {
        name: MetricColumn(
            names=(
                *(one.lower() for one in metric.names),
                *(own.lower() for own, of in named.items() if of == name),
            ),
            read=partial(number_of, unit=metric.unit),
        )
        for name, metric in metrics.items()
    }


def _keep_shifts(shifts: Sequence[Shift], unit: UnitOfWork, dry_run: bool) -> Changes:
    counts, different = changes(unit, shifts)
    if not dry_run:
        unit.rosters.put(different)
    return counts


def _keep_results(given: Sequence[BusinessResult], unit: UnitOfWork, dry_run: bool) -> Changes:
    found = preview(unit, given)
    if not dry_run:
        unit.results.put(found.rows)
    return found.counts


def _at_the_desk(
    settings: Settings,
    tell: Callable[[str], None],
    use: Callable[[CompanyDesk], Awaitable[bool]],
) -> bool:
    async def work() -> bool:
        transactions = open_transactions(settings.database_url, data_dir=settings.data_dir)
        try:
            return await use(CompanyDesk(transactions, settings, tell))
        finally:
            await transactions.close()

    return asyncio.run(work())
