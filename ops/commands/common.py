"""What the sub-commands share."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from ops.settings import Settings, read_settings, unknown_settings

if TYPE_CHECKING:
    from core.storage.unit_of_work import SqlTransactions

EXIT_FAULTS = 1
"""Something is wrong with the input, or a part does not answer."""


def chosen_settings(**given: object) -> Settings:
    """The settings, with what was given on the command line; unknown names are told."""
    settings = read_settings(**{name: value for name, value in given.items() if value is not None})
    complain(*unknown_settings(settings.language))
    return settings


def migrate_database(settings: Settings) -> None:
    """Make the data folder and bring the database up to date."""
    from ops.migrations import migrate

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings.database_url, data_dir=settings.data_dir)


def complain(*sentences: str) -> None:
    """Say it to people, not to the next program."""
    for sentence in sentences:
        print(sentence, file=sys.stderr, flush=True)


def show(sentence: str) -> None:
    """Say it at once."""
    print(sentence, flush=True)


def with_storage(settings: Settings, use: Callable[[SqlTransactions], Awaitable[bool]]) -> int:
    """Open the database, brought up to date, for one piece of work; the exit status."""
    from core.storage.unit_of_work import open_transactions

    migrate_database(settings)

    async def work() -> bool:
        transactions = open_transactions(settings.database_url, data_dir=settings.data_dir)
        try:
            return await use(transactions)
        finally:
            await transactions.close()

    return 0 if asyncio.run(work()) else EXIT_FAULTS
