"""A machine may drive the printer at a counter: it has that counter and no series."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_SERIES = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")
_LIVE = sa.text("revoked_at IS NULL")


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("kiosk", schema=None) as batch_op:
        batch_op.add_column(sa.Column("counter", sa.String(length=16), nullable=True))
        batch_op.alter_column("series", existing_type=_SERIES, nullable=True)
        batch_op.create_check_constraint("ck_kiosk_series_or_counter", "(series IS NULL) <> (counter IS NULL)")
    op.create_index(
        "uq_kiosk_at_counter", "kiosk", ["office", "counter"], unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE
    )


def downgrade() -> None:
    """Back."""
    op.drop_index("uq_kiosk_at_counter", table_name="kiosk", sqlite_where=_LIVE, postgresql_where=_LIVE)
    op.execute("DELETE FROM kiosk WHERE series IS NULL")
    with op.batch_alter_table("kiosk", schema=None) as batch_op:
        batch_op.drop_constraint("ck_kiosk_series_or_counter", type_="check")
        batch_op.alter_column("series", existing_type=_SERIES, nullable=False)
        batch_op.drop_column("counter")
