"""What the fakes of WeChat and WeCom read of a file that is handed in."""

from aiohttp import web


async def uploaded(request: web.Request) -> bytes:
    """The bytes of the part `media`; empty for what is no such form."""
    if request.content_type != "multipart/form-data":
        return b""
    part = (await request.post()).get("media")
    return part.file.read() if isinstance(part, web.FileField) else b""
