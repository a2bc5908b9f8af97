"""`peilian roster` and `peilian kpi`: lists about a company's people come in."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from core.catalogue import say
from core.domain.list_change import CompanyRow, ListChange, ListKind
from core.domain.worktime import Shift
from core.errors import SettingsError
from core.ports.clock import Clock
from core.ports.storage import Transactions, UnitOfWork
from core.services.list_file import BadLine, Changes, unknown_people
from core.services.list_keeping import TakenBack, keep, take_back, taking_back
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
        self,
        transactions: Transactions,
        settings: Settings,
        tell: Callable[[str], None],
        clock: Clock,
    ) -> None:
        self._transactions = transactions
        self._clock = clock
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
        counts = await self._keep(
            lambda unit: changes(unit, shifts), ListKind.ROSTER, dry_run=dry_run
        )
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
        counts = await self._keep(
            lambda unit: preview(unit, given),
            ListKind.RESULTS,
            dry_run=dry_run,
        )
        self._count(counts, dry_run=dry_run)
        return True

    async def take_back(self, kind: ListKind, *, dry_run: bool) -> bool:
        """Take back the newest list of a kind; False where there is none to take back."""

        def work(unit: UnitOfWork) -> TakenBack | None:
            back = taking_back(unit, kind)
            if back is not None and not dry_run:
                take_back(unit, back)
            return back

        back = await (self._transactions.read if dry_run else self._transactions.write)(work)
        if back is None:
            self._tell(say(self._language, "list_file.nothing_back"))
            return False
        for change in back.restored[:SHOWN]:
            self._tell(self._line(change.after, change.before))
        for change in back.left[:SHOWN]:
            line = self._line(change.before, change.after)
            self._tell(say(self._language, "list_file.left", line=line))
        local = back.taken.at.astimezone(ZoneInfo(self._settings.timezone))
        facts = {
            "at": f"{local:%Y-%m-%d %H:%M}",
            "restored": len(back.restored),
            "removed": len(back.removed),
            "left": len(back.left),
        }
        key = "list_file.would_back" if dry_run else "list_file.back"
        self._tell(say(self._language, key, **facts))
        return True

    async def _keep(
        self,
        look: Callable[[UnitOfWork], tuple[Changes, Sequence[ListChange]]],
        kind: ListKind,
        *,
        dry_run: bool,
    ) -> Changes:
        """Keep what `look` finds to be different, and tell what is replaced."""

        def work(unit: UnitOfWork) -> tuple[Changes, Sequence[ListChange]]:
            counts, found = look(unit)
            if not dry_run:
                keep(unit, kind, found, now=now)
            return counts, found

        now = self._clock.now()
        counts, found = await (self._transactions.read if dry_run else self._transactions.write)(
            work
        )
        replaced = [one for one in found if one.before is not None]
        for change in replaced[:SHOWN]:
            self._tell(self._line(change.before, change.after))
        if len(replaced) > SHOWN:
            self._tell(say(self._language, "list_file.more", count=len(replaced) - SHOWN))
        return counts

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

    def _line(self, before: CompanyRow | None, after: CompanyRow | None) -> str:
        """One row as it stands and as it will."""
        row = after or before
        assert row is not None
        what = {"id": row.person_id, "before": self._figure(before), "after": self._figure(after)}
        if isinstance(row, Shift):
            return say(self._language, "list_file.shift_replaced", day=row.day, **what)
        metric = company_metrics(self._settings).get(row.metric)
        named = metric.names[0] if metric else row.metric
        return say(self._language, "list_file.replaced", period=row.period, metric=named, **what)

    def _figure(self, row: CompanyRow | None) -> str:
        if row is None:
            return say(self._language, "list_file.none")
        if isinstance(row, Shift):
            return str(row.span) if row.span else say(self._language, "list_file.off")
        return f"{row.value:g} ({row.contacts})"


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


def undo(
    kind: ListKind, arguments: argparse.Namespace, settings: Settings, tell: Callable[[str], None]
) -> bool:
    """`peilian roster undo`, `peilian kpi undo`; False where there is nothing to take back."""

    async def work(desk: CompanyDesk) -> bool:
        return await desk.take_back(kind, dry_run=arguments.dry_run)

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


def _at_the_desk(
    settings: Settings,
    tell: Callable[[str], None],
    use: Callable[[CompanyDesk], Awaitable[bool]],
) -> bool:
    async def work() -> bool:
        transactions = open_transactions(settings.database_url, data_dir=settings.data_dir)
        try:
            return await use(CompanyDesk(transactions, settings, tell, transactions.clock))
        finally:
            await transactions.close()

    return asyncio.run(work())
