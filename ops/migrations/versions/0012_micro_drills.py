"""What a micro-drill is about."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision: str | None = "0010"


def upgrade() -> None:
    op.add_column("dialogues", sa.Column("focus", sa.String(8)))


def downgrade() -> None:
    op.drop_column("dialogues", "focus")
