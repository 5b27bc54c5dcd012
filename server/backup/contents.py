"""What stands in a database, so that a copy can be compared with what it was made of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import inspect, select

from domain.leases import Former
from server.backup.archive import Contents
from server.store.migrate import revision
from server.store.node import read_former
from server.store.schema import node, stream

if TYPE_CHECKING:
    from sqlalchemy import Connection

_AT_ONCE = 1000
_SUM = 2**256


@dataclass(frozen=True, slots=True)
class Facts:
    """A database as one transaction sees it. ``upto`` is how far each stream is stored, by origin and epoch.

    ``since`` is the first life of the node from which on it knows every event of its own, or will be told.
    """

    node: str
    epoch: int
    revision: str
    upto: dict[tuple[str, int], int]
    since: int

    @property
    def former(self) -> Former:
        """What a database that takes this one's place remembers of it."""
        return Former(self.since, {epoch: upto for (origin, epoch), upto in self.upto.items() if origin == self.node})

    def is_newer_than(self, other: Facts) -> bool:
        """Whether there is anything here that ``other`` does not have, or this is another node altogether."""
        return (
            self.node != other.node
            or self.epoch > other.epoch
            or any(upto > other.upto.get(which, 0) for which, upto in self.upto.items())
        )


def facts(connection: Connection) -> Facts | None:
    """Who the database belongs to and how far it has got; None for one that no server has used."""
    if not inspect(connection).has_table(node.name):
        return None
    row = connection.execute(select(node.c.id, node.c.epoch)).one_or_none()
    if row is None:
        return None
    streams = connection.execute(select(stream.c.origin, stream.c.epoch, stream.c.upto))
    upto = {(one.origin, one.epoch): one.upto for one in streams}
    known = _former(connection)
    return Facts(row.id, row.epoch, revision(connection) or "", upto, row.epoch if known is None else known.since)


def _former(connection: Connection) -> Former | None:
    """What this database remembers of the one before it; one of an earlier version remembers nothing."""
    columns = {column["name"] for column in inspect(connection).get_columns(node.name)}
    return read_former(connection) if node.c.former.name in columns else None


def contents(connection: Connection) -> dict[str, Contents]:
    """Every table's contents; reads all of it, some 300,000 rows a second."""
    return {name: _table(connection, name) for name in sorted(inspect(connection).get_table_names())}


def _table(connection: Connection, name: str) -> Contents:
    rows = total = 0
    found = connection.execution_options(stream_results=True, yield_per=_AT_ONCE).exec_driver_sql(
        f'SELECT * FROM "{name}"'  # noqa: S608 the database's own names
    )
    for row in found:
        rows += 1
        total += int.from_bytes(hashlib.sha256(msgspec.json.encode(tuple(row))).digest(), "big")
    return Contents(rows, f"{total % _SUM:064x}")
