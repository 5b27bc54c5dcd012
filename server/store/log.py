"""The event log: streams, their events, and the ones in quarantine.

A stream is stored under the name that it was told by, but for those that an office's node hands on to the centre:
they stand there as ``OFFICE/ORIGIN`` (`stored_as`), because two offices may well call a kiosk alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import bindparam, insert, select, tuple_, union_all, update

from domain.messages import Event, Rejected, Stream, to_json
from domain.sync import LARGEST_BATCH_BYTES, Cursor, fitting
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
    above: Cursor = Cursor()  # noqa: RUF009 frozen
    """How far it has got at the node above, where there is one."""
    parted_at: Micros | None = None
    """Since when it is known that other events stand there after that; None while they are the same."""


_NODE = re.compile(r"node-[0-9a-f]{12}")


def is_node(origin: str) -> bool:
    """Whether a stream of that origin is a server's own; no machine is called so."""
    return _NODE.fullmatch(origin) is not None


def stored_as(of: Stream, office: str) -> Stream:
    """Under which name a stream stands here. ``office`` is that of the node that handed it on, empty for none."""
    return Stream(f"{office}/{of.origin}", of.epoch) if office else of


def told_as(of: Stream) -> Stream:
    """Under which name a stored stream is told to whoever handed it on."""
    return Stream(of.origin.rpartition("/")[2], of.epoch)


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


def _position(row: Any) -> Position:
    return Position(row.upto, row.last_issued_at, Cursor(row.above_upto, row.above_central), row.parted_at)


def lock_stream(connection: Connection, of: Stream, office: str) -> Position:
    """The stream's position, held against others until the commit; one that is new, of ``office``, begins now."""
    found = connection.execute(_LOCKED, _key(of)).one_or_none()
    if found is None:
        row = {
            "origin": of.origin, "epoch": of.epoch, "upto": 0, "last_issued_at": 0, "office": office, "above_upto": 0,
            "above_central": 0,
        }  # fmt: skip
        insert_if_absent(connection, stream, row)
        found = connection.execute(_LOCKED, _key(of)).one()
    return _position(found)


def streams_of(connection: Connection, origin: str) -> dict[Stream, Position]:
    """Every stream of that origin, or of an office's that handed its streams on (``OFFICE/``)."""
    whose = stream.c.origin.startswith(origin, autoescape=True) if origin.endswith("/") else stream.c.origin == origin
    return {Stream(row.origin, row.epoch): _position(row) for row in connection.execute(select(stream).where(whose))}


def lock_streams(connection: Connection, streams: Sequence[Stream]) -> dict[Stream, Position]:
    """The positions of those of ``streams`` that are not new, held against others until the commit."""
    wanted = {"streams": [(one.origin, one.epoch) for one in streams]}
    rows = connection.execute(_MANY_LOCKED, wanted) if streams else ()
    return {Stream(row.origin, row.epoch): _position(row) for row in rows}


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


def event_row(of: Stream, one: Event, settled_at: Micros, now: Micros) -> dict[str, Any]:
    """An event as a row of the log of a stream; ``settled_at`` is when it happened."""
    return {
        "origin": of.origin, "epoch": of.epoch, "seq": one.seq, "id": one.id, "type": one.kind, "v": one.v,
        "at": one.at, "office": one.office, "day": one.day, "body": bytes(one.body), "sealed": one.sealed,
        "received_at": now, "settled_at": settled_at,
    }  # fmt: skip


def append_rows(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds rows to the log."""
    insert_all(connection, event, rows)


def set_aside(connection: Connection, of: Stream, flawed: Iterable[tuple[Event, str, bytes]], now: Micros) -> None:
    """Puts events into quarantine: each with the code of its flaw and its raw bytes."""
    rows: list[Mapping[str, Any]] = [
        {
            "origin": of.origin, "epoch": of.epoch, "seq": one.seq, "id": one.id, "code": code,
            "raw": raw or to_json(msgspec.structs.replace(one, settled_at=msgspec.UNSET)), "received_at": now,
        }
        for one, code, raw in flawed
    ]  # fmt: skip
    if rows:
        connection.execute(insert(quarantine), rows)


_LOGGED = select(event).where(*_at(event), _between(event)).order_by(event.c.seq)
_ASIDE = select(quarantine.c.seq, quarantine.c.raw).where(*_at(quarantine), _between(quarantine))


def logged(connection: Connection, of: Stream, after: int, count: int) -> list[Event | msgspec.Raw]:
    """Up to ``count`` events of a stored stream after ``after``, as many as one request takes, as they are told.

    Each says when it happened (``settled_at``); those in quarantine are the bytes that came, which say nothing of it.
    """
    if count <= 0:
        return []
    wanted = _key(of) | {"first": after + 1, "last": after + count}
    told = told_as(of)
    found: dict[int, Event | msgspec.Raw] = {
        row.seq: Event(
            id=row.id, stream=told, seq=row.seq, kind=row.type, v=row.v, at=row.at, office=row.office, day=row.day,
            body=msgspec.Raw(row.body), sealed=row.sealed,
            settled_at=row.at if row.settled_at is None else row.settled_at,
        )
        for row in connection.execute(_LOGGED, wanted)
    }  # fmt: skip
    found |= {row.seq: msgspec.Raw(_sendable(row.raw)) for row in connection.execute(_ASIDE, wanted)}
    line = [found[seq] for seq in sorted(found)]
    return line[: fitting(_size(one) for one in line)]


_ENVELOPE_BYTES = 400
"""What an event takes as JSON beyond its body and its sealed part, generously."""


def _sendable(raw: bytes) -> bytes:
    """What came, unless no request could carry it on: then only that there was something."""
    return raw if len(raw) <= LARGEST_BATCH_BYTES else b'{"too_large":%d}' % len(raw)


def _size(one: Event | msgspec.Raw) -> int:
    if isinstance(one, Event):
        return _ENVELOPE_BYTES + len(bytes(one.body)) + len(one.sealed or b"") * 4 // 3
    return len(bytes(one))


# --- towards the node above -------------------------------------------------------------------------------------


_MOVED_ABOVE = update(stream).where(*_at(stream))
_GOES_UP = select(stream).where((stream.c.office == bindparam("of_office")) | (stream.c.origin == bindparam("of_node")))


def going_up(connection: Connection, office: str, node: str) -> dict[Stream, Position]:
    """Every stream that goes to the node above: ``node``'s own, and those of the machines of ``office``."""
    rows = connection.execute(_GOES_UP, {"of_office": office, "of_node": node})
    return {Stream(row.origin, row.epoch): _position(row) for row in rows}


def move_above(connection: Connection, of: Stream, to: Cursor) -> None:
    """Notes how far a stream has got at the node above: as far, it is the same there."""
    values = {"above_upto": to.upto, "above_central": to.central_upto, "parted_at": None}
    connection.execute(_MOVED_ABOVE, _key(of) | values)


def note_parted(connection: Connection, of: Stream, now: Micros) -> None:
    """Notes that other events than these stand at the node above, unless it is known already."""
    new = update(stream).where(*_at(stream), stream.c.parted_at.is_(None))
    connection.execute(new.values(parted_at=now), _key(of))


def open_stream(connection: Connection, of: Stream) -> None:
    """Begins a stream of the node's own."""
    row = {
        "origin": of.origin, "epoch": of.epoch, "upto": 0, "last_issued_at": 0, "office": None, "above_upto": 0,
        "above_central": 0,
    }  # fmt: skip
    connection.execute(insert(stream).values(**row))


def carry(connection: Connection, old: Stream, new: Stream) -> list[tuple[str, bytes]]:
    """Moves to the end of ``new`` what the node above never acknowledged of ``old``.

    The events keep their ids; only their place in line is new. Returns the types and bodies of what was moved.
    """
    before, after = (lock_stream(connection, one, "") for one in (old, new))
    agreed = min(before.upto, before.above.upto)
    mine = event.c.origin == old.origin
    unsent = update(event).where(mine, event.c.epoch == old.epoch, event.c.seq > agreed)
    connection.execute(unsent.values(epoch=new.epoch, seq=event.c.seq - agreed + after.upto))
    move_streams(
        connection,
        {old: replace(before, upto=agreed), new: replace(after, upto=after.upto + before.upto - agreed)},
    )
    moved = select(event.c.type, event.c.body).where(mine, event.c.epoch == new.epoch, event.c.seq > after.upto)
    return [(row.type, row.body) for row in connection.execute(moved)]
