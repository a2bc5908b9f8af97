"""Verification of what WeChat posts: pure functions of account, query, body and now.

The plain `signature` covers token, time and nonce, not the body, and is valid for any body;
in safe mode `msg_signature`, which covers the ciphertext, is the one that counts.
Every fault is an InboundRefused with a 4xx status.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn, Protocol
from xml.etree import ElementTree
from xml.parsers.expat import ExpatError

from wechatpy.parser import parse_message

from bots.wechat.envelope import open_sealed, same, sign
from core.domain.messages import Json
from core.errors import InboundRefused, RefusalReason

MAX_BODY_BYTES = 64 * 1024
MAX_AGE_S = 300
_MAX_ECHO = 1024

_TIMESTAMP = re.compile(r"[0-9]{1,11}")
_START = re.compile(r"\ufeff?\s*(?:<\?xml\s[^<>]*\?>)?\s*<xml\s*>")
_DECLARATION = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")


class Receiver(Protocol):
    """Whom requests are meant for: an official account, or an application of WeCom."""

    @property
    def app_id(self) -> str:
        """The receiver that the envelope names."""
        ...

    @property
    def token(self) -> str: ...
    @property
    def sealed(self) -> bool: ...
    @property
    def aes_keys(self) -> Sequence[bytes]: ...


Query = Mapping[str, str]
Fields = Mapping[str, Json]
"""The fields of a message by the platform's names, whether it came as XML or as JSON."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A verified message; `sealed` says that the answer must be sealed too."""

    fields: Fields
    sealed: bool


def single_values(pairs: Iterable[tuple[str, str]]) -> Query:
    """Query parameters by name. MALFORMED if one is named twice: two readers may differ."""
    values: dict[str, str] = {}
    for name, value in pairs:
        if name in values:
            malformed()
        values[name] = value
    return values


def check_echo(account: Receiver, query: Query, *, now: datetime) -> str:
    """What to echo when the platform checks the address: `echostr`, opened if it is sealed."""
    _check_age(query, now=now)
    echo = query.get("echostr", "")
    if not echo or len(echo) > _MAX_ECHO:
        malformed()
    if "msg_signature" not in query:
        _check_signature(account, query)
        return echo
    if not account.sealed:
        malformed()
    return _unseal(account, query, echo)


def open_post(account: Receiver, query: Query, body: bytes, *, now: datetime) -> Opened:
    """Verify and parse one delivery: plain, compatible or safe; XML or JSON."""
    if len(body) > MAX_BODY_BYTES:
        raise InboundRefused(RefusalReason.TOO_LARGE, status=413)
    _check_age(query, now=now)
    if not account.sealed:
        _check_signature(account, query)
        return Opened(fields=_parse(_decoded(body)), sealed=False)
    if "signature" in query:
        _check_signature(account, query)
    text = _decoded(body)
    ciphertext = _ciphertext(text)
    if ciphertext is None:
        raise InboundRefused(RefusalReason.DOWNGRADED)
    return Opened(fields=_parse(_unseal(account, query, ciphertext)), sealed=True)


def malformed() -> NoReturn:
    """Refuse what cannot be read."""
    raise InboundRefused(RefusalReason.MALFORMED, status=400) from None


def _check_age(query: Query, *, now: datetime) -> None:
    stamp = query.get("timestamp", "")
    if not _TIMESTAMP.fullmatch(stamp):
        malformed()
    if abs(now.timestamp() - int(stamp)) > MAX_AGE_S:
        raise InboundRefused(RefusalReason.STALE)


def _check_signature(account: Receiver, query: Query) -> None:
    expected = sign(account.token, query.get("timestamp", ""), query.get("nonce", ""))
    if not same(expected, query.get("signature", "")):
        raise InboundRefused(RefusalReason.BAD_SIGNATURE)


def _unseal(account: Receiver, query: Query, ciphertext: str) -> str:
    stamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    expected = sign(account.token, stamp, nonce, ciphertext)
    if not same(expected, query.get("msg_signature", "")):
        raise InboundRefused(RefusalReason.BAD_SIGNATURE)
    if not _BASE64.fullmatch(ciphertext):
        malformed()
    return open_sealed(account.aes_keys, ciphertext, app_id=account.app_id)


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        malformed()


def _ciphertext(text: str) -> str | None:
    """The one `Encrypt` part of an outer body, None when there is none."""
    if _is_json(text):
        found = _json_object(text).get("Encrypt")
        if found is None or isinstance(found, str):
            return found
        malformed()
    _check_prolog(text)
    try:
        parts = ElementTree.fromstring(text).findall("Encrypt")
    except ElementTree.ParseError:
        malformed()
    if len(parts) > 1:
        malformed()
    return (parts[0].text or "").strip() if parts else None


def _parse(text: str) -> Fields:
    if _is_json(text):
        return _json_object(text)
    _check_prolog(text)
    try:
        # The parsed classes know no subscribe_msg_* event and drop its name: read their source.
        fields: dict[str, Json] = parse_message(text.lstrip("\ufeff"))._data
    except (ExpatError, ValueError, KeyError, TypeError, AttributeError):
        malformed()
    return fields


def _is_json(text: str) -> bool:
    return text.lstrip("\ufeff \t\r\n").startswith("{")


def _json_object(text: str) -> dict[str, Json]:
    try:
        value = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        malformed()
    if not isinstance(value, dict):
        malformed()
    return value


def _check_prolog(text: str) -> None:
    """Only a declaration may stand before `<xml>`, so no DTD ever reaches a parser.

    Looking at the prolog alone leaves a trainee free to quote `<!DOCTYPE` in a message.
    """
    if _START.match(text):
        return
    if _DECLARATION.search(text):
        raise InboundRefused(RefusalReason.FORBIDDEN_XML, status=400)
    malformed()
