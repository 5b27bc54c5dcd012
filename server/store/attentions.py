"""Turns' stays at the counters: from them come the waits that are told, the history and the exports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from server.store.schema import attention

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Connection

    from domain.clock import Micros
    from server.store.tickets import Turn


@dataclass(frozen=True, slots=True)
class Attention:
    """One stay of a turn at a counter. ``outcome`` is done, absent, parked or transferred; None while it lasts."""

    id: int
    ticket: UUID
    business_day: date
    service: str
    preferential: bool
    counter: str
    clerk: str
    waiting_since: Micros
    called_at: Micros
    calls: int
    serving_at: Micros | None
    ended_at: Micros | None
    outcome: str | None


# made once: to build a statement costs several times what it takes to run it
_BEGIN = insert(attention)
_LAST = select(attention.c.id).where(attention.c.ticket == bindparam("whose")).order_by(attention.c.id.desc()).limit(1)
_CHANGE_LAST = update(attention).where(attention.c.id == _LAST.scalar_subquery())


def begin(
    connection: Connection, turn: Turn, *, counter: str, clerk: str, waiting_since: Micros, now: Micros, serving: bool
) -> None:
    """A turn is called to a counter, or attended again there after it was parked (``serving``)."""
    row = {
        "ticket": turn.ticket, "office": turn.office, "business_day": turn.business_day, "service": turn.service,
        "preferential": turn.preferential, "counter": counter, "clerk": clerk, "waiting_since": waiting_since,
        "called_at": now, "calls": 0 if serving else 1, "serving_at": now if serving else None,
    }  # fmt: skip
    connection.execute(_BEGIN, row)


def change_last(connection: Connection, ticket: UUID, **values: Any) -> None:
    """Changes what is known of the last stay of a turn."""
    connection.execute(_CHANGE_LAST, values | {"whose": ticket})


def of_days(connection: Connection, office: str, first: date, last: date) -> list[Attention]:
    """Every stay of those days, in the order in which they began."""
    rows = connection.execute(
        select(attention)
        .where(attention.c.office == office, attention.c.business_day.between(first, last))
        .order_by(attention.c.called_at, attention.c.id)
    )
    return [
        Attention(
            row.id, row.ticket, row.business_day, row.service, row.preferential, row.counter, row.clerk,
            row.waiting_since, row.called_at, row.calls, row.serving_at, row.ended_at, row.outcome,
        )
        for row in rows
    ]  # fmt: skip
