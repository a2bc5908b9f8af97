"""People, their company's lists and figures, and where they are met."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.domain.list_change import ListKind
from ops.commands.common import EXIT_FAULTS, chosen_settings, migrate_database, show, with_storage
from ops.settings import set_language

if TYPE_CHECKING:
    from ops.people import PeopleDesk
    from ops.personal import PersonalDesk


def people_import(arguments: argparse.Namespace) -> int:
    """Take in a list of people."""
    from ops.spreadsheet import list_bytes

    data = list_bytes(arguments.file, language=set_language())
    return _with_people(
        arguments,
        lambda desk: desk.take_in(
            data,
            source=arguments.file,
            dry_run=arguments.dry_run,
            out=arguments.out,
            now=datetime.now(UTC),
        ),
    )


def people_code(arguments: argparse.Namespace) -> int:
    """New passes for people."""
    return _with_people(
        arguments,
        lambda desk: desk.new_passes(arguments.ids, out=arguments.out, now=datetime.now(UTC)),
    )


def people_sync(arguments: argparse.Namespace) -> int:
    """Take over the members of a WeCom directory."""
    from ops.people_sync import told
    from ops.wecom import directory_sync

    settings = chosen_settings()
    migrate_database(settings)

    async def work() -> bool:
        async with directory_sync(settings) as desk:
            found = await desk.take_in(let_go=arguments.let_go, dry_run=arguments.dry_run)
        return told(found, settings.language, dry_run=arguments.dry_run, tell=show)

    return 0 if asyncio.run(work()) else EXIT_FAULTS


def _with_people(
    arguments: argparse.Namespace, use: Callable[[PeopleDesk], Awaitable[bool]]
) -> int:
    from ops.people import PeopleDesk

    settings = chosen_settings()
    address = arguments.address or f"http://{settings.host}:{settings.port}"
    return with_storage(
        settings, lambda kept: use(PeopleDesk(kept, settings.language, address, print))
    )


def export(arguments: argparse.Namespace) -> int:
    """Everything kept of a person."""
    out = arguments.out or Path(f"{arguments.person}.zip")
    return _with_personal_data(lambda desk: desk.export(arguments.person, out))


def erase(arguments: argparse.Namespace) -> int:
    """Erase a person."""
    return _with_personal_data(lambda desk: desk.erase(arguments.person, confirmed=arguments.yes))


def _with_personal_data(use: Callable[[PersonalDesk], Awaitable[bool]]) -> int:
    from core.storage.personal_data import SqlPersonalData
    from ops.personal import PersonalDesk

    settings = chosen_settings()
    return with_storage(
        settings,
        lambda kept: use(PersonalDesk(SqlPersonalData(kept), settings.language, print)),
    )


def roster_import(arguments: argparse.Namespace) -> int:
    """Take in a shift roster."""
    from ops.company import import_roster

    settings = chosen_settings()
    migrate_database(settings)
    return 0 if import_roster(arguments, settings, show) else EXIT_FAULTS


def kpi_import(arguments: argparse.Namespace) -> int:
    """Take in business results."""
    from ops.company import import_results

    settings = chosen_settings()
    migrate_database(settings)
    return 0 if import_results(arguments, settings, show) else EXIT_FAULTS


def roster_undo(arguments: argparse.Namespace) -> int:
    """Take back the last roster."""
    return _undo(ListKind.ROSTER, arguments)


def kpi_undo(arguments: argparse.Namespace) -> int:
    """Take back the last results."""
    return _undo(ListKind.RESULTS, arguments)


def _undo(kind: ListKind, arguments: argparse.Namespace) -> int:
    from ops.company import undo

    settings = chosen_settings()
    migrate_database(settings)
    return 0 if undo(kind, arguments, settings, show) else EXIT_FAULTS


def kpi_template(arguments: argparse.Namespace) -> int:
    """A file to fill in with business results."""
    from ops.company import results_template

    show(results_template(chosen_settings()))
    return 0


def digest(arguments: argparse.Namespace) -> int:
    """The digest of a day."""
    from ops.company import digest

    settings = chosen_settings()
    migrate_database(settings)
    digest(arguments.date, settings, show)
    return 0


def wechat_menu(arguments: argparse.Namespace) -> int:
    """Set an account's menu."""
    from ops.wechat_desk import with_desk

    settings = chosen_settings()
    return (
        0 if with_desk(settings, arguments.account, lambda desk: desk.set_menu()) else EXIT_FAULTS
    )


def wechat_qr(arguments: argparse.Namespace) -> int:
    """QR codes that bind people."""
    from ops.wechat_desk import with_desk

    settings, now = chosen_settings(), datetime.now(UTC)
    migrate_database(settings)
    made = with_desk(
        settings, arguments.account, lambda desk: desk.qr_codes(arguments.ids, now=now)
    )
    return 0 if made else EXIT_FAULTS
