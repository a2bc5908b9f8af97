"""A team's day on the board of its group: how many practised, nobody by name, nobody's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

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
from ops.scheduler import Line
from ops.settings import Settings
from training_plans.digests import Reports
from training_plans.push import LATE

log = structlog.get_logger("ops")

LOOK_EVERY = timedelta(minutes=5)
_CLAIM = timedelta(seconds=60)
_MOST = 200


@dataclass(frozen=True, slots=True)
class BoardPlace:
    """One team's board on one platform."""

    channel: ChannelKind
    team: str
    language: str

    def job(self, day: date) -> str:
        """The key of its job of this day."""
        where = "" if self.channel is ChannelKind.WECOM else f"{self.channel.value}:"
        return f"board:{where}{self.team}:{day}"


def board_places(settings: Settings) -> Sequence[BoardPlace]:
    """The boards that the settings allow, and no others."""
    return [
        *(
            BoardPlace(ChannelKind.WECOM, team, settings.language)
            for team in sorted(settings.wecom_boards)
        ),
        *(
            BoardPlace(ChannelKind.SLACK, team, settings.slack_language)
            for team in sorted(settings.slack_boards)
            if settings.slack_bot_token
        ),
    ]


@dataclass(frozen=True, slots=True)
class TeamBoards:
    """Posts when the digests go out, on each board that somebody allowed; once a day each."""

    transactions: Transactions
    live: LiveState
    clock: Clock
    reports: Reports
    places: Sequence[BoardPlace]
    owner: str

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
        for place in self.places:
            payload = {"team": place.team, "day": day.isoformat(), "at": place.channel.value}
            unit.jobs.add(NewJob(JobKind.BOARD, place.job(day), due, payload), now=now)
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
        team, at = str(job.payload["team"]), job.payload.get("at", ChannelKind.WECOM.value)
        place = next((p for p in self.places if (p.team, p.channel.value) == (team, at)), None)
        day = self.clock.now().astimezone(self.reports.timing.zone).date()
        members = [
            one
            for one in unit.people.everyone()
            if one.role is Role.TRAINEE and one.team == team and not (one.guest or one.erased)
        ]
        if place is None or not members or job.payload["day"] != day.isoformat():
            return None
        digest = self.reports.day(unit, team, members, day)
        return OutboundMessage(
            address=ChannelAddress(place.channel, BOARD, team),
            code=NoticeCode.BOARD,
            facts=board_facts(digest),
            kind=OutboundKind.PUSH,
            language=place.language,
        )


def board_lines(
    settings: Settings,
    reports: Reports,
    owner: str,
    transactions: Transactions,
    live: LiveState,
    clock: Clock,
) -> Sequence[Line]:
    """The boards, where there are some."""
    places = board_places(settings)
    boards = TeamBoards(transactions, live, clock, reports, places, owner)
    return [Line("boards", LOOK_EVERY, boards.ring)] if places else []
