"""Who asks whether something is right after what the customer has said says it back."""

from __future__ import annotations

import re

from core.customer.line_text import clauses, sentences
from core.customer.matter import Matter, weight_in

LEAST = 10
"""Signs of content of the customer's own before the short question."""
_TAG = 7
"""Signs of a question that asks no more than whether it is right."""
_MORE = re.compile(
    r"什么|多少|哪|几|怎么|何|谁|还是|方便|可以|行|好|要|愿|同意|清楚|明白|懂|呢|收到|到账|有没有"
)
"""What asks for a fact, for leave, or whether it was understood."""


def says_back(text: str, said: Matter) -> bool:
    """Whether a sentence of `text` (normal form) holds the customer's own content, figures with
    it, and ends in a bare question whether that is so."""
    for one in sentences(text):
        sentence = text[one.start : one.end].rstrip()
        if not sentence.endswith("?"):
            continue
        *before, tag = clauses(sentence)
        asked = sentence[tag.start : tag.end]
        bare = len(asked) <= _TAG and not _MORE.search(asked)
        if before and bare and weight_in(sentence[: tag.start], said) >= LEAST:
            return True
    return False
