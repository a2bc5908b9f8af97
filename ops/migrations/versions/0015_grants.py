"""Leave to send notices, one for each yes."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision: str | None = "0014"

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
        "send_grants",
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("user", sa.String(191), nullable=False),
        sa.Column("template", sa.String(64), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "account", "user", "template", name="pk_send_grants"),
        **OPTIONS,
    )


def downgrade() -> None:
    op.drop_table("send_grants")
