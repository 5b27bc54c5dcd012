"""The centre leases blocks of numbers, and a database that was put back knows what it may have forgotten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Forward."""
    op.add_column("node", sa.Column("former", sa.LargeBinary(), nullable=True))
    op.add_column("upstream", sa.Column("in_step", sa.Integer(), nullable=True))
    op.add_column("filing", sa.Column("series", sa.String(16), nullable=False, server_default=""))
    op.add_column("filing", sa.Column("serial", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_filing_serial", "filing", ["year", "series", "serial"])
    op.create_table(
        "number_block",
        sa.Column("year", sa.Integer(), primary_key=True),
        sa.Column("series", sa.String(16), primary_key=True),
        sa.Column("first", sa.Integer(), primary_key=True),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("spent", sa.Integer(), nullable=False),
        sa.Column("life", sa.BigInteger(), nullable=False),
        sa.Column("leased_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_number_block_office", "number_block", ["office", "year", "series"])


def downgrade() -> None:
    """Back."""
    op.drop_table("number_block")
    op.drop_index("ix_filing_serial", table_name="filing")
    for table, columns in (("filing", ("series", "serial")), ("upstream", ("in_step",)), ("node", ("former",))):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.drop_column(column)
