"""An office's server has a centre above it."""

from __future__ import annotations

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Forward."""


def downgrade() -> None:
    """Back."""
