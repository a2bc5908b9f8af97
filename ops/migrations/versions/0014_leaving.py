"""Who has left the company."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision: str | None = "0012"


def upgrade() -> None:
    op.add_column(
        "people", sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.text("1"))
    )


def downgrade() -> None:
    op.drop_column("people", "active")
