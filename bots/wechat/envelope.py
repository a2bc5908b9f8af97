"""The sealed envelope: wechatpy's crypto, with the checks it leaves out.

wechatpy strips as many bytes as the last one says without looking at them, believes the
length field, compares signatures with `!=`, draws the random bytes from a plain generator
and knows no age. Opening here is strict; signing and comparing are in constant time.
"""

from __future__ import annotations

import hmac
import secrets
import struct
from collections.abc import Callable, Sequence

from wechatpy.crypto import PrpCrypto
from wechatpy.crypto.base import WeChatCipher
from wechatpy.exceptions import InvalidAppIdException
from wechatpy.utils import WeChatSigner

from core.errors import InboundRefused, RefusalReason

_BLOCK = 32
_HEAD = 20
"""16 random bytes and the length of the message."""

Random16 = Callable[[], str]
"""Gives 16 ASCII characters nobody can guess."""


def random16() -> str:
    """16 characters from the system's generator."""
    return secrets.token_hex(8)


def sign(token: str, *parts: str) -> str:
    """SHA-1 (hex) over the sorted, joined token and parts."""
    signer = WeChatSigner()
    signer.add_data(token, *parts)
    return str(signer.signature)


def same(left: str, right: str) -> bool:
    """Compare in constant time; any characters are allowed."""
    return hmac.compare_digest(
        left.encode(errors="surrogatepass"), right.encode(errors="surrogatepass")
    )


def seal(key: bytes, text: str, *, app_id: str, random: Random16 = random16) -> str:
    """The base64 ciphertext of `text`; `random` gives the 16 leading bytes."""
    sealed: bytes = _Crypto(key, random).encrypt(text, app_id)
    return sealed.decode("ascii")


def open_sealed(keys: Sequence[bytes], ciphertext: str, *, app_id: str) -> str:
    """The text inside, by the first key that opens it.

    Raises InboundRefused: FOREIGN_RECEIVER when it was sealed for another account,
    MALFORMED when no key opens it.
    """
    for key in keys:
        try:
            return str(_Crypto(key, random16).decrypt(ciphertext, app_id))
        except InvalidAppIdException:
            raise InboundRefused(RefusalReason.FOREIGN_RECEIVER) from None
        except (ValueError, struct.error):
            continue
    raise InboundRefused(RefusalReason.MALFORMED, status=400)


class _StrictCipher:
    """A cipher that hands on only what is padded and measured as it says."""

    def __init__(self, key: bytes) -> None:
        self._cipher = WeChatCipher(key)

    def encrypt(self, plaintext: bytes) -> bytes:
        return bytes(self._cipher.encrypt(plaintext))

    def decrypt(self, ciphertext: bytes) -> bytes:
        plain = bytes(self._cipher.decrypt(ciphertext))
        pad = plain[-1] if plain else 0
        if not 1 <= pad <= _BLOCK or plain[-pad:] != bytes([pad]) * pad:
            raise ValueError("padding")
        room = len(plain) - pad - _HEAD
        if room < 0 or struct.unpack(">I", plain[16:_HEAD])[0] > room:
            raise ValueError("length")
        return plain


class _Crypto(PrpCrypto):  # type: ignore[misc]  # wechatpy ships no types
    """wechatpy's envelope around the strict cipher and our own chance."""

    def __init__(self, key: bytes, random: Random16) -> None:
        self.cipher = _StrictCipher(key)
        self._random = random

    def get_random_string(self) -> str:
        return self._random()
