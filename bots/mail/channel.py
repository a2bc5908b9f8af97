"""Sends reports by SMTP. The words are plain text; a report's first line is its subject. With a
picture there is an HTML form beside them, of the same words with the picture below."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from html import escape
from urllib.parse import unquote, urlsplit

from core.domain.messages import ChannelAddress, OutboundMessage
from core.errors import SendRefused, SendRetry, SendUnknown
from core.ports.channel import Capabilities, Picture

TIMEOUT_S = 20.0
BUSY_S = 300.0
"""A server that takes nothing now is asked again after this time."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. `secure`: TLS from the first byte; else it is asked for where the
    server offers it."""

    host: str
    port: int
    secure: bool
    user: str
    password: str
    sender: str

    @classmethod
    def read(cls, url: str, *, sender: str) -> MailServer:
        """From `smtp://user:password@host:587` or `smtps://…`; ValueError for anything else."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
            raise ValueError("no address of a mail server")
        secure = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if secure else 587),
            secure=secure,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            sender=sender,
        )


class MailChannel:
    """One mail for all that is sent at once to one address."""

    def __init__(self, server: MailServer) -> None:
        self.capabilities = Capabilities(pictures=True)
        self._server = server

    async def send(
        self,
        address: ChannelAddress,
        texts: Sequence[str],
        messages: Sequence[OutboundMessage],
        pictures: Sequence[Picture] = (),
    ) -> None:
        """See the port."""
        mail = self._mail(address.user, "\n\n".join(texts), pictures)
        await asyncio.to_thread(self._hand_in, mail)

    def _mail(self, to: str, text: str, pictures: Sequence[Picture]) -> EmailMessage:
        subject, _, body = text.partition("\n")
        mail = EmailMessage(policy=SMTP)
        mail["Subject"] = subject
        mail["From"] = self._server.sender
        mail["To"] = to
        mail["Date"] = formatdate()
        mail["Message-ID"] = make_msgid(domain=self._server.sender.rpartition("@")[2])
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(body.strip() or subject)
        if pictures:
            self._add_pictures(mail, body.strip(), pictures)
        return mail

    def _add_pictures(self, mail: EmailMessage, body: str, pictures: Sequence[Picture]) -> None:
        domain = self._server.sender.rpartition("@")[2]
        placed = [(make_msgid(domain=domain), one) for one in pictures]
        shown = "".join(
            f'<p><img src="cid:{key[1:-1]}" alt="{escape(one.alt)}" style="max-width:100%"></p>'
            for key, one in placed
        )
        lines = "".join(f"<p>{escape(line)}</p>" for line in body.splitlines() if line.strip())
        mail.add_alternative(f"<!doctype html><html><body>{lines}{shown}</body></html>", "html")
        page = mail.get_body(("html",))
        if page is None:
            raise LookupError("a mail without the page that was just added")
        for key, one in placed:
            page.add_related(
                one.png, "image", "png", cid=key, filename=f"{one.name}.png", disposition="inline"
            )

    def _hand_in(self, mail: EmailMessage) -> None:
        """The vendor's errors in the house's words. After the mail itself went out, and nobody
        knows whether it was taken, the outcome is unknown."""
        try:
            with self._connected() as server:
                server.send_message(mail)
        except smtplib.SMTPAuthenticationError as error:
            raise SendRetry(f"smtp {error.smtp_code}", after_s=BUSY_S) from None
        except smtplib.SMTPRecipientsRefused as error:
            code = min((code for code, _ in error.recipients.values()), default=500)
            raise _refusal(code) from None
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code) from None
        except smtplib.SMTPServerDisconnected:
            raise SendUnknown("smtp disconnected") from None
        except (smtplib.SMTPException, ValueError) as error:
            raise SendRefused(type(error).__name__) from None
        except OSError as error:
            raise SendRetry(type(error).__name__, after_s=BUSY_S) from None

    def _connected(self) -> smtplib.SMTP:
        server, context = self._server, ssl.create_default_context()
        if server.secure:
            opened: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=TIMEOUT_S, context=context
            )
        else:
            opened = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
            opened.ehlo()
            if opened.has_extn("starttls"):
                opened.starttls(context=context)
        if server.user:
            opened.login(server.user, server.password)
        return opened


def _refusal(code: int) -> SendRefused | SendRetry:
    reason = f"smtp {code}"
    return SendRetry(reason, after_s=BUSY_S) if 400 <= code < 500 else SendRefused(reason)
