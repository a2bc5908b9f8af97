"""The ten published WeChat vectors, recomputed with the code we ship."""

import json
from pathlib import Path
from typing import Any

import pytest
from wechatpy.crypto import WeChatWxaCrypto
from wechatpy.utils import check_wxa_signature

from bots.wechat.account import WeChatAccount
from bots.wechat.door import check_echo, open_post
from bots.wechat.envelope import open_sealed, seal, sign
from core.errors import InboundRefused, RefusalReason
from tests.unit.wechat.samples import at, read_json

VECTORS = {vector["id"]: vector for vector in read_json("vectors.json")["vectors"]}


def key_of(vector: dict[str, Any]) -> bytes:
    account = WeChatAccount(
        app_id=vector["receiver"], app_secret="s", token="t", aes_key=vector["aes_key"]
    )
    return account.aes_keys[0]


def test_there_are_ten_vectors() -> None:
    assert len(VECTORS) == 10


@pytest.mark.parametrize(
    "name",
    [
        "wx-url-verify",
        "wx-plain-post",
        "wx-safe-signature",
        "wx-safe-msg-signature",
        "wx-safe-reply-signature",
    ],
)
def test_our_signature_is_the_published_one(name: str) -> None:
    token, *parts = VECTORS[name]["parts"]
    assert sign(token, *parts) == VECTORS[name]["expect"]


@pytest.mark.parametrize("name", ["wx-safe-encrypt-reply", "wx-chinese-encrypt"])
def test_our_seal_is_the_published_one(name: str) -> None:
    vector = VECTORS[name]
    sealed = seal(
        key_of(vector),
        vector["plaintext"],
        app_id=vector["receiver"],
        random=lambda: vector["random"],
    )
    assert sealed == vector["expect"]
    assert open_sealed([key_of(vector)], sealed, app_id=vector["receiver"]) == vector["plaintext"]


def test_the_published_envelope_opens() -> None:
    vector = VECTORS["wx-safe-decrypt"]
    opened = open_sealed([key_of(vector)], vector["ciphertext"], app_id="wxba5fad812f8e6fb9")
    assert opened == vector["expect"]


def test_the_published_address_check_is_echoed() -> None:
    vector = VECTORS["wx-url-verify"]
    account = WeChatAccount(app_id="wx1", app_secret="s", token="AAAAA")
    query = {
        "signature": vector["expect"],
        "timestamp": "1714036504",
        "nonce": "1514711492",
        "echostr": "4375120948345356249",
    }
    assert check_echo(account, query, now=at(1714036504)) == "4375120948345356249"


def test_the_published_plain_post_passes_the_door() -> None:
    vector = VECTORS["wx-plain-post"]
    account = WeChatAccount(app_id="wx1", app_secret="s", token="AAAAA")
    query = {"signature": vector["expect"], "timestamp": "1714037059", "nonce": "486452656"}
    opened = open_post(account, query, vector["extra"]["body"].encode(), now=at(1714037059))
    assert opened.fields["debug_str"] == "hello world"
    assert opened.sealed is False


def test_the_published_safe_post_passes_the_door_by_its_msg_signature_only() -> None:
    account = WeChatAccount(
        app_id="wxba5fad812f8e6fb9", app_secret="s", token="AAAAA", aes_key="A" * 43
    )
    body = json.dumps(
        {"ToUserName": "gh_97417a04a28d", "Encrypt": VECTORS["wx-safe-decrypt"]["ciphertext"]}
    ).encode()
    query = {
        "signature": VECTORS["wx-safe-signature"]["expect"],
        "msg_signature": VECTORS["wx-safe-msg-signature"]["expect"],
        "timestamp": "1714112445",
        "nonce": "415670741",
        "encrypt_type": "aes",
    }
    opened = open_post(account, query, body, now=at(1714112445))
    assert opened.fields["Event"] == "debug_demo"
    assert opened.sealed is True

    for trap in ({"msg_signature": query["signature"]}, {"msg_signature": ""}):
        with pytest.raises(InboundRefused) as refused:
            open_post(account, query | trap, body, now=at(1714112445))
        assert refused.value.reason is RefusalReason.BAD_SIGNATURE


def test_the_library_agrees_with_the_mini_program_vectors() -> None:
    data = VECTORS["mini-userdata-decrypt"]
    crypto = WeChatWxaCrypto(data["key_b64"], data["iv_b64"], "wx4f4bc4dec97d474b")
    opened = crypto.decrypt_message(data["ciphertext"])
    assert opened["openId"] == "oGZUI0egBJY1zhBYw2KhdUfwVJJE"
    assert opened["nickName"] == "Band"

    raw, session_key = VECTORS["mini-rawdata-signature"]["parts"]
    check_wxa_signature(session_key, raw, "75e81ceda165f4ffa64f4068af58c64b8f54b88c")


def test_the_data_carries_its_licence() -> None:
    folder = Path(__file__).parents[2] / "data" / "wechat"
    assert "MIT License" in (folder / "LICENSE-wechatpy.txt").read_text("utf-8")
