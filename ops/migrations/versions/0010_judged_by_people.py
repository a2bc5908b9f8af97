"""Practices somebody ordered, what others wrote in a case before, and the company's QA sheets."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0010"
down_revision: str | None = "0007"

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


def upgrade() -> None:
    op.add_column("dialogues", sa.Column("order_id", sa.String(64)))
    op.create_index("ix_dialogues_scenario", "dialogues", ["scenario_id", "started_at"])
    op.create_table(
        "qa_sheets",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("version", sa.String(16), nullable=False),
        sa.Column("items", LONG, nullable=False),
        sa.Column("by_id", sa.String(64), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("used_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_qa_sheets"),
        **OPTIONS,
    )
    op.create_index("ix_qa_sheets_version", "qa_sheets", ["version"])


def downgrade() -> None:
    op.drop_index("ix_qa_sheets_version", "qa_sheets")
    op.drop_table("qa_sheets")
    op.drop_index("ix_dialogues_scenario", "dialogues")
    op.drop_column("dialogues", "order_id")
