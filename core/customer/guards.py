"""What a customer's line from a model must not be: checks on one whole reply, before it is sent.

Deterministic and blind to the model. Each way to fail has a name; the anti-patterns follow the
serving notes on simulated customers. What only a whole set of dialogues shows (openings that all
begin alike) is a gate of the study.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from core.customer.guard_words import GuardWords, guard_words
from core.customer.line_text import is_chinese, plain
from core.domain.agenda import CustomerAct, CustomerActKind
from core.domain.amounts import numbers, strange_numbers
from core.domain.emotion import HeatLevel
from core.domain.scenario import Wordings
from core.domain.sieve import has_read


class GuardReason(StrEnum):
    """Why a reply is not sent."""

    EMPTY = "empty"
    BAD_CHARACTERS = "bad_characters"
    WRONG_LANGUAGE = "wrong_language"
    ROLE_LABEL = "role_label"
    LEAKS_PROMPT = "leaks_prompt"
    AGENT_PHRASE = "agent_phrase"
    OFFERS_SOLUTION = "offers_solution"
    LOCKED_FACT = "locked_fact"
    CONTRADICTS = "contradicts"
    INVENTED = "invented"
    MISSING_FACT = "missing_fact"
    TOO_POLITE = "too_polite"
    GIVES_IN = "gives_in"
    ENDS_EARLY = "ends_early"
    TOO_LONG = "too_long"
    FORMATTED = "formatted"
    MANY_QUESTIONS = "many_questions"
    ECHO = "echo"
    REPEATS = "repeats"
    READ_BEFORE = "read_before"
    CARICATURE = "caricature"
    FOLLOWS_ORDERS = "follows_orders"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What this reply may be, in the words of the scenario.

    `cap`: length of the whole reply (Chinese: characters, English: words); `sayable`: everything
    its facts may come from; `secret`: the prompt's own words; `locked`: ways to say what may not
    be said yet; `refuted`: wrong versions already put right; `needed`: each fact key of this turn
    with the ways to say it, one of which must come; `clerk_words`: what only the trainee's side
    knows; `solutions`: what settles the case; `heard` and `said`: the lines of the trainee and of
    the customer so far, the newest last; `read`: a sieve of what the trainee read in former talks.
    """

    language: str
    acts: tuple[CustomerAct, ...]
    heat: HeatLevel
    lines: int
    cap: int
    sayable: str
    secret: str = ""
    locked: tuple[str, ...] = ()
    refuted: tuple[str, ...] = ()
    needed: tuple[tuple[str, tuple[str, ...]], ...] = ()
    clerk_words: tuple[str, ...] = ()
    solutions: Wordings = ()
    markers: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    read: str = ""


OVERLAP = 8
"""Characters in a row (English: words) that are no coincidence."""
GRAM = 6
OWN_TURNS = 5
MAX_SHOUTS = 3
MARK_EVERY = 3
"""One of so many messages may carry a persona's marker or be shouted."""
_TOO_LONG = 1.5
_ECHO_SHARE = 0.5
_NEAR_QUOTE = 0.75
_SAID_SHARE = 0.4
_HOT = (HeatLevel.ANGRY, HeatLevel.FURIOUS, HeatLevel.ESCALATED)
_YES = (CustomerActKind.ACCEPT, CustomerActKind.THANK, CustomerActKind.CLOSE)
_NO = (
    CustomerActKind.PRESS,
    CustomerActKind.VENT,
    CustomerActKind.THREATEN,
    CustomerActKind.REJECT,
    CustomerActKind.BARGAIN,
)
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[\u3400-\u9fff]")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]"
)
_FOREIGN = re.compile(r"[\u0400-\u04ff\u0590-\u06ff\u0e00-\u0e7f\u3040-\u30ff\uac00-\ud7af]")


def guard(reply: str, allowance: Allowance) -> tuple[GuardReason, ...]:
    """Every reason not to send `reply` (its messages on lines of their own); empty if there is
    none."""
    words = guard_words(allowance.language)
    if not pieces(reply):
        return (GuardReason.EMPTY,)
    text = plain(reply)
    return tuple(reason for reason, trips in _GUARDS if trips(_Case(reply, text, allowance, words)))


@lru_cache(maxsize=4096)
def pieces(text: str) -> tuple[str, ...]:
    """The text as Chinese characters, words and numbers, without marks."""
    return tuple(_WORD.findall(plain(text)))


def length(text: str, language: str) -> int:
    """Characters without spaces; in English, words."""
    return len(text.split()) if language == "en" else len("".join(text.split()))


@dataclass(frozen=True, slots=True)
class _Case:
    raw: str
    text: str
    may: Allowance
    words: GuardWords

    def does(self, *kinds: CustomerActKind) -> bool:
        return any(act.kind in kinds for act in self.may.acts)


def _runs(text: str, size: int) -> frozenset[tuple[str, ...]]:
    """All runs of `size` pieces within one line each."""
    found: set[tuple[str, ...]] = set()
    for line in text.split("\n"):
        parts = pieces(line)
        found.update(parts[at : at + size] for at in range(len(parts) - size + 1))
    return frozenset(found)


def _all_runs(texts: Iterable[str], size: int) -> frozenset[tuple[str, ...]]:
    return frozenset().union(*(_runs(text, size) for text in texts))


def says(text: str, words: str) -> bool:
    """Whether `text` says `words`: as they are, or nearly all of their pairs."""
    wanted, said = pieces(words), pieces(text)
    if not wanted:
        return False
    size = len(wanted)
    first = wanted[0]
    if any(
        said[at] == first and said[at : at + size] == wanted for at in range(len(said) - size + 1)
    ):
        return True
    return size >= 5 and _share(wanted, said) >= _NEAR_QUOTE


def _share(wanted: tuple[str, ...], said: tuple[str, ...]) -> float:
    pairs = _pairs(wanted)
    return len(pairs & _pairs(said)) / len(pairs) if pairs else 0.0


@lru_cache(maxsize=4096)
def _pairs(parts: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(parts))


def _bad_characters(case: _Case) -> bool:
    return "\ufffd" in case.raw or _INVISIBLE.search(case.raw) is not None


def _wrong_language(case: _Case) -> bool:
    if _FOREIGN.search(case.raw):
        return True
    if case.may.language == "en":
        return is_chinese(case.raw)
    known = set(pieces(case.may.sayable)) | {p for line in case.may.heard for p in pieces(line)}
    latin = [part for part in pieces(case.raw) if part.isascii() and part.isalpha()]
    strange = [part for part in latin if part not in known]
    return len(strange) >= 3 or (len(strange) >= 2 and not is_chinese(case.raw))


def _role_label(case: _Case) -> bool:
    return case.words.hit("role_labels", case.text)


def _leaks(case: _Case) -> bool:
    own = case.text
    if case.words.hit("leaks", own):
        return True
    free = _runs(case.may.sayable, OVERLAP) | _all_runs(case.may.said, OVERLAP)
    return bool((_runs(case.raw, OVERLAP) & _runs(case.may.secret, OVERLAP)) - free)


def _agent_phrase(case: _Case) -> bool:
    return case.words.hit("agent_phrases", case.text)


def _offers(case: _Case) -> bool:
    """A way out that the trainee has not named: in the clerk's own words, or as an offer."""
    known = "\n".join((case.may.sayable, *case.may.heard))
    clerk = _all_runs(case.may.clerk_words, OVERLAP) - _runs(known, OVERLAP)
    if _runs(case.raw, OVERLAP) & clerk:
        return True
    if not case.words.hit("offers", case.text):
        return False
    heard = plain(known)
    return any(
        all(plain(word) in case.text for word in group)
        and not all(plain(word) in heard for word in group)
        for group in case.may.solutions
        if group
    )


def _locked(case: _Case) -> bool:
    return any(says(case.raw, words) for words in case.may.locked)


def _contradicts(case: _Case) -> bool:
    return any(says(case.raw, words) for words in case.may.refuted)


def _invented(case: _Case) -> bool:
    """A number, a name, a weekday or a past time that neither the prompt nor the talk knows."""
    known = "\n".join((case.may.sayable, *case.may.heard, *case.may.said))
    units = case.words.patterns["units"].pattern
    if strange_numbers(case.text, units=units) - numbers(plain(known)) - case.words.hotlines:
        return True
    for name in ("names", "past_times", "weekdays"):
        # A name is the last group; of a time the whole hit counts.
        found = {hit[hit.lastindex or 0] for hit in case.words.patterns[name].finditer(case.text)}
        if any(hit not in plain(known) for hit in found):
            return True
    return False


def _missing_fact(case: _Case) -> bool:
    return not all(tells(case.raw, ways) for _, ways in case.may.needed)


def tells(text: str, ways: Sequence[str]) -> bool:
    """Whether `text` tells a fact: its numbers where it has any, else enough of its words."""
    return any(_tells_one(text, way) for way in ways)


def _tells_one(text: str, way: str) -> bool:
    if says(text, way):
        return True
    wanted = numbers(plain(way))
    if wanted:
        return wanted <= numbers(plain(text))
    return _share(pieces(way), pieces(text)) >= _SAID_SHARE


def _too_polite(case: _Case) -> bool:
    hot = case.may.heat in _HOT and not case.does(CustomerActKind.THANK)
    return hot and case.words.hit("thanks", case.text)


def _gives_in(case: _Case) -> bool:
    """It says that it is all right while the rules hold the customer to the matter."""
    return case.does(*_NO) and not case.does(*_YES) and case.words.hit("yields", case.text)


def _ends_early(case: _Case) -> bool:
    left = case.words.patterns["ends_not"].sub(" ", case.text)
    return not case.does(*_YES) and case.words.hit("ends", left)


def _too_long(case: _Case) -> bool:
    too_many = len(case.raw.strip().split("\n")) > case.may.lines
    return too_many or length(case.raw, case.may.language) > _TOO_LONG * case.may.cap


def _formatted(case: _Case) -> bool:
    return any(case.words.hit(name, case.text) for name in ("lists", "markdown"))


def _many_questions(case: _Case) -> bool:
    return len(re.findall(r"\?[?!\s]*", case.text)) > 1


def _echo(case: _Case) -> bool:
    """More than half of it is the trainee's last line."""
    mine = _runs(case.raw, GRAM) - _exempt(case)
    theirs = _all_runs(case.may.heard[-1:], GRAM)
    return bool(mine) and len(mine & theirs) > _ECHO_SHARE * len(mine)


def _repeats(case: _Case) -> bool:
    """A run of words, or a whole message, that stood in one of the last own lines."""
    before = case.may.said[-OWN_TURNS:]
    if (_runs(case.raw, GRAM) - _exempt(case)) & _all_runs(before, GRAM):
        return True
    short = {pieces(line) for line in case.raw.split("\n")} - {
        pieces(way) for _, ways in case.may.needed for way in ways
    }
    return any(len(line) >= 4 and line in short for line in map(pieces, before))


def _exempt(case: _Case) -> frozenset[tuple[str, ...]]:
    """A fact may be said in the same words again when it is asked for."""
    return _all_runs((way for _, ways in case.may.needed for way in ways), GRAM)


def _read_before(case: _Case) -> bool:
    """A long line of a former talk, such as the opening with which this model opens them all."""
    needed = [ways for _, ways in case.may.needed]
    return any(
        has_read(case.may.read, line) and not any(tells(line, ways) for ways in needed)
        for line in case.raw.split("\n")
    )


def _caricature(case: _Case) -> bool:
    """Two markers, or shouting, at once or in message after message."""
    lately = case.may.said[1 - MARK_EVERY :]
    marks = sum(says(case.raw, marker) for marker in case.may.markers)
    marked = any(says(line, marker) for line in lately for marker in case.may.markers)
    if marks > 1 or (marks and marked) or case.text.count("!") > MAX_SHOUTS:
        return True
    return _shouted(case.raw) and len(lately) == MARK_EVERY - 1 and all(map(_shouted, lately))


def _shouted(line: str) -> bool:
    return plain(line).endswith("!") or (line.isupper() and len(line.split()) > 1)


def _follows_orders(case: _Case) -> bool:
    """It does what a line that gives orders to the machine asks for."""
    if case.words.hit("orders", case.text):
        return True
    order = plain(case.may.heard[-1]) if case.may.heard else ""
    if not case.words.hit("injections", order):
        return False
    ordered = "".join(pieces(order))
    needed = {pieces(way) for _, ways in case.may.needed for way in ways}
    lines = [pieces(line) for line in case.raw.split("\n")]
    return any(
        len("".join(line)) >= 2 and line not in needed and "".join(line) in ordered
        for line in lines
    )


_GUARDS: tuple[tuple[GuardReason, Callable[[_Case], bool]], ...] = (
    (GuardReason.BAD_CHARACTERS, _bad_characters),
    (GuardReason.WRONG_LANGUAGE, _wrong_language),
    (GuardReason.ROLE_LABEL, _role_label),
    (GuardReason.LEAKS_PROMPT, _leaks),
    (GuardReason.AGENT_PHRASE, _agent_phrase),
    (GuardReason.OFFERS_SOLUTION, _offers),
    (GuardReason.LOCKED_FACT, _locked),
    (GuardReason.CONTRADICTS, _contradicts),
    (GuardReason.INVENTED, _invented),
    (GuardReason.MISSING_FACT, _missing_fact),
    (GuardReason.TOO_POLITE, _too_polite),
    (GuardReason.GIVES_IN, _gives_in),
    (GuardReason.ENDS_EARLY, _ends_early),
    (GuardReason.TOO_LONG, _too_long),
    (GuardReason.FORMATTED, _formatted),
    (GuardReason.MANY_QUESTIONS, _many_questions),
    (GuardReason.ECHO, _echo),
    (GuardReason.REPEATS, _repeats),
    (GuardReason.READ_BEFORE, _read_before),
    (GuardReason.CARICATURE, _caricature),
    (GuardReason.FOLLOWS_ORDERS, _follows_orders),
)
