"""Everything a use case needs to know about one conversation, read in one go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.dialogue import Dialogue, Mode, Speaker, Status, Turn
from core.domain.people import Person
from core.domain.promises import promised_time
from core.domain.reading import TraineeAct
from core.errors import DialogueError, DialogueFault
from core.ports.delivery import Conversation
from core.ports.storage import UnitOfWork

REMEMBERS = timedelta(days=30)
"""How long a customer holds a promise of a former talk against the house."""

_RECENT = 20


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


def current(desk: Desk) -> Dialogue:
    """The open dialogue; DialogueError when there is none."""
    if desk.dialogue is None or desk.dialogue.status is Status.ENDED:
        raise DialogueError(DialogueFault.NONE_RUNNING)
    return desk.dialogue


def running(desk: Desk) -> Dialogue:
    """The open dialogue, if its clock is running."""
    dialogue = current(desk)
    if dialogue.status is not Status.RUNNING:
        raise DialogueError(DialogueFault.PAUSED)
    return dialogue


def last_promise(work: UnitOfWork, person_id: str, scenario_id: str, *, now: datetime) -> str:
    """The time this trainee named in the last talk about this case, as it is said later; empty
    when there was no such talk of late or no time was promised in it."""
    ended = work.dialogues.recent(person_id, limit=_RECENT, statuses=[Status.ENDED])
    last = next(
        (one for one in ended if one.scenario_id == scenario_id and one.mode is not Mode.REPLAY),
        None,
    )
    if last is None or now - last.last_turn_at > REMEMBERS:
        return ""
    for turn in reversed(work.dialogues.turns(last.id)):
        if turn.speaker is Speaker.TRAINEE and _names_a_time(turn):
            return promised_time(turn.text, last.language)
    return ""


def _names_a_time(turn: Turn) -> bool:
    reading = turn.reading
    return reading is not None and reading.does(TraineeAct.TIME_COMMIT) and reading.named_time
