"""What visitors wrote to their turns on the phone, sealed: notes without an author."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from server.store.schema import note

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from domain.clock import Micros

_VISITOR = ""


def add(connection: Connection, *, ticket: UUID, office: str, at: Micros, sealed: bytes) -> None:
    """Adds what the visitor wrote."""
    connection.execute(insert(note).values(ticket=ticket, office=office, at=at, author=_VISITOR, sealed=sealed))


def of(connection: Connection, ticket: UUID) -> list[bytes]:
    """Everything that the visitor wrote to this turn, the first first."""
    mine = select(note.c.sealed).where(note.c.ticket == ticket, note.c.author == _VISITOR).order_by(note.c.id)
    return list(connection.execute(mine).scalars())


def count(connection: Connection, ticket: UUID) -> int:
    """How often the visitor wrote to this turn."""
    mine = (note.c.ticket == ticket) & (note.c.author == _VISITOR)
    return connection.execute(select(func.count()).select_from(note).where(mine)).scalar_one()
