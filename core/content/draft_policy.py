"""Reads rules without speakers (a policy, a notice, a procedure) into suggestions for a draft.

The document says what a clerk has to know, not what a customer says: its topic becomes what the
customer asks about, a rule of each kind (how, on what condition, when, at what cost) becomes a
sub-goal that the clerk settles by telling it, the rules go into the clerk's record, and what the
document rules out becomes limits. What the customer knows is made up and for the author to mend.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from core.content.draft_words import DraftWords
from core.content.rules import plain_text, says

KINDS = ("how", "condition", "cost", "when")
_MOST_LIMITS = 3
_MOST_RECORDS = 6
_TITLE_LENGTH = 60
_LEAST_DUTIES = 2
_BULLET = re.compile(
    r"^\s*(?:#+|[-*•·>]|\d{1,2}[.、)）](?!\d)|[一二三四五六七八九十]+、|[(（][一二三四五六七八九十\d]+[)）])\s*"
)
_SENTENCE = re.compile(r"(?:[^。！？!?\n.]|\.(?=\S))+[。！？!?.]?")
_MASKED = re.compile(r"〔[^〕]*〕")
_CLAUSE = re.compile(r"[^，,；;。！？!?.]+")


def is_policy(text: str, words: DraftWords) -> bool:
    """Whether a text without speakers lays down rules, and nobody tells a story of his own."""
    lower = plain_text(text)
    if any(re.search(one, lower) for one in words.policy["first_person"]):
        return False
    title = _title(text)
    named = any(word in plain_text(title) for word in words.policy["titles"])
    return named or sum(lower.count(word) for word in words.policy["duties"]) >= _LEAST_DUTIES


def read_policy(text: str, words: DraftWords) -> dict[str, str]:
    """Suggestions by step id from a masked document of rules."""
    title = _title(text)
    topic = _topic(title, words) or words.policy["topic"][0]
    rules = _rules(text, title)
    refused = [rule for rule in rules if _cue(rule, words.refuse)]
    granted = [rule for rule in rules if rule not in refused]
    found = {
        "title": title,
        "problem": _filled("problem", words, topic=topic)[0],
        "openings": words.joined(_filled("openings", words, topic=topic)),
        "goal": _filled("goal", words, topic=topic)[0],
    }
    goals = list(_goals(granted, words))
    found |= _numbered("goal", goals)
    found |= _numbered("fact", _facts(text, words))
    answers = [goal["line"] for goal in goals]
    found |= _numbered("limit", list(_limits(rules, words, answers=answers))[:_MOST_LIMITS])
    label = words.policy["rule_label"][0]
    record = [{"label": f"{label} {at}", "value": rule} for at, rule in enumerate(rules, start=1)]
    return found | _numbered("record", record[:_MOST_RECORDS])


def _numbered(group: str, entries: Sequence[dict[str, str]]) -> dict[str, str]:
    return {
        f"{group}.{number}.{key}": value
        for number, entry in enumerate(entries, start=1)
        for key, value in entry.items()
    }


def _filled(way: str, words: DraftWords, **facts: str) -> tuple[str, ...]:
    return tuple(template.format(**facts) for template in words.policy[way])


def _title(text: str) -> str:
    """The first line, if it is a heading: marked as one, or short and without a full stop."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    bare = _BULLET.sub("", first).strip()
    whole = len(bare) <= _TITLE_LENGTH and not bare.endswith(tuple("。.；;，,"))
    return _MASKED.sub("", bare) if first.startswith("#") or whole else ""


def _topic(title: str, words: DraftWords) -> str:
    """What the document is about: its title without "policy of" and the like."""
    names = "|".join(map(re.escape, words.policy["titles"]))
    bare = re.sub(
        rf"^(?:关于|《)|(?:的|管理|实施)?\s*(?:{names})\W*$", "", title, flags=re.IGNORECASE
    )
    bare = bare.strip(" 《》:：")
    return bare if not bare.isascii() or bare.isupper() else bare[:1].lower() + bare[1:]


def _rules(text: str, title: str) -> list[str]:
    """Every sentence without its bullet; masked ones are about a person, headings rule nothing."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    bare = [_BULLET.sub("", line).strip() for line in lines]
    sentences = [one.strip() for line in bare for one in _SENTENCE.findall(line)]
    kept = [one for one in sentences if len(one) > 6 and not _MASKED.search(one) and one != title]
    return list(dict.fromkeys(kept))


def _goals(rules: Sequence[str], words: DraftWords) -> Iterator[dict[str, str]]:
    """The rule that says most of each kind; a rule serves once."""
    left = list(rules)
    for kind in KINDS:
        cues = words.policy[f"cues_{kind}"]
        rule = max(left, key=lambda one: _cues(one, cues), default="")
        if not rule or not _cues(rule, cues):
            continue
        left.remove(rule)
        label, *asks = words.policy[f"asks_{kind}"]
        yield {
            "label": label,
            "line": _filled("line", words, rule=_told(rule, words))[0],
            "said_by": words.joined(words.wordings(_told(rule, words))),
            "request": words.joined(asks),
        }


def _told(rule: str, words: DraftWords) -> str:
    """The rule as a clerk says it to the customer."""
    for pair in words.policy["told"]:
        theirs, _, ours = pair.partition(" = ")
        whole = rf"\b{re.escape(theirs)}(?!\w)" if theirs.isascii() else re.escape(theirs)
        rule = re.sub(whole, ours, rule, flags=re.IGNORECASE)
    return rule


def _facts(text: str, words: DraftWords) -> list[dict[str, str]]:
    """When the thing happened from which the document counts its days."""
    days = re.search(rf"(\d+)\s*(?:个)?(?:工作|working |business )?{words.policy['day'][0]}", text)
    event = next((one for one in words.policy["events"] if one in plain_text(text)), "")
    if not event or not days:
        return []
    label, value, *surfaces = _filled(
        "event", words, event=event, days=str(max(1, int(days[1]) // 2))
    )
    asked = _filled("event_asked", words, event=event)
    return [
        # The first fact stays what it is without a document: who the customer is.
        {},
        {
            "label": label,
            "value": value,
            "surfaces": words.joined(surfaces),
            "asked_by": words.joined(asked),
        },
    ]


def _limits(
    rules: Sequence[str], words: DraftWords, *, answers: Sequence[str]
) -> Iterator[dict[str, str]]:
    for rule in rules:
        clause = next((one for one in _CLAUSE.findall(rule) if _cue(one, words.refuse)), "")
        cue = _cue(clause, words.refuse)
        if not cue:
            continue
        subject, _, claim = plain_text(clause).partition(cue)
        forbidden = _forbidden(subject.strip(), claim.strip(), words)
        instead = words.ways["instead"][0]
        free = [one for one in forbidden if not _stands_in([*answers, instead], one)]
        label = (claim if _is_ours(subject, words) else subject).strip()
        if free and len(label) > 1:
            yield {"label": label[:30].strip(), "forbidden": words.joined(free), "rule": rule}


def _forbidden(subject: str, claim: str, words: DraftWords) -> list[str]:
    """What a clerk would say who breaks the rule: the promise, or that an excluded thing can be."""
    if _is_ours(subject, words):
        promises = "|".join(map(re.escape, words.policy["own_promises"]))
        bare = re.sub(rf"^(?:(?:{promises})\s*)+", "", claim)
        claim = bare if not claim.isascii() else claim
        return list(_filled("forbidden_promise", words, claim=claim)) if len(claim) > 1 else []
    things = [one.strip() for one in re.split(words.policy["and"][0], subject) if len(one) > 1]
    ways = [words.policy["forbidden_thing"]]
    return [way.format(thing=thing) for thing in things[:3] for way in ways[0]]


def _is_ours(subject: str, words: DraftWords) -> bool:
    return not subject or any(one in subject for one in words.policy["own_people"])


def _stands_in(lines: Sequence[str], wording: str) -> bool:
    group = tuple(part.strip() for part in wording.split("+"))
    return any(says(line, (group,)) for line in lines)


def _cues(text: str, cues: Sequence[str]) -> int:
    lower = plain_text(text)
    return sum(cue in lower for cue in cues)


def _cue(text: str, cues: Sequence[str]) -> str:
    lower = plain_text(text)
    return next((cue for cue in cues if cue in lower), "")
