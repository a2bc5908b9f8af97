"""Our messages as Block Kit: text in sections, and buttons for what one may say next: pure.

Limits (docs.slack.dev, Block Kit): 3,000 characters a section, 50 blocks a message, 5 buttons a
row here, 75 characters on a button, 2,000 in its value; about 13,200 over all blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bots.next_steps import Step, step, steps_after
from bots.slack.convert import SAYS
from core.catalogue import say
from core.domain.messages import OutboundMessage

SECTION = 2900
MOST_TEXT = 12_000
BLOCKS = 48
BUTTONS = 5

Block = dict[str, Any]


def escaped(text: str) -> str:
    """Text that Slack shows as it is: a line of a customer is no mention and no link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def blocks(texts: Sequence[str], messages: Sequence[OutboundMessage]) -> list[Block]:
    """Sections for all texts, and the buttons of the last message that has some."""
    found: list[Block] = []
    for text in texts:
        for piece in pieces(text[:MOST_TEXT], SECTION):
            section = {"type": "plain_text", "text": piece, "emoji": True}
            found.append({"type": "section", "text": section})
    row = buttons(messages)
    return [*found[: BLOCKS - len(row)], *row]


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


def pieces(text: str, most: int) -> list[str]:
    """The text in parts of at most `most` characters, cut at line ends where there are some."""
    parts: list[str] = []
    while len(text) > most:
        cut = text.rfind("\n", 1, most + 1)
        cut = cut if cut > 0 else most
        parts.append(text[:cut])
        text = text[cut:].lstrip("\n")
    return [*parts, text] if text.strip() else parts


def drill_modal(language: str, drills: Sequence[tuple[int, str]]) -> Block:
    """The modal in which a drill is chosen; `drills`: (number, title), 100 at most."""
    options = [
        {
            "text": {"type": "plain_text", "text": f"{number}. {title}"[:75]},
            "value": step(language, "practice", argument=f" {number}").says,
        }
        for number, title in drills[:100]
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


def home_view(language: str, parts: Sequence[tuple[str, str]]) -> Block:
    """The home tab: (heading, text) one below the other, and the ways to begin."""
    found: list[Block] = []
    for heading, text in parts:
        found.append({"type": "header", "text": {"type": "plain_text", "text": heading[:150]}})
        found += [
            {"type": "section", "text": {"type": "plain_text", "text": piece}}
            for piece in pieces(text, SECTION)
        ]
    choose = {
        "type": "button",
        "action_id": "choose",
        "text": {"type": "plain_text", "text": say(language, "slack.modal.title")},
        "value": "choose",
    }
    elements = [button(language, "today"), button(language, "practice"), choose]
    return {"type": "home", "blocks": [*found[:90], {"type": "actions", "elements": elements}]}
