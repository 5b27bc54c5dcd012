"""The node knows which key its kiosks seal to, so that a server with another one does not start."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Forward."""
    op.add_column("node", sa.Column("seal_public", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("node", schema=None) as batch_op:
        batch_op.drop_column("seal_public")
