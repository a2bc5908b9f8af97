"""Neutral messages: what comes in, what goes out, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
"""What JSON can hold."""
JsonObject: TypeAlias = "dict[str, Json]"


class ChannelKind(StrEnum):
    """By what a message travels."""

    CONSOLE = "console"
    WEB = "web"
    WECHAT = "wechat"
    WECOM = "wecom"
    SLACK = "slack"
    MINIPROGRAM = "miniprogram"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class ChannelAddress:
    """Where one person is reached: channel, our account on it, their name there."""

    channel: ChannelKind
    account: str
    user: str


class InboundKind(StrEnum):
    """What sort of thing came in.

    `SPEECH`: spoken words that were already made text; `VOICE`: a recording, by the platform's
    name for it; `GRANT`: leave to send notices that nobody asked for, see `core.domain.grants`.
    """

    TEXT = "text"
    SPEECH = "speech"
    VOICE = "voice"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    MENU = "menu"
    GRANT = "grant"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One thing a person sent.

    `key` is unique per account (platform message id, or sender + time for events);
    `sent_at` is the platform's own time, aware UTC.
    """

    address: ChannelAddress
    key: str
    text: str
    sent_at: datetime
    kind: InboundKind = InboundKind.TEXT


class NoticeCode(StrEnum):
    """What is being said to a person; the catalogue holds the words."""

    CUSTOMER_LINE = "customer_line"
    DIALOGUE_STARTED = "dialogue_started"
    DIALOGUE_ENDED = "dialogue_ended"
    ENGINE_FELL_BACK = "engine_fell_back"
    HINT = "hint"
    CORRECTION = "correction"
    DEBRIEF = "debrief"
    DEBRIEF_ADDED = "debrief_added"
    APPEAL_SETTLED = "appeal_settled"
    FEEDBACK_ANSWERED = "feedback_answered"
    WRAP_UP_FORM = "wrap_up_form"
    WRAP_UP_KEPT = "wrap_up_kept"
    RECORD = "record"
    PAUSED = "paused"
    RESUMED = "resumed"
    NUDGE = "nudge"
    PARKED = "parked"
    SCORE = "score"
    PROFILE = "profile"
    PLAN = "plan"
    TODAY = "today"
    SCENARIOS = "scenarios"
    APPEAL_HOW = "appeal_how"
    APPEAL_KEPT = "appeal_kept"
    FEEDBACK_HOW = "feedback_how"
    FEEDBACK_KEPT = "feedback_kept"
    BIND_HOW = "bind_how"
    BOUND = "bound"
    BOUND_BEFORE = "bound_before"
    GUEST = "guest"
    NOT_JUDGED = "not_judged"
    HELP = "help"
    WELCOME = "welcome"
    BIND_NEEDED = "bind_needed"
    GONE = "gone"
    UNSUPPORTED = "unsupported"
    VOICE_UNHEARD = "voice_unheard"
    TROUBLE = "trouble"
    STOPPED_FOR_CARE = "stopped_for_care"
    DRILL = "drill"
    MICRO = "micro"
    REMINDER = "reminder"
    MICRO_STARTED = "micro_started"
    MICRO_LEFT = "micro_left"
    VERDICT = "verdict"
    DIGEST = "digest"
    WEEKLY = "weekly"
    WEEK_NOTE = "week_note"
    BOARD = "board"


class OutboundKind(StrEnum):
    """An answer to something, or an unasked push."""

    REPLY = "reply"
    PUSH = "push"


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One thing to say, not yet in words: a code, its facts, and what it answers.

    `facts` is JSON-able. `delay_s` is the typing pause before a live channel shows it.
    """

    address: ChannelAddress
    code: NoticeCode
    facts: Mapping[str, Json] = field(default_factory=dict)
    kind: OutboundKind = OutboundKind.REPLY
    dialogue_id: str | None = None
    inbox_id: int | None = None
    language: str = "zh"
    delay_s: float = 0.0


class SendOutcome(StrEnum):
    """How sending one outbox row ended, or stands."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    DEFERRED = "deferred"
    REFUSED = "refused"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
