"""How a company's own customers write, as figures: no line of anybody's is in here.

A style pack drives the wording of the embedded customer. N-grams and short set phrases are in it
only when many dialogues hold them, so that they belong to nobody.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

START, END = "\u0002", "\u0003"
"""Marks of the beginning and the end of a message inside n-grams."""

EMOTICON = re.compile(
    r"#E-\w+(?:\[[^\]]*\])?"
    r"|[\U0001F300-\U0001FAFF\u2600-\u27BF][\uFE0F\u200D\U0001F3FB-\U0001F3FF]*"
)
"""An emoticon, or the mark that a chat tool's export puts in its place."""

DIGIT = "\\d"
"""What stands in a form for a digit that differs from message to message."""

_NUMBER = re.compile(r"\d+")

_BACK_OFF = 0.4
_UNSEEN = 1e-6


@dataclass(frozen=True, slots=True)
class Utterance:
    """One customer message; messages with the same dialogue and turn were sent in a row."""

    dialogue: str
    turn: int
    text: str


@dataclass(frozen=True)
class StylePack:
    """Figures of a company's customer lines.

    `failed` are the gates that a study with this pack did not pass: such a pack is not offered.

    `lines` and `dialogues` say what they rest on; `lengths` are the nine deciles of characters
    a message; `burst_shares` the shares of turns with one, two and three or more messages (empty
    where the source does not tell); `inner_marks` and `final_marks` the shares of what stands
    between clauses and at the end ("" is nothing), `question_marks` the same at the end of
    questions; `polite_you` the share of 您 among 您 and 你; `stock` short messages that many
    dialogues hold, with their shares of all messages; `grams` counts of character n-grams up to
    `order` for the likelihood of a wording.

    How the source is written rather than how its customers write: `forms` are messages that are
    no words (an order card, a link, a mask), with DIGIT for each digit that is not the same in
    all of them, and their shares of all messages; `number_marks` what a mask puts in the place of
    a number (empty: numbers are left as they are); `last_line` the mark that ends nearly every
    dialogue of the source, or nothing.

    `emoticons_alone` and `emoticons_last`: shares of messages that are nothing but emoticons, and
    that end with one; `emoticon_marks` how the source writes them; `links` the share of dialogues
    with a message that is a link.

    `first_lines` are what many dialogues begin with, and their shares of dialogues. `odds` are
    the weights of n-grams that tell the source from our own customer, `even_odds` what is added
    to their sum: log-odds that a message is the source's.
    """

    language: str
    lines: int
    dialogues: int
    lengths: tuple[int, ...]
    burst_shares: tuple[float, ...]
    inner_marks: Mapping[str, float]
    final_marks: Mapping[str, float]
    question_marks: Mapping[str, float]
    polite_you: float
    stock: Mapping[str, float]
    order: int
    grams: Mapping[str, int]
    failed: tuple[str, ...] = ()
    forms: Mapping[str, float] = field(default_factory=dict)
    number_marks: Mapping[str, float] = field(default_factory=dict)
    last_line: str = ""
    first_lines: Mapping[str, float] = field(default_factory=dict)
    odds: Mapping[str, float] = field(default_factory=dict)
    even_odds: float = 0.0
    emoticons_alone: float = 0.0
    emoticons_last: float = 0.0
    emoticon_marks: Mapping[str, float] = field(default_factory=dict)
    links: float = 0.0

    def likelihood(self, text: str) -> float:
        """Mean log-probability of a character, its end included; higher is more like the source.

        N-grams with stupid back-off (Brants et al. 2007), factor 0.4.
        """
        padded = START + text.lower() + END
        found = [self._log_share(padded, at) for at in range(1, len(padded))]
        return sum(found) / len(found)

    def _log_share(self, padded: str, at: int) -> float:
        penalty = 1.0
        for size in range(min(self.order, at + 1), 1, -1):
            count = self.grams.get(padded[at - size + 1 : at + 1])
            if count:
                return math.log(penalty * count / self.grams[padded[at - size + 1 : at]])
            penalty *= _BACK_OFF
        return math.log(max(_UNSEEN, penalty * self.grams.get(padded[at], 0) / self._characters))

    def log_odds(self, text: str) -> float:
        """Log-odds that the message is of the source and not of our own customer's making."""
        return self.even_odds + sum(self.odds.get(gram, 0.0) for gram in self.cut(text))

    def cut(self, text: str) -> set[str]:
        """The different n-grams of a message, its beginning and end marked, numbers as 0."""
        padded = START + _NUMBER.sub("0", text.lower()) + END
        return {
            padded[at : at + size]
            for size in range(1, self.order + 1)
            for at in range(len(padded) - size + 1)
        }

    @cached_property
    def digest(self) -> str:
        """Eight signs that name the content."""
        return hashlib.sha256(repr(replace(self, failed=())).encode()).hexdigest()[:8]

    @cached_property
    def _characters(self) -> int:
        return sum(count for gram, count in self.grams.items() if len(gram) == 1) or 1
