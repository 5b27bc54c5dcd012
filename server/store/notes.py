"""What was written to a turn, sealed: by its clerk, or by its holder on the phone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from server.store.schema import note

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from domain.clock import Micros


@dataclass(frozen=True, slots=True)
class SealedNote:
    """A note as it is kept. ``author`` is the clerk's account, empty for the visitor."""

    at: Micros
    author: str
    sealed: bytes = field(repr=False)


def add_note(connection: Connection, ticket: UUID, office: str, *, author: str, sealed: bytes, now: Micros) -> None:
    """Keeps what was written to a turn of ``office``."""
    row = {"ticket": ticket, "office": office, "at": now, "author": author, "sealed": sealed}
    connection.execute(insert(note).values(**row))


def notes_of(connection: Connection, ticket: UUID) -> list[SealedNote]:
    """Everything that was written to a turn, the oldest first."""
    rows = connection.execute(select(note).where(note.c.ticket == ticket).order_by(note.c.id))
    return [SealedNote(row.at, row.author, row.sealed) for row in rows]


def count_notes(connection: Connection, ticket: UUID) -> int:
    """How many were written to a turn; to know that there is a new one takes no look at any."""
    return connection.execute(select(func.count()).where(note.c.ticket == ticket)).scalar_one()
