"""A practice over Slack: signed requests in, posts with buttons out, on the product as wired."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from slack_sdk.signature import SignatureVerifier

from core.domain.people import Person, Role
from tests.fakes.slack_platform import (
    SECRET,
    TEAM,
    TOKEN,
    command,
    event,
    payload,
    signed,
)
from tests.flow.slack.workspace import ANN, Workspace
from tests.png import opened

SAMPLES = json.loads(
    (Path(__file__).parents[2] / "data" / "slack" / "inbound.json").read_text(encoding="utf-8")
)["samples"]


async def test_a_practice_goes_from_hello_to_the_debrief_in_one_thread(
    workspace: Workspace,
) -> None:
    hello = await workspace.type("hello")
    started = await workspace.type("practice 1 seed=7")
    first = workspace.slack.posts[-1]
    await workspace.type("Hello, this is Lin, may I have your name please?")
    reply = workspace.slack.posts[-1]
    hint = await workspace.type("hint")
    ended = await workspace.type("end")

    assert any("practice" in text for text in hello)
    assert any("AI" in text for text in started)
    assert reply.get("thread_ts") == first["ts"]
    assert hint
    assert any("/ 10" in text or "mark" in text.lower() for text in ended)
    last = [block for post in workspace.slack.posts[-2:] for block in post["blocks"]]
    says = [one["value"] for b in last if b["type"] == "actions" for one in b["elements"]]
    assert "replay" in says
    (shown,) = workspace.slack.uploads.values()
    assert shown["channel_id"] == ANN.replace("U", "D", 1)
    assert shown["thread_ts"] == first["ts"]
    assert shown["alt_txt"].startswith("Abilities in this practice")
    assert opened(shown["data"]).size[0] == 800


async def test_an_app_that_may_not_hand_in_files_still_says_every_word_once(
    workspace: Workspace,
) -> None:
    workspace.slack.lacks_files = True
    await workspace.type("practice 1 seed=7")
    await workspace.type("Hello, this is Lin, may I have your name please?")
    ended = await workspace.type("end")

    assert workspace.slack.uploads == {}
    assert sum("/ 10" in text for text in ended) == 1


async def test_a_button_says_its_command_and_a_repeat_is_worked_once(workspace: Workspace) -> None:
    await workspace.type("hello")
    body = payload(
        {
            "type": "block_actions",
            "team": {"id": TEAM},
            "user": {"id": ANN},
            "trigger_id": "1.2.3",
            "actions": [
                {"action_id": "say:today", "value": "today", "action_ts": "17.5", "type": "button"}
            ],
        }
    )
    answers = [await workspace.send(body, form=True) for _ in range(3)]
    before = len(workspace.slack.posts)
    await workspace.settle()
    new = workspace.slack.posts[before:]

    assert [status for status, _ in answers] == [200, 200, 200]
    assert len(new) == 1
    assert "practice" in new[0]["text"]


async def test_a_slash_command_and_a_modal_lead_to_a_practice(workspace: Workspace) -> None:
    status, _ = await workspace.send(command(ANN, "help", trigger="9.1"), form=True)
    choose = {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": ANN},
        "trigger_id": "9.2",
        "actions": [{"action_id": "choose", "value": "choose", "action_ts": "1", "type": "button"}],
    }
    opened, _ = await workspace.send(payload(choose), form=True)
    (modal,) = workspace.slack.views
    option = modal["view"]["blocks"][0]["element"]["options"][2]
    state = {"values": {"drill": {"drill": {"selected_option": option}}}}
    submit = {
        "type": "view_submission",
        "team": {"id": TEAM},
        "user": {"id": ANN},
        "view": {"id": "V1", "callback_id": "drill", "type": "modal", "state": state},
    }
    chosen, _ = await workspace.send(payload(submit), form=True)
    await workspace.settle()

    assert (status, opened, chosen) == (200, 200, 200)
    assert option["value"] == "practice 3"
    assert modal["trigger_id"] == "9.2"
    assert any("AI" in text for text in workspace.slack.texts(ANN))


async def test_the_home_tab_shows_plan_and_profile(workspace: Workspace) -> None:
    await workspace.type("hello")
    body = {
        "type": "event_callback",
        "team_id": TEAM,
        "event_id": "EvHome",
        "event": {"type": "app_home_opened", "user": ANN, "tab": "home"},
    }
    status, _ = await workspace.send(json.dumps(body))
    for _ in range(40):
        if workspace.slack.views:
            break
        await asyncio.sleep(0.05)
    (view,) = workspace.slack.views

    headings = [
        block["text"]["text"] for block in view["view"]["blocks"] if block["type"] == "header"
    ]
    assert status == 200
    assert headings == ["Today", "Plan", "Profile", "Last score"]


async def test_a_colleague_is_known_by_their_address(workspace: Workspace) -> None:
    lin = Person("1001", "林晓", Role.TRAINEE, "一组", email="Lin@Example.com")
    await workspace.house.transactions.write(lambda unit: unit.people.add(lin))
    workspace.slack.emails[ANN] = "lin@example.com"

    said = await workspace.type("你好")

    conversations = await workspace.house.transactions.read(
        lambda unit: unit.conversations.of_person("1001")
    )
    assert [one.address.user for one in conversations] == [ANN]
    assert "林晓" in said[0]


async def test_a_mention_in_a_group_is_answered_in_private_and_group_talk_is_not_heard(
    workspace: Workspace,
) -> None:
    mention = event(ANN, "<@U0BOT> hi", key="Ev1", type="app_mention", channel_type="channel")
    talk = event(ANN, "practice 1", key="Ev2", channel_type="channel")
    own = event(ANN, "practice 1", key="Ev3", bot_id="B1")
    edited = event(ANN, "practice 1", key="Ev4", subtype="message_changed")
    statuses = [(await workspace.send(body))[0] for body in (mention, talk, own, edited)]
    kept = await workspace.inbox()
    await workspace.settle()

    assert statuses == [200, 200, 200, 200]
    assert kept == 1
    assert workspace.slack.texts(ANN)


def here(body: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """The same payload, sent from our workspace."""
    if isinstance(body, dict):
        moved = {key: here(value) for key, value in body.items()}
        if "team_id" in moved:
            moved["team_id"] = TEAM
        if isinstance(moved.get("team"), dict):
            moved["team"]["id"] = TEAM
        return moved
    return [here(one) for one in body] if isinstance(body, list) else body


async def test_every_published_body_is_acknowledged(workspace: Workspace) -> None:
    found = {}
    for sample in SAMPLES:
        body, encoding = here(sample["body"]), sample["encoding"]
        if encoding == "json":
            text = json.dumps(body)
        elif encoding == "form":
            plain = body if isinstance(body, str) else urlencode(body)
            text = re.sub(r"\bteam_id=\w+", f"team_id={TEAM}", plain)
        else:
            text = f"payload={quote(json.dumps(body))}"
        status, answer = await workspace.send(text, form=encoding != "json")
        found[sample["case"]] = (status, "unhandled" in answer)

    assert len(found) == 21
    assert set(found.values()) == {(200, False)}, found


async def test_socket_mode_hears_the_same_and_acknowledges_after_keeping(
    workspace: Workspace,
) -> None:
    assert workspace.house.slack is not None
    body = json.loads(event(ANN, "today", key="EvSocket"))
    workspace.slack.envelopes = [
        {"type": "events_api", "envelope_id": f"e{turn}", "payload": body} for turn in range(2)
    ]
    stop = asyncio.Event()
    socket = replace(workspace.house.slack, app_token="xapp-1")
    running = asyncio.create_task(socket.run_socket(stop))
    await asyncio.wait_for(workspace.slack.linked.wait(), 10)
    await asyncio.sleep(0.2)
    kept = await workspace.inbox()
    stop.set()
    await asyncio.wait_for(running, 10)
    await workspace.settle()

    assert workspace.slack.acknowledged == ["e0", "e1"]
    assert kept == 1
    assert workspace.slack.texts(ANN)


async def test_a_door_that_cannot_keep_asks_slack_to_come_again(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(workspace.house.settings.data_dir / "peilian.db")) as file:
        file.execute("ALTER TABLE inbox RENAME TO gone")
    with caplog.at_level(logging.INFO):
        status, _ = await workspace.send(event(ANN, "the secret words", key="Ev1"))

    assert status == 503
    assert "secret words" not in caplog.text


# --- attacks: refused, nothing kept, no 5xx, no secret in the log


def _stale() -> tuple[str, dict[str, str], bool]:
    body = event(ANN, "practice 1", key="Ev1")
    return body, signed(body, at=int(time.time()) - 400), False


def _future() -> tuple[str, dict[str, str], bool]:
    body = event(ANN, "practice 1", key="Ev1")
    return body, signed(body, at=int(time.time()) + 400), False


def _deep() -> tuple[str, dict[str, str], bool]:
    body = '{"event":' + "[" * 100_000 + "]" * 100_000 + "}"
    return body, signed(body), False


def _with(headers: dict[str, str], *, form: bool = False) -> tuple[str, dict[str, str], bool]:
    return event(ANN, "practice 1", key="Ev1"), headers, form


def _other_secret() -> tuple[str, dict[str, str], bool]:
    body = event(ANN, "practice 1", key="Ev1")
    return body, signed(body, secret="another-tenant"), False


def _swapped() -> tuple[str, dict[str, str], bool]:
    return event(ANN, "practice 2", key="Ev1"), signed(event(ANN, "hi", key="Ev1")), False


def _foreign_team() -> tuple[str, dict[str, str], bool]:
    body = event(ANN, "practice 1", key="Ev1").replace(TEAM, "T0OTHER")
    return body, signed(body), False


def _of(body: str, *, form: bool = False) -> tuple[str, dict[str, str], bool]:
    return body, signed(body), form


NOW = str(int(time.time()))
ATTACKS = {
    "unsigned": _with({}),
    "empty signature": _with({"X-Slack-Request-Timestamp": NOW, "X-Slack-Signature": ""}),
    "no timestamp": _with({"X-Slack-Signature": "v0=" + "0" * 64}),
    "forged": _with({"X-Slack-Request-Timestamp": NOW, "X-Slack-Signature": "v0=" + "0" * 64}),
    "words for a time": _with(
        {"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": "v0=" + "0" * 64}
    ),
    "stale": _stale(),
    "from the future": _future(),
    "another tenant's secret": _other_secret(),
    "another body's signature": _swapped(),
    "deep JSON": _deep(),
    "oversized": _of(event(ANN, "x" * 300_000, key="Ev1")),
    "no JSON": _of("{"),
    "a list": _of("[]"),
    "a text": _of('"practice"'),
    "nothing": _of(""),
    "no form": _of("payload=%7B", form=True),
    "payload that is no object": _of("payload=%5B%5D", form=True),
    "user that is no id": _of(event("../../etc", "practice 1", key="Ev1")),
    "user that is an object": _of(
        json.dumps(
            {"type": "event_callback", "event_id": "E", "event": {"type": "message", "user": {}}}
        )
    ),
    "event that is a text": _of(json.dumps({"type": "event_callback", "event": "message"})),
    "action without a user": _of(
        payload({"type": "block_actions", "actions": [{"action_id": "say:x", "value": "y"}]}),
        form=True,
    ),
    "unknown team": _foreign_team(),
    "NUL in the type": _of('{"type":"\\u0000","event":{}}'),
}


@pytest.mark.parametrize("down", [False, True], ids=["", "Slack down"])
async def test_every_attack_is_refused_or_comes_to_nothing(
    workspace: Workspace, caplog: pytest.LogCaptureFixture, *, down: bool
) -> None:
    await workspace.send(event("U0SEEN", "hi", key="EvSeen"))
    workspace.slack.is_down = down
    found = {}
    with caplog.at_level(logging.INFO):
        for name, (body, headers, form) in ATTACKS.items():
            sent = headers
            if "X-Slack-Request-Timestamp" in headers:
                sent = _fresh(name, body, headers)
            status, answer = await workspace.send(body, form=form, headers=sent)
            found[name] = (status < 500, await workspace.inbox(), "Traceback" in answer)

    assert set(found.values()) == {(True, 0, False)}, found
    for secret in (SECRET, TOKEN, "practice 1"):
        assert secret not in caplog.text


async def test_what_is_not_signed_is_refused_before_it_is_read(workspace: Workspace) -> None:
    """A body that could not be read is told so only to who may send one."""
    body, headers, form = ATTACKS["deep JSON"]
    unsigned, _ = await workspace.send(body, form=form, headers={})
    known, _ = await workspace.send(body, form=form, headers=_fresh("deep JSON", body, headers))

    assert (unsigned, known) == (401, 400)


def _fresh(name: str, body: str, headers: dict[str, str]) -> dict[str, str]:
    """The same attack signed at the moment it is tried: the table was made when tests were read."""
    forged = ("forged", "empty signature", "words for a time", "another body's signature")
    if name in forged:
        return headers
    secret = "another-tenant" if name == "another tenant's secret" else SECRET
    away = {"stale": -400, "from the future": 400}.get(name, 0)
    return signed(body, secret=secret, at=int(time.time()) + away)


def test_the_published_vector_is_stale_today_and_right_at_its_time() -> None:
    """docs.slack.dev, request verification: the worked example of 2018."""
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id="
        "G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-"
        "collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F3977"
        "00885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d1"
        "0d2c447fce8b6703c"
    )
    headers = {
        "X-Slack-Request-Timestamp": "1531420618",
        "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    }

    class Then:
        def now(self) -> float:
            return 1531420618.0

    secret = "8f742231b10e8888abcd99yyyzzz85a5"
    assert SignatureVerifier(secret, Then()).is_valid_request(body, headers)  # type: ignore[arg-type]
    assert not SignatureVerifier(secret).is_valid_request(body, headers)
