"""Everything a use case needs to know about one conversation, read in one go."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.dialogue import Dialogue, Turn
from core.domain.people import Person
from core.ports.storage import Conversation, UnitOfWork


@dataclass(frozen=True, slots=True)
class Desk:
    """One conversation as it stands: who, and which dialogue with its turns, if one is open."""

    conversation: Conversation
    person: Person | None
    dialogue: Dialogue | None
    turns: tuple[Turn, ...]

    @property
    def language(self) -> str:
        """The person's language, else the conversation's."""
        return self.person.language if self.person else self.conversation.language


def read_desk(work: UnitOfWork, conversation_id: int) -> Desk:
    """The desk of one conversation; NotFound when there is no such conversation."""
    conversation = work.conversations.get(conversation_id)
    person = work.people.get(conversation.person_id) if conversation.person_id else None
    dialogue = work.dialogues.get(conversation.dialogue_id) if conversation.dialogue_id else None
    turns = tuple(work.dialogues.turns(dialogue.id)) if dialogue else ()
    return Desk(conversation=conversation, person=person, dialogue=dialogue, turns=turns)
