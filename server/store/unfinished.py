"""Whether turns of today still need something that somebody wants to take away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from domain.tickets import TicketState
from server.store.schema import ticket

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement, Connection

_OVER = (TicketState.DONE.value, TicketState.CANCELLED.value)


def need_counter(connection: Connection, office: str, day: date, counter: str) -> bool:
    """Whether a turn is at that counter, or was sent to it; an absent one may come back."""
    return _any(connection, office, day, (ticket.c.counter == counter) | (ticket.c.for_counter == counter))


def need_service(connection: Connection, office: str, day: date, service: str) -> bool:
    """Whether somebody waits for that service, or may again."""
    return _any(connection, office, day, ticket.c.service == service)


def _any(connection: Connection, office: str, day: date, wanted: ColumnElement[Any]) -> bool:
    here = (ticket.c.office == office) & (ticket.c.business_day >= day) & ticket.c.state.not_in(_OVER)
    return connection.execute(select(ticket.c.id).where(here, wanted).limit(1)).first() is not None
