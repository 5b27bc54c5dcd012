"""Numbers and tickets: a counter that only grows, and constraints that would catch it if it did not."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from domain.tickets import QueueNumber, business_day

if TYPE_CHECKING:
    from uuid import UUID

    import sqlite_utils

    from domain.clock import Micros
    from kiosk.store.database import Database

_LAST_DAY = "SELECT max(business_day) AS day FROM counter"


def last_day(tables: sqlite_utils.Database) -> date | None:
    """The latest business day on which a number was given out, or None on a new store; inside a transaction."""
    day = next(tables.query(_LAST_DAY))["day"]
    return date.fromisoformat(day) if day else None


def today(database: Database, now: Micros) -> date:
    """The business day that it is ``now``; see `domain.tickets.business_day`."""
    last = database.value(_LAST_DAY)
    return business_day(date.fromisoformat(last) if last else None, now)


def take_next(tables: sqlite_utils.Database, office: str, day: date, series: str) -> QueueNumber:
    """The next number of ``series`` that day, inside the caller's transaction."""
    taken = tables.execute(
        """INSERT INTO counter (office, business_day, series, n) VALUES (?, ?, ?, 1)
           ON CONFLICT DO UPDATE SET n = n + 1 RETURNING n""",
        (office, day.isoformat(), series),
    )
    return QueueNumber(series, int(taken.fetchone()[0]))


def add_ticket(
    tables: sqlite_utils.Database,
    ticket: UUID,
    *,
    office: str,
    day: date,
    number: QueueNumber,
    service: str,
    preferential: bool,
    issued_at: Micros,
    nonce_hash: bytes,
) -> None:
    """Writes the turn down, inside the caller's transaction."""
    tables.table("ticket").insert(
        {
            "id": str(ticket),
            "office": office,
            "business_day": day.isoformat(),
            "series": number.series,
            "n": number.n,
            "service": service,
            "preferential": preferential,
            "issued_at": issued_at,
            "nonce_hash": nonce_hash,
        }
    )
