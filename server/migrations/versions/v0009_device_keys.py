"""Machines prove who they are with keys of their own.

Those of before had a secret word instead. Nobody can make a key for them from here, so they are revoked and are to be
enrolled again, under another series; their numbers stay taken, and the tickets that they gave out stay good.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_LIVE = sa.text("revoked_at IS NULL")


def upgrade() -> None:
    """Forward."""
    op.add_column("node", sa.Column("sign_public", sa.LargeBinary(), nullable=True))
    op.add_column("kiosk_contact", sa.Column("turn", sa.BigInteger(), nullable=False, server_default="0"))
    with op.batch_alter_table("kiosk_contact", schema=None) as batch_op:
        batch_op.alter_column("turn", server_default=None)
    _drop_index()
    with op.batch_alter_table("kiosk", schema=None) as batch_op:
        batch_op.drop_constraint("uq_kiosk_secret_hash", type_="unique")
        batch_op.drop_constraint("ck_kiosk_series_or_counter", type_="check")
        batch_op.drop_column("secret_hash")
        batch_op.add_column(sa.Column("device_key", sa.LargeBinary(), nullable=True))
        batch_op.create_check_constraint("ck_kiosk_series_or_counter", "series IS NULL OR counter IS NULL")
    op.execute("UPDATE kiosk SET revoked_at = enrolled_at WHERE revoked_at IS NULL")
    with op.batch_alter_table("kiosk", schema=None) as batch_op:
        batch_op.create_check_constraint("ck_kiosk_device", "revoked_at IS NOT NULL OR device_key IS NOT NULL")
    _create_index()
    op.create_index("uq_kiosk_device", "kiosk", ["device_key"], unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE)
    op.create_index("ix_kiosk_device_key", "kiosk", ["device_key"])
    op.create_table(
        "enrolment_code",
        sa.Column("handle", sa.String(2), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("counter", sa.String(16), nullable=True),
        sa.Column("is_node", sa.Boolean(), nullable=False),
        sa.Column("replaces", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("tries_left", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("used_by", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("handle", name="pk_enrolment_code"),
    )


def downgrade() -> None:
    """Back. An office's server has no place there; a machine has no word that anybody knows."""
    op.drop_table("enrolment_code")
    op.drop_index("ix_kiosk_device_key", table_name="kiosk")
    op.drop_index("uq_kiosk_device", table_name="kiosk", sqlite_where=_LIVE, postgresql_where=_LIVE)
    _drop_index()
    op.execute("DELETE FROM kiosk WHERE series IS NULL AND counter IS NULL")
    with op.batch_alter_table("kiosk", schema=None) as batch_op:
        batch_op.drop_constraint("ck_kiosk_device", type_="check")
        batch_op.drop_constraint("ck_kiosk_series_or_counter", type_="check")
        batch_op.drop_column("device_key")
        batch_op.add_column(sa.Column("secret_hash", sa.LargeBinary(), nullable=True))
        batch_op.create_check_constraint("ck_kiosk_series_or_counter", "(series IS NULL) <> (counter IS NULL)")
    rows = op.get_bind().execute(sa.text("SELECT no FROM kiosk")).scalars().all()
    for no in rows:  # the hash of nothing: no word has it
        op.get_bind().execute(
            sa.text("UPDATE kiosk SET secret_hash = :none WHERE no = :no"), {"none": f"none-{no}".encode(), "no": no}
        )
    with op.batch_alter_table("kiosk", schema=None) as batch_op:
        batch_op.alter_column("secret_hash", existing_type=sa.LargeBinary(), nullable=False)
        batch_op.create_unique_constraint("uq_kiosk_secret_hash", ["secret_hash"])
    _create_index()
    with op.batch_alter_table("kiosk_contact", schema=None) as batch_op:
        batch_op.drop_column("turn")
    with op.batch_alter_table("node", schema=None) as batch_op:
        batch_op.drop_column("sign_public")


def _create_index() -> None:
    op.create_index(
        "uq_kiosk_at_counter", "kiosk", ["office", "counter"], unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE
    )


def _drop_index() -> None:
    op.drop_index("uq_kiosk_at_counter", table_name="kiosk", sqlite_where=_LIVE, postgresql_where=_LIVE)
