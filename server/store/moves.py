"""What a home node said of turns that have not arrived here: kept until they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select

from domain.messages import TicketMoved, from_json, to_json
from server.store.dialect import insert_if_absent
from server.store.schema import pending_move

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from domain.clock import Micros

OWN_LIFE = 2**24
"""Added to its epoch where a node counts its own lives: they come after those of any node before it."""
_LIVES_OF_A_NODE = 2**16


def life_of(nth: int, epoch: int) -> int:
    """The place of a node's life among all lives of an office's nodes, of which it is the ``nth``."""
    return nth * _LIVES_OF_A_NODE + epoch


@dataclass(frozen=True, slots=True)
class Move:
    """A home node's word about a turn. ``place`` is the life that said it, and the event's number in it."""

    ticket: UUID
    life: int
    seq: int
    kind: str
    at: Micros
    body: TicketMoved

    @property
    def place(self) -> tuple[int, int]:
        """By which words are put in order."""
        return self.life, self.seq


_WAITING = pending_move.c.ticket.in_(bindparam("tickets", expanding=True))
_PARKED = select(pending_move).where(_WAITING).order_by(pending_move.c.life, pending_move.c.seq)
_TAKEN = delete(pending_move).where(_WAITING)


def park_moves(connection: Connection, office: str, moves: Sequence[Move]) -> None:
    """Keeps words until their turns arrive."""
    for one in moves:
        row = {
            "ticket": one.ticket, "life": one.life, "seq": one.seq, "office": office, "type": one.kind, "at": one.at,
            "body": to_json(one.body),
        }  # fmt: skip
        insert_if_absent(connection, pending_move, row)


def parked_moves(connection: Connection, arrived: Sequence[UUID]) -> list[Move]:
    """What was said of turns that have arrived now, the oldest word first; it is kept no more."""
    if not arrived:
        return []
    rows = connection.execute(_PARKED, {"tickets": list(arrived)}).all()
    if rows:
        connection.execute(_TAKEN, {"tickets": list(arrived)})
    return [Move(row.ticket, row.life, row.seq, row.type, row.at, from_json(row.body, TicketMoved)) for row in rows]
