"""Where a team belongs, what its people can do, when they work, and what their contacts brought."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"

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
    for name, size, empty in (
        ("site", 128, ""),
        ("vendor", 128, ""),
        ("skills", 1024, "[]"),
        ("email", 191, ""),
    ):
        op.add_column(
            "people", sa.Column(name, sa.String(size), nullable=False, server_default=empty)
        )
    op.create_table(
        "shifts",
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("start", sa.Integer()),
        sa.Column("end", sa.Integer()),
        sa.PrimaryKeyConstraint("person_id", "day", name="pk_shifts"),
        **OPTIONS,
    )
    op.create_index("ix_shifts_day", "shifts", ["day"])
    op.create_table(
        "results",
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("metric", sa.String(64), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("contact_type", sa.String(64), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "metric", "period", "contact_type", name="pk_results"),
        **OPTIONS,
    )
    op.create_index("ix_results_period", "results", ["period"])


def downgrade() -> None:
    op.drop_table("results")
    op.drop_table("shifts")
    for name in ("email", "skills", "vendor", "site"):
        op.drop_column("people", name)
