"""Habits of writing: set phrases, words for words, breaths, marks, lengths.

The shipped habits are for anybody; a company's style pack replaces what it has figures for.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from random import Random

from core.domain.style import StylePack
from core.plain_yaml import load_plain

DATA = Path(__file__).parent / "data"

SPLIT = "split"
"""The breath that becomes a new message."""

_COMMON_STOCK = 0.18
"""Share of set phrases among messages that the shipped shares stand for."""

_ENDING = 8
"""Characters at the end that make a line a question."""

_TURN = 3.0
_FITTING = 3.0
"""Messages a turn that an emoticon may follow, and to one that may end with one."""

_MOST_SIGNS = 0.3
_MOST_BARE = 0.9
_BREATHING = 0.5
"""Share of longer messages that have a second clause to set apart."""


@dataclass(frozen=True, slots=True)
class SetPhrases:
    """Words that are a message of their own: how often, and which (`hot` for the angry).

    `apart`: they stand alone even before something else.
    """

    share: float
    words: Mapping[str, float]
    hot: Mapping[str, float]
    apart: bool = False

    def pick(self, *, hot: bool, taken: Sequence[str], chance: Random) -> str:
        """One that the last messages (`taken`) leave free; empty where there is none."""
        words = self.hot if hot else self.words
        free = {word: weight for word, weight in words.items() if _free(word, taken)}
        return drawn(free, chance) if free else ""


@dataclass(frozen=True, slots=True)
class Habits:
    """How people of one language write.

    `breaths`: what stands between two clauses -> share (SPLIT is a new message);
    `question_marks`: sign -> share of writers; `marked_questions`: share of questions with one;
    `final_marks`: sign -> share of statements, empty where the persona's manner says it;
    `polite_you`: share, None where the persona's manner says it; `lengths`: nine deciles of
    characters; `yes_no`: leads that answer yes or no, said to what `asks_yes_no`; `contrary`:
    words before a line that only stand before an answer; `corrects`: slips are put right by
    "*..."; `emoticons`: which, `emoticons_alone`: share of turns with one as a message of its own,
    `emoticons_last`: share of messages that end with one; `links`: share of dialogues that begin
    with a link, in the `linked` industries; `digest` names the content.
    """

    language: str
    breaths: Mapping[str, float]
    question_marks: Mapping[str, float]
    marked_questions: float
    final_marks: Mapping[str, float]
    polite_you: float | None
    lengths: tuple[int, ...]
    set_phrases: Mapping[str, SetPhrases]
    leads: Mapping[str, SetPhrases]
    yes_no: frozenset[str]
    asks_yes_no: re.Pattern[str]
    alike: Mapping[str, tuple[str, ...]]
    affixes: Mapping[str, Mapping[str, float]]
    contrary: frozenset[str]
    questions: re.Pattern[str]
    closed_ends: str
    corrects: bool
    emoticons: SetPhrases
    emoticons_alone: float
    emoticons_last: float
    links: float
    linked: frozenset[str]
    digest: str

    def length(self, chance: Random) -> int:
        """Characters that a message may well have."""
        return self.lengths[min(len(self.lengths) - 1, int(chance.random() * 10))]

    def asks(self, text: str) -> bool:
        """Whether the text is a question, with or without its mark."""
        return bool(self.questions.search(text, max(0, len(text) - _ENDING)))


@lru_cache(maxsize=4)
def load_habits(language: str) -> Habits:
    """The habits shipped for `language` (zh, en)."""
    content = (DATA / f"style.{language}.yaml").read_bytes()
    raw = load_plain(content)
    return Habits(
        language=language,
        breaths=dict(raw["breaths"]),
        question_marks=dict(raw["question_marks"]),
        marked_questions=float(raw["marked_questions"]),
        final_marks={},
        polite_you=None,
        lengths=tuple(raw["lengths"]),
        set_phrases=_phrases(raw["set_phrases"]),
        leads=_phrases(raw["leads"]),
        yes_no=frozenset(raw["yes_no"]),
        asks_yes_no=re.compile(raw["asks_yes_no"]),
        alike={word: tuple(others) for word, others in raw["alike"].items()},
        affixes={
            name: dict(raw[name])
            for name in ("before_question", "before_line", "after_question", "after_line")
        },
        contrary=frozenset(raw["contrary"]),
        questions=re.compile(raw["questions"]),
        closed_ends=str(raw["closed_ends"]),
        corrects=True,
        emoticons=_phrases({"": {"share": 0.0} | raw["emoticons"]})[""],
        emoticons_alone=float(raw["emoticons"]["alone"]),
        emoticons_last=float(raw["emoticons"]["last"]),
        links=float(raw["links"]["share"]),
        linked=frozenset(raw["links"]["industries"]),
        digest=hashlib.sha256(content).hexdigest(),
    )


def fitted(habits: Habits, pack: StylePack) -> Habits:
    """The habits with a company's own figures; only words that its customers share are left."""
    ends = {sign: share for sign, share in pack.question_marks.items() if sign in "?？" and sign}
    scale = min(2.0, sum(pack.stock.values()) / _COMMON_STOCK)
    return replace(
        habits,
        breaths=_own_breaths(habits, pack),
        question_marks=ends or habits.question_marks,
        marked_questions=sum(ends.values()),
        final_marks=pack.final_marks,
        polite_you=pack.polite_you,
        lengths=pack.lengths,
        set_phrases={
            name: _own(phrases, pack, scale) for name, phrases in habits.set_phrases.items()
        },
        leads={name: _own(phrases, pack, scale) for name, phrases in habits.leads.items()}
        | _own_greetings(habits, pack),
        corrects="*" in pack.grams,
        emoticons_alone=min(_MOST_SIGNS, pack.emoticons_alone * _TURN),
        emoticons_last=min(_MOST_SIGNS, pack.emoticons_last * _FITTING),
        links=pack.links,
    )


def of_pool(phrases: Mapping[str, SetPhrases], pool: str) -> SetPhrases | None:
    """The set phrases of the pool, or of the longest beginning of its name."""
    name = pool
    while name and name not in phrases:
        name = name.rpartition("_")[0]
    return phrases.get(name)


def drawn(shares: Mapping[str, float], chance: Random) -> str:
    """One of the words, by its share."""
    return chance.choices(list(shares), list(shares.values()))[0]


def _phrases(raw: Mapping[str, Mapping[str, object]]) -> dict[str, SetPhrases]:
    return {
        name: SetPhrases(
            share=float(str(entry["share"])),
            words=_weights(entry.get("words")),
            hot=_weights(entry.get("hot")),
        )
        for name, entry in raw.items()
    }


def _weights(raw: object) -> dict[str, float]:
    return (
        {str(word): float(weight) for word, weight in raw.items()} if isinstance(raw, dict) else {}
    )


def _free(word: str, taken: Sequence[str]) -> bool:
    """A short word may come again after a while, a longer one not."""
    if len(word) > 3:
        return word not in taken
    return word not in taken[-2:] and taken.count(word) < 2


def _own(phrases: SetPhrases, pack: StylePack, scale: float) -> SetPhrases:
    words, hot = (_shared(group, pack) for group in (phrases.words, phrases.hot))
    share = min(_MOST_BARE, phrases.share * scale)
    return replace(phrases, share=share, words=words, hot=hot)


def _own_greetings(habits: Habits, pack: StylePack) -> dict[str, SetPhrases]:
    """What these customers begin with; answers and thanks that stand early are none of it."""
    answers = {
        word
        for name, phrases in habits.set_phrases.items()
        if not name.startswith(("small_talk", "press", "threaten"))
        for word in (*phrases.words, *phrases.hot)
    }
    words = {text: share for text, share in pack.first_lines.items() if text not in answers}
    if not words:
        return {}
    share = min(_MOST_BARE, sum(words.values()))
    return {"open": SetPhrases(share=share, words=words, hot=words, apart=True)}


def _shared(words: Mapping[str, float], pack: StylePack) -> Mapping[str, float]:
    """The words with weights between what we know of their place and what the source shows of
    their frequency: "?" is frequent, and yet not all that people press with."""
    own = {
        word: math.sqrt(weight * pack.stock[word])
        for word, weight in words.items()
        if word in pack.stock
    }
    return own or words


def _own_breaths(habits: Habits, pack: StylePack) -> Mapping[str, float]:
    """New messages as before (a pack may not know turns), marks as the company's customers."""
    split = habits.breaths.get(SPLIT, 0.0)
    if pack.burst_shares:
        split = min(0.8, 1.5 * (1.0 - pack.burst_shares[0]))
    marks = {
        sign: share / _BREATHING
        for sign, share in pack.inner_marks.items()
        if sign and sign not in "?？!！"
    }
    marks[""] = max(0.0, 1.0 - sum(marks.values()))
    total = sum(marks.values())
    return {SPLIT: split} | {sign: (1.0 - split) * share / total for sign, share in marks.items()}
