"""Documents are received, numbered and followed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_UUID = sa.String(36)


def upgrade() -> None:
    """Forward."""
    op.add_column("office_settings", sa.Column("filing", sa.LargeBinary(), nullable=True))
    op.add_column("account", sa.Column("unit", sa.String(32), nullable=False, server_default=""))
    op.create_table(
        "filing",
        sa.Column("id", _UUID, primary_key=True),
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("expediente", sa.String(64), nullable=False),
        sa.Column("about", sa.String(64), nullable=False),
        sa.Column("ticket", _UUID, nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("received_day", sa.Date(), nullable=False),
        sa.Column("presented_on", sa.Date(), nullable=False),
        sa.Column("term_starts_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("correct_until", sa.Date(), nullable=True),
        sa.Column("document_type", sa.String(32), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("folios", sa.Integer(), nullable=False),
        sa.Column("annexes", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("counter", sa.String(16), nullable=False),
        sa.Column("clerk", sa.String(64), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("moved_life", sa.Integer(), nullable=False),
        sa.Column("moved_seq", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("token_hash", name="uq_filing_token_hash"),
        sa.UniqueConstraint("code", name="uq_filing_code"),
        sa.UniqueConstraint("office", "year", "n", name="uq_filing_office_year_n"),
        sa.UniqueConstraint("office", "expediente", name="uq_filing_office_expediente"),
    )
    op.create_index("ix_filing_day", "filing", ["office", "received_day"])
    op.create_index("ix_filing_ticket", "filing", ["ticket"])
    op.create_index("ix_filing_unit", "filing", ["office", "unit", "status"])
    op.create_index("ix_filing_changed", "filing", ["office", "changed_at"])
    op.create_table(
        "filing_step",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("filing", _UUID, nullable=False),
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("move", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("from_unit", sa.String(32), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("correct_until", sa.Date(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("life", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("filing", "life", "seq", name="uq_filing_step_filing_life_seq"),
    )
    op.create_index("ix_filing_step_day", "filing_step", ["office", "day"])
    op.create_table(
        "pending_filing_move",
        sa.Column("filing", _UUID, primary_key=True),
        sa.Column("life", sa.Integer(), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True),
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
    )
    op.create_table(
        "filing_counter",
        sa.Column("office", sa.String(64), primary_key=True),
        sa.Column("year", sa.Integer(), primary_key=True),
        sa.Column("series", sa.String(16), primary_key=True),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("life", sa.Integer(), nullable=False),
    )
    op.create_table(
        "passed_over",
        sa.Column("office", sa.String(64), primary_key=True),
        sa.Column("year", sa.Integer(), primary_key=True),
        sa.Column("series", sa.String(16), primary_key=True),
        sa.Column("first", sa.Integer(), primary_key=True),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """Back."""
    for table in ("passed_over", "filing_counter", "pending_filing_move", "filing_step", "filing"):
        op.drop_table(table)
    for table, column in (("account", "unit"), ("office_settings", "filing")):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column(column)
