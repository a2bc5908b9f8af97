"""Conversations, inbox and outbox, dialogues, scorecards, jobs, people."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision: str | None = None

# A step never changes once it is out, so it names its types and options itself.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
LONG = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
ZERO = sa.text("0")
EMPTY = sa.text("''")
OPTIONS: dict[str, Any] = {
    f"{dialect}_{option}": value
    for dialect in ("mysql", "mariadb")
    for option, value in (
        ("charset", "utf8mb4"),
        ("collate", "utf8mb4_bin"),
        ("engine", "InnoDB"),
    )
}


def upgrade() -> None:
    _conversations()
    _inbox()
    _outbox()
    _dialogues()
    _turns()
    _scorecards()
    _jobs()
    _people()


def downgrade() -> None:
    for table in (
        "web_sessions",
        "sign_in_links",
        "people",
        "jobs",
        "scorecards",
        "turns",
        "dialogues",
        "outbox",
        "inbox",
        "conversations",
    ):
        op.drop_table(table)


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("user", sa.String(191), nullable=False),
        sa.Column("person_id", sa.String(64)),
        sa.Column("dialogue_id", sa.String(64)),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("fence", sa.BigInteger(), server_default=ZERO, nullable=False),
        sa.Column("lease_owner", sa.String(128)),
        sa.Column("lease_until", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
        sa.UniqueConstraint(
            "channel", "account", "user", name="uq_conversations_channel_account_user"
        ),
        **OPTIONS,
    )


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", LONG, nullable=False),
        sa.Column("sent_at", TIME, nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=ZERO, nullable=False),
        sa.Column("closed_at", TIME),
        sa.Column("failed", sa.Boolean(), server_default=ZERO, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_inbox_conversation_id"
        ),
        sa.UniqueConstraint("channel", "account", "key", name="uq_inbox_channel_account_key"),
        **OPTIONS,
    )
    op.create_index("ix_inbox_open", "inbox", ["closed_at", "conversation_id"])
    op.create_index("ix_inbox_conversation_id", "inbox", ["conversation_id"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("facts", LONG, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("dialogue_id", sa.String(64)),
        sa.Column("inbox_id", sa.BigInteger()),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("delay_s", sa.Double(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=ZERO, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("due_at", TIME),
        sa.Column("claimed_by", sa.String(128)),
        sa.Column("settled_at", TIME),
        sa.Column("reason", sa.String(255), server_default=EMPTY, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_outbox_conversation_id"
        ),
        **OPTIONS,
    )
    op.create_index("ix_outbox_due", "outbox", ["channel", "account", "due_at"])
    op.create_index("ix_outbox_state", "outbox", ["conversation_id", "state"])
    op.create_index("ix_outbox_conversation_id", "outbox", ["conversation_id"])
    op.create_index("ix_outbox_inbox_id", "outbox", ["inbox_id"])


def _dialogues() -> None:
    op.create_table(
        "dialogues",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("scenario_id", sa.String(128), nullable=False),
        sa.Column("persona_id", sa.String(128), nullable=False),
        sa.Column("mood_id", sa.String(128), nullable=False),
        sa.Column("engine", sa.String(64), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("versions", sa.Text(), nullable=False),
        sa.Column("state", LONG, nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("clock_since", TIME),
        sa.Column("last_turn_at", TIME, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("end_reason", sa.String(32)),
        sa.Column("ended_at", TIME),
        sa.Column("active_s", sa.Double(), nullable=False),
        sa.Column("turn_count", sa.Integer(), nullable=False),
        sa.Column("nudged", sa.Boolean(), nullable=False),
        sa.Column("hints", sa.Text(), nullable=False),
        sa.Column("wrap_up", LONG, nullable=False),
        sa.Column("replay_of", sa.String(64)),
        sa.Column("replay_from", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_dialogues"),
        **OPTIONS,
    )
    op.create_index("ix_dialogues_person", "dialogues", ["person_id", "started_at"])
    op.create_index("ix_dialogues_idle", "dialogues", ["status", "last_turn_at"])


def _turns() -> None:
    op.create_table(
        "turns",
        sa.Column("dialogue_id", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("speaker", sa.String(16), nullable=False),
        sa.Column("text", LONG, nullable=False),
        sa.Column("at_s", sa.Double(), nullable=False),
        sa.Column("inbox_id", sa.BigInteger()),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("engine", sa.String(64), nullable=False),
        sa.Column("notes", LONG, nullable=False),
        sa.PrimaryKeyConstraint("dialogue_id", "seq", name="pk_turns"),
        sa.ForeignKeyConstraint(["dialogue_id"], ["dialogues.id"], name="fk_turns_dialogue_id"),
        sa.UniqueConstraint(
            "inbox_id", "speaker", "position", name="uq_turns_inbox_id_speaker_position"
        ),
        **OPTIONS,
    )


def _scorecards() -> None:
    op.create_table(
        "scorecards",
        sa.Column("dialogue_id", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("judged_at", TIME, nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("overall", sa.Double()),
        sa.Column("card", LONG, nullable=False),
        sa.Column("debrief", LONG, nullable=False),
        sa.PrimaryKeyConstraint("dialogue_id", name="pk_scorecards"),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogues.id"], name="fk_scorecards_dialogue_id"
        ),
        **OPTIONS,
    )
    op.create_index("ix_scorecards_person", "scorecards", ["person_id", "judged_at"])


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("payload", LONG, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=ZERO, nullable=False),
        sa.Column("due_at", TIME),
        sa.Column("claimed_by", sa.String(128)),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("finished_at", TIME),
        sa.Column("error", sa.String(255), server_default=EMPTY, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("key", name="uq_jobs_key"),
        **OPTIONS,
    )
    op.create_index("ix_jobs_due", "jobs", ["kind", "due_at"])


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("team", sa.String(128), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("guest", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        **OPTIONS,
    )
    op.create_table(
        "sign_in_links",
        sa.Column("digest", sa.String(128), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME),
        sa.PrimaryKeyConstraint("digest", name="pk_sign_in_links"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_sign_in_links_person_id"),
        **OPTIONS,
    )
    op.create_index("ix_sign_in_links_person_id", "sign_in_links", ["person_id"])
    op.create_table(
        "web_sessions",
        sa.Column("digest", sa.String(128), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_web_sessions"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_web_sessions_person_id"),
        **OPTIONS,
    )
    op.create_index("ix_web_sessions_person_id", "web_sessions", ["person_id"])
