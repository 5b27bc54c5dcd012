"""A clerk asks the printer at the counter for a copy of a ticket. The copy's content is kept nowhere."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_OPEN = sa.text("state IN ('asked', 'printing')")


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "print_request",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("office", sa.String(length=64), nullable=False),
        sa.Column("counter", sa.String(length=16), nullable=False),
        sa.Column("ticket", sa.String(36), nullable=False),
        sa.Column("copy", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_request")),
        sa.UniqueConstraint("ticket", "copy", name=op.f("uq_print_request_ticket_copy")),
    )
    op.create_index(
        "uq_print_request_open",
        "print_request",
        ["office", "counter", "ticket"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def downgrade() -> None:
    """Back."""
    op.drop_index("uq_print_request_open", "print_request", sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.drop_table("print_request")
