"""Template cards with buttons, for the AI bot and for the app: pure.

Limits (document paths 90236 and 101463): 6 buttons, 10 characters on a button, 1,024 bytes in its
key; a task id of at most 128 of `0-9 A-Z a-z _ - @`, never used twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from bots.next_steps import Step
from core.catalogue import say
from core.domain.messages import Json

Body: TypeAlias = dict[str, Json]

BUTTONS = 6
_LABEL, _KEY, _TITLE = 10, 256, 26
_PLAIN, _MAIN = 4, 1


def card(language: str, steps: Sequence[Step], *, task_id: str) -> Body:
    """A card that says nothing but offers these steps; a button's key is what pressing it says."""
    return _card(say(language, "wecom.card.title"), steps, task_id=task_id)


def answered(language: str, said: str, *, task_id: str) -> Body:
    """The same card once a button was pressed: what was chosen, to be said again if wanted."""
    shown = said[:_LABEL]
    title = say(language, "wecom.card.chosen", said=shown)
    return _card(title, [Step("chosen", shown, said)], task_id=task_id)


def _card(title: str, steps: Sequence[Step], *, task_id: str) -> Body:
    buttons: list[Json] = [
        {
            "text": one.label[:_LABEL],
            "key": one.says[:_KEY],
            "style": _PLAIN if at else _MAIN,
        }
        for at, one in enumerate(steps[:BUTTONS])
    ]
    return {
        "card_type": "button_interaction",
        "main_title": {"title": title[:_TITLE]},
        "button_list": buttons,
        "task_id": task_id,
    }
