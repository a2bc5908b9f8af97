"""Fills the prompt's text files: the scenario layer, the role-play layer, the last reminder.

The words are files in `templates/<family>/<language>/`; a family's folder holds only what differs
from `default` (`one_system`: for chat templates that take a system message at the beginning only).
What a person typed never goes through a template: it becomes a message of its own,
with everything taken out of it that could look like the prompt's frame.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Template

from core.domain.agenda import CustomerActKind, Way
from core.domain.dialogue import Speaker, Turn
from core.domain.emotion import Colour, HeatLevel
from core.ports.chat_model import ChatMessage, ChatRole

TEMPLATES = Path(__file__).parent / "templates"
DEFAULT_FAMILY = "default"
HISTORY_CHARACTERS = 6000
"""The oldest turns are left out beyond this."""
LINE_CHARACTERS = 1000
"""A single turn is cut here."""

_FRAME = str.maketrans(
    {
        "<": "＜",
        ">": "＞",
        "[": "［",
        "]": "］",
        "{": "｛",
        "}": "｝",
        "【": "〔",
        "】": "〕",
        "#": "＃",
        "=": "＝",
        "`": "'",
        "|": "｜",
    }
)
_LABEL = re.compile(
    r"(?<!\w)(system|assistant|user|human|developer|customer|agent|representative"
    r"|系统|助手|用户|客户|顾客|客服|坐席|管理员)\s*[:：] *",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Script:
    """What the templates are filled with; every entry is one line in the prompt's language.

    `target` and `cap` are the length of the whole reply (Chinese: characters, English: words).
    """

    card: str
    goal: str
    told: tuple[str, ...]
    facts: tuple[str, ...]
    mood: str
    acts: tuple[str, ...]
    samples: tuple[str, ...]
    reminder: str
    lines: int
    target: int
    cap: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """The messages of one call; `secret` is what of them may never be said back."""

    messages: tuple[ChatMessage, ...]
    secret: str


class PromptBook:
    """The texts of one language, in the variant of one model family."""

    def __init__(self, language: str, family: str = DEFAULT_FAMILY) -> None:
        self._scenario = template("scenario", language, family)
        self._role_play = template("role_play", language, family)
        self._reminder = template("reminder", language, family)
        self._acts = entries("acts", language, family)
        self._ways = entries("ways", language, family)
        self._moods = entries("moods", language, family)
        self._stage = entries("stage", language, family)
        self._answering = Template(self._stage["answering"])

    def act(
        self,
        kind: CustomerActKind,
        *,
        label: str = "",
        words: str = "",
        way: Way = Way.PLAIN,
        unsolved: bool = False,
    ) -> str:
        """What the customer is to do, in words, and what it answers.

        The variant for what it answers, without words, about a thing, or with the case unsolved
        is taken where the files have one.
        """
        own = f"{kind.value}.{way.value}"
        if own in self._acts:
            return self._filled(own, label, words)
        told = self._filled(self._variant(kind.value, label, words, unsolved), label, words)
        return (
            told if way is Way.PLAIN else self._answering.substitute(way=self._ways[way], act=told)
        )

    def _variant(self, name: str, label: str, words: str, unsolved: bool) -> str:
        wanted = "about" if label and not words else "" if words else "bare"
        if unsolved and f"{name}.unsolved" in self._acts:
            wanted = "unsolved"
        return f"{name}.{wanted}" if f"{name}.{wanted}" in self._acts else name

    def _filled(self, name: str, label: str, words: str) -> str:
        return Template(self._acts[name]).substitute(label=_flat(label), words=_flat(words))

    def mood(self, level: HeatLevel, colours: frozenset[Colour]) -> str:
        """The mood in words, without any number."""
        shown = [self._moods[level.value]]
        shown += [self._moods[colour.value] for colour in Colour if colour in colours]
        return " / ".join(shown)

    def fact(self, label: str, words: str, *, state: str) -> str:
        """One fact as a line; `state` is said, say_now or wrongly."""
        return f"- {_flat(label)} ({self._stage[state]}): {_flat(words)}"

    def prompt(self, script: Script, history: Sequence[Turn]) -> Prompt:
        """The messages: role and case first, the talk as the customer sees it, the reminder last.

        The talk begins with the other side and alternates, as chat templates want it.
        """
        fields = {
            "card": _flat(script.card),
            "goal": _flat(script.goal) or self._stage["nothing"],
            "told": self._listed(script.told),
            "facts": self._listed(script.facts),
            "mood": script.mood,
            "acts": self._listed(tuple(f"- {act}" for act in script.acts)),
            "samples": self._listed(tuple(f"  {_flat(sample)}" for sample in script.samples)),
            "reminder": _flat(script.reminder),
            "lines": str(script.lines),
            "target": str(script.target),
            "cap": str(script.cap),
        }
        frame = "\n".join(
            (self._scenario.substitute(fields), self._role_play.substitute(fields))
        ).strip()
        last = self._reminder.substitute(fields).strip()
        talk = self._talk(history)
        if self._stage["reminder"] == "first":
            first = ChatMessage(ChatRole.SYSTEM, f"{frame}\n\n{last}")
            return Prompt(messages=(first, *talk), secret=self._secret(script))
        messages = (
            ChatMessage(ChatRole.SYSTEM, frame),
            *talk,
            ChatMessage(ChatRole.SYSTEM, last),
        )
        return Prompt(messages=messages, secret=self._secret(script))

    def trial(self) -> tuple[ChatMessage, ...]:
        """The messages of a prompt without a case: shows whether a server takes their shape."""
        script = Script(
            card="",
            goal="",
            told=(),
            facts=(),
            mood=self.mood(HeatLevel.CALM, frozenset()),
            acts=(self.act(CustomerActKind.SMALL_TALK),),
            samples=(),
            reminder="",
            lines=1,
            target=8,
            cap=12,
        )
        return self.prompt(script, ()).messages

    def _secret(self, script: Script) -> str:
        """The frame without what may be said: rules, card, mood, orders."""
        blank = dict.fromkeys(("goal", "told", "facts", "acts", "samples"), "\n")
        fields = blank | {
            "card": script.card,
            "mood": script.mood,
            "reminder": "\n",
            "lines": "\n",
            "target": "\n",
            "cap": "\n",
        }
        layers = (self._scenario, self._role_play, self._reminder)
        return "\n".join(layer.substitute(fields) for layer in layers)

    def _listed(self, lines: tuple[str, ...]) -> str:
        return "\n".join(lines) or self._stage["nothing"]

    def _talk(self, history: Sequence[Turn]) -> list[ChatMessage]:
        talk = [ChatMessage(ChatRole.USER, self._stage["connected"])]
        for turn in _newest(history):
            said = neutral(turn.text) or self._stage["blank"]
            role = ChatRole.ASSISTANT if turn.speaker is Speaker.CUSTOMER else ChatRole.USER
            if talk[-1].role is role:
                said = f"{talk.pop().text}\n{said}"
            talk.append(ChatMessage(role, said))
        if talk[-1].role is ChatRole.ASSISTANT:
            talk.append(ChatMessage(ChatRole.USER, self._stage["waiting"]))
        return talk


def neutral(text: str) -> str:
    """What a person typed, on one line, without the marks that frame a prompt.

    Chat-template tokens, headings, brackets and speaker labels lose their form, never their
    words; invisible characters are dropped.
    """
    seen = "".join(" " if char.isspace() else char for char in text if _visible(char))
    whole = re.sub(r" {2,}", " ", seen).strip()[:LINE_CHARACTERS]
    return _LABEL.sub(r"\1，", whole).translate(_FRAME)


def framed(char: str) -> str:
    """One character as it may stand inside a prompt's frame; nothing for an invisible one."""
    if char.isspace():
        return " "
    return char.translate(_FRAME) if _visible(char) else ""


def family_of(model_name: str) -> str:
    """The variant for a model of this name (`families.txt`); the default one if none fits."""
    name = model_name.lower()
    known = _pairs((TEMPLATES / "families.txt").read_text(encoding="utf-8"))
    return next((family for part, family in known.items() if part in name), DEFAULT_FAMILY)


@lru_cache(maxsize=16)
def prompt_book(language: str, family: str = DEFAULT_FAMILY) -> PromptBook:
    """The book of `language`; an unknown family speaks as the default one.

    Raises FileNotFoundError for a language without templates.
    """
    return PromptBook(language, family)


def _visible(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) not in {"Cc", "Cf", "Co", "Cn", "Cs"}


def _flat(text: str) -> str:
    return " ".join(text.split())


def _newest(history: Sequence[Turn]) -> list[Turn]:
    """The last turns that fit, oldest first."""
    kept: list[Turn] = []
    room = HISTORY_CHARACTERS
    for turn in reversed(history):
        room -= min(len(turn.text), LINE_CHARACTERS)
        if room < 0:
            break
        kept.append(turn)
    return kept[::-1]


def _text(name: str, language: str, family: str) -> str:
    special = TEMPLATES / family / language / f"{name}.txt"
    file = special if special.exists() else TEMPLATES / DEFAULT_FAMILY / language / f"{name}.txt"
    return file.read_text(encoding="utf-8")


def template(name: str, language: str, family: str) -> Template:
    """One text file as a template."""
    return Template(_text(name, language, family).strip())


def entries(name: str, language: str, family: str) -> Mapping[str, str]:
    """One text file of `key: words` lines."""
    return _pairs(_text(name, language, family))


def _pairs(text: str) -> Mapping[str, str]:
    """`key: words` lines."""
    pairs = (line.partition(": ") for line in text.splitlines())
    return {key.strip(): words.strip() for key, mark, words in pairs if mark}


def _digest() -> str:
    digest = hashlib.blake2b(digest_size=6)
    for file in sorted(TEMPLATES.rglob("*.txt")):
        digest.update(file.relative_to(TEMPLATES).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


PROMPTS_VERSION = _digest()
"""Digest of all template files: stored with each dialogue."""
