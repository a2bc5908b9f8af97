"""Members of the company, and their sign-in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.people import DEMO_PREFIX, Person, SignInLink, WebSession
from core.errors import NotFound, StorageError
from core.storage.memory.table import Journal, Table, utc
from core.storage.rules import ID_CHARS, plain_name


@dataclass(frozen=True, slots=True)
class _Link:
    link: SignInLink
    used: bool = False


class MemoryPeople:
    """`People` in dictionaries."""

    def __init__(self, journal: Journal) -> None:
        self._people: Table[str, Person] = Table(journal)
        self._links: Table[str, _Link] = Table(journal)
        self._sessions: Table[str, WebSession] = Table(journal)

    def add(self, person: Person) -> None:
        plain_name(person.id, limit=ID_CHARS)
        self._people.put(person.id, person)

    def get(self, person_id: str) -> Person:
        person = self._people.get(person_id)
        if person is None:
            raise NotFound(what="person", name=person_id)
        return person

    def everyone(self, *, also_gone: bool = False) -> Sequence[Person]:
        people = [one for one in self._people.all() if one.active or also_gone]
        return sorted(people, key=lambda person: person.id)

    def have_been_imported(self) -> bool:
        people = self._people.all()
        return any(not (person.guest or person.id.startswith(DEMO_PREFIX)) for person in people)

    def add_link(self, link: SignInLink) -> None:
        self.get(link.person_id)
        if self._links.get(link.digest) is not None:
            raise StorageError("a sign-in link is added once")
        kept = replace(link, expires_at=utc(link.expires_at))
        self._links.put(link.digest, _Link(kept))

    def consume_link(self, digest: str, *, now: datetime) -> str | None:
        kept = self._links.get(digest)
        if kept is None or not self.link_is_open(digest, now=now):
            return None
        if not self.get(kept.link.person_id).active:
            return None
        self._links.put(digest, replace(kept, used=True))
        return kept.link.person_id

    def link_is_open(self, digest: str, *, now: datetime) -> bool:
        kept = self._links.get(digest)
        return kept is not None and not kept.used and kept.link.expires_at > utc(now)

    def add_session(self, session: WebSession) -> None:
        self.get(session.person_id)
        if self._sessions.get(session.digest) is not None:
            raise StorageError("a web session is added once")
        self._sessions.put(session.digest, replace(session, expires_at=utc(session.expires_at)))

    def session_person(self, digest: str, *, now: datetime) -> Person | None:
        session = self._sessions.get(digest)
        if session is None or session.expires_at <= utc(now):
            return None
        person = self.get(session.person_id)
        return person if person.active else None

    def drop_session(self, digest: str) -> None:
        self._sessions.drop(digest)
