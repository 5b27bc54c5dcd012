"""What an office's server remembers of the node above: its life, how often it failed, when it last answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from exchange.client import Link
from server.store.dialect import insert_if_absent, upsert
from server.store.kiosks import last_life
from server.store.log import going_up, is_node
from server.store.schema import branch_queue, upstream

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from domain.clock import Micros
    from domain.messages import QueueSnapshot, Stream
    from server.store.log import Position

_NEW = {
    "only": 1, "parent_epoch": 0, "failures": 0, "clock_offset": 0, "heard_at": None, "set_up_digest": b"",
    "in_step": None,
    "roster_digest": b"",
}  # fmt: skip


def read_link(connection: Connection) -> Link:
    """What is remembered of the node above."""
    row = connection.execute(select(upstream)).one_or_none()
    return Link() if row is None else Link(row.parent_epoch, row.failures)


@dataclass(frozen=True, slots=True)
class Above:
    """How it stands with the node above: when it last answered (None for never), and what it has not got yet.

    ``parted`` are streams that it cannot take, which is not in the backlog.
    """

    heard_at: Micros | None
    backlog: int
    parted: tuple[Parted, ...] = ()


@dataclass(frozen=True, slots=True)
class Parted:
    """A stream after whose ``left`` last events others stand above, known ``since`` then.

    ``was_replaced`` is whether its machine has been enrolled again since: what it says now goes up. ``is_node`` is a
    server's own, of an earlier one of this office.
    """

    name: str
    left: int
    since: Micros
    was_replaced: bool
    is_node: bool


def look_above(connection: Connection, office: str, node: str) -> Above:
    """How it stands with the node above."""
    heard_at = connection.execute(select(upstream.c.heard_at)).scalar()
    held = going_up(connection, office, node)
    parted = [
        _parted(connection, of, position, position.parted_at)
        for of, position in sorted(held.items())
        if position.parted_at is not None
    ]
    backlog = sum(one.upto - one.above.upto for one in held.values() if one.parted_at is None)
    return Above(heard_at, backlog, tuple(parted))


def _parted(connection: Connection, of: Stream, position: Position, since: Micros) -> Parted:
    life = last_life(connection, of.origin)
    was_replaced = life is not None and life.epoch > of.epoch
    return Parted(of.origin, position.upto - position.above.upto, since, was_replaced, is_node(of.origin))


def silence(connection: Connection, now: Micros) -> int:
    """For how long the node above was not heard, in microseconds; as long as can be where it never was."""
    heard_at: Micros | None = connection.execute(select(upstream.c.heard_at)).scalar()
    return now if heard_at is None else now - heard_at


def is_in_step(connection: Connection) -> bool:
    """Whether there was a time at which all was here that the node above has."""
    return connection.execute(select(upstream.c.in_step)).scalar() is not None


def last_set_up(connection: Connection) -> bytes:
    """The digest of the last `office.set_up` that was said; empty for none."""
    return connection.execute(select(upstream.c.set_up_digest)).scalar() or b""


def last_roster(connection: Connection) -> bytes:
    """The digest of the last `office.roster` that was said; empty for none."""
    return connection.execute(select(upstream.c.roster_digest)).scalar() or b""


def keep(connection: Connection, **values: Any) -> None:
    """Remembers those values."""
    insert_if_absent(connection, upstream, _NEW)
    connection.execute(update(upstream).values(**values))


# --- other offices ----------------------------------------------------------------------------------------------


def note_branch(connection: Connection, told: QueueSnapshot, now: Micros) -> None:
    """Keeps how many wait in another office."""
    row = {
        "office": told.office, "waiting": told.waiting, "preferential": told.preferential, "minutes": told.minutes,
        "heard_at": now,
    }  # fmt: skip
    upsert(connection, branch_queue, [row])


def branches(connection: Connection, heard_after: Micros) -> list[Any]:
    """The queues of other offices that were heard since then, by office."""
    fresh = select(branch_queue).where(branch_queue.c.heard_at > heard_after).order_by(branch_queue.c.office)
    return list(connection.execute(fresh))
