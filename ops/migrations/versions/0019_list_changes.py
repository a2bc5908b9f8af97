"""What lists that came in have changed, so that they can be taken back."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0019"
down_revision: str | None = "0015"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
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
        "list_changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("list_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("before", sa.String(512), nullable=False),
        sa.Column("after", sa.String(512), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_list_changes"),
        **OPTIONS,
    )
    op.create_index("ix_list_changes_kind", "list_changes", ["kind", "at"])
    op.create_index("ix_list_changes_list_id", "list_changes", ["list_id"])


def downgrade() -> None:
    op.drop_table("list_changes")
