"""The passive answer: text XML, sealed in safe mode, or the empty success."""

from __future__ import annotations

from datetime import datetime

from bots.text import legal
from bots.wechat.account import WeChatAccount
from bots.wechat.envelope import Random16, random16, seal, sign

SUCCESS = "success"
"""What stops the platform from asking again, without saying anything."""


def text_reply(*, to: str, sender: str, text: str, now: datetime) -> str:
    """One text message to `to` from our account `sender`; `text` is data wherever it ends."""
    return (
        f"<xml><ToUserName>{_cdata(to)}</ToUserName>"
        f"<FromUserName>{_cdata(sender)}</FromUserName>"
        f"<CreateTime>{int(now.timestamp())}</CreateTime>"
        "<MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{_cdata(text)}</Content></xml>"
    )


def sealed_reply(
    account: WeChatAccount, xml: str, *, now: datetime, random: Random16 = random16
) -> str:
    """`xml` in the safe-mode envelope, with a signature, time and nonce of its own."""
    key, *_ = account.aes_keys
    stamp, nonce = str(int(now.timestamp())), random()
    ciphertext = seal(key, xml, app_id=account.app_id, random=random)
    signature = sign(account.token, stamp, nonce, ciphertext)
    return (
        f"<xml><Encrypt>{_cdata(ciphertext)}</Encrypt>"
        f"<MsgSignature>{_cdata(signature)}</MsgSignature>"
        f"<TimeStamp>{stamp}</TimeStamp>"
        f"<Nonce>{_cdata(nonce)}</Nonce></xml>"
    )


def _cdata(text: str) -> str:
    """A CDATA section nobody can leave: its terminator is spread over two sections."""
    return "<![CDATA[" + legal(text).replace("]]>", "]]]]><![CDATA[>") + "]]>"
