"""Corrections and citations for one case, out of its own facts and the knowledge base."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache

from core.domain.claims import Statement, Verdict
from core.domain.correction import Citation, Correction
from core.domain.dialogue import Turn
from core.domain.knowledge import (
    COMPANY,
    SAMPLE_COLLECTION,
    DocumentKey,
    Passage,
    Question,
    Reader,
    own_places,
)
from core.domain.messages import Json
from core.domain.people import Person
from core.domain.reading import LineReading
from core.domain.scenario import Scenario
from core.errors import StorageError
from core.ports.knowledge_base import KnowledgeBase
from core.readers.claims import LANGUAGES, own_clause, statements
from core.services.claim_check import NOTHING, Found, check, source_of
from core.services.second_opinion import SecondOpinion

log = logging.getLogger(__name__)

LOOKED_AT = 6
"""Passages a claim is compared with, beside those the case cites."""

LOOK_UP_S = 3.0
"""How long a line or a hint waits for the articles, and a second opinion on them, at most."""

CLAIM = 60
"""Characters of a clause that are said back at most."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose articles are read, of which collection (None: all), and on which day they must hold."""

    reader: Reader
    day: date
    collection: str | None = None


@dataclass(frozen=True, slots=True)
class KnowledgeHelp:
    """Looks things up for the coach."""

    knowledge: KnowledgeBase
    second: SecondOpinion | None = None

    async def verdict(self, text: str, scenario: Scenario | None, asker: Asker) -> Found:
        """What the articles say of a line; of a case, only those of its trade are asked."""
        language = scenario.language if scenario else _language(text)
        if language not in LANGUAGES:
            return NOTHING
        if not any(one.points for one in statements(text, claimed=True)):
            return NOTHING
        passages = await self._passages(text, scenario, asker)
        case = _case(scenario) if scenario else ()
        found = check(text, [source_of(one) for one in passages], case=case)
        if found.verdict is not Verdict.CONTRADICTED or self.second is None:
            return found
        view = await self.second.of(found.claim, found.quote, language=language)
        return found if view is Verdict.CONTRADICTED else replace(found, verdict=view)

    async def corrected(
        self, reading: LineReading, scenario: Scenario, *, person: Person, now: datetime
    ) -> Correction | None:
        """The correction of this trainee's line. An article that cannot be read in time costs the
        correction, never the talk."""
        asker = Asker(Reader.of(person), now.date())
        try:
            async with asyncio.timeout(LOOK_UP_S):
                return await self.correction(reading, scenario, asker)
        except (StorageError, TimeoutError) as error:
            log.warning("not corrected", extra={"error": type(error).__name__})
            return None

    async def to_read(
        self, words: str, scenario: Scenario, *, person: Person, now: datetime
    ) -> dict[str, Json]:
        """What article to read about these words, as facts of a message; empty where none is, or
        none is found in time."""
        try:
            async with asyncio.timeout(LOOK_UP_S):
                asker = Asker(Reader.of(person), now.date())
                citation = await self.citation(words, scenario, asker)
        except (StorageError, TimeoutError) as error:
            log.warning("nothing to read", extra={"error": type(error).__name__})
            return {}
        return citation_facts(citation) if citation else {}

    async def correction(
        self, reading: LineReading, scenario: Scenario | None, asker: Asker
    ) -> Correction | None:
        """What is to be said about a line, if anything is. A broken limit of the case decides;
        what settles a goal of the case is right but for its figures."""
        limits = scenario.policy_limits if scenario else ()
        broken = next((one for one in limits if one.key in reading.breached), None)
        if scenario is not None and broken is not None:
            return Correction(
                Verdict.CONTRADICTED,
                claim=shortened(reading.text),
                rule=broken.rule,
                citation=await self.citation(broken.rule, scenario, asker),
                limit=broken.key,
            )
        found = await self.verdict(reading.text, scenario, asker)
        if found.verdict is Verdict.NOT_FOUND:
            return _gap(reading) if found.claims else None
        if found.verdict in (Verdict.SUPPORTED, Verdict.UNSURE) or found.passage is None:
            return None
        if reading.settled and not found.counts:
            return None
        return Correction(
            Verdict.CONTRADICTED,
            claim=shortened(own_clause(reading.text, found.claim)),
            rule=found.quote,
            citation=cited(found.passage),
        )

    async def citation(self, words: str, scenario: Scenario, asker: Asker) -> Citation | None:
        """The passage to read about this, one that the case cites if any of them fits."""
        own = await self._cited_passages(scenario, asker)
        question = _question(words, scenario, asker)
        found = [hit.passage for hit in await self.knowledge.search(question)]
        names = {one.id for one in own}
        first = next((one for one in found if one.id in names), None) or next(iter(own), None)
        return cited(first) if first is not None else None

    async def _passages(
        self, text: str, scenario: Scenario | None, asker: Asker
    ) -> Sequence[Passage]:
        hits = [
            hit.passage for hit in await self.knowledge.search(_question(text, scenario, asker))
        ]
        if scenario is None:
            return hits
        own = await self._cited_passages(scenario, asker)
        known = {one.id for one in own}
        return [*own, *(one for one in hits if one.id not in known and _fits(one, scenario))]

    async def _cited_passages(self, scenario: Scenario, asker: Asker) -> Sequence[Passage]:
        return [
            passage
            for passages in await self.articles(scenario.knowledge_refs, asker)
            for passage in passages
            if passage.validity.holds(asker.day)
        ]

    async def articles(self, names: Sequence[str], asker: Asker) -> Sequence[Sequence[Passage]]:
        """The passages of each article, the company's own version before the shipped one; none of
        one that is nowhere."""
        places = [_places(name, asker.reader.team) for name in names]
        every = [key for keys in places for key in keys]
        there = await self.knowledge.documents(every, reader=asker.reader)
        return [next((there[key] for key in keys if key in there), ()) for keys in places]


def cited(passage: Passage) -> Citation:
    """A passage as it is named to people."""
    place = passage.place
    where = place.section[-1] if place.section else ""
    if place.page is not None:
        where = f"p. {place.page}"
    elif place.start_s is not None:
        minutes, seconds = divmod(int(place.start_s), 60)
        where = f"{minutes}:{seconds:02d}"
    return Citation(passage.title, where, f"/knowledge/{passage.id}", passage.id)


def correction_facts(correction: Correction) -> dict[str, Json]:
    """A correction as it is told."""
    source = citation_facts(correction.citation) if correction.citation else {}
    return {"quote": correction.claim, "rule": correction.rule, **source}


def citation_facts(citation: Citation) -> dict[str, Json]:
    """A citation as it is told."""
    return {"title": citation.title, "place": citation.place, "link": citation.link}


def said_before(correction: Correction, turns: Sequence[Turn]) -> bool:
    """Whether the trainee was told the same in this talk: once is enough."""
    return any(
        turn.correction is not None and correction.repeats(turn.correction) for turn in turns
    )


def shortened(text: str) -> str:
    """At most CLAIM characters."""
    text = text.strip()
    return text if len(text) <= CLAIM else f"{text[: CLAIM - 1]}…"


def _gap(reading: LineReading) -> Correction | None:
    return Correction(Verdict.NOT_FOUND, claim=shortened(reading.text))


def _question(text: str, scenario: Scenario | None, asker: Asker) -> Question:
    question = Question(
        text, asker.reader, collection=asker.collection, day=asker.day, limit=LOOKED_AT
    )
    if scenario is None:
        return question
    return replace(
        question,
        context=(scenario.title, scenario.family),
        topics=(scenario.industry, scenario.id, *scenario.knowledge_refs),
    )


def _places(name: str, team: str) -> Sequence[DocumentKey]:
    """Where an article of this name may be, best first."""
    return [*own_places(name, team), DocumentKey(COMPANY, SAMPLE_COLLECTION, name)]


def _fits(passage: Passage, scenario: Scenario) -> bool:
    """Whether a passage is about the trade of the case. A shipped one says what it is about; one
    that says nothing may be about everything."""
    if passage.document.collection != SAMPLE_COLLECTION:
        return True
    return scenario.industry in passage.topics


@lru_cache(maxsize=256)
def _case(scenario: Scenario) -> tuple[Statement, ...]:
    """Everything the case itself says: figures of it are no claims about a rule."""
    said = [
        *(fact.value for fact in scenario.facts),
        *(line.value for line in scenario.record),
        *(goal.reference_line for goal in scenario.sub_goals),
        *(f"{limit.rule} {limit.instead}" for limit in scenario.policy_limits),
        *scenario.openings,
        scenario.brief,
    ]
    return tuple(statements("\n".join(said)))


def _language(text: str) -> str:
    return "zh" if any("\u4e00" <= sign <= "\u9fff" for sign in text) else "en"
