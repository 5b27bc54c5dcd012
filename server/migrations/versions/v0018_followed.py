"""Filings are found by number and key, and those that wait for somebody are few among all."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"

_INDEXES = {"ix_filing_key": ["key_hash"], "ix_filing_status": ["office", "status"]}


def upgrade() -> None:
    """Forward."""
    for name, columns in _INDEXES.items():
        op.create_index(name, "filing", columns)


def downgrade() -> None:
    """Back."""
    for name in _INDEXES:
        op.drop_index(name, "filing")
