"""Has the configured model draft a case from a masked text; what it says is only suggested."""

from __future__ import annotations

import json
import logging
from typing import Any

from jsonschema import Draft202012Validator

from core.content.shape import SCHEMAS
from core.errors import ModelError
from core.ports.chat_model import ChatModel, ChatRequest, Lane
from core.prompts.authoring import authoring_prompt

_SCHEMA: dict[str, Any] = json.loads((SCHEMAS / "draft.json").read_text(encoding="utf-8"))
_GROUPS = {"goals": "goal", "facts": "fact", "limits": "limit"}
_TOKENS = 1800
_TIMEOUT_S = 60.0

log = logging.getLogger(__name__)


async def ask_model(
    model: ChatModel, text: str, *, language: str, separator: str
) -> dict[str, str]:
    """Suggestions by step id; empty when the model gives nothing that fits the schema.

    `text` is masked already. `separator` joins the entries of a list.
    """
    request = ChatRequest(
        messages=authoring_prompt(text, language=language),
        max_tokens=_TOKENS,
        temperature=0.3,
        seed=1,
        timeout_s=_TIMEOUT_S,
        lane=Lane.JUDGE,
        json_schema=_SCHEMA,
    )
    try:
        reply = await model.complete(request)
        return _flat(json.loads(_object(reply.text)), separator)
    except ModelError as error:
        log.warning("no draft from the model", extra={"reason": type(error).__name__})
    except ValueError:
        log.warning("no draft from the model", extra={"reason": "not_json"})
    return {}


def _object(text: str) -> str:
    """The outermost braces: some models put words or a fence around them."""
    return text[text.find("{") : text.rfind("}") + 1]


def _flat(data: object, separator: str) -> dict[str, str]:
    """`{"goals": [{"label": "a"}]}` -> `{"goal.1.label": "a"}`."""
    if not isinstance(data, dict) or not Draft202012Validator(_SCHEMA).is_valid(data):
        log.warning("no draft from the model", extra={"reason": "schema"})
        return {}
    found: dict[str, str] = {}
    for key, value in data.items():
        if key not in _GROUPS:
            found[key] = str(value).strip()
            continue
        for number, entry in enumerate(value, start=1):
            for name, said in entry.items():
                plain = separator.join(said) if isinstance(said, list) else said
                found[f"{_GROUPS[key]}.{number}.{name}"] = plain.strip()
    return {key: value for key, value in found.items() if value}
