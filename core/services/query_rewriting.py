"""Everyday questions in the formal words of articles, from a language model."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from core.ports.chat_model import ChatModel, ChatRequest, Lane
from core.prompts.query_rewrite import query_rewrite_prompt

MOST = 2
LONGEST = 80
"""Characters of one rewording; a longer line is no question but an answer."""

_KEPT = 1000
_HAN = re.compile(r"[\u3400-\u9fff]")
_NUMBERING = re.compile(r"^\s*(?:[-*•·]|\d{1,2}\s*[.、)）:：])\s*")
_PLACEHOLDER = re.compile(r"〔[^〕]*〕")


@dataclass(frozen=True, slots=True)
class QueryRewriter:
    """Asks a model once for each question and remembers the answer. `masked` takes out what names
    a person before anything is sent; `name` tells what the rewordings come from."""

    model: ChatModel
    name: str
    masked: Callable[[str], str]
    timeout_s: float = 2.0
    _known: OrderedDict[str, tuple[str, ...]] = field(default_factory=OrderedDict)

    async def words(self, question: str) -> Sequence[str]:
        """At most two other ways to ask, best first. ModelError when the model gives none in
        time; what it gives that is no rewording is dropped."""
        asked = self.masked(question)
        if asked not in self._known:
            language = "zh" if _HAN.search(asked) else "en"
            request = ChatRequest(
                messages=query_rewrite_prompt(asked, language=language),
                max_tokens=96,
                temperature=0.0,
                seed=0,
                timeout_s=self.timeout_s,
                lane=Lane.INTERACTIVE,
            )
            said = (await self.model.complete(request)).text
            self._known[asked] = _rewordings(said, asked)
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return self._known[asked]

    async def close(self) -> None:
        """Let go of connections."""
        await self.model.close()


def _rewordings(said: str, asked: str) -> tuple[str, ...]:
    lines = (_PLACEHOLDER.sub("", _NUMBERING.sub("", line)).strip() for line in said.splitlines())
    good = (line for line in lines if line and len(line) <= LONGEST and line != asked)
    return tuple(dict.fromkeys(good))[:MOST]
