"""What a centre asks of an office's node, and what that tells of its accounts and machines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "office_roster",
        sa.Column("office", sa.String(64), primary_key=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "asked",
        sa.Column("office", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("subject", sa.String(64), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_life", sa.BigInteger(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
    )
    op.add_column("upstream", sa.Column("roster_digest", sa.LargeBinary(), nullable=False, server_default=""))


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("upstream", schema=None) as batch_op:
        batch_op.drop_column("roster_digest")
    op.drop_table("asked")
    op.drop_table("office_roster")
