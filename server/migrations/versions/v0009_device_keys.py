"""Machines prove who they are with keys of their own."""

from __future__ import annotations

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Forward."""


def downgrade() -> None:
    """Back."""
