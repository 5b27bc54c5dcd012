"""An office's server has a centre above it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_UUID = sa.String(36)
_UNANSWERED = sa.text("answered_at IS NULL")


def upgrade() -> None:
    """Forward."""
    for column in (
        sa.Column("office", sa.String(64), nullable=True),
        sa.Column("above_upto", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("above_central", sa.BigInteger(), nullable=False, server_default="0"),
    ):
        op.add_column("stream", column)
    op.execute("UPDATE stream SET office = (SELECT max(office) FROM kiosk WHERE kiosk.id = stream.origin)")
    op.add_column("event", sa.Column("settled_at", sa.BigInteger(), nullable=True))
    op.add_column("ticket", sa.Column("moved_life", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("ticket", sa.Column("moved_seq", sa.BigInteger(), nullable=False, server_default="0"))
    _tables()


def _tables() -> None:
    op.create_table(
        "upstream",
        sa.Column("only", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parent_epoch", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("clock_offset", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=True),
        sa.Column("set_up_digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("only", name="pk_upstream"),
    )
    op.create_table(
        "office_home",
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("machine", sa.String(64), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("office", "node", name="pk_office_home"),
        sa.UniqueConstraint("office", "nth", name="uq_office_home_office_nth"),
    )
    op.create_table(
        "pending_move",
        sa.Column("ticket", _UUID, nullable=False),
        sa.Column("life", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("ticket", "life", "seq", name="pk_pending_move"),
    )
    op.create_table(
        "open_counter",
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("counter", sa.String(16), nullable=False),
        sa.Column("clerk", sa.String(64), nullable=False),
        sa.Column("first_list", sa.Text(), nullable=False),
        sa.Column("second_list", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("paused_at", sa.BigInteger(), nullable=True),
        sa.Column("pause_reason", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("office", "counter", name="pk_open_counter"),
    )
    op.create_table(
        "branch_queue",
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("preferential", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("office", name="pk_branch_queue"),
    )
    op.create_table(
        "request",
        sa.Column("id", _UUID, nullable=False),
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("ticket", _UUID, nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_request"),
    )
    op.create_index("ix_request_ticket", "request", ["ticket"])
    op.create_index(
        "uq_request_open",
        "request",
        ["ticket"],
        unique=True,
        sqlite_where=_UNANSWERED,
        postgresql_where=_UNANSWERED,
    )
    op.create_table(
        "kiosk_orders",
        sa.Column("kiosk", sa.String(64), nullable=False),
        sa.Column("out_of_service", sa.Boolean(), nullable=False),
        sa.Column("message", sa.String(256), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("kiosk", name="pk_kiosk_orders"),
    )


def downgrade() -> None:
    """Back."""
    for table in (
        "kiosk_orders", "request", "branch_queue", "open_counter", "pending_move", "office_home", "upstream",
    ):  # fmt: skip
        op.drop_table(table)
    op.drop_column("ticket", "moved_seq")
    op.drop_column("ticket", "moved_life")
    op.drop_column("event", "settled_at")
    for column in ("above_central", "above_upto", "office"):
        op.drop_column("stream", column)
