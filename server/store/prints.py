"""What clerks asked their printers for, and what is known of the paper.

Only ids and words: what a copy says is made from its ticket when it goes down, and is at rest nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from domain.prints import Paper
from server.store.schema import print_outcome, print_request

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

    from sqlalchemy import Connection

    from domain.clock import Micros

MOST_AT_ONCE = 20
"""How many copies one exchange brings down; the next one brings the others."""


class Document(Enum):
    """What a clerk may ask the printer at the counter for."""

    TICKET = "ticket"
    CARGO = "cargo"


@dataclass(frozen=True, slots=True)
class PrintRequest:
    """Paper that a clerk asked for. ``paper`` is what was last written; ``asked_at`` decides if it still stands.

    ``ticket`` is the filing of a cargo.
    """

    id: UUID
    office: str
    counter: str
    ticket: UUID
    copy: int
    asked_at: Micros
    paper: Paper
    reason: str
    document: Document = Document.TICKET


_REQUEST = (
    print_request.c.id, print_request.c.office, print_request.c.counter, print_request.c.ticket, print_request.c.copy,
    print_request.c.asked_at, print_request.c.state, print_request.c.reason, print_request.c.document,
)  # fmt: skip


def _request(row: Any) -> PrintRequest:
    return PrintRequest(
        row.id, row.office, row.counter, row.ticket, row.copy, row.asked_at, Paper(row.state), row.reason,
        Document(row.document),
    )  # fmt: skip


_OPEN = print_request.c.state.in_([paper.value for paper in Paper if paper.is_open])
_WANTED = (
    select(*_REQUEST)
    .where(
        print_request.c.office == bindparam("office"),
        print_request.c.counter == bindparam("counter"),
        print_request.c.asked_at > bindparam("since"),
        _OPEN,
    )
    .order_by(print_request.c.asked_at, print_request.c.id)
    .limit(MOST_AT_ONCE)
)


def wanted(connection: Connection, office: str, counter: str, since: Micros) -> list[PrintRequest]:
    """The open requests to the printer at ``counter`` of after ``since``, the oldest first."""
    rows = connection.execute(_WANTED, {"office": office, "counter": counter, "since": since})
    return [_request(row) for row in rows]


def last_asked(connection: Connection, office: str, counter: str, ticket: UUID) -> PrintRequest | None:
    """The last copy of ``ticket``, or of the cargo of that filing, that was asked for at ``counter``."""
    here = (print_request.c.office == office) & (print_request.c.counter == counter)
    mine = select(*_REQUEST).where(here, print_request.c.ticket == ticket)
    row = connection.execute(mine.order_by(print_request.c.copy.desc()).limit(1)).one_or_none()
    return None if row is None else _request(row)


def copies_asked(connection: Connection, ticket: UUID) -> int:
    """How many copies of ``ticket`` were ever asked for, at any counter."""
    last = select(func.max(print_request.c.copy)).where(print_request.c.ticket == ticket)
    return connection.execute(last).scalar() or 0


def out_before(connection: Connection, request: PrintRequest) -> int:
    """How many of those asked for before ``request``, at any counter, came out or may have."""
    never = [Paper.FAILED.value, Paper.EXPIRED.value]
    mine = (print_request.c.ticket == request.ticket) & (print_request.c.copy < request.copy)
    counted = select(func.count()).where(mine, print_request.c.state.not_in(never))
    return connection.execute(counted).scalar() or 0


def forget_requests(connection: Connection, before: Micros) -> None:
    """Deletes what was asked for before that: nobody will say anything of it any more."""
    connection.execute(delete(print_request).where(print_request.c.asked_at < before))


def add_request(connection: Connection, row: Mapping[str, Any]) -> None:
    """Adds a request.

    Raises:
        IntegrityError: its copy has a number already, or this counter still waits for one of that ticket.
    """
    connection.execute(insert(print_request).values(**row))


def lock_requests(connection: Connection, ids: Collection[UUID]) -> dict[UUID, PrintRequest]:
    """The requests of those ids, held for this transaction; unknown ones are left out."""
    if not ids:
        return {}
    chosen = select(*_REQUEST).where(print_request.c.id.in_(ids)).order_by(print_request.c.id).with_for_update()
    return {row.id: _request(row) for row in connection.execute(chosen)}


def note_paper(connection: Connection, request: PrintRequest, now: Micros) -> None:
    """Writes what is now known of the paper of ``request``."""
    changed = {"state": request.paper.value, "reason": request.reason, "changed_at": now}
    connection.execute(update(print_request).where(print_request.c.id == request.id).values(**changed))


@dataclass(frozen=True, slots=True)
class Told:
    """What a kiosk said of a ticket's own paper, in its printer driver's words."""

    outcome: str
    reason: str


def own_outcome(connection: Connection, ticket: UUID) -> Told | None:
    """The last word on the paper that came with the number; None before there was one."""
    row = connection.execute(select(print_outcome).where(print_outcome.c.ticket == ticket)).one_or_none()
    return None if row is None else Told(row.outcome, row.reason)
