"""Pictures through the AI bot: handed in over its connection in pieces, then named in a message.

Source: @wecom/aibot-node-sdk 1.0.7 (the three commands, pieces of 512 KB counted from 0, the MD5 of
the whole); WeCom keeps what was handed in for three days.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TypeAlias

from bots.wecom.link import BotLink, code_of
from core.domain.messages import Json
from core.errors import SendRefused
from core.ports.channel import Picture

INIT, CHUNK, FINISH = (
    "aibot_upload_media_init",
    "aibot_upload_media_chunk",
    "aibot_upload_media_finish",
)
_PIECE = 512 * 1024

Body: TypeAlias = dict[str, Json]


async def hand_in(link: BotLink, picture: Picture) -> str:
    """The platform's id of the picture. Raises SendError."""
    data = picture.png
    pieces = [data[at : at + _PIECE] for at in range(0, len(data), _PIECE)]
    begun: Body = {
        "type": "image",
        "filename": f"{picture.name}.png",
        "total_size": len(data),
        "total_chunks": len(pieces),
        "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
    }
    upload = await _asked(link, INIT, begun, "upload_id")
    for number, piece in enumerate(pieces):
        encoded = base64.b64encode(piece).decode()
        body: Body = {"upload_id": upload, "chunk_index": number, "base64_data": encoded}
        await _asked(link, CHUNK, body)
    return await _asked(link, FINISH, {"upload_id": upload}, "media_id")


async def _asked(link: BotLink, cmd: str, body: Body, name: str = "") -> str:
    """What the answer calls `name`."""
    answer = await link.ask(cmd, body)
    if code := code_of(answer):
        raise SendRefused(f"errcode {code}")
    if not name:
        return ""
    found = (answer.get("body") or {}).get(name)
    if not isinstance(found, str) or not found:
        raise SendRefused(f"no {name}")
    return found
