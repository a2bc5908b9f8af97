"""Reads a masked conversation or note into suggestions for a draft, by template.

Who said what is taken from the labels at the lines' beginnings. What the customer wishes becomes
the goal, his amounts and times become facts, what the clerk offers becomes sub-goals, and what the
clerk refuses becomes limits. Rules without speakers are read by `draft_policy`. Everything is only
suggested: the author confirms each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from core.content.draft_policy import is_policy, read_policy
from core.content.draft_words import DraftWords
from core.content.rules import plain_text, says

_PLACEHOLDER = re.compile(r"〔[^〕]*〕")
_AMOUNT = re.compile(r"[￥¥$£€]\s?\d[\d,.]*\d|\d[\d,.]*\s?(?:元|块|dollars|pounds|euros)")
_TIME = re.compile(
    r"\d+\s?(?:天|小时|分钟|个月|周|days?|hours?|weeks?|months?)"
    r"|\d{4}-\d{2}-\d{2}|\d{1,2}月\d{1,2}[日号]|昨天|前天|上周[一二三四五六日]?|yesterday|last week"
)
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]?")
_PROBLEM_LENGTH = 30
Families: TypeAlias = Mapping[str, Sequence[str]]
"""Industry -> the kinds of cases it has."""
_NO_FAMILIES: Families = MappingProxyType({})
_WHO = r"(?:\s?(?:〔[^〕]*〕|[^\s:：,，。;；〔]{1,6})){0,2}"
"""What may stand between a role and its colon: a name, masked or not, or a number."""
_MOST = {"goal": 3, "fact": 4, "limit": 3}


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence and whose it is; neither's in a plain note."""

    text: str
    customer: bool
    clerk: bool


def read_document(
    text: str, words: DraftWords, *, known: Families = _NO_FAMILIES
) -> dict[str, str]:
    """Suggestions by step id from a masked text; what it does not tell is left out.

    `known` are families that the text may belong to, such as those of the shipped cases.
    """
    said = _sentences(text, words)
    theirs = [one.text for one in said if one.customer]
    ours = [one.text for one in said if one.clerk]
    plain = [one.text for one in said if not one.customer and not one.clerk]
    if not theirs and not ours and is_policy(text, words):
        kind = _kind(text, words, known)
        return {key: value for key, value in {**kind, **read_policy(text, words)}.items() if value}
    found = _about(text, theirs or plain, words, known)
    limits = _limits([*ours, *plain], words)
    goals = _goals(said if ours else [], words, limits)
    for group, entries in (
        ("goal", goals),
        ("fact", _facts(theirs or plain, words, found.get("industry", ""))),
        ("limit", limits),
    ):
        for number, entry in enumerate(entries[: _MOST[group]], start=1):
            found.update({f"{group}.{number}.{key}": value for key, value in entry.items()})
    return {key: value for key, value in found.items() if value}


def _sentences(text: str, words: DraftWords) -> list[_Said]:
    names = "|".join(re.escape(name) for name in (*words.customer, *words.clerk))
    label = re.compile(
        rf"^\s*(?:[-*>]\s*)?\W{{0,2}}({names}){_WHO}\W{{0,2}}\s*[:：]\s*", re.IGNORECASE
    )
    found = []
    who = ""
    for line in text.splitlines():
        match = label.match(line)
        if match:
            who = match[1].casefold()
        elif not line.strip() or line.startswith("#"):
            who = "" if line.startswith("#") else who
            continue
        clean = _without_names(line[match.end() :] if match else line)
        for sentence in _SENTENCE.findall(clean):
            if len(_bare(sentence)) > 2:
                found.append(_Said(sentence.strip(), who in words.customer, who in words.clerk))
    return found


def _without_names(line: str) -> str:
    """The line without the clauses in which something is masked: they are about a person."""
    clauses = re.findall(r"[^，,。；;！!？?]+[，,。；;！!？?]*", line)
    return "".join(clause for clause in clauses if not _PLACEHOLDER.search(clause))


def _about(text: str, theirs: Sequence[str], words: DraftWords, known: Families) -> dict[str, str]:
    heading = re.search(r"^#+\s*(.+)$", text, re.MULTILINE)
    problem = _short(theirs[0]) if theirs else ""
    wishes = [line for line in theirs if _holds(line, words.wish)]
    shown = [_short(line) for line in theirs if len(line) <= _PROBLEM_LENGTH][:6]
    openings = [problem, *shown, *words.filled("openings", problem=problem)]
    return {
        **_kind(text, words, known),
        "problem": problem,
        "title": _PLACEHOLDER.sub("", heading[1]).strip() if heading else "",
        "openings": words.joined(openings[:8]) if problem else "",
        "goal": _bare(wishes[0]) if wishes else "",
    }


def _kind(text: str, words: DraftWords, known: Families) -> dict[str, str]:
    """The industry that the text's words are of most, and its kind of case."""
    lower = text.casefold()
    counts = {
        industry: sum(lower.count(word) for word in cues)
        for industry, cues in words.industries.items()
    }
    best = max(counts, key=lambda one: counts[one])
    every = [family for families in known.values() for family in families]
    fitting = known.get(best, ()) if counts[best] else every
    return {"industry": best if counts[best] else "", "family": _family(lower, fitting)}


def _family(lower: str, known: Sequence[str]) -> str:
    """The kind of case that shares most with the text, piece by piece; empty for none."""

    def shared(family: str) -> float:
        name = family.casefold()
        halves = (name[:2], name[2:]) if len(name) > 3 else (name,)
        pieces = name.split() if name.isascii() else halves
        return sum(piece in lower for piece in pieces) / len(pieces)

    best = max(known, key=shared, default="")
    return best if best and shared(best) >= 0.5 else ""


def _goals(
    said: Sequence[_Said], words: DraftWords, limits: Sequence[Mapping[str, str]]
) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    forbidden = tuple((limit["forbidden"],) for limit in limits)
    asked = ""
    for one in said:
        if one.customer and _holds(one.text, words.question):
            asked = _bare(one.text)
        offers = one.clerk and _holds(one.text, words.help) and not _holds(one.text, words.refuse)
        if offers and len(one.text) > 6 and not says(one.text, forbidden):
            label = _label(one.text, words)
            ways = words.filled("request", label=label)
            found.append(
                {"label": label, "line": one.text, "request": words.joined([asked, *ways])}
            )
            asked = ""
    # What is promised last is what the talk came to.
    return list({one["label"]: one for one in found}.values())[-_MOST["goal"] :]


def _facts(theirs: Sequence[str], words: DraftWords, industry: str) -> list[dict[str, str]]:
    identity = words.identity.get(industry, words.identity["other"])
    found = [{"label": identity, "value": words.identity_value}]
    seen: set[str] = set()
    for line in theirs:
        for label, pattern in ((words.amount, _AMOUNT), (words.time, _TIME)):
            for value in pattern.findall(line):
                if value not in seen:
                    seen.add(value)
                    ways = words.filled("surfaces", label=label, value=value)
                    clause = next(part for part in re.split(r"[，；;]|, ", line) if value in part)
                    surfaces = words.joined([_bare(clause), *ways])
                    found.append({"label": label, "value": value, "surfaces": surfaces})
    return found


def _limits(lines: Sequence[str], words: DraftWords) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for at, line in enumerate(lines):
        lower = line.casefold()
        cue = next((word for word in words.refuse if word in lower), "")
        rest = line[lower.find(cue) + len(cue) :] if cue else ""
        claim = re.split(r"[，,。.；;！!？?]", rest)[0].strip()
        if len(claim) < 2:
            continue
        offer = next((one for one in lines[at + 1 : at + 3] if _holds(one, words.help)), "")
        instead = "" if claim in offer or _holds(offer, words.refuse) else offer
        found.append({"label": _short(claim), "forbidden": claim, "rule": line, "instead": instead})
    return found


def _label(offer: str, words: DraftWords) -> str:
    """What is offered, in short: the clause that offers it, without its first small words."""
    clauses = [part.strip() for part in re.split(r"[，,。；;！!？?]", offer) if len(part) > 4]
    best = next((part for part in clauses if _holds(part, words.help)), (clauses or [offer])[0])
    small = "|".join(map(re.escape, sorted(words.stop, key=len, reverse=True)))
    gap = r"\s+" if best.isascii() else ""
    bare = re.sub(rf"^(?:(?:{small}){gap})+", "", best, flags=re.IGNORECASE)
    return (bare or best)[:_PROBLEM_LENGTH].strip()


def _holds(text: str, words: Sequence[str]) -> bool:
    lower = plain_text(text)
    return any(plain_text(word) in lower for word in words)


def _short(text: str) -> str:
    """A line as people type it: without its last mark, cut at a clause where it is long."""
    bare = _bare(text)
    if len(bare) <= _PROBLEM_LENGTH:
        return bare
    return re.split(r"[，,；;]", bare)[0][:_PROBLEM_LENGTH].strip()


def _bare(text: str) -> str:
    return re.sub(r"[；;]", "，", text).strip().rstrip("。.！!？?，, ")
