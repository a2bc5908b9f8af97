"""A platform's directory of members -> the company's people, each tied to their account there.

The directory leads for names and teams. Who stands in it no more has left, and with that every
account of theirs is closed; a directory that suddenly lacks many is believed only when asked to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.domain.messages import ChannelAddress, ChannelKind
from core.domain.people import Person, Role
from core.errors import NotFound
from core.ports.delivery import Conversation
from core.ports.storage import UnitOfWork
from core.services.binding import adopt
from core.services.list_file import BadLine, ListFault, ListRow
from core.services.people_import import read_person

FEW = 3
SHARE = 0.2
"""More leaving at once than this many and this share of all is held back."""


@dataclass(frozen=True, slots=True)
class Member:
    """One row of a directory. `leads`: is the head of their team."""

    user: str
    name: str
    team: str
    email: str = ""
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """The account of ours that members are reached by, and the language of new people."""

    channel: ChannelKind
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Synced:
    """What a directory changes. `held`: those who would have left, but were too many."""

    new: tuple[Person, ...]
    changed: tuple[Person, ...]
    same: tuple[Person, ...]
    left: tuple[Person, ...]
    held: tuple[Person, ...]
    faults: tuple[BadLine, ...]


def sync(
    work: UnitOfWork,
    members: Sequence[Member],
    account: Account,
    *,
    let_go: bool = False,
    dry_run: bool = False,
) -> Synced:
    """Keep everybody whose row is good, name every row that is not, and close the accounts of who
    is there no more; with `dry_run` only tell. A bad row keeps its member as they were."""
    known = {one.id: one for one in work.people.everyone(also_gone=True)}
    tied = {
        one.address.user.lower(): one
        for one in work.conversations.of_account(account.channel, account.name)
    }
    first = {one.user.lower(): at for at, one in reversed(list(enumerate(members, start=1)))}
    read = [
        _read(at, member, account.language, is_first=first[member.user.lower()] == at)
        for at, member in enumerate(members, start=1)
    ]
    faults = tuple(one for one in read if isinstance(one, BadLine))
    people = {
        member.user: _person(member, one, known, tied)
        for member, one in zip(members, read, strict=True)
        if isinstance(one, Person)
    }
    gone = _gone(members, known, tied)
    most = max(FEW, SHARE * sum(1 for one in tied.values() if _member(one, known)))
    is_held = len(gone) > most and not let_go
    if not dry_run:
        _keep(work, people, known, account)
        for person in () if is_held else gone:
            work.people.add(replace(person, active=False))
    found = tuple(people.values())
    return Synced(
        new=tuple(one for one in found if one.id not in known),
        changed=tuple(one for one in found if one.id in known and known[one.id] != one),
        same=tuple(one for one in found if known.get(one.id) == one),
        left=() if is_held else gone,
        held=gone if is_held else (),
        faults=faults,
    )


def _read(line: int, member: Member, language: str, *, is_first: bool) -> Person | BadLine:
    given = {"id": member.user, "name": member.name, "team": member.team, "email": member.email}
    empty = next((name for name in ("id", "name", "team") if not given[name]), "")
    if empty:
        return BadLine(line, ListFault.NO_VALUE, f"{member.user} {empty}".strip())
    if not is_first:
        return BadLine(line, ListFault.ID_TWICE, member.user)
    read = read_person(ListRow(line, given), language=language)
    if isinstance(read, BadLine):
        return replace(read, about=f"{member.user} {read.about}".strip())
    return replace(read, role=Role.SUPERVISOR if member.leads else Role.TRAINEE)


def _person(
    member: Member, read: Person, known: Mapping[str, Person], tied: Mapping[str, Conversation]
) -> Person:
    """Who the member is: the one they are tied to, else who has their id or their address. Of
    somebody known the role, language and whatever the directory does not tell stay as they are."""
    conversation = tied.get(member.user.lower())
    before = _member(conversation, known) if conversation else None
    before = before or known.get(read.id) or _with_email(read.email, known)
    if before is None:
        return read
    return replace(
        before, name=read.name, team=read.team, email=read.email or before.email, active=True
    )


def _member(conversation: Conversation, known: Mapping[str, Person]) -> Person | None:
    """The person a conversation is tied to; nobody where that is only a guest."""
    person = known.get(conversation.person_id or "")
    return person if person is not None and not person.guest else None


def _with_email(email: str, known: Mapping[str, Person]) -> Person | None:
    found = [one for one in known.values() if email and one.email.lower() == email.lower()]
    return found[0] if len(found) == 1 else None


def _gone(
    members: Sequence[Member], known: Mapping[str, Person], tied: Mapping[str, Conversation]
) -> tuple[Person, ...]:
    here = {member.user.lower() for member in members}
    gone = {
        person.id: person
        for user, conversation in tied.items()
        if user not in here and (person := _member(conversation, known)) and person.active
    }
    return tuple(gone.values())


def _keep(
    work: UnitOfWork,
    people: Mapping[str, Person],
    known: Mapping[str, Person],
    account: Account,
) -> None:
    for user, person in people.items():
        if known.get(person.id) != person:
            work.people.add(person)
        conversation = work.conversations.at(ChannelAddress(account.channel, account.name, user))
        if conversation.person_id != person.id:
            _tie(work, conversation, person)


def _tie(work: UnitOfWork, conversation: Conversation, person: Person) -> None:
    try:
        adopt(work, person.id, conversation_id=conversation.id)
    except NotFound:
        # The guest of this conversation was erased meanwhile.
        work.conversations.set_person(conversation.id, person.id, person.language)
