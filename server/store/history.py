"""What the history and the exports are made of: tickets by what became of them, and their stays at the counters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from domain.statistics import Stay, Taken, lima_hour
from domain.tickets import QueueNumber, TicketState
from server.store.schema import attention, ticket

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from domain.clock import Micros
    from domain.statistics import Days

_HOUR_US = 3600 * 1_000_000
_HOUR = (ticket.c.issued_at // _HOUR_US).label("hour")  # counted by the database: a year is 100,000 tickets and more
_IN_DAYS = (attention.c.office == bindparam("office")) & attention.c.business_day.between(
    bindparam("first"), bindparam("last")
)
_STAY = (
    attention.c.business_day, attention.c.service, attention.c.preferential, attention.c.counter, attention.c.clerk,
    attention.c.waiting_since, attention.c.called_at, attention.c.calls, attention.c.serving_at, attention.c.ended_at,
    attention.c.outcome,
)  # fmt: skip
_STAYS = select(*_STAY).where(_IN_DAYS)
_TAKEN = (
    select(ticket.c.business_day, _HOUR, ticket.c.service, ticket.c.state, func.count().label("n"))
    .where(ticket.c.office == bindparam("office"), ticket.c.business_day.between(bindparam("first"), bindparam("last")))
    .group_by(ticket.c.business_day, "hour", ticket.c.service, ticket.c.state)
)
_LINES = (
    select(*_STAY, ticket.c.series, ticket.c.n, ticket.c.issued_at)
    .join(ticket, ticket.c.id == attention.c.ticket)
    .where(_IN_DAYS)
    .order_by(attention.c.called_at, attention.c.id)
)
_DAYS = select(attention.c.business_day).where(_IN_DAYS).distinct().order_by(attention.c.business_day)


@dataclass(frozen=True, slots=True)
class Line:
    """A stay with the number of its turn and when that was taken: a line of an export."""

    number: QueueNumber
    issued_at: Micros
    stay: Stay


def stays(connection: Connection, office: str, days: Days) -> list[Stay]:
    """Every stay of those days, in no order."""
    return [Stay(*row) for row in connection.execute(_STAYS, _of(office, days))]


def taken(connection: Connection, office: str, days: Days) -> list[Taken]:
    """The tickets that were taken on those days, by day, hour, service and what became of them."""
    rows = connection.execute(_TAKEN, _of(office, days))
    return [Taken(row.business_day, lima_hour(row.hour), row.service, TicketState(row.state), row.n) for row in rows]


def count_taken(connection: Connection, office: str, day: date) -> int:
    """How many tickets were taken on ``day``."""
    taken_then = (ticket.c.office == office) & (ticket.c.business_day == day)
    return connection.execute(select(func.count()).where(taken_then)).scalar_one()


def count_stays(connection: Connection, office: str, days: Days) -> int:
    """How many lines an export of those days has."""
    return connection.execute(select(func.count()).where(_IN_DAYS), _of(office, days)).scalar_one()


def days_with_stays(connection: Connection, office: str, days: Days) -> list[date]:
    """On which of those days somebody was called."""
    return list(connection.execute(_DAYS, _of(office, days)).scalars())


def lines(connection: Connection, office: str, day: date) -> list[Line]:
    """The lines that an export has of one day, in the order of the calls."""
    rows = connection.execute(_LINES, {"office": office, "first": day, "last": day})
    return [Line(QueueNumber(row.series, row.n), row.issued_at, Stay(*row[: len(_STAY)])) for row in rows]


@dataclass(frozen=True, slots=True)
class Finished:
    """What a counter has done today: visits that ended there, and the time of every stay, in microseconds."""

    done: int
    stays: int
    attended: int


def finished_by_counter(connection: Connection, office: str, day: date) -> dict[str, Finished]:
    """What each counter has done on ``day``; a counter that has done nothing is missing."""
    rows = connection.execute(
        select(
            attention.c.counter,
            func.count().filter(attention.c.outcome == "done"),
            func.count(),
            func.sum(attention.c.ended_at - attention.c.serving_at),
        )
        .where(
            attention.c.office == office,
            attention.c.business_day == day,
            attention.c.serving_at.is_not(None),
            attention.c.ended_at.is_not(None),
        )
        .group_by(attention.c.counter)
    )
    return {counter: Finished(done, stays, int(attended)) for counter, done, stays, attended in rows}


def _of(office: str, days: Days) -> dict[str, object]:
    return {"office": office, "first": days.first, "last": days.last}
