"""Our messages as Block Kit: text in sections, and buttons for what one may say next: pure.

Limits (docs.slack.dev, Block Kit): those of `bots.slack.limits`, and 5 buttons a row here, 75
characters on a button, 2,000 in its value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bots.next_steps import Step, step, steps_after
from bots.slack.convert import SAYS
from bots.slack.limits import SlackLimits
from bots.text import split
from core.catalogue import say
from core.domain.messages import OutboundMessage

BUTTONS = 5
OPTIONS = 100

Block = dict[str, Any]


def escaped(text: str) -> str:
    """Text that Slack shows as it is: a line of a customer is no mention and no link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def sections(text: str, limits: SlackLimits) -> list[Block]:
    """The text in sections, which are cut by bytes: a character has one at least."""
    pieces = split(text, limits.section_chars)
    return [
        {"type": "section", "text": {"type": "plain_text", "text": piece, "emoji": True}}
        for piece in pieces
    ]


def buttons(messages: Sequence[OutboundMessage]) -> list[Block]:
    """One row of buttons; each says a command, with the number of the drill where one is named."""
    elements = [_button(one) for one in steps_after(messages)[:BUTTONS]]
    return [{"type": "actions", "elements": elements}] if elements else []


def button(language: str, name: str) -> Block:
    """A button that says the command `name` in the person's language."""
    return _button(step(language, name))


def _button(one: Step) -> Block:
    return {
        "type": "button",
        "action_id": f"{SAYS}:{one.name}",
        "text": {"type": "plain_text", "text": one.label},
        "value": one.says,
    }


def drill_modal(language: str, drills: Sequence[tuple[int, str]]) -> Block:
    """The modal in which a drill is chosen; `drills`: (number, title), 100 at most."""
    options = [
        {
            "text": {"type": "plain_text", "text": f"{number}. {title}"[:75]},
            "value": step(language, "practice", argument=f" {number}").says,
        }
        for number, title in drills[:OPTIONS]
    ]
    return {
        "type": "modal",
        "callback_id": "drill",
        "title": {"type": "plain_text", "text": say(language, "slack.modal.title")},
        "submit": {"type": "plain_text", "text": step(language, "practice").label},
        "close": {"type": "plain_text", "text": say(language, "slack.modal.close")},
        "blocks": [
            {
                "type": "input",
                "block_id": "drill",
                "label": {"type": "plain_text", "text": say(language, "slack.modal.label")},
                "element": {
                    "type": "static_select",
                    "action_id": "drill",
                    "options": options,
                },
            }
        ],
    }


def home_view(language: str, parts: Sequence[tuple[str, str]], limits: SlackLimits) -> Block:
    """The home tab: (heading, text) one below the other, and the ways to begin."""
    found: list[Block] = []
    for heading, text in parts:
        found.append({"type": "header", "text": {"type": "plain_text", "text": heading[:150]}})
        found += sections(text, limits)
    choose = {
        "type": "button",
        "action_id": "choose",
        "text": {"type": "plain_text", "text": say(language, "slack.modal.title")},
        "value": "choose",
    }
    elements = [button(language, "today"), button(language, "practice"), choose]
    row = {"type": "actions", "elements": elements}
    return {"type": "home", "blocks": [*found[: limits.view_blocks - 1], row]}
