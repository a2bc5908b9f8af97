"""Cases whose articles changed, drills for those who failed there, proposals from talks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from core.domain.claims import Verdict
from core.domain.dialogue import Dialogue, Mode, Speaker, Turn
from core.domain.knowledge import Passage
from core.domain.people import Person, Role
from core.domain.upkeep import ArticleMark, Gap
from core.ports.content import ContentLibrary
from core.ports.storage import UnitOfWork
from core.services.knowledge_help import Asker, KnowledgeHelp

LANGUAGES = ("zh", "en")
PASSED = 6.0
"""Score 0..10 from which on a case counts as passed (60 of 100)."""
CARDS = 50
MOST_GAPS = 3
"""Proposals out of one talk at most."""


async def versions_now(
    content: ContentLibrary, knows: KnowledgeHelp, asker: Asker
) -> Mapping[tuple[str, str], str]:
    """(case, article) -> the version that holds today; empty where there is none."""
    rests = [
        (case.id, article)
        for language in LANGUAGES
        for case in content.scenarios(language)
        for article in case.knowledge_refs
    ]
    names = sorted({article for _, article in rests})
    read = zip(names, await knows.articles(names, asker), strict=True)
    versions = {name: _version(passages, asker.day) for name, passages in read}
    return {(case_id, article): versions[article] for case_id, article in rests}


def _version(passages: Sequence[Passage], day: date) -> str:
    holding = [one.version for one in passages if one.validity.holds(day)]
    if not holding:
        return ""
    return hashlib.blake2b("\n".join(holding).encode(), digest_size=8).hexdigest()


def mark_changes(
    unit: UnitOfWork, found: Mapping[tuple[str, str], str], now: datetime
) -> Sequence[ArticleMark]:
    """Note what changed since the last time; the marks that changed. What is seen for the first
    time has not changed."""
    known = {(mark.scenario_id, mark.article): mark for mark in unit.article_marks.all()}
    changed = []
    for (scenario_id, article), version in found.items():
        before = known.get((scenario_id, article))
        if before is None:
            unit.article_marks.put(ArticleMark(scenario_id, article, version))
            continue
        after = before.seen(version, now)
        if after != before:
            unit.article_marks.put(after)
            changed.append(after)
    return changed


def failed_last(unit: UnitOfWork, scenario_id: str) -> Sequence[Person]:
    """Trainees whose newest scored talk about this case was not passed."""
    return [
        person
        for person in unit.people.everyone()
        if person.role is Role.TRAINEE and _failed(unit, person, scenario_id)
    ]


def _failed(unit: UnitOfWork, person: Person, scenario_id: str) -> bool:
    cards = unit.scorecards.of_person(person.id, limit=CARDS)
    last = next((card for talk, card in cards if talk.scenario_id == scenario_id), None)
    return last is not None and last.overall is not None and last.overall < PASSED


def gaps_of(dialogue: Dialogue, turns: Sequence[Turn], now: datetime) -> Sequence[Gap]:
    """What the customer wanted to know where the trainee named a figure that no article has.

    The question is the simulated customer's; the trainee's own words are in it only for exams,
    which are announced as visible.
    """
    gaps: dict[str, Gap] = {}
    question = ""
    for turn in turns:
        if turn.speaker is Speaker.CUSTOMER:
            question = turn.text
        elif turn.correction is not None and turn.correction.verdict is Verdict.NOT_FOUND:
            claim = turn.correction.claim if dialogue.mode is Mode.EXAM else ""
            gap = Gap(dialogue.scenario_id, dialogue.language, question, now, claim)
            gaps.setdefault(gap.key, gap)
    return [gap for gap in gaps.values() if gap.question][:MOST_GAPS]
