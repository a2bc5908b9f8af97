"""Where a person can be written to unasked: now, only after they write, or nowhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.domain.digest import Unreached, WhyUnreached
from core.domain.messages import ChannelKind
from core.domain.people import Person
from core.ports.delivery import Conversation
from core.ports.storage import UnitOfWork

CanNow = Callable[[UnitOfWork, Conversation], bool]


def _always(unit: UnitOfWork, conversation: Conversation) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Reach:
    """`accounts`: those by which people may be written to, the best first. `can_now` says whether
    one takes a message to this person at this moment; where it does not, the message waits until
    they write there."""

    accounts: Sequence[tuple[ChannelKind, str]] = ()
    can_now: CanNow = _always

    def place(self, unit: UnitOfWork, person_id: str) -> Conversation | None:
        """The best account that takes a message now, else one on which it waits, else the
        person's page, where it waits too. None: nowhere."""
        known = unit.conversations.of_person(person_id)
        chats = self._chats(known)
        now = next((one for one in chats if self.can_now(unit, one)), None)
        pages = [one for one in known if one.address.channel is ChannelKind.WEB]
        return now or next(iter((*chats, *pages)), None)

    def unreached(self, unit: UnitOfWork, people: Sequence[Person]) -> Sequence[Unreached]:
        """Those of these people whom no message reaches by itself, and why."""
        found = []
        for person in people:
            place = self.place(unit, person.id)
            if place is None:
                found.append(Unreached(person.name, WhyUnreached.NO_ACCOUNT))
            elif place.address.channel is not ChannelKind.WEB and not self.can_now(unit, place):
                found.append(Unreached(person.name, WhyUnreached.MUST_WRITE))
        return found

    def _chats(self, known: Sequence[Conversation]) -> Sequence[Conversation]:
        return [
            one
            for account in self.accounts
            for one in known
            if (one.address.channel, one.address.account) == account
        ]
