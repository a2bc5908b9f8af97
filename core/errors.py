"""Every error of the house, drawn once.

    PeilianError
    ├── SettingsError            settings that contradict each other or are half there
    ├── ContentError             a content pack with faults, each with file and line
    ├── TranscriptError          one line of an input file that cannot be read
    ├── NotFound                 something asked for by name does not exist
    ├── NotAllowed               the person may not do this
    ├── TooFewCases              an exam asks for more cases than there are
    ├── DialogueError            a command that does not fit the dialogue's state
    ├── StorageError
    │   ├── StorageUnavailable   the database does not answer
    │   └── LeaseLost            another worker has taken the conversation over
    ├── ModelError
    │   ├── ModelUnavailable     no connection, 5xx, circuit open
    │   ├── ModelOverloaded      429 or the same inside a stream
    │   ├── ModelRejected        the server refuses the request as wrong
    │   ├── ModelTimeout         the turn's budget is spent
    │   └── TruncatedReply       the reply ended without a finish reason
    ├── KnowledgeError
    │   ├── DocumentRefused      a file that cannot be taken into the knowledge base
    │   ├── IndexUnavailable     a search index does not answer
    │   │   └── IndexHeld        its file belongs to another process
    │   └── EmbeddingUnavailable  the server that turns texts into vectors does not answer
    ├── InboundRefused           a request at a door that is forged, stale or malformed
    ├── SpeechUnclear            no words could be had from a recording
    └── SendError
        ├── SendRefused          the platform says no, for good
        ├── SendDeferred         not now: the window is closed or used up
        ├── SendRetry            busy: the same call may succeed later
        └── SendUnknown          nobody knows whether the message arrived

Errors carry facts and a reason code, never sentences for people: those are in the catalogue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class PeilianError(Exception):
    """Root of the tree."""


class SettingsError(PeilianError):
    """Settings are missing or contradict each other.

    `faults` holds one plain sentence per fault, each naming the setting.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(self.faults))


@dataclass(frozen=True, slots=True)
class ContentFault:
    """One fault of a content pack: where it is and what is wrong."""

    file: str
    line: int
    reason: str

    @property
    def code(self) -> str:
        """The stable word that the reason begins with."""
        return self.reason.partition(":")[0]

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class ContentError(PeilianError):
    """A content pack cannot be used."""

    def __init__(self, faults: Sequence[ContentFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class TranscriptError(PeilianError):
    """One line of an input file that cannot be read; `line` counts from 1 (0 until it is known),
    and so does `turn` where the fault lies in one."""

    def __init__(self, *, reason: str, line: int = 0, turn: int | None = None) -> None:
        self.line = line
        self.reason = reason
        self.turn = turn
        super().__init__(f"line {line}: {reason}")

    def on_line(self, line: int) -> TranscriptError:
        """The same fault, found on this line."""
        return TranscriptError(reason=self.reason, line=line, turn=self.turn)


class NotFound(PeilianError):
    """`what` (scenario, dialogue, person, ...) named `name` does not exist."""

    def __init__(self, *, what: str, name: str) -> None:
        self.what = what
        self.name = name
        super().__init__(f"{what} {name!r} does not exist")


class NotAllowed(PeilianError):
    """The person has no right to do this."""

    def __init__(self, action: str) -> None:
        self.action = action
        super().__init__(f"not allowed: {action}")


class TooFewCases(PeilianError):
    """The cases on offer do not fill a line of an exam's blueprint."""

    def __init__(self, *, difficulty: str, family: str) -> None:
        self.difficulty = difficulty
        self.family = family
        super().__init__(f"too few cases: {family or 'any'}, {difficulty}")


class DialogueFault(StrEnum):
    """Why a command does not fit the dialogue."""

    NONE_RUNNING = "none_running"
    PAUSED = "paused"
    NOT_PAUSED = "not_paused"
    NO_HELP_IN_EXAM = "no_help_in_exam"
    NO_PAUSE_IN_EXAM = "no_pause_in_exam"
    NOT_IN_MICRO = "not_in_micro"
    TALK_OPEN = "talk_open"
    NO_MICRO = "no_micro"
    NOTHING_TO_REPLAY = "nothing_to_replay"
    NO_SUCH_TURN = "no_such_turn"
    NOT_OWN_TURN = "not_own_turn"
    ALREADY_APPEALED = "already_appealed"
    NO_SUCH_DRILL = "no_such_drill"
    NOT_MOVABLE = "not_movable"
    NO_WRAP_UP = "no_wrap_up"
    TOO_LONG = "too_long"
    NOTHING_TO_APPEAL = "nothing_to_appeal"
    UNKNOWN_CODE = "unknown_code"
    TOO_MANY_TRIES = "too_many_tries"
    SIGNED_IN = "signed_in"


class DialogueError(PeilianError):
    """A command or line that does not fit the dialogue's state."""

    def __init__(self, fault: DialogueFault, **facts: str | int) -> None:
        self.fault = fault
        self.facts = facts
        super().__init__(fault.value)


class StorageError(PeilianError):
    """The store could not do what was asked."""


class StorageUnavailable(StorageError):
    """The database does not answer; the caller may try again."""


class LeaseLost(StorageError):
    """The conversation's fence has moved on: another worker owns it now."""

    def __init__(self, conversation_id: int) -> None:
        self.conversation_id = conversation_id
        super().__init__(f"lease of conversation {conversation_id} is lost")


class ModelError(PeilianError):
    """A language model gave no usable reply. `detail` never holds a person's words."""

    def __init__(self, detail: str = "") -> None:
        self.detail = detail
        super().__init__(detail or type(self).__name__)


class ModelUnavailable(ModelError):
    """No connection, a 5xx status, or an open circuit.

    `retryable` says that the same call may succeed in a moment (no connection, 502, 503, 504).
    """

    def __init__(self, detail: str = "", *, retryable: bool = False) -> None:
        self.retryable = retryable
        super().__init__(detail)


class ModelOverloaded(ModelError):
    """The server refuses for load; `retry_after_s` is its own wish, if it named one."""

    def __init__(self, detail: str = "", *, retry_after_s: float | None = None) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(detail)


class ModelRejected(ModelError):
    """The server says the request is wrong (4xx): asking again is useless."""


class ModelTimeout(ModelError):
    """No reply inside the time that was left."""


class TruncatedReply(ModelError):
    """The reply stopped without a finish reason: half a sentence is no sentence."""


class KnowledgeError(PeilianError):
    """The knowledge base could not do what was asked. `detail` holds no one's words."""

    def __init__(self, detail: str = "") -> None:
        self.detail = detail
        super().__init__(detail or type(self).__name__)


class DocumentFault(StrEnum):
    """Why a file cannot be taken in."""

    UNKNOWN_KIND = "unknown_kind"
    MISLABELLED = "mislabelled"
    BROKEN = "broken"
    EMPTY = "empty"
    ENCRYPTED = "encrypted"
    SCANNED = "scanned"
    TOO_LARGE = "too_large"
    BOMB = "bomb"
    TOO_SLOW = "too_slow"
    NO_TEXT_ENCODING = "no_text_encoding"
    NO_SUBTITLES = "no_subtitles"
    NO_COLUMNS = "no_columns"
    BAD_LINE = "bad_line"
    BAD_NAME = "bad_name"
    BAD_HEADER = "bad_header"
    UNREADABLE = "unreadable"


class DocumentRefused(KnowledgeError):
    """A file that cannot be read; `about` is a fact that belongs to the fault (a line, a size,
    a name), never the file's words."""

    def __init__(self, fault: DocumentFault, about: str = "") -> None:
        self.fault = fault
        self.about = about
        super().__init__(f"{fault.value}: {about}" if about else fault.value)


class IndexUnavailable(KnowledgeError):
    """A search index does not answer."""


class IndexHeld(IndexUnavailable):
    """The index is a file that one process at a time may open, and another one has it open."""


class EmbeddingUnavailable(KnowledgeError):
    """No vectors: the server does not answer, refuses, or answers with something else."""


class RefusalReason(StrEnum):
    """Why a door refuses a request."""

    BAD_SIGNATURE = "bad_signature"
    STALE = "stale"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    DOWNGRADED = "downgraded"
    FOREIGN_RECEIVER = "foreign_receiver"
    FORBIDDEN_XML = "forbidden_xml"
    UNKNOWN_ACCOUNT = "unknown_account"


class InboundRefused(PeilianError):
    """A request at a door is refused; nothing of its body may be logged."""

    def __init__(self, reason: RefusalReason, *, status: int = 403) -> None:
        self.reason = reason
        self.status = status
        super().__init__(reason.value)


class SpeechUnclear(PeilianError):
    """No words could be had from a recording. `reason` is a short code such as `http 503`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class SendError(PeilianError):
    """A platform did not take a message. `reason` is a short code such as `errcode 45015`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class SendRefused(SendError):
    """The platform refuses this message for good."""


class SendDeferred(SendError):
    """No send is left until the person writes again."""


class SendRetry(SendError):
    """Busy or rate-limited; try again after `after_s` seconds."""

    def __init__(self, reason: str, *, after_s: float = 1.0) -> None:
        self.after_s = after_s
        super().__init__(reason)


class SendUnknown(SendError):
    """The connection broke after the request was written: it may have arrived."""
