"""Events on their way to the server: written with what they tell of, deleted by nobody before the top has them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec

from domain.messages import Event, Stream, from_json, to_json
from domain.sync import Cursor, Held, carried, fitting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    import sqlite_utils

    from domain.clock import Micros
    from domain.sync import Span
    from kiosk.store.database import Database


class Outbox:
    """The kiosk's own stream of events. Safe to use from several threads."""

    def __init__(self, database: Database, *, origin: str, office: str, epoch: int | None) -> None:
        """``epoch`` is the enrolment's: a new one begins a new stream; a store that knows a later one keeps it.

        None leaves the streams as they are, for who only reads them.
        """
        self._database = database
        self._origin = origin
        self._office = office
        if epoch is None:
            return
        with database.immediate() as tables:
            newest = next(tables.query("SELECT max(epoch) AS epoch FROM stream"))["epoch"]
            if newest is None or newest < epoch:
                _open_stream(tables, epoch)

    def append(
        self,
        tables: sqlite_utils.Database,
        kind: str,
        body: msgspec.Struct,
        *,
        at: Micros,
        day: date,
        sealed: bytes | None = None,
    ) -> None:
        """Adds an event inside the caller's transaction, so that it is committed with what it tells of."""
        epoch, last_seq = next(tables.query("SELECT epoch, last_seq FROM stream ORDER BY epoch DESC LIMIT 1")).values()
        event = Event(
            id=uuid4(),
            stream=Stream(self._origin, epoch),
            seq=last_seq + 1,
            kind=kind,
            v=1,
            at=at,
            office=self._office,
            day=day,
            body=msgspec.Raw(to_json(body)),
            sealed=sealed,
        )
        _insert(tables, event)
        tables.execute("UPDATE stream SET last_seq = ? WHERE epoch = ?", (event.seq, epoch))

    def events(self, span: Span) -> tuple[Event, ...]:
        """The events of ``span``, or the first of them, as many as one request takes."""
        return tuple(from_json(bytes(raw), Event) for raw in self.written(span))

    def written(self, span: Span) -> tuple[msgspec.Raw, ...]:
        """The same as they were written down, which is as they are sent: nobody on the way needs to read them."""
        rows = self._database.rows(
            "SELECT payload FROM event WHERE epoch = ? AND seq > ? ORDER BY seq LIMIT ?",
            span.stream.epoch,
            span.after,
            span.count,
        )
        payloads = [row["payload"] for row in rows]
        return tuple(map(msgspec.Raw, payloads[: fitting(map(len, payloads))]))

    @property
    def backlog(self) -> int:
        """How many events the parent has not acknowledged."""
        return int(self._database.value("SELECT coalesce(sum(last_seq - upto), 0) FROM stream"))

    def held(self) -> dict[Stream, Held]:
        """Each of our streams, and how far it has got."""
        rows = self._database.rows(
            """SELECT epoch, last_seq, upto, central_upto,
                      coalesce((SELECT min(seq) FROM event WHERE event.epoch = stream.epoch), last_seq + 1) AS first
               FROM stream"""
        )
        return {
            Stream(self._origin, row["epoch"]): Held(
                row["last_seq"], Cursor(row["upto"], row["central_upto"]), row["first"]
            )
            for row in rows
        }

    @property
    def own(self) -> Stream:
        """The stream that is being written."""
        return max(self.held())

    @staticmethod
    def move_cursors(tables: sqlite_utils.Database, moved: Mapping[Stream, Cursor]) -> None:
        """Writes down how far streams have got, inside the caller's transaction."""
        for stream, cursor in moved.items():
            tables.execute(
                "UPDATE stream SET upto = ?, central_upto = ? WHERE epoch = ?",
                (cursor.upto, cursor.central_upto, stream.epoch),
            )

    @staticmethod
    def begin_life(tables: sqlite_utils.Database, epoch: int) -> None:
        """Opens the stream that is written from now on, inside the caller's transaction."""
        _open_stream(tables, epoch)

    def carry_over(self, tables: sqlite_utils.Database, forked: Iterable[Stream]) -> None:
        """Moves what the parent refused of ``forked`` to the stream that is written now (`domain.sync.carried`).

        Their cursors say how far those streams are the parent's, too: so far they stay as they are.
        """
        own, last = next(tables.query("SELECT epoch, last_seq FROM stream ORDER BY epoch DESC LIMIT 1")).values()
        for stream in sorted(forked):
            refused = "FROM event WHERE epoch = :epoch AND seq > (SELECT upto FROM stream WHERE epoch = :epoch)"
            of = {"epoch": stream.epoch}
            rows = tables.query(f"SELECT payload {refused} ORDER BY seq", of)
            events = carried([from_json(row["payload"], Event) for row in rows], Stream(self._origin, own), last)
            tables.execute(f"DELETE {refused}", of)
            tables.execute("UPDATE stream SET last_seq = upto WHERE epoch = :epoch", of)
            for event in events:
                _insert(tables, event)
            last += len(events)
        tables.execute("UPDATE stream SET last_seq = ? WHERE epoch = ?", (last, own))


def _open_stream(tables: sqlite_utils.Database, epoch: int) -> None:
    tables.table("stream").insert({"epoch": epoch, "last_seq": 0, "upto": 0, "central_upto": 0})


def _insert(tables: sqlite_utils.Database, event: Event) -> None:
    row = {"epoch": event.stream.epoch, "seq": event.seq, "id": str(event.id), "payload": to_json(event)}
    tables.table("event").insert(row)
