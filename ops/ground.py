"""What everything in a process stands on: its store, live state, clock, content and hours."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from core.content.library import open_library
from core.ports.clock import Clock
from core.ports.content import ContentLibrary
from core.ports.line_reader import LineReader
from core.ports.live_state import LiveState
from core.storage.live_state import LocalLiveState, RedisLiveState
from core.storage.unit_of_work import SqlTransactions, open_transactions
from ops.reading import line_reader
from ops.settings import Settings
from ops.timing import company_timing
from training_plans.push import Timing


@dataclass(frozen=True, slots=True)
class Ground:
    """What everything else stands on. `owner` names this process where work is claimed."""

    settings: Settings
    transactions: SqlTransactions
    live: LiveState
    clock: Clock
    content: ContentLibrary
    reader: LineReader
    timing: Timing
    owner: str


def open_ground(settings: Settings, clock: Clock | None, content: ContentLibrary | None) -> Ground:
    """Opened from the settings, but for what is given. Connects to nothing yet."""
    transactions = open_transactions(settings.database_url, data_dir=settings.data_dir)
    return Ground(
        settings=settings,
        transactions=transactions,
        live=RedisLiveState(settings.redis_url) if settings.redis_url else LocalLiveState(),
        clock=clock or transactions.clock,
        content=content or open_library(*settings.packs),
        reader=line_reader(),
        timing=company_timing(settings),
        owner=uuid.uuid4().hex[:12],
    )
