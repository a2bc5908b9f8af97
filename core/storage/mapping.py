"""Rows to domain objects and back; values of any shape travel as JSON text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import TypeAdapter

from core.domain.ability import Ability
from core.domain.agenda import CustomerAct, CustomerState
from core.domain.correction import Correction
from core.domain.dialogue import (
    Dialogue,
    EndReason,
    Mode,
    Speaker,
    Status,
    Turn,
    Versions,
)
from core.domain.emotion import EmotionState
from core.domain.messages import (
    ChannelAddress,
    ChannelKind,
    InboundKind,
    InboundMessage,
    Json,
    NoticeCode,
    OutboundKind,
    OutboundMessage,
    SendOutcome,
)
from core.domain.people import Person, Role
from core.domain.practice_result import PracticeResult
from core.domain.reading import LineReading
from core.domain.remark import Remark, RemarkKind
from core.domain.scorecard import Debrief, Scorecard
from core.errors import StorageError
from core.ports.delivery import Conversation, InboxRow, OutboxRow

AnyRow = Sequence[Any]
"""A row, taken apart by position in the order of its statement's columns."""


@dataclass(frozen=True, slots=True)
class TurnNotes:
    """What is remembered of a turn beside its words."""

    reading: LineReading | None = None
    mood_before: EmotionState | None = None
    mood_after: EmotionState | None = None
    acts: tuple[CustomerAct, ...] = ()
    told: tuple[str, ...] = ()
    correction: Correction | None = None
    spoken: bool = False


_STATE = TypeAdapter(CustomerState)
_SKILLS = TypeAdapter(tuple[str, ...])
_VERSIONS = TypeAdapter(Versions)
_HINTS = TypeAdapter(tuple[int, ...])
_WRAP_UP = TypeAdapter(dict[str, str])
_NOTES = TypeAdapter(TurnNotes)
_CARD = TypeAdapter(Scorecard)
_DEBRIEF = TypeAdapter(Debrief)


def short(reason: str) -> str:
    """A reason that fits its column."""
    return reason[:255]


def json_text(value: Mapping[str, Json]) -> str:
    """JSON of an object; numbers and texts come back exactly. StorageError for what is none."""
    try:
        return orjson.dumps(dict(value)).decode()
    except orjson.JSONEncodeError as error:
        raise StorageError("facts that JSON cannot hold") from error


def json_object(text: str) -> dict[str, Json]:
    """What `json_text` wrote."""
    read: dict[str, Json] = orjson.loads(text)
    return read


def _dump(adapter: TypeAdapter[Any], value: object) -> str:
    return adapter.dump_json(value).decode()


def conversation_of(row: AnyRow) -> Conversation:
    """From (id, channel, account, user, person_id, dialogue_id, language)."""
    id_, channel, account, user, person_id, dialogue_id, language = row
    return Conversation(
        id=id_,
        address=ChannelAddress(ChannelKind(channel), account, user),
        person_id=person_id,
        dialogue_id=dialogue_id,
        language=language,
    )


def inbox_row_of(row: AnyRow) -> InboxRow:
    """From (id, conversation_id, channel, account, user, key, kind, text, sent_at, received_at,
    attempts)."""
    id_, conversation_id, channel, account, user, key, kind, text, sent_at, received_at, tries = row
    return InboxRow(
        id=id_,
        conversation_id=conversation_id,
        message=InboundMessage(
            address=ChannelAddress(ChannelKind(channel), account, user),
            key=key,
            text=text,
            sent_at=sent_at,
            kind=InboundKind(kind),
        ),
        received_at=received_at,
        attempts=tries,
    )


def outbox_values(message: OutboundMessage) -> dict[str, Any]:
    """Columns of `outbox` that hold the message itself."""
    return {
        "channel": message.address.channel.value,
        "account": message.address.account,
        "code": message.code.value,
        "facts": json_text(message.facts),
        "kind": message.kind.value,
        "dialogue_id": message.dialogue_id,
        "inbox_id": message.inbox_id,
        "language": message.language,
        "delay_s": message.delay_s,
    }


def outbox_row_of(row: AnyRow) -> OutboxRow:
    """From (id, conversation_id, channel, account, user, code, facts, kind, dialogue_id, inbox_id,
    language, delay_s, state, attempts, created_at)."""
    return OutboxRow(
        id=row[0],
        conversation_id=row[1],
        message=OutboundMessage(
            address=ChannelAddress(ChannelKind(row[2]), row[3], row[4]),
            code=NoticeCode(row[5]),
            facts=json_object(row[6]),
            kind=OutboundKind(row[7]),
            dialogue_id=row[8],
            inbox_id=row[9],
            language=row[10],
            delay_s=row[11],
        ),
        state=SendOutcome(row[12]),
        attempts=row[13],
        created_at=row[14],
    )


def dialogue_values(dialogue: Dialogue) -> dict[str, Any]:
    """All columns of `dialogues`."""
    return {
        "id": dialogue.id,
        "person_id": dialogue.person_id,
        "conversation_id": dialogue.conversation_id,
        "scenario_id": dialogue.scenario_id,
        "persona_id": dialogue.persona_id,
        "mood_id": dialogue.mood_id,
        "engine": dialogue.engine,
        "seed": dialogue.seed,
        "mode": dialogue.mode.value,
        "language": dialogue.language,
        "versions": _dump(_VERSIONS, dialogue.versions),
        "state": _dump(_STATE, dialogue.state),
        "started_at": dialogue.started_at,
        "clock_since": dialogue.clock_since,
        "last_turn_at": dialogue.last_turn_at,
        "status": dialogue.status.value,
        "end_reason": dialogue.end_reason.value if dialogue.end_reason else None,
        "ended_at": dialogue.ended_at,
        "active_s": dialogue.active_s,
        "turn_count": dialogue.turn_count,
        "nudged": dialogue.nudged,
        "hints": _dump(_HINTS, dialogue.hints),
        "wrap_up": _dump(_WRAP_UP, dialogue.wrap_up),
        "replay_of": dialogue.replay_of,
        "replay_from": dialogue.replay_from,
        "order_id": dialogue.order_id,
        "focus": dialogue.focus.value if dialogue.focus else None,
    }


def dialogue_of(row: AnyRow) -> Dialogue:
    """From the columns of `dialogues`, in their order."""
    return Dialogue(
        id=row[0],
        person_id=row[1],
        conversation_id=row[2],
        scenario_id=row[3],
        persona_id=row[4],
        mood_id=row[5],
        engine=row[6],
        seed=row[7],
        mode=Mode(row[8]),
        language=row[9],
        versions=_VERSIONS.validate_json(row[10]),
        state=_STATE.validate_json(row[11]),
        started_at=row[12],
        clock_since=row[13],
        last_turn_at=row[14],
        status=Status(row[15]),
        end_reason=EndReason(row[16]) if row[16] else None,
        ended_at=row[17],
        active_s=row[18],
        turn_count=row[19],
        nudged=row[20],
        hints=_HINTS.validate_json(row[21]),
        wrap_up=_WRAP_UP.validate_json(row[22]),
        replay_of=row[23],
        replay_from=row[24],
        order_id=row[25],
        focus=Ability(row[26]) if row[26] else None,
    )


def turn_values(dialogue_id: str, turn: Turn, *, position: int) -> dict[str, Any]:
    """All columns of `turns`; `position` counts the turns one inbox row made one speaker say."""
    notes = TurnNotes(
        turn.reading,
        turn.mood_before,
        turn.mood_after,
        turn.acts,
        turn.told,
        turn.correction,
        turn.spoken,
    )
    return {
        "dialogue_id": dialogue_id,
        "seq": turn.seq,
        "speaker": turn.speaker.value,
        "text": turn.text,
        "at_s": turn.at_s,
        "inbox_id": turn.inbox_id,
        "position": position,
        "engine": turn.engine,
        "notes": _dump(_NOTES, notes),
    }


def turn_of(row: AnyRow) -> Turn:
    """From (seq, speaker, text, at_s, inbox_id, engine, notes)."""
    seq, speaker, text, at_s, inbox_id, engine, kept = row
    notes = _NOTES.validate_json(kept)
    return Turn(
        seq=seq,
        speaker=Speaker(speaker),
        text=text,
        at_s=at_s,
        inbox_id=inbox_id,
        reading=notes.reading,
        mood_before=notes.mood_before,
        mood_after=notes.mood_after,
        acts=notes.acts,
        told=notes.told,
        engine=engine,
        correction=notes.correction,
        spoken=notes.spoken,
    )


def card_texts(card: Scorecard, debrief: Debrief) -> tuple[str, str]:
    """A judged dialogue as two JSON texts."""
    return _dump(_CARD, card), _dump(_DEBRIEF, debrief)


def card_of(text: str) -> Scorecard:
    """The scorecard of its JSON text."""
    return _CARD.validate_json(text)


@dataclass(frozen=True, slots=True)
class _Figures:
    """The part of a card that has no words in it; the rest is not even made."""

    overall: float | None
    abilities: tuple[tuple[Ability, float | None], ...]
    critical: tuple[Any, ...]
    hint_discount: float = 0.0


_FIGURES = TypeAdapter(_Figures)


def practice_result_of(row: AnyRow) -> PracticeResult:
    """From (person, dialogue_id, scenario_id, mode, started_at, ended_at, hints, focus,
    replay_of, card)."""
    _, dialogue_id, scenario_id, mode, started, ended, hints, focus, replay_of, card = row
    figures = _FIGURES.validate_json(card)
    return PracticeResult(
        dialogue_id=dialogue_id,
        scenario_id=scenario_id,
        mode=Mode(mode),
        at=ended or started,
        hints=_HINTS.validate_json(hints) if hints != "[]" else (),
        focus=Ability(focus) if focus else None,
        again=replay_of is not None,
        overall=figures.overall,
        abilities=figures.abilities,
        hint_discount=figures.hint_discount,
        critical=bool(figures.critical),
    )


def debrief_of(text: str) -> Debrief:
    """The debrief of its JSON text."""
    return _DEBRIEF.validate_json(text)


def person_values(person: Person) -> dict[str, Any]:
    """All columns of `people`."""
    return {
        "id": person.id,
        "name": person.name,
        "role": person.role.value,
        "team": person.team,
        "language": person.language,
        "guest": person.guest,
        "site": person.site,
        "vendor": person.vendor,
        "skills": _dump(_SKILLS, person.skills),
        "email": person.email,
        "active": person.active,
    }


def person_of(row: AnyRow) -> Person:
    """From the columns of `people`, in their order."""
    id_, name, role, team, language, guest, site, vendor, skills, email, active = row
    return Person(
        id=id_,
        name=name,
        role=Role(role),
        team=team,
        language=language,
        guest=guest,
        site=site,
        vendor=vendor,
        skills=_SKILLS.validate_json(skills),
        email=email,
        active=active,
    )


def remark_of(row: AnyRow) -> Remark:
    """From (id, person_id, dialogue_id, kind, text, turn, at)."""
    id_, person_id, dialogue_id, kind, text, turn, at = row
    return Remark(
        id=id_,
        person_id=person_id,
        dialogue_id=dialogue_id,
        kind=RemarkKind(kind),
        text=text,
        turn=turn,
        at=at,
    )
