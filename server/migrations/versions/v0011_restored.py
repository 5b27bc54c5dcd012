"""A database that was put back knows it."""

from __future__ import annotations

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Forward."""


def downgrade() -> None:
    """Back."""
