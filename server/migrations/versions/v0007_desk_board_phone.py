"""Places in line, stays at counters, notes, roles and duties; what an office sets up in the browser."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_WAITING = sa.text("state = 'waiting'")
_OLD_PLACE: list[sa.ColumnElement[str] | str] = [sa.literal_column("preferential DESC"), "issued_at", "series", "n"]
_NEW_PLACE: list[sa.ColumnElement[str] | str] = [sa.literal_column("preferential DESC"), "lined_up_at", "series", "n"]


def _big_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Forward. A turn that waits keeps its place; whoever has an account stays a clerk of every service."""
    _waiting_index(_NEW_PLACE, add=True)
    with op.batch_alter_table("account") as batch_op:
        batch_op.add_column(sa.Column("full_name", sa.String(96), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("first_list", sa.Text(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("second_list", sa.Text(), nullable=False, server_default="[]"))
        for name in ("role_since", "reviewed_at", "seen_at"):
            batch_op.add_column(sa.Column(name, sa.BigInteger(), nullable=True))
    with op.batch_alter_table("session") as batch_op:
        batch_op.alter_column("counter", existing_type=sa.String(16), nullable=True)
        batch_op.add_column(sa.Column("paused_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("pause_reason", sa.String(64), nullable=False, server_default=""))
    with op.batch_alter_table("audit") as batch_op:
        batch_op.add_column(sa.Column("detail", sa.String(256), nullable=False, server_default=""))
    op.create_index("ix_audit_at", "audit", ["office", "at"])
    op.create_table(
        "attention",
        sa.Column("id", _big_id(), autoincrement=True, nullable=False),
        sa.Column("ticket", sa.String(36), nullable=False),
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("business_day", sa.Date(), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("preferential", sa.Boolean(), nullable=False),
        sa.Column("counter", sa.String(16), nullable=False),
        sa.Column("clerk", sa.String(64), nullable=False),
        sa.Column("waiting_since", sa.BigInteger(), nullable=False),
        sa.Column("called_at", sa.BigInteger(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("serving_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(16), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_attention"),
    )
    op.create_index("ix_attention_day", "attention", ["office", "business_day"])
    op.create_index("ix_attention_ticket", "attention", ["ticket"])
    op.create_table(
        "note",
        sa.Column("id", _big_id(), autoincrement=True, nullable=False),
        sa.Column("ticket", sa.String(36), nullable=False),
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_note"),
    )
    op.create_index("ix_note_ticket", "note", ["ticket"])
    op.create_table(
        "office_settings",
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("rules", sa.LargeBinary(), nullable=False),
        sa.Column("file_digest", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("office", name="pk_office_settings"),
    )
    op.create_table(
        "counter",
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("counter", sa.String(16), nullable=False),
        sa.Column("label", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("office", "counter", name="pk_counter"),
    )
    op.create_table(
        "board",
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("title", sa.String(64), nullable=False),
        sa.Column("counters", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("office", "name", name="pk_board"),
    )
    op.create_table(
        "notice",
        sa.Column("id", _big_id(), autoincrement=True, nullable=False),
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("words", sa.String(256), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=True),
        sa.Column("to_day", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
    )
    op.create_table(
        "slide",
        sa.Column("id", _big_id(), autoincrement=True, nullable=False),
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(256), nullable=False),
        sa.Column("media_type", sa.String(32), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_slide"),
    )


def downgrade() -> None:
    """Back."""
    for table in ("slide", "notice", "board", "counter", "office_settings", "note", "attention"):
        op.drop_table(table)
    op.drop_index("ix_audit_at", "audit")
    with op.batch_alter_table("audit") as batch_op:
        batch_op.drop_column("detail")
    op.execute("DELETE FROM session WHERE counter IS NULL")
    with op.batch_alter_table("session") as batch_op:
        batch_op.drop_column("pause_reason")
        batch_op.drop_column("paused_at")
        batch_op.alter_column("counter", existing_type=sa.String(16), nullable=False)
    with op.batch_alter_table("account") as batch_op:
        for name in ("seen_at", "reviewed_at", "role_since", "second_list", "first_list", "full_name"):
            batch_op.drop_column(name)
    _waiting_index(_OLD_PLACE, add=False)


def _waiting_index(place: list[sa.ColumnElement[str] | str], *, add: bool) -> None:
    """Changes the ticket's columns between dropping the old index and making the new one."""
    op.drop_index("ix_ticket_waiting", "ticket")
    if add:
        op.add_column("ticket", sa.Column("lined_up_at", sa.BigInteger(), nullable=False, server_default="0"))
        op.add_column("ticket", sa.Column("for_counter", sa.String(16), nullable=True))
        op.add_column("ticket", sa.Column("announced", sa.Integer(), nullable=False, server_default="0"))
        op.add_column("ticket", sa.Column("let_pass", sa.Integer(), nullable=False, server_default="0"))
        op.execute("UPDATE ticket SET lined_up_at = issued_at, announced = calls")
    else:
        for name in ("let_pass", "announced", "for_counter", "lined_up_at"):
            op.drop_column("ticket", name)
    op.create_index("ix_ticket_waiting", "ticket", ["office", *place], sqlite_where=_WAITING, postgresql_where=_WAITING)
