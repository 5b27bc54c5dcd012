"""How Alembic reaches the database: through the connection that `server.store.migrate` hands it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from alembic import context

from server.store.schema import UuidText, metadata

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext


def _as_released(kind: str, thing: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Migrations stand alone, so a new one written by ``alembic revision --autogenerate`` names no type of ours."""
    del autogen
    return "sa.String(36)" if kind == "type" and isinstance(thing, UuidText) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite has hardly any ALTER
    render_item=_as_released,
    transactional_ddl=True,  # SQLite has it too, within our own BEGIN IMMEDIATE
)
with context.begin_transaction():
    context.run_migrations()
