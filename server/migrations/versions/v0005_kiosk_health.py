"""What each machine last said of its printer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "kiosk_health",
        sa.Column("kiosk", sa.String(length=64), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("printer", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("paper_left_pct", sa.Integer(), nullable=True),
        sa.Column("tickets_left", sa.Integer(), nullable=True),
        sa.Column("printed_at", sa.BigInteger(), nullable=True),
        sa.Column("printer_since", sa.BigInteger(), nullable=False),
        sa.Column("paper", sa.String(length=16), nullable=False),
        sa.Column("paper_since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kiosk", name=op.f("pk_kiosk_health")),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("kiosk_health")
