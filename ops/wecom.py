"""WeCom's settings -> what it is known by, what is rung for it, and its directory for a command."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from bots.wechat.voice import WeChatEars
from bots.wecom.app import AppKeys
from bots.wecom.parts import WeComKeys, WeComParts, app_api
from bots.wecom.people import APP
from core.catalogue import say
from core.domain.messages import ChannelKind
from core.errors import SettingsError
from core.ports.live_state import LiveState
from core.ports.speech import SpeechToText, Transcriber
from core.ports.storage import Transactions
from core.storage.live_state import LocalLiveState
from core.storage.unit_of_work import open_transactions
from ops.people_sync import DirectorySync
from ops.scheduler import Line
from ops.settings import Settings

LOOK_EVERY = timedelta(minutes=5)


def wecom_lines(
    settings: Settings,
    wecom: WeComParts | None,
    transactions: Transactions,
    live: LiveState,
) -> Sequence[Line]:
    """The directory, where it is to be synced."""
    lines = []
    if wecom is not None and wecom.app is not None and settings.wecom_sync:
        members = DirectorySync(wecom.app.api, transactions, live, settings.language)
        lines.append(Line("members", LOOK_EVERY, members.ring))
    return lines


def wecom_ears(
    wecom: WeComParts | None, speech: Transcriber | None
) -> Mapping[tuple[ChannelKind, str], SpeechToText]:
    """Who hears recordings that come to the application; the bot's come as the platform heard
    them."""
    if wecom is None or wecom.app is None or speech is None:
        return {}
    calls = wecom.app.api
    ears = WeChatEars(api=calls.api, tokens=calls.token, speech=speech)
    return {(ChannelKind.WECOM, APP): ears}


def wecom_keys(settings: Settings) -> WeComKeys:
    """What the company's WeCom is known by."""
    app = None
    if settings.wecom_corp_id and settings.wecom_agent_id is not None:
        app = AppKeys(
            corp_id=settings.wecom_corp_id,
            agent_id=settings.wecom_agent_id,
            secret=settings.wecom_secret,
            token=settings.wecom_token,
            aes_key=settings.wecom_aes_key,
            api_url=settings.wecom_api_url,
        )
    return WeComKeys(
        app=app,
        boards=settings.wecom_boards,
        api_url=settings.wecom_api_url,
        bot_id=settings.wecom_bot_id,
        bot_secret=settings.wecom_bot_secret,
        bot_gateway=settings.wecom_bot_gateway,
        language=settings.language,
        limits=settings.wecom_limits,
    )


@asynccontextmanager
async def directory_sync(settings: Settings) -> AsyncIterator[DirectorySync]:
    """The directory of the company's WeCom, for one command. SettingsError where none is set."""
    app = wecom_keys(settings).app
    if app is None:
        raise SettingsError([say(settings.language, "people_sync.no_app")])
    live = LocalLiveState()
    api = app_api(app, settings.wecom_limits, live)
    transactions = open_transactions(settings.database_url, data_dir=settings.data_dir)
    try:
        yield DirectorySync(api, transactions, live, settings.language)
    finally:
        await api.api.close()
        await transactions.close()
