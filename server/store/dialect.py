"""The few statements in which SQLite and PostgreSQL differ."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec
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


def insert_all(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts ``rows``; columns that are not there stay empty.

    Raises:
        IntegrityError: one of them takes what is taken; then none is there.
    """
    if rows:
        _set(connection, table, rows, "")


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Inserts those of ``rows`` that take nothing unique that is taken already, by one of them too; how many."""
    return _set(connection, table, rows, "ON CONFLICT DO NOTHING") if rows else 0


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts ``rows`` (every column), each in the place of the one with its primary key; the last one stays."""
    if rows:
        keys = [column.name for column in table.primary_key]
        last = {tuple(row[key] for key in keys): row for row in rows}  # PostgreSQL changes no row twice
        _set(connection, table, list(last.values()), _in_place(table))


def insert_if_absent(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Inserts ``row`` unless its primary key is taken, waiting for whoever is inserting the same one now."""
    connection.execute(_insert_if_absent(table, connection.dialect.name), row)


# made once a table: to build a statement costs several times what it takes to run it


@cache
def _in_place(table: Table) -> str:
    keys = [column.name for column in table.primary_key]
    changed = [f'"{column.name}" = excluded."{column.name}"' for column in table.columns if column.name not in keys]
    return f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {', '.join(changed)}"


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


# --- many rows in one statement ---------------------------------------------------------------------------------
# A row that goes by itself costs PostgreSQL and its driver several times what it takes to store it; so all go as one
# JSON text that the database takes apart. SQLite has no way to go, and is quickest with rows.


def _set(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], otherwise: str) -> int:
    """Inserts ``rows``, which name the same columns, in one go; how many it wrote.

    ``otherwise`` is what to do where something is taken.
    """
    if connection.dialect.name == "sqlite":
        names = tuple(rows[0])
        told = list(map(itemgetter(*names), rows))
        return connection.exec_driver_sql(_sqlite_set(table, names, otherwise), told).rowcount
    told_as_json = msgspec.json.encode(rows).decode()
    return connection.exec_driver_sql(_postgresql_set(table, otherwise), (told_as_json,)).rowcount


@cache
def _sqlite_set(table: Table, names: tuple[str, ...], otherwise: str) -> str:
    columns, places = ", ".join(f'"{name}"' for name in names), ", ".join("?" for _ in names)
    return f"INSERT INTO {table.name} ({columns}) VALUES ({places}) {otherwise}"  # noqa: S608 the schema's own names


@cache
def _postgresql_set(table: Table, otherwise: str) -> str:
    names, given, shapes = [], [], []
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for column in table.columns:
        name = f'"{column.name}"'
        is_binary = column.type.python_type is bytes
        shape = "text" if is_binary else column.type.compile(dialect=dialect)
        names.append(name)
        given.append(f"decode(told.{name}, 'base64')" if is_binary else f"told.{name}")
        shapes.append(f"{name} {shape}")
    rows = f"json_to_recordset(%s) AS told({', '.join(shapes)})"
    return f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(given)} FROM {rows} {otherwise}"  # noqa: S608 the schema's own names


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
