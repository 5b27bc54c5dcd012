"""What was asked of a turn at a node that does not call it: the home node decides, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from domain.messages import CancelRequested
from server.store.dialect import insert_if_absent
from server.store.schema import request

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from domain.clock import Micros

MOST_AT_ONCE = 50
"""How many requests one exchange brings down; the next one brings the others."""


def is_asked(connection: Connection, ticket: UUID) -> bool:
    """Whether the home node has still to decide about that turn."""
    open_ = select(request.c.id).where(request.c.ticket == ticket, request.c.answered_at.is_(None))
    return connection.execute(open_.limit(1)).scalar() is not None


def ask(connection: Connection, office: str, wanted: CancelRequested, now: Micros) -> None:
    """Asks the home node of ``office``.

    Raises:
        IntegrityError: it is being asked already.
    """
    row = {"id": wanted.request, "office": office, "ticket": wanted.ticket, "asked_at": now, "answered_at": None}
    connection.execute(insert(request).values(**row))


def unanswered(connection: Connection, office: str, since: Micros) -> list[CancelRequested]:
    """What the home node of ``office`` has still to decide, of what was asked since then; the oldest first."""
    mine = (request.c.office == office) & request.c.answered_at.is_(None) & (request.c.asked_at >= since)
    rows = connection.execute(select(request).where(mine).order_by(request.c.asked_at).limit(MOST_AT_ONCE))
    return [CancelRequested(row.id, row.ticket) for row in rows]


def answer(connection: Connection, office: str, id_: UUID, now: Micros) -> None:
    """The home node has decided."""
    mine = (request.c.id == id_) & (request.c.office == office)
    connection.execute(update(request).where(mine, request.c.answered_at.is_(None)).values(answered_at=now))


def take_once(connection: Connection, office: str, wanted: CancelRequested, now: Micros) -> bool:
    """At the home node: notes a request as decided now; False where it was before."""
    known = connection.execute(select(request.c.id).where(request.c.id == wanted.request)).scalar()
    if known is not None:
        return False
    row = {"id": wanted.request, "office": office, "ticket": wanted.ticket, "asked_at": now, "answered_at": now}
    insert_if_absent(connection, request, row)
    return True
