"""Which article a case was seen with, and what no article says."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0005"
down_revision: str | None = "0004"

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
    moment = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    words = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
    op.create_table(
        "article_marks",
        sa.Column("scenario_id", sa.String(128), nullable=False),
        sa.Column("article", sa.String(128), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("changed_at", moment),
        sa.PrimaryKeyConstraint("scenario_id", "article", name="pk_article_marks"),
        **OPTIONS,
    )
    op.create_table(
        "knowledge_gaps",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("scenario_id", sa.String(128), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("question", words, nullable=False),
        sa.Column("claim", words, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", moment, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_knowledge_gaps"),
        **OPTIONS,
    )
    op.create_index("ix_knowledge_gaps_state", "knowledge_gaps", ["state", "times"])


def downgrade() -> None:
    op.drop_table("knowledge_gaps")
    op.drop_table("article_marks")
