"""A bot on one of the two Python SDKs that others wrote, in an environment of its own.

Run by tests/contract/test_wecom_gateway.py: `wecom_bot.py MODULE URL BOT SECRET [CA]`.
"""

import asyncio
import importlib
import sys
from typing import Any

CARD = {
    "card_type": "button_interaction",
    "main_title": {"title": "接下来"},
    "button_list": [{"text": "提示", "key": "hint"}],
    "task_id": "task-1",
}


def client_of(name: str, url: str, bot: str, secret: str, ca: str) -> Any:  # noqa: ANN401
    sdk = importlib.import_module(name)
    if name == "aibot":
        # This one always speaks TLS; the gateway's certificate is the test's own.
        ws = importlib.import_module("aibot.ws")
        ws._SSL_CONTEXT.load_verify_locations(cafile=ca)
        options = sdk.WSClientOptions(
            bot_id=bot, secret=secret, ws_url=url, heartbeat_interval=300, reconnect_interval=100
        )
        return sdk.WSClient(options)
    return sdk.WSClient(
        bot_id=bot, secret=secret, ws_url=url, heartbeat_interval=300, reconnect_interval=100
    )


async def main(name: str, url: str, bot: str, secret: str, ca: str = "") -> None:
    client = client_of(name, url, bot, secret, ca)

    async def on_text(frame: dict[str, Any]) -> None:
        said = frame["body"]["text"]["content"]
        user = frame["body"]["from"]["userid"]
        if said == "card":
            await client.reply_template_card(frame, CARD)
        elif said == "push":
            await client.send_message(user, {"msgtype": "markdown", "markdown": {"content": "早"}})
        elif said == "long":
            try:
                await client.reply_stream(frame, "s-long", "x" * 20481, True)
            except Exception:
                await client.reply_stream(frame, "s-short", "too long", True)
        else:
            await client.reply_stream(frame, "s-1", "想一想", False)
            await client.reply_stream(frame, "s-1", "想一想，好", True)

    async def on_enter(frame: dict[str, Any]) -> None:
        await client.reply_welcome(frame, {"msgtype": "text", "text": {"content": "欢迎"}})

    async def on_card(frame: dict[str, Any]) -> None:
        await client.update_template_card(frame, {**CARD, "main_title": {"title": "已选"}})

    client.on("message.text", on_text)
    client.on("event.enter_chat", on_enter)
    client.on("event.template_card_event", on_card)
    await client.connect()
    await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
