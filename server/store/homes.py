"""Which node calls an office's queue, as far as the centre knows; and what it tells of its counters."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from server.store.accounts import Clerk
from server.store.dialect import upsert
from server.store.schema import office_home, open_counter

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from domain.clock import Micros
    from domain.messages import CounterMoved


@dataclass(frozen=True, slots=True)
class Home:
    """The node that calls an office's queue, under which name it is enrolled, and when it was last heard."""

    node: str
    machine: str
    nth: int
    heard_at: Micros


def home_of(connection: Connection, office: str) -> Home | None:
    """The node that calls the queue of ``office`` now; None where none ever spoke."""
    mine = select(office_home).where(office_home.c.office == office).order_by(office_home.c.nth.desc()).limit(1)
    row = connection.execute(mine).one_or_none()
    return None if row is None else Home(row.node, row.machine, row.nth, row.heard_at)


def add_home(connection: Connection, office: str, home: Home) -> None:
    """From now on ``home`` calls the queue of ``office``."""
    row = {"node": home.node, "machine": home.machine, "nth": home.nth, "heard_at": home.heard_at}
    connection.execute(insert(office_home).values(office=office, **row))


def note_home_heard(connection: Connection, office: str, machine: str, now: Micros) -> None:
    """The node of ``office`` has spoken, under that name."""
    last = select(func.max(office_home.c.nth)).where(office_home.c.office == office).scalar_subquery()
    mine = (office_home.c.office == office) & (office_home.c.nth == last)
    connection.execute(update(office_home).where(mine).values(machine=machine, heard_at=now))


def offices_elsewhere(connection: Connection) -> frozenset[str]:
    """Every office that has a node of its own."""
    return frozenset(connection.execute(select(office_home.c.office).distinct()).scalars())


def lives(connection: Connection, office: str) -> dict[str, int]:
    """The nodes that ever called the queue of ``office``, and which one each was, counted from 1."""
    rows = connection.execute(select(office_home.c.node, office_home.c.nth).where(office_home.c.office == office))
    return {row.node: row.nth for row in rows}


def is_foreign(connection: Connection, nodes: Collection[str], office: str) -> bool:
    """Whether one of these nodes is known as another office's."""
    others = select(office_home.c.office).where(office_home.c.node.in_(nodes), office_home.c.office != office)
    return connection.execute(others.limit(1)).scalar() is not None


# --- counters that are open elsewhere ---------------------------------------------------------------------------


def open_elsewhere(connection: Connection, office: str) -> list[Clerk]:
    """Who sits at the counters of ``office`` by its home node's word; it tells accounts, not people's names."""
    rows = connection.execute(select(open_counter).where(open_counter.c.office == office))
    found = [
        Clerk(
            row.clerk, row.counter, office, b"", row.since, full_name=row.clerk,
            first_list=frozenset(json.loads(row.first_list)), second_list=frozenset(json.loads(row.second_list)),
            paused_at=row.paused_at, pause_reason=row.pause_reason,
        )
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda clerk: (len(clerk.counter), clerk.counter))


def counter_moved(connection: Connection, office: str, kind: str, body: CounterMoved, at: Micros) -> None:
    """Keeps what the home node of ``office`` says of a counter."""
    if kind == "counter.closed":
        close_elsewhere(connection, office, [body.counter])
        return
    row = {
        "office": office, "counter": body.counter, "clerk": body.clerk, "first_list": json.dumps(body.first),
        "second_list": json.dumps(body.second), "since": at, "paused_at": at if kind == "counter.paused" else None,
        "pause_reason": body.reason if kind == "counter.paused" else "",
    }  # fmt: skip
    upsert(connection, open_counter, [row])


def close_elsewhere(connection: Connection, office: str, counters: Collection[str]) -> None:
    """Forgets that those counters are open."""
    mine = (open_counter.c.office == office) & open_counter.c.counter.in_(counters)
    connection.execute(delete(open_counter).where(mine))
