"""Tying a platform address to a person by a code that works once.

A code is kept as a sign-in link is: only its digest, with an end and a mark of use.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from core.domain.dialogue import Mode
from core.domain.people import Person, SignInLink
from core.ports.storage import UnitOfWork

CODE_LASTS = timedelta(days=30)
LINK_LASTS = timedelta(days=7)
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0 O, 1 I L: codes are read from paper and typed on phones."""

_HALF = 5
_MOST_PRACTICES = 1000


def new_code(pick: Callable[[str], str]) -> str:
    """A fresh code such as `K7QXM-3PD9R`, about 49 bits; `pick` chooses one character."""
    letters = [pick(ALPHABET) for _ in range(2 * _HALF)]
    return f"{''.join(letters[:_HALF])}-{''.join(letters[_HALF:])}"


def code_digest(code: str) -> str:
    """What is kept of a code; case and the dash do not matter.

    Apart from the digests of links, so that a code never opens the web page.
    """
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(f"bind:{plain}".encode()).hexdigest()


def link_digest(token: str) -> str:
    """What is kept of the token of a sign-in link."""
    return hashlib.sha256(token.encode()).hexdigest()


def give_code(work: UnitOfWork, person_id: str, code: str, *, now: datetime) -> None:
    """Let `code` tie one address to this person within `CODE_LASTS`."""
    work.people.add_link(SignInLink(code_digest(code), person_id, now + CODE_LASTS))


def give_link(work: UnitOfWork, person_id: str, token: str, *, now: datetime) -> None:
    """Let a link with `token` sign this person in once within `LINK_LASTS`."""
    work.people.add_link(SignInLink(link_digest(token), person_id, now + LINK_LASTS))


def bind(
    work: UnitOfWork, code: str, *, conversation_id: int, now: datetime
) -> tuple[Person, int] | None:
    """Use the code up for this conversation: the person, and how many practices held there as a
    guest are now theirs. None for a code that is wrong, used or too old."""
    person_id = work.people.consume_link(code_digest(code), now=now)
    if person_id is None:
        return None
    return adopt(work, person_id, conversation_id=conversation_id)


def adopt(work: UnitOfWork, person_id: str, *, conversation_id: int) -> tuple[Person, int]:
    """The conversation is this person's from now on: the person, and how many practices held
    there as a guest are now theirs."""
    person = work.people.get(person_id)
    before = work.conversations.get(conversation_id).person_id
    work.conversations.set_person(conversation_id, person.id, person.language)
    if before is None or before == person.id or not work.people.get(before).guest:
        return person, 0
    return person, _hand_over(work, before, person.id)


def _hand_over(work: UnitOfWork, guest_id: str, person_id: str) -> int:
    practices = work.dialogues.recent(guest_id, limit=_MOST_PRACTICES, whole=False)
    for dialogue in practices:
        work.dialogues.save(replace(dialogue, person_id=person_id))
        kept = work.scorecards.get(dialogue.id)
        if kept is not None:
            card, debrief = kept
            judged_at = dialogue.ended_at or dialogue.last_turn_at
            work.scorecards.put(card, debrief, person_id=person_id, now=judged_at)
    return sum(one.mode is not Mode.MICRO for one in practices)
