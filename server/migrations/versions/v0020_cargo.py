"""What each step added to a filing is kept with it, and a counter's printer is asked for cargos, too.

Of every office it is known whose signature on its cargos is to be believed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_ADDED = ("folios", "annexes")


def upgrade() -> None:
    """Forward. Of what was received before only the sums are known: they stand at the first step."""
    for name in _ADDED:
        op.add_column("filing_step", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE filing_step SET folios = (SELECT folios FROM filing WHERE filing.id = filing_step.filing), "
        "annexes = (SELECT annexes FROM filing WHERE filing.id = filing_step.filing) WHERE move = 'received'"
    )
    op.add_column("office_settings", sa.Column("cargo_keys", sa.LargeBinary(), nullable=True))
    document = sa.Column("document", sa.String(16), nullable=False, server_default="ticket")
    op.add_column("print_request", document)


def downgrade() -> None:
    """Back."""
    op.execute("DELETE FROM print_request WHERE document <> 'ticket'")
    op.drop_column("print_request", "document")
    op.drop_column("office_settings", "cargo_keys")
    for name in _ADDED:
        op.drop_column("filing_step", name)
