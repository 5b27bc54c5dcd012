"""The entity's own systems: who they are, and where they are told of what happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from server.store.schema import integration

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection, Row

    from domain.clock import Micros

SEEN_STEP_US = 60_000_000
"""A system that asks a hundred times a second is noted as seen once a minute."""


@dataclass(frozen=True, slots=True)
class Integration:
    """A system. ``url`` is where it is told, empty for one that only asks; ``seen_at`` is when it last asked."""

    id: UUID
    office: str
    name: str
    url: str
    created_at: Micros
    created_by: str
    seen_at: Micros | None
    revoked_at: Micros | None = field(default=None)

    @property
    def actor(self) -> str:
        """How it stands in steps and in the audit log; no account has such a name."""
        return f"api:{self.name}"


def _integration(row: Row[Any]) -> Integration:
    return Integration(
        row.id, row.office, row.name, row.url, row.created_at, row.created_by, row.seen_at, row.revoked_at
    )  # fmt: skip


def add_integration(connection: Connection, made: Integration, token_hash: bytes) -> None:
    """Adds a system.

    Raises:
        IntegrityError: the office has one of that name.
    """
    row = {
        "id": made.id, "office": made.office, "name": made.name, "token_hash": token_hash, "url": made.url,
        "created_at": made.created_at, "created_by": made.created_by,
    }  # fmt: skip
    connection.execute(insert(integration).values(**row))


def integration_of_token(connection: Connection, token_hash: bytes) -> Integration | None:
    """The system that has the token; None for none, and for one that was revoked."""
    wanted = select(integration).where(integration.c.token_hash == token_hash, integration.c.revoked_at.is_(None))
    row = connection.execute(wanted).one_or_none()
    return None if row is None else _integration(row)


def integration_by_id(connection: Connection, id_: UUID) -> Integration | None:
    """The system of that id, revoked or not."""
    row = connection.execute(select(integration).where(integration.c.id == id_)).one_or_none()
    return None if row is None else _integration(row)


def integrations(connection: Connection, office: str) -> list[Integration]:
    """Those that may speak, by name."""
    mine = (integration.c.office == office) & integration.c.revoked_at.is_(None)
    return [
        _integration(row) for row in connection.execute(select(integration).where(mine).order_by(integration.c.name))
    ]


def revoke_integration(connection: Connection, office: str, id_: UUID, now: Micros) -> bool:
    """Lets a system speak no more; whether it could until now."""
    mine = (integration.c.id == id_) & (integration.c.office == office) & integration.c.revoked_at.is_(None)
    return connection.execute(update(integration).where(mine).values(revoked_at=now)).rowcount == 1


def note_seen(connection: Connection, id_: UUID, now: Micros) -> None:
    """It asked for something."""
    connection.execute(update(integration).where(integration.c.id == id_).values(seen_at=now))
