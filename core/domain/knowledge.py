"""What the company knows, in passages that can be cited.

A document belongs to one collection of one team; its passages are found only by readers of that
team. What belongs to the team `COMPANY` is for everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from core.domain.people import Person, Role

COMPANY = ""
"""The team of what everybody may read."""

DEFAULT_COLLECTION = "main"

SAMPLE_COLLECTION = "sample"
"""The collection of the shipped articles."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose eyes read: one team's and the company's passages, or, for an admin, every team's."""

    team: str = COMPANY
    every_team: bool = False

    @classmethod
    def of(cls, person: Person) -> Reader:
        """What this person may read."""
        return cls(person.team, every_team=person.role is Role.ADMIN)

    def may_read(self, team: str) -> bool:
        """Whether a passage of this team may be shown."""
        return self.every_team or team in (COMPANY, self.team)


@dataclass(frozen=True, slots=True)
class Validity:
    """The days, both included, on which something holds; None where it is open."""

    since: date | None = None
    until: date | None = None

    def holds(self, day: date | None) -> bool:
        """Whether it holds on this day; without a day, always."""
        if day is None:
            return True
        begun = self.since is None or self.since <= day
        return begun and (self.until is None or day <= self.until)


ALWAYS = Validity()


@dataclass(frozen=True, slots=True)
class Place:
    """Where in its document a passage stands; what does not apply is empty.

    `section` is the path of headings from the outside in, `page` counts from 1, `start_s` and
    `end_s` are seconds from the beginning of a recording.
    """

    section: tuple[str, ...] = ()
    page: int | None = None
    start_s: float | None = None
    end_s: float | None = None


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class DocumentKey:
    """What tells a document from every other: `name` is unique in the collection of the team."""

    team: str
    collection: str
    name: str


def own_places(name: str, team: str) -> Sequence[DocumentKey]:
    """Where a company's own version of an article may be, best first; it stands in for the
    shipped one."""
    return [
        DocumentKey(owner, DEFAULT_COLLECTION, file)
        for owner in dict.fromkeys((team, COMPANY))
        for file in (name, f"{name}.md")
    ]


@dataclass(frozen=True, slots=True)
class Document:
    """One article, file, FAQ list or video, without its words.

    `source` is what people open (a file name, an address), `version` the digest of its content,
    `topics` the products and scenario ids it is about, `change` the number of its last change,
    which grows over the whole knowledge base.
    """

    key: DocumentKey
    title: str
    source: str
    version: str
    passages: int
    updated_at: datetime
    change: int
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document that answers for itself; `text` keeps the document's own words.

    `title` is the document's, or the question of a Q&A pair; `aliases` are other ways to ask for
    it; `version` is that of the document the words are from.
    """

    id: int
    document: DocumentKey
    title: str
    text: str
    source: str
    version: str
    place: Place = NOWHERE
    aliases: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    validity: Validity = ALWAYS

    @property
    def link(self) -> str:
        """The source, opened at the page or the second."""
        if self.place.page is not None:
            return f"{self.source}#page={self.place.page}"
        if self.place.start_s is not None:
            return f"{self.source}#t={int(self.place.start_s)}"
        return self.source


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants to know.

    `context` holds words of the dialogue (product, scenario, what was said), `topics` its ids:
    both raise passages that fit and hide none. With `day`, only what holds on that day is found.
    """

    text: str
    reader: Reader
    collection: str | None = None
    context: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    day: date | None = None
    limit: int = 5


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found. Scores order one answer; between answers they mean nothing."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class CollectionStats:
    """A collection in figures; `changed_at` is None while it is empty."""

    team: str
    collection: str
    documents: int
    passages: int
    changed_at: datetime | None
