"""A mail server on loopback that keeps what it is given. `smtplib`, not ours, speaks to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class FakeMail:
    """`refuse`: the answer to a recipient, such as `550 who`; `drop`: hangs up after the mail."""

    port: int = 0
    refuse: str = ""
    drop: bool = False
    taken: list[EmailMessage] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, RFC 5321 as far as a plain hand-in needs it."""

        def answer(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        answer("220 fake ESMTP")
        while line := (await reader.readline()).decode().strip():
            word = line[:4].upper()
            if word == "EHLO":
                answer("250-fake")
                answer("250 8BITMIME")
            elif word == "RCPT" and self.refuse:
                answer(self.refuse)
            elif word == "DATA":
                answer("354 go on")
                raw = await reader.readuntil(b"\r\n.\r\n")
                mail = message_from_bytes(raw[:-5].replace(b"\r\n..", b"\r\n."), policy=default)
                assert isinstance(mail, EmailMessage)
                self.taken.append(mail)
                if self.drop:
                    break
                answer("250 taken")
            elif word == "QUIT":
                answer("221 bye")
                break
            else:
                answer("250 ok")
        writer.close()


@asynccontextmanager
async def mail_server() -> AsyncIterator[FakeMail]:
    """A server on a free port, closed at the end."""
    fake = FakeMail()
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    async with server:
        yield fake
