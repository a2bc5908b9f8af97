"""Members of the company, and their sign-in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from core.domain.people import DEMO_PREFIX, Person, SignInLink, WebSession
from core.errors import NotFound
from core.storage.mapping import person_of, person_values
from core.storage.repositories.statements import replace_row
from core.storage.rules import ID_CHARS, plain_name
from core.storage.tables import people, sign_in_links, web_sessions

_P = people.c
_L = sign_in_links.c
_W = web_sessions.c

_REPLACE = (
    update(people)
    .where(_P.id == bindparam("of"))
    .values({column.name: bindparam(column.name) for column in _P if column.name != "id"})
)
_ADD = insert(people)
_GET = select(people).where(_P.id == bindparam("id"))
_EVERYONE = select(people).order_by(_P.id)
_ACTIVE = _EVERYONE.where(_P.active.is_(True))
_IMPORTED = (
    select(_P.id)
    .where(_P.guest.is_(False), ~_P.id.startswith(DEMO_PREFIX, autoescape=True))
    .limit(1)
)
_ADD_LINK = insert(sign_in_links)
_USE_LINK = (
    update(sign_in_links)
    .where(
        _L.digest == bindparam("of"),
        _L.used_at.is_(None),
        _L.expires_at > bindparam("now"),
        _L.person_id.in_(select(_P.id).where(_P.active.is_(True))),
    )
    .values(used_at=bindparam("now"))
)
_LINK_PERSON = select(_L.person_id).where(_L.digest == bindparam("digest"))
_LINK_IS_OPEN = select(_L.digest).where(
    _L.digest == bindparam("digest"), _L.used_at.is_(None), _L.expires_at > bindparam("now")
)
_ADD_SESSION = insert(web_sessions)
_SESSION_PERSON = (
    select(people)
    .join(web_sessions, _W.person_id == _P.id)
    .where(
        _W.digest == bindparam("digest"),
        _W.expires_at > bindparam("now"),
        _P.active.is_(True),
    )
)
_DROP_SESSION = delete(web_sessions).where(_W.digest == bindparam("digest"))


class SqlPeople:
    """`People` in tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, person: Person) -> None:
        plain_name(person.id, limit=ID_CHARS)
        values = person_values(person)
        replace_row(self._connection, values, replace=_REPLACE, add=_ADD, here={"of": person.id})

    def get(self, person_id: str) -> Person:
        row = self._connection.execute(_GET, {"id": person_id}).first()
        if row is None:
            raise NotFound(what="person", name=person_id)
        return person_of(row)

    def everyone(self, *, also_gone: bool = False) -> Sequence[Person]:
        wanted = _EVERYONE if also_gone else _ACTIVE
        return [person_of(row) for row in self._connection.execute(wanted)]

    def have_been_imported(self) -> bool:
        return self._connection.execute(_IMPORTED).first() is not None

    def add_link(self, link: SignInLink) -> None:
        self.get(link.person_id)
        values = {
            "digest": link.digest,
            "person_id": link.person_id,
            "expires_at": link.expires_at,
        }
        self._connection.execute(_ADD_LINK, values)

    def consume_link(self, digest: str, *, now: datetime) -> str | None:
        if self._connection.execute(_USE_LINK, {"of": digest, "now": now}).rowcount != 1:
            return None
        person_id: str = self._connection.execute(_LINK_PERSON, {"digest": digest}).scalar_one()
        return person_id

    def link_is_open(self, digest: str, *, now: datetime) -> bool:
        found = self._connection.execute(_LINK_IS_OPEN, {"digest": digest, "now": now})
        return found.first() is not None

    def add_session(self, session: WebSession) -> None:
        self.get(session.person_id)
        values = {
            "digest": session.digest,
            "person_id": session.person_id,
            "expires_at": session.expires_at,
        }
        self._connection.execute(_ADD_SESSION, values)

    def session_person(self, digest: str, *, now: datetime) -> Person | None:
        row = self._connection.execute(_SESSION_PERSON, {"digest": digest, "now": now}).first()
        return None if row is None else person_of(row)

    def drop_session(self, digest: str) -> None:
        self._connection.execute(_DROP_SESSION, {"digest": digest})
