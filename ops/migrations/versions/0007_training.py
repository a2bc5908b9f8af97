"""What people decide about plans, and what is fitted on everybody's practice."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0007"
down_revision: str | None = "0006"

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
    op.create_table(
        "orders",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("by_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("scenario_id", sa.String(128), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("opens_on", sa.Date()),
        sa.Column("due_on", sa.Date()),
        sa.Column("pass_mark", sa.Double()),
        sa.Column("attempts", sa.Integer()),
        sa.Column("group", sa.String(64), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
        **OPTIONS,
    )
    op.create_index("ix_orders_person_id", "orders", ["person_id"])
    op.create_table(
        "fitted",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("text", LONG, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_fitted"),
        **OPTIONS,
    )


def downgrade() -> None:
    op.drop_table("fitted")
    op.drop_index("ix_orders_person_id", "orders")
    op.drop_table("orders")
