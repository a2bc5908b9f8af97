"""The published WeCom vectors and bodies, with the code we ship, and Node's package as the peer."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bots.wechat.door import open_post
from bots.wechat.envelope import open_sealed, seal, sign
from bots.wecom.app import AppKeys
from bots.wecom.callbacks import Callback, from_fields
from core.domain.messages import InboundKind
from core.errors import InboundRefused, RefusalReason
from tests.fakes.wechat_platform import WallClock
from tests.fakes.wecom_platform import AES_KEY, AGENT, CORP, TOKEN, callback, sealed

DATA = Path(__file__).parents[2] / "data" / "wecom"
VECTORS = json.loads((DATA / "vectors.json").read_text(encoding="utf-8"))["vectors"]
SAMPLES = json.loads((DATA / "inbound.json").read_text(encoding="utf-8"))["samples"]
KEYS = AppKeys(CORP, AGENT, "s", TOKEN, AES_KEY)


def keys_of(vector: dict[str, Any]) -> AppKeys:
    return AppKeys(vector["receiver"], 1, "s", "t", vector["aes_key"])


def named(kind: str) -> list[Any]:
    return [pytest.param(one, id=one["id"]) for one in VECTORS if one["kind"] == kind]


def test_there_are_ten_vectors_and_eleven_bodies() -> None:
    assert (len(VECTORS), len(SAMPLES)) == (10, 11)


@pytest.mark.parametrize("vector", [*named("sha1-sorted"), *named("sha1-sorted-must-differ")])
def test_our_signature_is_the_published_one(vector: dict[str, Any]) -> None:
    token, *parts = vector["parts"]

    assert (sign(token, *parts) == vector["expect"]) is (vector["kind"] == "sha1-sorted")


@pytest.mark.parametrize("vector", named("wxbiz-decrypt"))
def test_the_published_envelopes_open(vector: dict[str, Any]) -> None:
    keys = keys_of(vector)
    found = open_sealed(keys.aes_keys, vector["ciphertext"], app_id=keys.app_id)

    assert found == vector.get("expect", found)
    assert all(part in found for part in vector.get("expect_contains", ()))
    with pytest.raises(InboundRefused):
        open_sealed(keys.aes_keys, vector["ciphertext"], app_id="ww-somebody-else")


@pytest.mark.parametrize("vector", named("wxbiz-encrypt"))
def test_our_seal_is_the_published_one(vector: dict[str, Any]) -> None:
    keys = keys_of(vector)
    made = seal(
        keys.aes_keys[0], vector["plaintext"], app_id=keys.app_id, random=lambda: vector["random"]
    )

    assert made == vector["expect"]


def opened(xml: str, keys: AppKeys = KEYS) -> Callback:
    query, body = sealed(xml)
    return from_fields(keys, open_post(KEYS, query, body.encode(), now=WallClock().now()).fields)


@pytest.mark.parametrize("sample", SAMPLES, ids=[one["case"] for one in SAMPLES])
def test_every_published_body_is_read_or_refused_as_foreign(sample: dict[str, Any]) -> None:
    """The samples are for a company called `toUser` and, most of them, application 1."""
    keys = AppKeys("toUser", 1, "s", TOKEN, AES_KEY)
    if sample["case"] == "export":
        with pytest.raises(InboundRefused, match=RefusalReason.FOREIGN_RECEIVER.value):
            opened(sample["xml"], keys)
        return
    found = opened(sample["xml"], keys)
    kind = found.inbound.kind if found.inbound else None
    wanted = {
        "parse_text_message": InboundKind.TEXT,
        "parse_voice_message": InboundKind.VOICE,
        "parse_click_event": InboundKind.MENU,
        "subscribe_event": InboundKind.FOLLOW,
        "parse_subscribe_event": InboundKind.FOLLOW,
        "parse_view_event": None,
    }
    assert kind is wanted.get(sample["case"], InboundKind.UNSUPPORTED)


def test_a_change_of_the_directory_is_nobodys_message() -> None:
    found = opened(callback("sys", "event", agent="", Event="change_contact", ChangeType="x"))

    assert found == Callback(directory_changed=True)


async def node(modules: str, script: str, *given: str) -> dict[str, str]:
    head = f"const C = require('{modules}/wechat-crypto'); const a = process.argv.slice(1);"
    process = await asyncio.create_subprocess_exec(
        "node",
        "--no-warnings",
        "-e",
        f"{head} {script}",
        "--",
        *given,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    found: dict[str, str] = json.loads(out)
    return found


async def test_nodes_package_opens_what_we_seal_and_we_open_what_it_seals(
    node_modules: str,
) -> None:
    xml = callback("ann", Content="你好，今天练什么？", MsgId=1)
    ours = seal(KEYS.aes_keys[0], xml, app_id=CORP)
    theirs = await node(
        node_modules,
        "const c = new C(a[0], a[1], a[2]); const e = c.encrypt(a[3]);"
        "console.log(JSON.stringify({ ...c.decrypt(a[4]), sealed: e,"
        " signature: c.getSignature('1', 'n', e) }))",
        *(TOKEN, AES_KEY, CORP, xml, ours),
    )

    assert (theirs["message"], theirs["id"]) == (xml, CORP)
    assert open_sealed(KEYS.aes_keys, theirs["sealed"], app_id=CORP) == xml
    assert sign(TOKEN, "1", "n", theirs["sealed"]) == theirs["signature"]
