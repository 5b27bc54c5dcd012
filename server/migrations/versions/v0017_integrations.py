"""The entity's own systems take filings over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_LIVE = sa.text("revoked_at IS NULL")


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "integration",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("url", sa.String(256), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_integration"),
        sa.UniqueConstraint("token_hash", name="uq_integration_token_hash"),
    )
    op.create_index(
        "uq_integration_name",
        "integration",
        ["office", "name"],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("integration")
