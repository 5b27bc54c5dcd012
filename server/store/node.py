"""Who this node is, and the stream of its own events."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import bindparam, func, insert, select, update

from domain.leases import Former, knows_all
from domain.messages import Stream, TicketMoved, from_json, to_json
from server.store import tickets
from server.store.log import carry, open_stream
from server.store.schema import event, node, stream

if TYPE_CHECKING:
    from datetime import date

    import msgspec
    from sqlalchemy import Connection

    from domain.clock import Micros


@dataclass(frozen=True, slots=True)
class Node:
    """This database's identity.

    ``epoch`` counts its lives, as of this start: a restore opens a new one, and so does a server that finds out that
    it was put back (`epoch_now`).
    """

    id: str
    epoch: int
    cookie_secret: bytes = field(repr=False)
    seal_public: bytes | None = None
    """What kiosks seal to; None before a start has noted it."""
    sign_public: bytes | None = None
    """By what machines know this server; None likewise."""


def read_node(connection: Connection) -> Node | None:
    """The node of this database, None before its first start."""
    row = connection.execute(select(node)).one_or_none()
    return None if row is None else Node(row.id, row.epoch, row.cookie_secret, row.seal_public, row.sign_public)


def found_node(connection: Connection, now: Micros, seal_public: bytes) -> Node:
    """The node of this database, founded now if it is new. ``seal_public`` is noted unless there is one already."""
    known = read_node(connection)
    if known is None:
        known = Node(f"node-{uuid4().hex[:12]}", 1, secrets.token_bytes(32))
        row = {"id": known.id, "epoch": known.epoch, "cookie_secret": known.cookie_secret, "created_at": now}
        connection.execute(insert(node).values(only=1, **row))
        connection.execute(insert(stream).values(origin=known.id, epoch=known.epoch, upto=0, last_issued_at=0))
    if known.seal_public is None:
        connection.execute(update(node).values(seal_public=seal_public))
        known = replace(known, seal_public=seal_public)
    return known


def note_sign_key(connection: Connection, known: Node, sign_public: bytes) -> Node:
    """Notes by which key this server is known, unless there is one already."""
    if known.sign_public is not None:
        return known
    connection.execute(update(node).values(sign_public=sign_public))
    return replace(known, sign_public=sign_public)


def reborn_at(connection: Connection) -> Micros | None:
    """When this life of the database began; None for its first one."""
    return connection.execute(select(node.c.reborn_at)).scalar()


def founded_at(connection: Connection) -> Micros:
    """When this database was founded."""
    found: Micros = connection.execute(select(node.c.created_at)).scalar_one()
    return found


def open_life(connection: Connection, now: Micros, *, above: int = 0, former: Former | None = None) -> int:
    """Begins the database's next life, with a stream of its own; returns its epoch, which is higher than ``above``.

    The streams of former lives stay as they are: what they tell of has happened. ``former`` is how far they went in
    the database whose place this one takes, None where nobody knows.
    """
    id_, epoch = connection.execute(select(node.c.id, node.c.epoch).with_for_update()).one()
    written = connection.execute(select(func.max(stream.c.epoch)).where(stream.c.origin == id_)).scalar() or 0
    opened: int = max(epoch, written, above) + 1
    known = None if former is None else to_json(former)
    connection.execute(update(node).values(epoch=opened, reborn_at=now, former=known))
    open_stream(connection, Stream(id_, opened))
    return opened


# made once: to build a statement costs several times what it takes to run it
_EPOCH = select(node.c.epoch)
_NEXT_SEQ = (
    update(stream)
    .where(stream.c.origin == bindparam("author"), stream.c.epoch == _EPOCH.scalar_subquery())
    .values(upto=stream.c.upto + 1)
    .returning(stream.c.epoch, stream.c.upto)
)
_APPEND = insert(event)
_LIFE = select(node.c.epoch, node.c.former)
_OWN = select(stream.c.epoch, stream.c.upto).where(stream.c.origin == bindparam("author"))


def record(
    connection: Connection,
    author: Node,
    body: msgspec.Struct,
    *,
    kind: str,
    office: str,
    day: date,
    now: Micros,
    sealed: bytes | None = None,
) -> tuple[int, int]:
    """Appends an event to the node's own stream, in the transaction that makes it true; returns its life and number.

    ``sealed`` is what of it is personal, encrypted to the home node's key.
    """
    epoch, seq = connection.execute(_NEXT_SEQ, {"author": author.id}).one()
    row = {
        "origin": author.id, "epoch": epoch, "seq": seq, "id": uuid4(), "type": kind, "v": 1, "at": now,
        "office": office, "day": day, "body": to_json(body), "sealed": sealed, "received_at": now, "settled_at": now,
    }  # fmt: skip
    connection.execute(_APPEND, row)
    return epoch, seq


def read_former(connection: Connection) -> Former | None:
    """What is known of the database whose place this one took; None for nothing."""
    raw = connection.execute(select(node.c.former)).scalar()
    return None if raw is None else from_json(raw, Former)


def knows_all_since(connection: Connection, author: Node, life: int) -> bool:
    """Whether this database knows every number that was given out by it since that life of its own began."""
    present, former = connection.execute(_LIFE).one()
    if life == present or former is None:
        return bool(life == present)
    stored = {row.epoch: row.upto for row in connection.execute(_OWN, {"author": author.id})}
    return knows_all(from_json(former, Former), life, present, stored)


def epoch_now(connection: Connection) -> int:
    """Which life of the database this is; another process may just have begun one."""
    epoch: int = connection.execute(_EPOCH).scalar_one()
    return epoch


def carry_over(connection: Connection, forked: Stream) -> None:
    """Moves to the present life what the node above refused of a former one, whose numbers hold other events there."""
    moved = carry(connection, forked, Stream(forked.origin, epoch_now(connection)))
    for ticket in {body.ticket for kind, raw in moved if (body := _moved(kind, raw)) is not None}:
        tickets.change_turn(connection, ticket, {})  # what was done before it was known counts for this life, too


def _moved(kind: str, raw: bytes) -> TicketMoved | None:
    return from_json(raw, TicketMoved) if kind.startswith("ticket.") and kind != "ticket.noted" else None
