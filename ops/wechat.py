"""The WeChat official accounts of a company, wired from settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from bots.intake import Windows
from bots.wechat.account import Delivery, Notice, NoticeKind, WeChatAccount, notice_fields
from bots.wechat.api import WeChatApi
from bots.wechat.channel import WeChatChannel
from bots.wechat.convert import reply_windows
from bots.wechat.tokens import TokenStore
from bots.wechat.voice import WeChatEars
from core.domain.messages import ChannelKind
from core.llm.speech import SpeechClient
from core.ports.clock import Clock
from core.ports.delivery import Conversation
from core.ports.live_state import LiveState
from core.ports.speech import SpeechToText
from core.ports.storage import Transactions, UnitOfWork
from ops.settings import Settings, WeChatSettings

Key = tuple[ChannelKind, str]


@dataclass(frozen=True, slots=True)
class WeChatParts:
    """All accounts; `apis` and `tokens` by the name of the account."""

    accounts: Sequence[WeChatAccount]
    apis: Mapping[str, WeChatApi]
    tokens: Mapping[str, TokenStore]
    channels: Mapping[Key, WeChatChannel]
    ears: Mapping[Key, SpeechToText]
    speech: SpeechClient | None

    @property
    def windows(self) -> Windows:
        """What each kind of message opens for sends, by account."""
        return {(ChannelKind.WECHAT, one.name): reply_windows(one) for one in self.accounts}

    def can_push_now(self, unit: UnitOfWork, conversation: Conversation) -> bool:
        """Whether a push would go out now; True for what is no official account."""
        address = conversation.address
        channel = self.channels.get((address.channel, address.account))
        return channel is None or channel.can_push_now(unit, address)

    async def close(self) -> None:
        """Let go of all connections."""
        for api in self.apis.values():
            await api.close()
        if self.speech is not None:
            await self.speech.close()


def wechat_parts(
    settings: Settings, transactions: Transactions, live: LiveState, clock: Clock, *, zone: tzinfo
) -> WeChatParts:
    """Channel, token and ears of each account. Connects to nothing yet; `zone`: of the times
    that followers read."""
    accounts = [_account(settings, name, one) for name, one in settings.wechat_accounts.items()]
    apis = {one.name: WeChatApi(one.api_url) for one in accounts}
    tokens = {one.name: TokenStore(one, api=apis[one.name], live=live) for one in accounts}
    speech = _speech(settings)
    channels = {
        (ChannelKind.WECHAT, one.name): WeChatChannel(
            one,
            api=apis[one.name],
            tokens=tokens[one.name],
            transactions=transactions,
            live=live,
            clock=clock,
            zone=zone,
        )
        for one in accounts
    }
    ears: dict[Key, SpeechToText] = {}
    if speech is not None:
        for name in apis:
            ears[ChannelKind.WECHAT, name] = WeChatEars(
                api=apis[name], tokens=tokens[name], speech=speech
            )
    return WeChatParts(accounts, apis, tokens, channels, ears, speech)


def _account(settings: Settings, name: str, account: WeChatSettings) -> WeChatAccount:
    notice = None
    if account.notice_template:
        fields = notice_fields(account.notice_fields)
        notice = Notice(NoticeKind(account.notice_kind), account.notice_template, fields)
    return WeChatAccount(
        name=name,
        app_id=account.app_id,
        app_secret=account.app_secret,
        token=account.token,
        aes_key=account.aes_key,
        aes_key_old=account.aes_key_old,
        delivery=Delivery(account.delivery),
        sends_per_message=account.sends_per_message,
        api_url=settings.wechat_api_url,
        notice=notice,
        limits=settings.wechat_limits,
    )


def _speech(settings: Settings) -> SpeechClient | None:
    if not settings.speech_url:
        return None
    return SpeechClient(
        settings.speech_url, model=settings.speech_model, api_key=settings.speech_api_key
    )
