"""The tables: one metadata for SQLite and for MySQL or MariaDB.

Times are UTC. `due_at` of outbox rows and jobs is the moment somebody should look at them next
(a first try, a retry, or a claim that runs out); it is NULL once nothing is left to do, so one
range of one index finds what is due, however long the tables grow.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from core.storage.rules import (
    ACCOUNT_CHARS,
    COLLECTION_CHARS,
    ID_CHARS,
    KEY_CHARS,
    NAME_CHARS,
    ORIGIN_CHARS,
    TEAM_CHARS,
    USER_CHARS,
)

_MYSQL = ("mysql", "mariadb")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes outside, UTC without a zone and with microseconds inside.

    A naive datetime is refused with ValueError: nobody knows what it means.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name in _MYSQL:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a zone cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


Id = BigInteger().with_variant(Integer, "sqlite")
"""Only an INTEGER primary key grows by itself on SQLite."""

LongText = Text().with_variant(mysql.MEDIUMTEXT(), *_MYSQL)

# Byte-wise comparison everywhere, as on SQLite and in dictionaries: keys are case-sensitive.
_OPTIONS: dict[str, Any] = {
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "mysql_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_bin",
    "mariadb_engine": "InnoDB",
    # New ids come from the driver's lastrowid; RETURNING is not known to MySQL and costs more.
    "implicit_returning": False,
}

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("account", String(ACCOUNT_CHARS), nullable=False),
    Column("user", String(USER_CHARS), nullable=False),
    Column("person_id", String(64)),
    Column("dialogue_id", String(64)),
    Column("language", String(8), nullable=False),
    Column("fence", BigInteger, nullable=False, server_default=text("0")),
    Column("lease_owner", String(128)),
    Column("lease_until", UtcDateTime),
    UniqueConstraint("channel", "account", "user"),
    Index("ix_conversations_person_id", "person_id"),
    **_OPTIONS,
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("account", String(ACCOUNT_CHARS), nullable=False),
    Column("key", String(KEY_CHARS), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("text", LongText, nullable=False),
    Column("sent_at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("closed_at", UtcDateTime),
    Column("failed", Boolean, nullable=False, server_default=text("0")),
    UniqueConstraint("channel", "account", "key"),
    # Open rows of one conversation, and all open rows, are each one range.
    Index("ix_inbox_open", "closed_at", "conversation_id"),
    Index("ix_inbox_conversation_id", "conversation_id"),
    **_OPTIONS,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("account", String(ACCOUNT_CHARS), nullable=False),
    Column("code", String(64), nullable=False),
    Column("facts", LongText, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("dialogue_id", String(64)),
    Column("inbox_id", BigInteger),
    Column("language", String(8), nullable=False),
    Column("delay_s", Double, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("claimed_by", String(128)),
    Column("settled_at", UtcDateTime),
    Column("reason", String(255), nullable=False, server_default=text("''")),
    Index("ix_outbox_due", "channel", "account", "due_at"),
    Index("ix_outbox_state", "conversation_id", "state"),
    Index("ix_outbox_conversation_id", "conversation_id"),
    Index("ix_outbox_inbox_id", "inbox_id"),
    **_OPTIONS,
)

dialogues = Table(
    "dialogues",
    metadata,
    Column("id", String(ID_CHARS), primary_key=True),
    Column("person_id", String(64), nullable=False),
    Column("conversation_id", BigInteger, nullable=False),
    Column("scenario_id", String(128), nullable=False),
    Column("persona_id", String(128), nullable=False),
    Column("mood_id", String(128), nullable=False),
    Column("engine", String(64), nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("mode", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    Column("versions", Text, nullable=False),
    Column("state", LongText, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("clock_since", UtcDateTime),
    Column("last_turn_at", UtcDateTime, nullable=False),
    Column("status", String(16), nullable=False),
    Column("end_reason", String(32)),
    Column("ended_at", UtcDateTime),
    Column("active_s", Double, nullable=False),
    Column("turn_count", Integer, nullable=False),
    Column("nudged", Boolean, nullable=False),
    Column("hints", Text, nullable=False),
    Column("wrap_up", LongText, nullable=False),
    Column("replay_of", String(64)),
    Column("replay_from", Integer),
    Column("order_id", String(64)),
    Column("focus", String(8)),
    Index("ix_dialogues_person", "person_id", "started_at"),
    Index("ix_dialogues_scenario", "scenario_id", "started_at"),
    Index("ix_dialogues_idle", "status", "last_turn_at"),
    **_OPTIONS,
)

turns = Table(
    "turns",
    metadata,
    Column("dialogue_id", ForeignKey("dialogues.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("speaker", String(16), nullable=False),
    Column("text", LongText, nullable=False),
    Column("at_s", Double, nullable=False),
    Column("inbox_id", BigInteger),
    Column("position", Integer, nullable=False),
    Column("engine", String(64), nullable=False),
    Column("notes", LongText, nullable=False),
    UniqueConstraint("inbox_id", "speaker", "position"),
    **_OPTIONS,
)

scorecards = Table(
    "scorecards",
    metadata,
    Column("dialogue_id", ForeignKey("dialogues.id"), primary_key=True),
    Column("person_id", String(64), nullable=False),
    Column("judged_at", UtcDateTime, nullable=False),
    Column("version", String(64), nullable=False),
    Column("overall", Double),
    Column("card", LongText, nullable=False),
    Column("debrief", LongText, nullable=False),
    Index("ix_scorecards_person", "person_id", "judged_at"),
    Index("ix_scorecards_judged_at", "judged_at"),
    **_OPTIONS,
)

former_scorecards = Table(
    "former_scorecards",
    metadata,
    Column("id", Id, primary_key=True),
    Column("dialogue_id", ForeignKey("dialogues.id"), nullable=False),
    Column("replaced_at", UtcDateTime, nullable=False),
    Column("card", LongText, nullable=False),
    Index("ix_former_scorecards_dialogue_id", "dialogue_id"),
    **_OPTIONS,
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("key", String(KEY_CHARS), nullable=False),
    Column("payload", LongText, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("due_at", UtcDateTime),
    Column("claimed_by", String(128)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("error", String(255), nullable=False, server_default=text("''")),
    UniqueConstraint("key"),
    Index("ix_jobs_due", "kind", "due_at"),
    **_OPTIONS,
)

people = Table(
    "people",
    metadata,
    Column("id", String(ID_CHARS), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("role", String(16), nullable=False),
    Column("team", String(128), nullable=False),
    Column("language", String(8), nullable=False),
    Column("guest", Boolean, nullable=False),
    Column("site", String(128), nullable=False, server_default=text("''")),
    Column("vendor", String(128), nullable=False, server_default=text("''")),
    Column("skills", String(1024), nullable=False, server_default=text("'[]'")),
    Column("email", String(191), nullable=False, server_default=text("''")),
    Column("active", Boolean, nullable=False, server_default=text("1")),
    **_OPTIONS,
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("digest", String(128), primary_key=True),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Index("ix_sign_in_links_person_id", "person_id"),
    **_OPTIONS,
)

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("digest", String(128), primary_key=True),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_web_sessions_person_id", "person_id"),
    **_OPTIONS,
)

send_windows = Table(
    "send_windows",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("account", String(ACCOUNT_CHARS), primary_key=True),
    Column("user", String(USER_CHARS), primary_key=True),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closes_at", UtcDateTime, nullable=False),
    Column("sends_left", Integer, nullable=False),
    **_OPTIONS,
)

send_grants = Table(
    "send_grants",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("account", String(ACCOUNT_CHARS), primary_key=True),
    Column("user", String(USER_CHARS), primary_key=True),
    Column("template", String(64), primary_key=True),
    Column("left", Integer, nullable=False),
    **_OPTIONS,
)

remarks = Table(
    "remarks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", String(64), nullable=False),
    Column("dialogue_id", String(64)),
    Column("kind", String(16), nullable=False),
    Column("text", LongText, nullable=False),
    Column("turn", Integer),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_remarks_kind", "kind"),
    Index("ix_remarks_dialogue_id", "dialogue_id"),
    Index("ix_remarks_person_id", "person_id"),
    **_OPTIONS,
)

remark_answers = Table(
    "remark_answers",
    metadata,
    Column("remark_id", ForeignKey("remarks.id"), primary_key=True, autoincrement=False),
    Column("author_id", String(64), nullable=False),
    Column("text", LongText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    **_OPTIONS,
)

appeal_outcomes = Table(
    "appeal_outcomes",
    metadata,
    Column("remark_id", ForeignKey("remarks.id"), primary_key=True, autoincrement=False),
    Column("ruled_by", String(64), nullable=False),
    Column("ruled_at", UtcDateTime, nullable=False),
    Column("upheld", Boolean, nullable=False),
    Column("reason", LongText, nullable=False),
    Column("ruling", LongText, nullable=False),
    **_OPTIONS,
)

shares = Table(
    "shares",
    metadata,
    Column("dialogue_id", ForeignKey("dialogues.id"), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    **_OPTIONS,
)

looks = Table(
    "looks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("viewer_id", String(64), nullable=False),
    Column("person_id", String(64), nullable=False),
    Column("dialogue_id", String(64)),
    Column("why", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_looks_dialogue_id", "dialogue_id"),
    Index("ix_looks_person_id", "person_id"),
    **_OPTIONS,
)

audit_tasks = Table(
    "audit_tasks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("dialogue_id", ForeignKey("dialogues.id"), nullable=False),
    Column("person_id", String(64), nullable=False),
    Column("whys", String(128), nullable=False),
    Column("twice", Boolean, nullable=False),
    Column("drawn_at", UtcDateTime, nullable=False),
    Column("fixed", Boolean, nullable=False, server_default=text("0")),
    UniqueConstraint("dialogue_id"),
    **_OPTIONS,
)

reviews = Table(
    "reviews",
    metadata,
    Column("dialogue_id", ForeignKey("dialogues.id"), primary_key=True),
    Column("rater_id", String(64), primary_key=True),
    Column("origin", String(16), primary_key=True),
    Column("person_id", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("version", String(64), nullable=False),
    Column("human", LongText, nullable=False),
    Column("machine", LongText, nullable=False),
    Column("overall", Double),
    Column("machine_overall", Double),
    Index("ix_reviews_person_id", "person_id"),
    **_OPTIONS,
)

check_trusts = Table(
    "check_trusts",
    metadata,
    Column("check_id", String(16), primary_key=True),
    Column("trust", String(16), nullable=False),
    Column("gates", String(255), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("reference_ac1", Double),
    Column("reaudit_ac1", Double),
    **_OPTIONS,
)

# By content; holds places in a text, never a piece of it.
model_verdicts = Table(
    "model_verdicts",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("verdict", LongText, nullable=False),
    Column("kept_at", UtcDateTime, nullable=False),
    **_OPTIONS,
)

model_usage = Table(
    "model_usage",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("model", String(128), primary_key=True),
    Column("calls", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("prompt_tokens", BigInteger, nullable=False),
    Column("completion_tokens", BigInteger, nullable=False),
    Column("cached", BigInteger, nullable=False),
    **_OPTIONS,
)

model_judgements = Table(
    "model_judgements",
    metadata,
    Column("dialogue_id", ForeignKey("dialogues.id"), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("expected", Integer, nullable=False),
    Column("verdicts", LongText, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    **_OPTIONS,
)

shifts = Table(
    "shifts",
    metadata,
    Column("person_id", String(64), primary_key=True),
    Column("day", Date, primary_key=True),
    # Minutes of the day, after midnight past 1440; both are NULL on a day off.
    Column("start", Integer),
    Column("end", Integer),
    Index("ix_shifts_day", "day"),
    **_OPTIONS,
)

results = Table(
    "results",
    metadata,
    Column("person_id", String(64), primary_key=True),
    Column("metric", String(64), primary_key=True),
    Column("period", Date, primary_key=True),
    Column("contact_type", String(64), primary_key=True),
    Column("value", Double, nullable=False),
    Column("contacts", Integer, nullable=False),
    Index("ix_results_period", "period"),
    **_OPTIONS,
)

list_changes = Table(
    "list_changes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("list_id", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by_id", String(64), nullable=False),
    Column("person_id", String(64), nullable=False),
    # The row as JSON without the person; empty where there was none.
    Column("before", String(512), nullable=False),
    Column("after", String(512), nullable=False),
    Index("ix_list_changes_kind", "kind", "at"),
    Index("ix_list_changes_list_id", "list_id"),
    **_OPTIONS,
)

article_marks = Table(
    "article_marks",
    metadata,
    Column("scenario_id", String(NAME_CHARS), primary_key=True),
    Column("article", String(NAME_CHARS), primary_key=True),
    Column("version", String(64), nullable=False),
    Column("changed_at", UtcDateTime),
    **_OPTIONS,
)

knowledge_gaps = Table(
    "knowledge_gaps",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("scenario_id", String(NAME_CHARS), nullable=False),
    Column("language", String(8), nullable=False),
    Column("question", LongText, nullable=False),
    Column("claim", LongText, nullable=False),
    Column("times", Integer, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Index("ix_knowledge_gaps_state", "state", "times"),
    **_OPTIONS,
)

# What was removed stays as a row without title and passages, so that every index hears of it.
knowledge_documents = Table(
    "knowledge_documents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("team", String(TEAM_CHARS), nullable=False),
    Column("collection", String(COLLECTION_CHARS), nullable=False),
    Column("name", String(KEY_CHARS), nullable=False),
    Column("origin", String(ORIGIN_CHARS), nullable=False),
    Column("title", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("version", String(64), nullable=False),
    Column("topics", Text, nullable=False),
    Column("passages", Integer, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("change", BigInteger, nullable=False),
    Column("removed", Boolean, nullable=False),
    UniqueConstraint("team", "collection", "name"),
    Index("ix_knowledge_documents_change", "change"),
    **_OPTIONS,
)

knowledge_passages = Table(
    "knowledge_passages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("document_id", ForeignKey("knowledge_documents.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", LongText, nullable=False),
    Column("place", Text, nullable=False),
    Column("aliases", LongText, nullable=False),
    Column("since", Date),
    Column("until", Date),
    Index("ix_knowledge_passages_document", "document_id", "position"),
    **_OPTIONS,
)

# Row "state" holds how far the knowledge base has come; others are small facts of an index.
knowledge_notes = Table(
    "knowledge_notes",
    metadata,
    Column("name", String(KEY_CHARS), primary_key=True),
    Column("change", BigInteger, nullable=False, server_default=text("0")),
    Column("value", LongText, nullable=False),
    **_OPTIONS,
)

orders = Table(
    "orders",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("person_id", String(64), nullable=False),
    Column("by_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("scenario_id", String(128), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("opens_on", Date),
    Column("due_on", Date),
    Column("pass_mark", Double),
    Column("attempts", Integer),
    Column("group", String(64), nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Index("ix_orders_person_id", "person_id"),
    **_OPTIONS,
)

qa_sheets = Table(
    "qa_sheets",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("version", String(16), nullable=False),
    Column("items", LongText, nullable=False),
    Column("by_id", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    # The one that was taken into use last counts.
    Column("used_at", UtcDateTime),
    Index("ix_qa_sheets_version", "version"),
    **_OPTIONS,
)

fitted = Table(
    "fitted",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("text", LongText, nullable=False),
    **_OPTIONS,
)
