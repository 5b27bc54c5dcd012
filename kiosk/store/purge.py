"""Forgets what is safe at the top and old: events from the first on, and the tickets and print jobs of those days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

import msgspec

from domain.clock import LIMA, Micros, in_lima, micros
from domain.messages import from_json
from domain.sync import RETENTION_US, Ripening, ripened
from kiosk.store.settings import RIPENING, keep, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.messages import Stream
    from domain.sync import Held
    from kiosk.store.database import Database

MOST_AT_ONCE = 100
"""Rows of a table in one transaction: somebody may be waiting for a number meanwhile."""


class _Dated(msgspec.Struct, frozen=True):
    """An event as far as its age goes: the business day never goes back, whatever the machine's clock did."""

    day: date


def ripen(database: Database, held: Mapping[Stream, Held], now: Micros) -> dict[Stream, int]:
    """How far each stream may be forgotten (`domain.sync.ripened`), which is remembered over a restart.

    Raises:
        StoreError: the disk is full or fails.
    """
    known = _ripening(database)
    after = {stream: ripened(known.get(stream.epoch, Ripening()), one.cursor, now) for stream, one in held.items()}
    told = {stream.epoch: one for stream, one in after.items()}
    if told != known:
        with database.immediate() as tables:
            keep(tables, RIPENING, msgspec.json.encode(told).decode())
    return {stream: one.ripe for stream, one in after.items()}


def _ripening(database: Database) -> dict[int, Ripening]:
    try:
        return msgspec.json.decode(text(database, RIPENING), type=dict[int, Ripening])
    except msgspec.DecodeError:  # nothing yet: it ripens from now on
        return {}


def purge_some(database: Database, held: Mapping[Stream, Held], ripe: Mapping[Stream, int], now: Micros) -> bool:
    """Forgets some of it, in one transaction or none; whether there may be more. ``ripe`` is what `ripen` said.

    Raises:
        StoreError: the disk fails.
    """
    old = {
        stream: seqs
        for stream, one in held.items()
        if (seqs := _old_events(database, stream, ripe.get(stream, 0), now))
    }
    if old:
        with database.immediate() as tables:
            for stream, seqs in old.items():
                tables.execute("DELETE FROM event WHERE epoch = ? AND seq <= ?", (stream.epoch, seqs[-1]))
        return True
    return _purge_days(database, _first_kept_day(database, held, now))


def _old_events(database: Database, stream: Stream, ripe: int, now: Micros) -> list[int]:
    """The first events of a stream that may go, without a gap."""
    rows = database.rows(
        "SELECT seq, payload FROM event WHERE epoch = ? AND seq <= ? ORDER BY seq LIMIT ?",
        stream.epoch,
        ripe,
        MOST_AT_ONCE,
    )
    may_go = takewhile(lambda row: now - _end_of(from_json(row["payload"], _Dated).day) >= RETENTION_US, rows)
    return [row["seq"] for row in may_go]


def _end_of(day: date) -> Micros:
    return micros(datetime.combine(day + timedelta(days=1), time(), LIMA))


def _first_kept_day(database: Database, held: Mapping[Stream, Held], now: Micros) -> date:
    """The day before which neither is an event kept nor a copy that might be put back so old."""
    kept = [in_lima(Micros(now - RETENTION_US)).date()]
    for stream, one in held.items():
        payload = database.value("SELECT payload FROM event WHERE epoch = ? AND seq = ?", stream.epoch, one.first)
        if payload is not None:
            kept.append(from_json(payload, _Dated).day)
    return min(kept)


def _purge_days(database: Database, before: date) -> bool:
    deleted = 0
    for table in ("print_job", "ticket"):
        old = f"SELECT id FROM {table} WHERE business_day < ? LIMIT {MOST_AT_ONCE}"  # noqa: S608 - names of ours
        if database.rows(old, before.isoformat()):
            with database.immediate() as tables:
                gone = tables.execute(f"DELETE FROM {table} WHERE id IN ({old})", (before.isoformat(),))  # noqa: S608
                deleted += gone.rowcount
    return deleted > 0
