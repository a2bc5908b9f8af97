"""Rung every night: draw what people mark next, and look at how far each check is trusted."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from core.ports.clock import Clock
from core.ports.content import ContentLibrary
from core.ports.storage import Transactions
from core.services.auditing import draw_tasks
from core.services.trusting import RefreshTrust

log = structlog.get_logger("ops")

AT_NIGHT = "10 3 * * *"


@dataclass(frozen=True, slots=True)
class NightlyAudit:
    """Each team is drawn for itself; rung twice, the second time finds nothing new."""

    transactions: Transactions
    content: ContentLibrary
    clock: Clock
    refresh_trust: RefreshTrust

    async def run(self) -> None:
        """Draw, then refresh."""
        now = self.clock.now()

        drawn = await self.transactions.write(
            lambda unit: draw_tasks(unit, None, content=self.content, now=now)
        )
        states = await self.refresh_trust.refresh(now=now)
        log.info("audited", drawn=drawn, checks=len(states))
