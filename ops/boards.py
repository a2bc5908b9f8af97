"""A team's day on the board of its group: how many practised, nobody by name, nobody's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bots.intake import OUTBOX_TOPIC
from bots.reports import board_facts
from bots.wecom.robot import BOARD
from core.domain.jobs import Job, JobKind, NewJob
from core.domain.messages import (
    ChannelAddress,
    ChannelKind,
    NoticeCode,
    OutboundKind,
    OutboundMessage,
)
from core.domain.people import Role
from core.domain.worktime import moment
from core.errors import StorageUnavailable
from core.ports.clock import Clock
from core.ports.live_state import LiveState
from core.ports.storage import Transactions, UnitOfWork
from training_plans.digests import Reports
from training_plans.push import LATE

log = structlog.get_logger("ops")

_CLAIM = timedelta(seconds=60)
_MOST = 200


@dataclass(frozen=True, slots=True)
class TeamBoards:
    """Posts when the digests go out, for each team whose group has a robot; once a day each."""

    transactions: Transactions
    live: LiveState
    clock: Clock
    reports: Reports
    teams: Sequence[str]
    owner: str
    language: str

    async def ring(self) -> int:
        """Post what is due; how many boards. A day whose time went by long ago is left out."""
        try:
            posted = await self.transactions.write(self._post)
        except StorageUnavailable:
            log.error("storage_unavailable")
            return 0
        if posted:
            await self.live.publish(OUTBOX_TOPIC)
        return posted

    def _post(self, unit: UnitOfWork) -> int:
        now, timing = self.clock.now(), self.reports.timing
        day = now.astimezone(timing.zone).date()
        due = moment(day, timing.rhythm.digest_at, timing.zone)
        if not due <= now <= due + LATE or not timing.calendar.is_working(day):
            return 0
        for team in self.teams:
            payload = {"team": team, "day": day.isoformat()}
            unit.jobs.add(NewJob(JobKind.BOARD, f"board:{team}:{day}", due, payload), now=now)
        jobs = unit.jobs.claim_due(
            [JobKind.BOARD], owner=self.owner, now=now, ttl=_CLAIM, limit=_MOST
        )
        messages = [
            message
            for job in jobs
            if unit.jobs.done(job.id, now=now) and (message := self._message(unit, job)) is not None
        ]
        unit.outbox.add(messages, now=now)
        return len(messages)

    def _message(self, unit: UnitOfWork, job: Job) -> OutboundMessage | None:
        """None for a team without trainees, and for what is left of another day."""
        team = str(job.payload["team"])
        day = self.clock.now().astimezone(self.reports.timing.zone).date()
        members = [
            one
            for one in unit.people.everyone()
            if one.role is Role.TRAINEE and one.team == team and not (one.guest or one.erased)
        ]
        if not members or job.payload["day"] != day.isoformat():
            return None
        digest = self.reports.day(unit, team, members, day)
        return OutboundMessage(
            address=ChannelAddress(ChannelKind.WECOM, BOARD, team),
            code=NoticeCode.BOARD,
            facts=board_facts(digest),
            kind=OutboundKind.PUSH,
            language=self.language,
        )
