"""The event log: streams, their events, and the ones in quarantine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, tuple_, union_all, update

from domain.messages import Event, Rejected, Stream, to_json
from server.store.dialect import insert_all, insert_if_absent
from server.store.schema import event, quarantine, stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any
    from uuid import UUID

    from sqlalchemy import ColumnElement, Connection, Table

    from domain.clock import Micros


@dataclass(frozen=True, slots=True)
class Position:
    """Where a stream stands: ``upto`` is its last stored event, ``last_issued_at`` its last ticket's corrected time."""

    upto: int
    last_issued_at: Micros


# --- statements, made once: to build one costs several times what it takes to run it ----------------------------


def _at(table: Table) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.origin == bindparam("of_origin"), table.c.epoch == bindparam("of_epoch")


def _between(table: Table) -> ColumnElement[bool]:
    return table.c.seq.between(bindparam("first"), bindparam("last"))


def _key(of: Stream) -> dict[str, Any]:
    return {"of_origin": of.origin, "of_epoch": of.epoch}


_LOCKED = select(stream).where(*_at(stream)).with_for_update()
_MANY_LOCKED = (
    select(stream)
    .where(tuple_(stream.c.origin, stream.c.epoch).in_(bindparam("streams", expanding=True)))
    .order_by(stream.c.origin, stream.c.epoch)
    .with_for_update()
)
_MOVED = (
    update(stream).where(*_at(stream)).values(upto=bindparam("to_upto"), last_issued_at=bindparam("to_last_issued_at"))
)
_STORED = union_all(
    *(select(table.c.seq, table.c.id).where(*_at(table), _between(table)) for table in (event, quarantine))
)
_REJECTED = (
    select(quarantine.c.seq, quarantine.c.code).where(*_at(quarantine), _between(quarantine)).order_by(quarantine.c.seq)
)


# --- the log ----------------------------------------------------------------------------------------------------


def lock_stream(connection: Connection, of: Stream) -> Position:
    """The stream's position, held against others until the commit; a stream that is new begins now."""
    row = connection.execute(_LOCKED, _key(of)).one_or_none()
    if row is None:
        insert_if_absent(connection, stream, {"origin": of.origin, "epoch": of.epoch, "upto": 0, "last_issued_at": 0})
        row = connection.execute(_LOCKED, _key(of)).one()
    return Position(row.upto, row.last_issued_at)


def lock_streams(connection: Connection, streams: Sequence[Stream]) -> dict[Stream, Position]:
    """The positions of those of ``streams`` that are not new, held against others until the commit."""
    wanted = {"streams": [(one.origin, one.epoch) for one in streams]}
    rows = connection.execute(_MANY_LOCKED, wanted) if streams else ()
    return {Stream(row.origin, row.epoch): Position(row.upto, row.last_issued_at) for row in rows}


def move_streams(connection: Connection, moved: Mapping[Stream, Position]) -> None:
    """Notes streams' new positions."""
    rows = [_key(of) | {"to_upto": to.upto, "to_last_issued_at": to.last_issued_at} for of, to in moved.items()]
    if rows:
        connection.execute(_MOVED, rows)


def stored_ids(connection: Connection, of: Stream, first: int, last: int) -> dict[int, UUID]:
    """The ids of the stored events from ``first`` to ``last``, by sequence number, those in quarantine too."""
    return {row.seq: row.id for row in connection.execute(_STORED, _key(of) | {"first": first, "last": last})}


def rejected(connection: Connection, of: Stream, first: int, last: int) -> tuple[Rejected, ...]:
    """What stands in quarantine of the events from ``first`` to ``last``."""
    rows = connection.execute(_REJECTED, _key(of) | {"first": first, "last": last})
    return tuple(Rejected(row.seq, row.code) for row in rows)


def event_row(one: Event, now: Micros) -> dict[str, Any]:
    """An event as a row of the log."""
    return {
        "origin": one.stream.origin, "epoch": one.stream.epoch, "seq": one.seq, "id": one.id, "type": one.kind,
        "v": one.v, "at": one.at, "office": one.office, "day": one.day, "body": bytes(one.body),
        "sealed": one.sealed, "received_at": now,
    }  # fmt: skip


def append_rows(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds rows to the log."""
    insert_all(connection, event, rows)


def set_aside(connection: Connection, flawed: Iterable[tuple[Event, str, bytes]], now: Micros) -> None:
    """Puts events into quarantine: each with the code of its flaw and its raw bytes."""
    rows: list[Mapping[str, Any]] = [
        {
            "origin": one.stream.origin, "epoch": one.stream.epoch, "seq": one.seq, "id": one.id, "code": code,
            "raw": raw or to_json(one), "received_at": now,
        }
        for one, code, raw in flawed
    ]  # fmt: skip
    if rows:
        connection.execute(insert(quarantine), rows)
