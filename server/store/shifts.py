"""What each counter did from when to when: it was open, or it made a pause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from domain.clock import in_lima
from server.store.schema import shift

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from domain.clock import Micros

OPEN, PAUSE = "open", "pause"


@dataclass(frozen=True, slots=True)
class Shift:
    """``ended_at`` is None while it lasts."""

    counter: str
    clerk: str
    kind: str
    began_at: Micros
    ended_at: Micros | None


def begin_shift(connection: Connection, office: str, counter: str, *, clerk: str, kind: str, now: Micros) -> None:
    """The counter is open, or makes a pause, from ``now`` on; what it did before ends now."""
    end_shift(connection, office, counter, now)
    row = {"office": office, "business_day": in_lima(now).date(), "counter": counter, "clerk": clerk, "kind": kind}
    connection.execute(insert(shift).values(began_at=now, **row))


def end_shift(connection: Connection, office: str, counter: str, now: Micros) -> None:
    """Nobody is at the counter any more. A session that ended unnoticed is ended by whoever comes next."""
    here = (shift.c.office == office) & (shift.c.counter == counter) & shift.c.ended_at.is_(None)
    connection.execute(update(shift).where(here).values(ended_at=now))


def shifts_of_days(connection: Connection, office: str, first: date, last: date) -> list[Shift]:
    """Every shift and pause of those days, in the order in which they began."""
    mine = (shift.c.office == office) & shift.c.business_day.between(first, last)
    rows = connection.execute(select(shift).where(mine).order_by(shift.c.began_at, shift.c.id))
    return [Shift(row.counter, row.clerk, row.kind, row.began_at, row.ended_at) for row in rows]
