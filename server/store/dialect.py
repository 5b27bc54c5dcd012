"""The few statements in which SQLite and PostgreSQL differ."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Engine, Executable, Select, Table

CHANNEL = "kiosk_topics"
_LOCK = 0x6B696F73
"""Names the advisory lock under which one process migrates; any constant of ours would do."""


def claiming(statement: Select[Any]) -> Select[Any]:
    """Makes ``statement`` take its row for this transaction, passing over one that another is just taking.

    On SQLite the clause is not written: its writers already come one after the other (BEGIN IMMEDIATE).
    """
    return statement.with_for_update(skip_locked=True)


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts ``rows`` (every column), each in the place of the one with its primary key; the last one stays."""
    if rows:
        connection.execute(_upsert(table, connection.dialect.name), rows)


def insert_if_absent(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Inserts ``row`` unless its primary key is taken, waiting for whoever is inserting the same one now."""
    connection.execute(_insert_if_absent(table, connection.dialect.name), row)


# made once a table: to build a statement costs several times what it takes to run it


@cache
def _upsert(table: Table, dialect: str) -> Executable:
    statement = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table)
    keys = [column.name for column in table.primary_key]
    changed = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


@cache
def _insert_if_absent(table: Table, dialect: str) -> Executable:
    return (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table).on_conflict_do_nothing()


def notify(connection: Connection, versions: Mapping[str, int]) -> None:
    """Tells the other processes on this database, at commit, what has changed.

    Once a commit, never once an event: NOTIFY takes a lock of the whole cluster. SQLite has but one server process.
    """
    if versions and connection.dialect.name == "postgresql":
        payload = json.dumps(dict(versions))
        connection.execute(text("SELECT pg_notify(:channel, :payload)"), {"channel": CHANNEL, "payload": payload})


def lock_for_migration(connection: Connection) -> None:
    """Waits until no other process migrates; lasts as long as the transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


_LEAD = 0x6B696F74
"""Names the advisory lock of the one process that exchanges with the node above."""


class Lead:
    """Whether this process is the one that exchanges with the node above, of all that share the database.

    On PostgreSQL it is whoever holds a lock, which the database takes away from a process that died; on SQLite there
    is but one process.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def __call__(self) -> bool:
        """Takes the place if it is free; whether it is ours.

        Raises:
            SQLAlchemyError: the database does not answer; the place may be another's by now.
        """
        if self._engine.dialect.name != "postgresql":
            return True
        if self._connection is None:
            self._connection = self._engine.connect()
        try:
            # asked again it is still ours: the lock belongs to the connection
            held = self._connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LEAD}).scalar_one()
            if held:
                return True
        except SQLAlchemyError:
            self.drop()
            raise
        self.drop()
        return False

    def drop(self) -> None:
        """Leaves the place."""
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.invalidate()  # a pool would keep the connection, and with it the lock
                self._connection.close()
            self._connection = None
