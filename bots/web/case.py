"""What stands beside the conversation: the case, the customer's record, the closing form."""

from __future__ import annotations

from dataclasses import dataclass

from bots.web.lines import status_of
from core.domain.dialogue import Dialogue, Mode
from core.domain.scenario import RecordField
from core.errors import NotFound
from core.ports.content import ContentLibrary


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One line of the record; a locked one has no value."""

    label: str
    value: str
    locked: bool


@dataclass(frozen=True, slots=True)
class Case:
    """The case of an open dialogue. `mood` is the one announced at the start, empty in an exam;
    `record` keeps back what may be read only after verification (`value` is empty then)."""

    title: str
    brief: str
    difficulty: str
    persona: str
    mood: str
    verified: bool
    needs_verification: bool
    record: tuple[RecordLine, ...]


@dataclass(frozen=True, slots=True)
class WrapUp:
    """The closing form of one dialogue: (key, label, what was written) per field."""

    dialogue_id: str
    fields: tuple[tuple[str, str, str], ...]

    @property
    def kept(self) -> bool:
        """Whether it was handed in already."""
        return any(value for *_, value in self.fields)


def case_of(content: ContentLibrary, dialogue: Dialogue | None) -> Case | None:
    """The case of the open dialogue; None where none is open or its content is gone."""
    if dialogue is None or status_of(dialogue) == "none":
        return None
    try:
        scenario = content.scenario(dialogue.scenario_id, dialogue.versions.scenario)
    except NotFound:
        return None
    moods = {mood.id: mood.name for mood in content.moods(dialogue.language)}
    personas = {persona.id: persona.name for persona in content.personas(dialogue.language)}
    verified = dialogue.state.verified
    return Case(
        title=scenario.title,
        brief=scenario.brief,
        difficulty=scenario.difficulty.value,
        persona=personas.get(dialogue.persona_id, ""),
        mood="" if dialogue.mode is Mode.EXAM else moods.get(dialogue.mood_id, ""),
        verified=verified,
        needs_verification=scenario.needs_verification,
        # One reply is given without looking anything up.
        record=()
        if dialogue.focus
        else tuple(_record_line(line, verified=verified) for line in scenario.record),
    )


def wrap_up_of(content: ContentLibrary, dialogue: Dialogue | None) -> WrapUp | None:
    """The closing form of an ended dialogue that is scored; None where there is none."""
    if dialogue is None or dialogue.focus or not dialogue.scored:
        return None
    try:
        fields = content.scenario(dialogue.scenario_id, dialogue.versions.scenario).wrap_up
    except NotFound:
        return None
    if not fields:
        return None
    return WrapUp(
        dialogue.id,
        tuple((field.key, field.label, dialogue.wrap_up.get(field.key, "")) for field in fields),
    )


def _record_line(line: RecordField, *, verified: bool) -> RecordLine:
    locked = line.after_verification and not verified
    return RecordLine(line.label, "" if locked else line.value, locked)
