"""A centre knows the machines of its offices, by the words that it has kept unread until now, too."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_LIVES_OF_A_NODE = 2**16
_KEY_BYTES = 32
_HOMES = sa.text("SELECT office, node, nth FROM office_home")
_WORDS = sa.text(
    "SELECT epoch, seq, type, COALESCE(settled_at, at) AS said_at, body FROM event"
    " WHERE origin = :origin AND type IN ('kiosk.enrolled', 'kiosk.revoked') ORDER BY epoch, seq"
)


def upgrade() -> None:
    """Forward."""
    table = op.create_table(
        "office_machine",
        sa.Column("office", sa.String(64), nullable=False),
        sa.Column("life", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kiosk", sa.String(64), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=True),
        sa.Column("series", sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql"), nullable=True),
        sa.Column("counter", sa.String(16), nullable=True),
        sa.Column("mac_key", sa.LargeBinary(), nullable=True),
        sa.Column("device_key", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("office", "life", "seq", name="pk_office_machine"),
    )
    op.create_index("ix_office_machine_no", "office_machine", ["no"])
    connection = op.get_bind()
    for home in connection.execute(_HOMES).all():
        words = connection.execute(_WORDS, {"origin": f"{home.office}/{home.node}"}).all()
        rows = [row for word in words if (row := _row(home, word)) is not None]
        if rows:
            connection.execute(sa.insert(table), rows)


def _row(home: Any, word: Any) -> dict[str, Any] | None:
    """A word as the table has it; None for one that cannot be read, which stays in the log."""
    try:
        body = json.loads(bytes(word.body))
        row = {
            "office": home.office, "life": home.nth * _LIVES_OF_A_NODE + word.epoch, "seq": word.seq,
            "kiosk": str(body["kiosk"])[:64], "epoch": int(body["epoch"]), "at": word.said_at, "no": None,
            "series": None, "counter": None, "mac_key": None, "device_key": None,
        }  # fmt: skip
        if word.type == "kiosk.enrolled":
            row |= {
                "no": int(body["kiosk_no"]), "series": body["series"] or None, "counter": body["counter"] or None,
                "mac_key": b64decode(body["mac_key"]), "device_key": b64decode(body["device_key"]),
            }  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return None
    return row if row["mac_key"] is None or len(row["mac_key"]) == _KEY_BYTES else None


def downgrade() -> None:
    """Back."""
    op.drop_table("office_machine")
