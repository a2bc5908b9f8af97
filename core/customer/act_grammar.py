"""The pattern grammar: what each act and each flag sounds like, and what denies a claim."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.customer.line_text import Span, sentences
from core.customer.pattern_files import NEVER, compile_pattern, fault_at, load_yaml
from core.domain.reading import TraineeAct
from core.errors import ContentError, ContentFault

SURE = 0.8
FLAGS = frozenset(
    {
        "alternative",
        "application",
        "ask",
        "ask_again",
        "asked_of_us",
        "asks_back",
        "attributed",
        "cannot",
        "checking",
        "commit",
        "denies",
        "denies_last",
        "disclaims",
        "explained",
        "feeling",
        "injection",
        "left_open",
        "lookup",
        "loss",
        "mere_deed",
        "moved",
        "no_way",
        "nod",
        "not_here",
        "owed",
        "own_action",
        "owned",
        "owner",
        "promise",
        "question",
        "quoted",
        "reason",
        "refusal",
        "reported",
        "rhetorical",
        "says_back",
        "steps",
        "sympathy",
        "tag",
        "trouble",
        "passed_on",
        "turn",
        "time",
        "unnamed",
        "under_way",
        "waits",
        "warned",
        "when",
        "withheld",
    }
)
_REACH_BEFORE = 14
_REACH_AFTER = 10
_REACH_AFTER_LAST = 4


@dataclass(frozen=True, slots=True)
class ActPattern:
    """One way to do an act; `p` is how sure the pattern alone is (0..1)."""

    act: TraineeAct
    p: float
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Grammar:
    """All patterns of one language. `flags` has an entry for each name in FLAGS."""

    language: str
    acts: tuple[ActPattern, ...]
    flags: dict[str, re.Pattern[str]]

    def has(self, flag: str, text: str) -> bool:
        """Whether `text` shows `flag`."""
        return self.flags[flag].search(text) is not None

    def denied(self, text: str, clause: Span, words: Sequence[Span]) -> bool:
        """Whether the claim made by `words` in `clause` is denied there.

        An odd number of negations does it ("不能不退" denies nothing). A negation that is part
        of the words themselves is no negation of them, nor is one after a word of promise
        ("保证不会再扣").
        """
        first = min(word.start for word in words)
        last = max(word.end for word in words)
        count = 0
        for found in self.flags["denies"].finditer(text, clause.start, clause.end):
            negation = Span(found.start(), found.end())
            if any(word.start <= negation.start < word.end for word in words):
                continue
            count += self._reaches(text, clause, negation, first=first, last=last)
        return count % 2 == 1

    def of_others(self, text: str, clause: Span) -> bool:
        """Whether `clause` says what others said or did, or asks about it.

        "医生说给您加号了吗", "之前同事答应您今天回电，是吗": not the trainee's own offer.
        """
        if self.flags["reported"].search(text, clause.start, clause.end):
            return True
        if self.has("asks_back", text[clause.start : clause.end]):
            return True
        end = next((one.end for one in sentences(text) if one.end >= clause.end), clause.end)
        return self.flags["tag"].search(text, clause.start, end) is not None

    def _reaches(self, text: str, clause: Span, negation: Span, *, first: int, last: int) -> bool:
        if negation.end <= first:
            return first - negation.end <= _REACH_BEFORE
        if negation.start < last:
            return not self.has("promise", text[clause.start : negation.start])
        weak = self.flags["denies_last"].fullmatch(text[negation.start : negation.end])
        rest = len(text[negation.end : clause.end].rstrip("。!?;,\n "))
        return rest <= (_REACH_AFTER_LAST if weak else _REACH_AFTER)


def load_act_grammar(language: str, file: Path) -> Grammar:
    """The grammar in `file`; ContentError with all faults."""
    loaded = load_yaml(file)
    faults: list[ContentFault] = []
    acts = [
        ActPattern(act, p, compile_pattern(file, joined, faults))
        for act in TraineeAct
        for p, joined in _by_sureness(loaded.get("acts", {}).get(act.value, ())).items()
    ]
    flags = {
        name: compile_pattern(file, "|".join(map(str, written)), faults) if written else NEVER
        for name, written in loaded.get("flags", {}).items()
    }
    for name in sorted(FLAGS ^ flags.keys()):
        faults.append(fault_at(file, name, f"flag {name} is missing or unknown"))
    for name in sorted(loaded.get("acts", {}).keys() - {act.value for act in TraineeAct}):
        faults.append(fault_at(file, name, f"act {name} is unknown"))
    if faults:
        raise ContentError(faults)
    return Grammar(language=language, acts=tuple(acts), flags=flags)


def _by_sureness(written: Sequence[str | dict[str, str | float]]) -> dict[float, str]:
    """Patterns joined per degree of sureness: one search instead of many."""
    groups: dict[float, list[str]] = {}
    for entry in written:
        if isinstance(entry, dict):
            groups.setdefault(float(entry["p"]), []).append(str(entry["re"]))
        else:
            groups.setdefault(SURE, []).append(entry)
    return {p: "|".join(f"(?:{pattern})" for pattern in group) for p, group in groups.items()}
