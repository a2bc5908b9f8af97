"""Documents and passages of the knowledge base."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0006"
down_revision: str | None = "0005"

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
        "knowledge_documents",
        sa.Column("id", ID, nullable=False),
        sa.Column("team", sa.String(128), nullable=False),
        sa.Column("collection", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("origin", sa.String(512), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_knowledge_documents"),
        sa.UniqueConstraint(
            "team", "collection", "name", name="uq_knowledge_documents_team_collection_name"
        ),
        **OPTIONS,
    )
    op.create_index("ix_knowledge_documents_change", "knowledge_documents", ["change"])
    op.create_table(
        "knowledge_passages",
        sa.Column("id", ID, nullable=False),
        sa.Column("document_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", LONG, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("aliases", LONG, nullable=False),
        sa.Column("since", sa.Date()),
        sa.Column("until", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_knowledge_passages"),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["knowledge_documents.id"],
            name="fk_knowledge_passages_document_id",
        ),
        **OPTIONS,
    )
    op.create_index(
        "ix_knowledge_passages_document", "knowledge_passages", ["document_id", "position"]
    )
    op.create_table(
        "knowledge_notes",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("change", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("value", LONG, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_knowledge_notes"),
        **OPTIONS,
    )


def downgrade() -> None:
    op.drop_table("knowledge_notes")
    op.drop_table("knowledge_passages")
    op.drop_table("knowledge_documents")
