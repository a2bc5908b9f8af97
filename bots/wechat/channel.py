"""Sending customer-service messages inside the platform's windows.

Source: WeChat documentation of customer-service messages: a person's message opens 5 sends
within 48 hours; a text holds 2,048 bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo
from typing import NoReturn

import structlog

from bots.text import PARAGRAPH, head, legal, split
from bots.wechat.account import Delivery, WeChatAccount
from bots.wechat.api import Answer, File, WeChatApi, errcode
from bots.wechat.notices import NO_LEAVE, Notices
from bots.wechat.tokens import TokenStore
from core.domain.messages import ChannelAddress, OutboundKind, OutboundMessage
from core.errors import (
    SendDeferred,
    SendError,
    SendRefused,
    SendRetry,
    StorageError,
)
from core.ports.channel import Capabilities, Picture, Push, Voice
from core.ports.clock import Clock
from core.ports.live_state import LiveState
from core.ports.storage import Transactions, UnitOfWork

_TOKEN_FAULTS = {40001, 40014, 42001}
_WINDOW_CLOSED = {45015, 45047}
_RETRY_AFTER_S = {-1: 1.0, 45011: 5.0, 45009: 600.0}
_RESERVE = 2
"""Sends kept for what comes unasked (a debrief, say): below it, texts are merged."""
_PROGRESS_TTL = timedelta(hours=48)
_MARK = "…"
_SEND = "/cgi-bin/message/custom/send"

log = structlog.get_logger("bots")


@dataclass(slots=True)
class _Progress:
    """How far a batch has come: `sent` units of the first `texts` texts; `paid` says that a
    send was taken from the ledger for a call which the platform did not count."""

    texts: int
    merged: bool
    sent: int = 0
    paid: bool = False


class WeChatChannel:
    """Texts to followers of one account; several become few when sends are scarce.

    A batch that broke off is taken up where it stood, so nobody reads a part twice. In
    passive delivery nothing is sent here: the door hands the rows out.
    """

    def __init__(
        self,
        account: WeChatAccount,
        *,
        api: WeChatApi,
        tokens: TokenStore,
        transactions: Transactions,
        live: LiveState,
        clock: Clock,
        zone: tzinfo = UTC,
    ) -> None:
        self.capabilities = capabilities_of(account)
        self._limit = account.limits.text_bytes
        self._account = account
        self._notices = (
            Notices(account.notice, transactions=transactions, chars=account.limits.notice_chars)
            if account.notice
            else None
        )
        self._zone = zone
        self._api = api
        self._tokens = tokens
        self._transactions = transactions
        self._live = live
        self._clock = clock

    def can_push_now(self, unit: UnitOfWork, address: ChannelAddress) -> bool:
        """Whether something unasked, or at least a notice of it, would reach the person now."""
        if self.capabilities.pulls:
            return False
        left = unit.ledger.left(address, now=self._clock.now())
        return left > 0 or (self._notices is not None and self._notices.is_allowed(unit, address))

    async def send(
        self,
        address: ChannelAddress,
        texts: Sequence[str],
        messages: Sequence[OutboundMessage],
        pictures: Sequence[Picture] = (),
    ) -> None:
        """See the port. Each call to the platform takes one send from the ledger first."""
        if self.capabilities.pulls:
            raise SendDeferred("passive delivery")
        try:
            if self._notices is not None and await self._must_wait(address, messages):
                await self._notify(self._notices, address, texts[0])
            progress = await self._resume(address, texts) or await self._begin(address, texts)
        except StorageError:
            raise SendRetry("storage") from None
        started = _Progress(progress.texts, progress.merged, progress.sent, progress.paid)
        try:
            await self._send_rest(address, texts, progress)
        except (SendError, StorageError) as error:
            broken = error if isinstance(error, SendError) else SendRetry("storage")
            progress.paid = progress.paid and isinstance(broken, SendRetry)
            if progress != started:
                await self._remember(address, texts, progress)
            raise broken from None
        if started.sent or started.paid:
            with contextlib.suppress(StorageError):
                await self._live.drop(_progress_key(address))
        for picture in pictures:
            await self._show(address, picture)

    async def _show(self, address: ChannelAddress, picture: Picture) -> None:
        """A picture beside words that are out, while more sends are left than are kept for what
        comes unasked; one that fails is left away."""
        now = self._clock.now()
        try:
            left = await self._transactions.read(lambda u: u.ledger.left(address, now=now))
            if left <= _RESERVE:
                return
            token = await self._tokens.current()
            query = {"type": "image", "access_token": token}
            answer = await self._api.upload("/cgi-bin/media/upload", query, File.of(picture))
            media = answer.get("media_id")
            if not isinstance(media, str):
                raise SendRefused(f"errcode {errcode(answer)}")
            await self._pay(address)
            await self._deliver(address, {"msgtype": "image", "image": {"media_id": media}}, token)
        except (SendError, StorageError) as error:
            log.warning("picture_not_shown", error=type(error).__name__)

    async def _must_wait(
        self, address: ChannelAddress, messages: Sequence[OutboundMessage]
    ) -> bool:
        """Whether nothing of this may be sent before the person writes: pushes, no window."""
        if not messages or any(one.kind is not OutboundKind.PUSH for one in messages):
            return False
        now = self._clock.now()
        return not await self._transactions.read(lambda u: u.ledger.left(address, now=now))

    async def _notify(self, notices: Notices, address: ChannelAddress, text: str) -> NoReturn:
        """A notice in place of the message, which then waits for the person to write."""
        token = await self._tokens.current()
        if not await notices.take_leave(address):
            raise SendDeferred("no sends left")
        payload = notices.payload(address, text, now=self._clock.now().astimezone(self._zone))
        try:
            code = errcode(await self._api.post(notices.path, payload, token=token))
            if code in _TOKEN_FAULTS:
                token = await self._tokens.renewed(token)
                code = errcode(await self._api.post(notices.path, payload, token=token))
        except SendRetry:
            await notices.give_back(address)
            raise
        if code == 0:
            raise SendDeferred("notice sent")
        if code in NO_LEAVE:
            await notices.revoke(address)
            raise SendDeferred(f"errcode {code}")
        await notices.give_back(address)
        if code in _RETRY_AFTER_S or code in _TOKEN_FAULTS:
            raise SendRetry(f"errcode {code}", after_s=_RETRY_AFTER_S.get(code, 30.0))
        # A template that is wrong is the account's fault: the message itself still waits.
        raise SendDeferred(f"errcode {code}")

    async def _begin(self, address: ChannelAddress, texts: Sequence[str]) -> _Progress:
        apart = sum(len(split(legal(text), self._limit)) for text in texts)
        if apart <= 1:
            return _Progress(texts=len(texts), merged=False)
        now = self._clock.now()
        left = await self._transactions.read(lambda u: u.ledger.left(address, now=now))
        return _Progress(texts=len(texts), merged=apart > left - _RESERVE)

    async def _send_rest(
        self, address: ChannelAddress, texts: Sequence[str], progress: _Progress
    ) -> None:
        cap, limit = self._account.sends_per_message, self._limit
        units = [
            *units_of(texts[: progress.texts], merged=progress.merged, cap=cap, limit=limit),
            *units_of(texts[progress.texts :], merged=True, cap=cap, limit=limit),
        ]
        for unit in units[progress.sent :]:
            token = await self._tokens.current()
            if not progress.paid:
                await self._pay(address)
                progress.paid = True
            await self._deliver(address, {"msgtype": "text", "text": {"content": unit}}, token)
            progress.paid = False
            progress.sent += 1

    async def _pay(self, address: ChannelAddress) -> None:
        now = self._clock.now()
        if not await self._transactions.write(lambda u: u.ledger.spend(address, now=now)):
            raise SendDeferred("no sends left")

    async def _deliver(self, address: ChannelAddress, body: Answer, token: str) -> None:
        code = await self._call(address, body, token)
        if code in _TOKEN_FAULTS:
            code = await self._call(address, body, await self._tokens.renewed(token))
        if code == 0:
            return
        reason = f"errcode {code}"
        if code in _WINDOW_CLOSED:
            with contextlib.suppress(StorageError):
                await self._transactions.write(lambda u: u.ledger.exhaust(address))
            raise SendDeferred(reason)
        if code in _TOKEN_FAULTS:
            raise SendRetry(reason, after_s=30.0)
        if code in _RETRY_AFTER_S:
            raise SendRetry(reason, after_s=_RETRY_AFTER_S[code])
        raise SendRefused(reason)

    async def _call(self, address: ChannelAddress, body: Answer, token: str) -> int:
        whole: Answer = {"touser": address.user, **body}
        return errcode(await self._api.post(_SEND, whole, token=token))

    async def _resume(self, address: ChannelAddress, texts: Sequence[str]) -> _Progress | None:
        kept = await self._live.get(_progress_key(address))
        if kept is None:
            return None
        count, merged, sent, paid, digest = kept.split(":")
        progress = _Progress(int(count), merged == "1", int(sent), paid == "1")
        same_start = len(texts) >= progress.texts and digest == _digest(texts[: progress.texts])
        return progress if same_start else None

    async def _remember(
        self, address: ChannelAddress, texts: Sequence[str], progress: _Progress
    ) -> None:
        """Only counts and a digest leave the process, no words."""
        value = (
            f"{progress.texts}:{progress.merged:d}:{progress.sent}:{progress.paid:d}"
            f":{_digest(texts[: progress.texts])}"
        )
        with contextlib.suppress(StorageError):
            await self._live.put(_progress_key(address), value, ttl=_PROGRESS_TTL)


def capabilities_of(account: WeChatAccount) -> Capabilities:
    """What this account can do. In passive delivery the door hands the rows out within its answer,
    and what comes unasked waits for the next one. Recordings are heard where a speech server is
    set."""
    pulls, limits = account.delivery is Delivery.PASSIVE, account.limits
    return Capabilities(
        pulls=pulls,
        push=Push.WINDOWED,
        pictures=not pulls,
        voice=Voice.RECORDED,
        max_bytes=limits.text_bytes,
        reply_within=timedelta(seconds=limits.answer_s if pulls else limits.message_lasts_s),
    )


def units_of(texts: Sequence[str], *, merged: bool, cap: int, limit: int) -> Sequence[str]:
    """The messages to send for `texts`: each at most `limit` bytes, and at most `cap` of them,
    since more could never be sent in one window; what is cut off for that is marked."""
    legals = [legal(text) for text in texts]
    sources = [PARAGRAPH.join(legals)] if merged else legals
    pieces = [piece for source in sources for piece in split(source, limit)]
    if len(pieces) > cap:
        last = head(pieces[cap - 1], limit - len(_MARK.encode())) + _MARK
        return [*pieces[: cap - 1], last]
    return pieces


def _progress_key(address: ChannelAddress) -> str:
    return f"wechat:progress:{address.account}:{address.user}"


def _digest(texts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode(errors="surrogatepass")).hexdigest()
