"""What an office's server remembers of the node above: its life, how often it failed, when it last answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from exchange.client import Link
from server.store.dialect import insert_if_absent, upsert
from server.store.log import going_up
from server.store.schema import branch_queue, upstream

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from domain.clock import Micros
    from domain.messages import QueueSnapshot

_NEW = {
    "only": 1, "parent_epoch": 0, "failures": 0, "clock_offset": 0, "heard_at": None, "set_up_digest": b"",
    "roster_digest": b"",
}  # fmt: skip


def read_link(connection: Connection) -> Link:
    """What is remembered of the node above."""
    row = connection.execute(select(upstream)).one_or_none()
    return Link() if row is None else Link(row.parent_epoch, row.failures)


@dataclass(frozen=True, slots=True)
class Above:
    """How it stands with the node above: when it last answered (None for never), and what it has not got yet."""

    heard_at: Micros | None
    backlog: int


def look_above(connection: Connection, office: str, node: str) -> Above:
    """How it stands with the node above."""
    heard_at = connection.execute(select(upstream.c.heard_at)).scalar()
    held = going_up(connection, office, node).values()
    return Above(heard_at, sum(position.upto - position.above.upto for position in held))


def silence(connection: Connection, now: Micros) -> int:
    """For how long the node above was not heard, in microseconds; as long as can be where it never was."""
    heard_at: Micros | None = connection.execute(select(upstream.c.heard_at)).scalar()
    return now if heard_at is None else now - heard_at


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
