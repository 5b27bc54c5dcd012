"""Who this node is, and the stream of its own events."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import insert, select, update

from domain.messages import TicketMoved, to_json
from server.store.schema import event, node, stream

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from domain.clock import Micros


@dataclass(frozen=True, slots=True)
class Node:
    """This database's identity. ``epoch`` counts its lives: a restore opens a new one."""

    id: str
    epoch: int
    cookie_secret: bytes = field(repr=False)


def read_node(connection: Connection) -> Node | None:
    """The node of this database, None before its first start."""
    row = connection.execute(select(node)).one_or_none()
    return None if row is None else Node(row.id, row.epoch, row.cookie_secret)


def found_node(connection: Connection, now: Micros) -> Node:
    """The node of this database, founded now if it is new."""
    known = read_node(connection)
    if known is not None:
        return known
    new = Node(f"node-{uuid4().hex[:12]}", 1, secrets.token_bytes(32))
    connection.execute(
        insert(node).values(only=1, id=new.id, epoch=new.epoch, cookie_secret=new.cookie_secret, created_at=now)
    )
    connection.execute(insert(stream).values(origin=new.id, epoch=new.epoch, upto=0, last_issued_at=0))
    return new


def record_move(
    connection: Connection, author: Node, moved: TicketMoved, *, kind: str, office: str, day: date, now: Micros
) -> None:
    """Appends ``ticket.KIND`` to the node's own stream, in the transaction that moves the ticket."""
    mine = (stream.c.origin == author.id) & (stream.c.epoch == author.epoch)
    statement = update(stream).where(mine).values(upto=stream.c.upto + 1).returning(stream.c.upto)
    seq = connection.execute(statement).scalar_one()
    connection.execute(
        insert(event).values(
            origin=author.id,
            epoch=author.epoch,
            seq=seq,
            id=uuid4(),
            type=f"ticket.{kind}",
            v=1,
            at=now,
            office=office,
            day=day,
            body=to_json(moved),
            sealed=None,
            received_at=now,
        )
    )
