"""Cases whose articles changed, drills for those who failed there, proposals from talks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from core.domain.claims import Verdict
from core.domain.dialogue import Dialogue, Mode, Speaker, Turn
from core.domain.knowledge import Passage, Reader
from core.domain.people import Person, Role
from core.domain.upkeep import ArticleMark, Gap
from core.ports.content import ContentLibrary
from core.ports.storage import UnitOfWork
from core.services.knowledge_help import Asker, KnowledgeHelp

LANGUAGES = ("zh", "en")
PASSED = 6.0
"""Score 0..10 from which on a case counts as passed (60 of 100)."""
CARDS = 50
OF_TEAM = " › "
"""Between a team and its own version of an article, in the name of a mark."""
LONGEST = 128
"""Characters of such a name that can be kept: what is longer is not watched."""
MOST_GAPS = 3
"""Proposals out of one talk at most."""


async def versions_now(
    content: ContentLibrary, knows: KnowledgeHelp, day: date, teams: Sequence[str]
) -> Mapping[tuple[str, str], str]:
    """(case, article) -> the version that holds on this day, empty where there is none; and beside
    it (case, `team › article`) for each of these teams that has a version of its own."""
    rests = [
        (case.id, article)
        for language in LANGUAGES
        for case in content.scenarios(language)
        for article in case.knowledge_refs
    ]
    names = sorted({article for _, article in rests})
    usual = await _versions(names, knows, Asker(Reader(), day))
    found = {(case_id, article): usual[article] for case_id, article in rests}
    for team in teams:
        own = await _versions(names, knows, Asker(Reader(team), day))
        found |= {
            (case_id, f"{team}{OF_TEAM}{article}"): own[article]
            for case_id, article in rests
            if own[article] != usual[article] and len(team + OF_TEAM + article) <= LONGEST
        }
    return found


async def _versions(names: Sequence[str], knows: KnowledgeHelp, asker: Asker) -> Mapping[str, str]:
    read = zip(names, await knows.articles(names, asker), strict=True)
    return {name: _version(passages, asker.day) for name, passages in read}


def _version(passages: Sequence[Passage], day: date) -> str:
    holding = [one.version for one in passages if one.validity.holds(day)]
    if not holding:
        return ""
    return hashlib.blake2b("\n".join(holding).encode(), digest_size=8).hexdigest()


def mark_changes(
    unit: UnitOfWork, found: Mapping[tuple[str, str], str], now: datetime
) -> Sequence[ArticleMark]:
    """Note what changed since the last time; the marks that changed. What is seen for the first
    time has not changed, but a team's own version of an article that was there before has."""
    known = {(mark.scenario_id, mark.article): mark for mark in unit.article_marks.all()}
    gone = {key: "" for key in known if team_of(key[1]) and key not in found}
    changed = []
    for (scenario_id, article), version in {**found, **gone}.items():
        usual = known.get((scenario_id, article.rpartition(OF_TEAM)[2]))
        before = known.get((scenario_id, article)) or usual
        if before is None:
            unit.article_marks.put(ArticleMark(scenario_id, article, version))
            continue
        after = replace(before, article=article).seen(version, now)
        if after != before:
            unit.article_marks.put(after)
            changed.append(after)
    return changed


def team_of(article: str) -> str:
    """Whose version of an article a mark is about; empty for everybody's."""
    return article.rpartition(OF_TEAM)[0]


def concerned(
    unit: UnitOfWork, mark: ArticleMark, found: Mapping[tuple[str, str], str]
) -> Sequence[Person]:
    """Who failed last in the case and goes by this version of the article."""
    team = team_of(mark.article)
    return [
        person
        for person in failed_last(unit, mark.scenario_id)
        if (person.team == team if team else not _has_own(person.team, mark, found))
    ]


def _has_own(team: str, mark: ArticleMark, found: Mapping[tuple[str, str], str]) -> bool:
    return (mark.scenario_id, f"{team}{OF_TEAM}{mark.article}") in found


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
