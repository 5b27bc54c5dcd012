"""Notices go out by themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_UUID = sa.String(36)
_OWED = sa.text("state IN ('queued', 'sending')")


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "delivery",
        sa.Column("id", _UUID, nullable=False),
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("target", _UUID, nullable=True),
        sa.Column("filing", _UUID, nullable=False),
        sa.Column("occasion", sa.String(32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(256), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
    )
    op.create_index("ix_delivery_filing", "delivery", ["filing"])
    op.create_index("ix_delivery_due", "delivery", ["due_at"], sqlite_where=_OWED, postgresql_where=_OWED)


def downgrade() -> None:
    """Back."""
    op.drop_table("delivery")
