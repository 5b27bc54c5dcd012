"""Whoever looks after an office sees which streams its centre cannot take."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Forward."""
    op.add_column("stream", sa.Column("parted_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("stream", schema=None) as batch_op:
        batch_op.drop_column("parted_at")
