"""Who a Slack user is: the colleague with the same e-mail address, where there is one."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack.client import connected
from bots.slack.convert import ACCOUNT
from core.domain.messages import ChannelAddress, ChannelKind
from core.ports.storage import Transactions, UnitOfWork

logger = logging.getLogger("bots.slack")

_WAIT_S = 1.0
"""Slack's own answer is due after three seconds; a user that is not known by then is a guest."""

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class SlackPeople:
    """Ties users to colleagues, once each. A user whose profile cannot be read now stays a
    guest, and may still bind with a code."""

    client: AsyncWebClient
    transactions: Transactions
    _met: set[str] = field(default_factory=set)

    async def meet(self, user: str) -> None:
        """Tie a user whose conversation has nobody yet to the colleague with their address."""
        if user in self._met:
            return
        address = ChannelAddress(ChannelKind.SLACK, ACCOUNT, user)
        known = await self.transactions.write(
            lambda unit: unit.conversations.at(address).person_id is not None, ahead=True
        )
        if not known:
            email = await self._email(user)
            if email:
                await self.transactions.write(lambda unit: _tie(unit, address, email), ahead=True)
        if len(self._met) >= _MOST:
            self._met.clear()
        self._met.add(user)

    async def _email(self, user: str) -> str:
        try:
            async with asyncio.timeout(_WAIT_S):
                answer = await connected(self.client).users_info(user=user)
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            logger.info("slack profile not read", extra={"reason": type(error).__name__})
            return ""
        profile = (answer.get("user") or {}).get("profile") or {}
        return str(profile.get("email") or "").strip().lower()


def _tie(unit: UnitOfWork, address: ChannelAddress, email: str) -> None:
    found = [one for one in unit.people.everyone() if one.email.lower() == email]
    if len(found) == 1:
        conversation = unit.conversations.at(address)
        unit.conversations.set_person(conversation.id, found[0].id, found[0].language)
