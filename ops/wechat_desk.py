"""`peilian wechat`: the menu of an official account, and QR codes that tie followers to people.

Source: WeChat documentation of menus (three buttons of five entries; names of 16 and 60 bytes) and
of QR codes with parameters (a temporary one lasts 30 days at most).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bots.wechat.api import Answer, WeChatApi, errcode
from bots.wechat.convert import BIND_SCENE
from bots.wechat.tokens import TokenStore
from core.catalogue import say
from core.domain.messages import Json
from core.errors import NotFound, SendError, SendRefused, SettingsError
from core.ports.storage import Transactions
from core.services.binding import CODE_LASTS, give_code, new_code
from core.storage.live_state import LocalLiveState, RedisLiveState
from core.storage.unit_of_work import open_transactions
from ops.settings import Settings
from ops.wechat import wechat_parts

MENU: dict[str, Sequence[str]] = {
    "practice": ("practice", "today", "replay"),
    "talk": ("hint", "record", "pause", "resume", "end"),
    "mine": ("plan", "score", "profile", "feedback", "help"),
}
"""The buttons, and under each the commands that its entries say."""

_PICTURE = "https://mp.weixin.qq.com/cgi-bin/showqrcode"


@dataclass(frozen=True, slots=True)
class WeChatDesk:
    """What an administrator does on one account; `tell` takes each sentence for the terminal."""

    api: WeChatApi
    tokens: TokenStore
    transactions: Transactions
    language: str
    tell: Callable[[str], None]

    async def set_menu(self) -> bool:
        """Put the menu on the account; the one before is replaced. False if it was refused."""
        try:
            await self._asked("/cgi-bin/menu/create", menu_of(self.language))
        except SendError as error:
            return self._refused(error)
        self.tell(say(self.language, "wechat.menu_set"))
        return True

    async def qr_codes(self, ids: Sequence[str], *, now: datetime) -> bool:
        """A QR code for each of these people, usable once. False if one is not known or the
        platform refuses; codes made until then stay good."""
        try:
            people = await self.transactions.read(lambda u: [u.people.get(one) for one in ids])
        except NotFound as error:
            self.tell(say(self.language, "people.unknown", id=error.name))
            return False
        for person in people:
            code = new_code(secrets.choice)
            asked: dict[str, Json] = {
                "expire_seconds": int(CODE_LASTS.total_seconds()),
                "action_name": "QR_STR_SCENE",
                "action_info": {"scene": {"scene_str": f"{BIND_SCENE}{code}"}},
            }
            try:
                answer = await self._asked("/cgi-bin/qrcode/create", asked)
            except SendError as error:
                return self._refused(error)
            keep = partial(give_code, person_id=person.id, code=code, now=now)
            await self.transactions.write(keep)
            picture = f"{_PICTURE}?{urlencode({'ticket': str(answer.get('ticket', ''))})}"
            facts = {"id": person.id, "name": person.name, "code": code, "picture": picture}
            self.tell(say(self.language, "wechat.qr_line", **facts))
        self.tell(say(self.language, "wechat.qr_how"))
        return True

    async def _asked(self, path: str, payload: dict[str, Json]) -> Answer:
        """The platform's answer; its own refusal as SendRefused."""
        token = await self.tokens.current()
        answer = await self.api.post(path, payload, token=token)
        if errcode(answer) in (40001, 40014, 42001):
            token = await self.tokens.renewed(token)
            answer = await self.api.post(path, payload, token=token)
        if code := errcode(answer):
            raise SendRefused(f"errcode {code}")
        return answer

    def _refused(self, error: SendError) -> bool:
        self.tell(say(self.language, "wechat.refused", reason=error.reason))
        return False


def with_desk(
    settings: Settings, account: str, use: Callable[[WeChatDesk], Awaitable[bool]]
) -> bool:
    """Open the desk of this account for one piece of work; sentences go to the terminal.

    Raises SettingsError when no account has this name.
    """
    names = settings.wechat_accounts
    if account not in names:
        listed = say(settings.language, "list.comma").join(names) or "-"
        fault = say(settings.language, "wechat.no_account", name=account, names=listed)
        raise SettingsError([fault])

    async def work() -> bool:
        transactions = open_transactions(settings.database_url, data_dir=settings.data_dir)
        # The token is shared with the running processes where they share Redis.
        live = RedisLiveState(settings.redis_url) if settings.redis_url else LocalLiveState()
        zone = ZoneInfo(settings.timezone)
        parts = wechat_parts(settings, transactions, live, transactions.clock, zone=zone)
        try:
            return await use(
                WeChatDesk(
                    parts.apis[account],
                    parts.tokens[account],
                    transactions,
                    settings.language,
                    print,
                )
            )
        finally:
            await parts.close()
            await live.close()
            await transactions.close()

    return asyncio.run(work())


def menu_of(language: str) -> dict[str, Json]:
    """The body of the call that sets the menu: each entry says its command."""

    def entry(command: str) -> Json:
        name = say(language, f"wechat.menu.{command}")
        return {"type": "click", "name": name, "key": say(language, f"next.say.{command}")}

    buttons: list[Json] = [
        {
            "name": say(language, f"wechat.button.{button}"),
            "sub_button": [entry(command) for command in commands],
        }
        for button, commands in MENU.items()
    ]
    return {"button": buttons}
