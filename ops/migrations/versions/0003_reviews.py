"""Shares, looks, appeals' outcomes, audits, former scorecards, and the judge model's verdicts."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0003"
down_revision: str | None = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
LONG = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
OPTIONS: dict[str, Any] = {
    f"{dialect}_{option}": value
    for dialect in ("mysql", "mariadb")
    for option, value in (
        ("charset", "utf8mb4"),
        ("collate", "utf8mb4_bin"),
        ("engine", "InnoDB"),
    )
}
TABLES = (
    "former_scorecards",
    "remark_answers",
    "appeal_outcomes",
    "shares",
    "looks",
    "audit_tasks",
    "reviews",
    "check_trusts",
    "model_verdicts",
    "model_usage",
    "model_judgements",
)


def upgrade() -> None:
    op.create_index("ix_conversations_person_id", "conversations", ["person_id"])
    op.create_index("ix_scorecards_judged_at", "scorecards", ["judged_at"])
    op.create_index("ix_remarks_dialogue_id", "remarks", ["dialogue_id"])
    _cards_and_remarks()
    _who_saw_what()
    _audits()
    _model()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_index("ix_remarks_dialogue_id", "remarks")
    op.drop_index("ix_scorecards_judged_at", "scorecards")
    op.drop_index("ix_conversations_person_id", "conversations")


def _dialogue(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["dialogue_id"], ["dialogues.id"], name=f"fk_{table}_dialogue_id"
    )


def _remark(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["remark_id"], ["remarks.id"], name=f"fk_{table}_remark_id")


def _cards_and_remarks() -> None:
    op.create_table(
        "former_scorecards",
        sa.Column("id", ID, nullable=False),
        sa.Column("dialogue_id", sa.String(64), nullable=False),
        sa.Column("replaced_at", TIME, nullable=False),
        sa.Column("card", LONG, nullable=False),
        _dialogue("former_scorecards"),
        sa.PrimaryKeyConstraint("id", name="pk_former_scorecards"),
        **OPTIONS,
    )
    op.create_index("ix_former_scorecards_dialogue_id", "former_scorecards", ["dialogue_id"])
    op.create_table(
        "remark_answers",
        sa.Column("remark_id", ID, nullable=False, autoincrement=False),
        sa.Column("author_id", sa.String(64), nullable=False),
        sa.Column("text", LONG, nullable=False),
        sa.Column("at", TIME, nullable=False),
        _remark("remark_answers"),
        sa.PrimaryKeyConstraint("remark_id", name="pk_remark_answers"),
        **OPTIONS,
    )
    op.create_table(
        "appeal_outcomes",
        sa.Column("remark_id", ID, nullable=False, autoincrement=False),
        sa.Column("ruled_by", sa.String(64), nullable=False),
        sa.Column("ruled_at", TIME, nullable=False),
        sa.Column("upheld", sa.Boolean(), nullable=False),
        sa.Column("reason", LONG, nullable=False),
        sa.Column("ruling", LONG, nullable=False),
        _remark("appeal_outcomes"),
        sa.PrimaryKeyConstraint("remark_id", name="pk_appeal_outcomes"),
        **OPTIONS,
    )


def _who_saw_what() -> None:
    op.create_table(
        "shares",
        sa.Column("dialogue_id", sa.String(64), nullable=False),
        sa.Column("at", TIME, nullable=False),
        _dialogue("shares"),
        sa.PrimaryKeyConstraint("dialogue_id", name="pk_shares"),
        **OPTIONS,
    )
    op.create_table(
        "looks",
        sa.Column("id", ID, nullable=False),
        sa.Column("viewer_id", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("dialogue_id", sa.String(64)),
        sa.Column("why", sa.String(32), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_looks"),
        **OPTIONS,
    )
    op.create_index("ix_looks_dialogue_id", "looks", ["dialogue_id"])
    op.create_index("ix_looks_person_id", "looks", ["person_id"])


def _audits() -> None:
    op.create_table(
        "audit_tasks",
        sa.Column("id", ID, nullable=False),
        sa.Column("dialogue_id", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("whys", sa.String(128), nullable=False),
        sa.Column("twice", sa.Boolean(), nullable=False),
        sa.Column("drawn_at", TIME, nullable=False),
        sa.Column("fixed", sa.Boolean(), nullable=False, server_default=sa.text("0")),
        _dialogue("audit_tasks"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_tasks"),
        sa.UniqueConstraint("dialogue_id", name="uq_audit_tasks_dialogue_id"),
        **OPTIONS,
    )
    op.create_table(
        "reviews",
        sa.Column("dialogue_id", sa.String(64), nullable=False),
        sa.Column("rater_id", sa.String(64), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("human", LONG, nullable=False),
        sa.Column("machine", LONG, nullable=False),
        sa.Column("overall", sa.Double()),
        sa.Column("machine_overall", sa.Double()),
        _dialogue("reviews"),
        sa.PrimaryKeyConstraint("dialogue_id", "rater_id", "origin", name="pk_reviews"),
        **OPTIONS,
    )
    op.create_index("ix_reviews_person_id", "reviews", ["person_id"])
    op.create_table(
        "check_trusts",
        sa.Column("check_id", sa.String(16), nullable=False),
        sa.Column("trust", sa.String(16), nullable=False),
        sa.Column("gates", sa.String(255), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("reference_ac1", sa.Double()),
        sa.Column("reaudit_ac1", sa.Double()),
        sa.PrimaryKeyConstraint("check_id", name="pk_check_trusts"),
        **OPTIONS,
    )


def _model() -> None:
    op.create_table(
        "model_verdicts",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("verdict", LONG, nullable=False),
        sa.Column("kept_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_model_verdicts"),
        **OPTIONS,
    )
    op.create_table(
        "model_usage",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("model", sa.String(128), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("calls", "failed", "prompt_tokens", "completion_tokens", "cached")
        ),
        sa.PrimaryKeyConstraint("day", "model", name="pk_model_usage"),
        **OPTIONS,
    )
    op.create_table(
        "model_judgements",
        sa.Column("dialogue_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("verdicts", LONG, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        _dialogue("model_judgements"),
        sa.PrimaryKeyConstraint("dialogue_id", name="pk_model_judgements"),
        **OPTIONS,
    )
