"""The ledger of sends, and remarks."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0002"
down_revision: str | None = "0001"

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


def upgrade() -> None:
    op.create_table(
        "send_windows",
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("user", sa.String(191), nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("closes_at", TIME, nullable=False),
        sa.Column("sends_left", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "account", "user", name="pk_send_windows"),
        **OPTIONS,
    )
    op.create_table(
        "remarks",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("dialogue_id", sa.String(64)),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", LONG, nullable=False),
        sa.Column("turn", sa.Integer()),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_remarks"),
        **OPTIONS,
    )
    op.create_index("ix_remarks_kind", "remarks", ["kind"])
    op.create_index("ix_remarks_person_id", "remarks", ["person_id"])


def downgrade() -> None:
    op.drop_table("remarks")
    op.drop_table("send_windows")
