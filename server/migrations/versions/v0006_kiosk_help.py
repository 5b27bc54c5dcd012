"""Who asked for help at a machine, and whether somebody went."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_COLUMNS = ("help_at", "help_since", "help_answered_at")


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("kiosk_health") as batch_op:
        for name in _COLUMNS:
            batch_op.add_column(sa.Column(name, sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("kiosk_health") as batch_op:
        for name in reversed(_COLUMNS):
            batch_op.drop_column(name)
