"""Opens the database by its URL: SQLCipher where it is a file, PostgreSQL where it is a server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.pool import NullPool, QueuePool

from server.store.lock import FileLock
from server.store.schema import node

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from server.keys import Keys

sqlcipher.register_adapter(UUID, str)  # as `server.store.schema.UuidText` writes them
sqlcipher.register_adapter(date, date.isoformat)

OLDEST_SQLITE = (3, 51, 3)
"""Earlier ones can corrupt a WAL file that two connections write or checkpoint at once (docs/adr/0002)."""

BUSY_TIMEOUT_S = 10.0
"""How long the writer waits for a command line that is writing to the same file."""


_TOLD: dict[str, Any] = {"hide_parameters": True}
"""What an error tells goes into the log, and rows are people's affairs."""


class StoreError(Exception):
    """The database cannot be opened. ``args[0]`` is Spanish."""


@dataclass(frozen=True, slots=True)
class Engines:
    """``write`` has one connection, for the writer's thread; ``read`` has a pool and no transactions."""

    write: Engine
    read: Engine
    is_sqlite: bool
    lock: FileLock | None = None
    """Keeps a SQLite file from being exchanged for another meanwhile."""

    def dispose(self) -> None:
        """Closes every connection."""
        self.write.dispose()
        self.read.dispose()
        if self.lock is not None:
            self.lock.release()


def is_new(url: str) -> bool:
    """Whether no server has used this database yet, so that no key can belong to it.

    Raises:
        SQLAlchemyError: PostgreSQL does not answer.
    """
    path = sqlite_path(url)
    if path is not None:
        return not path.exists()
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return not inspect(connection).has_table(node.name)


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite URL, None for PostgreSQL."""
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def open_engines(url: str, keys: Keys, *, readers: int = 8, shares: bool = True) -> Engines:
    """The two engines for ``url``. Nothing is connected yet on PostgreSQL.

    ``shares`` False is for who holds the SQLite file alone already.

    Raises:
        StoreError: the SQLite library is one that corrupts, the file's folder cannot be made, or the file is just being
            exchanged for a copy of it.
    """
    path = sqlite_path(url)
    if path is None:
        write = create_engine(url, pool_size=1, max_overflow=0, pool_pre_ping=True, **_TOLD)
        read = create_engine(
            url, pool_size=readers, max_overflow=0, pool_pre_ping=True, isolation_level="AUTOCOMMIT", **_TOLD
        )
        return Engines(write, read, is_sqlite=False)
    if sqlcipher.sqlite_version_info < OLDEST_SQLITE:
        raise StoreError(f"SQLite {sqlcipher.sqlite_version} puede dañar la base; se necesita 3.51.3 o posterior.")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(path, alone=False) if shares else None
    except BlockingIOError as error:
        raise StoreError("La base se está restaurando; espere a que termine.") from error
    except OSError as error:
        raise StoreError(f"No se puede usar {path.parent}: {error.strerror}.") from error
    options: dict[str, Any] = {"module": sqlcipher, "creator": _connector(path, keys.database), "poolclass": QueuePool}
    options |= _TOLD
    write = create_engine("sqlite://", pool_size=1, max_overflow=0, **options)
    read = create_engine(
        "sqlite://", pool_size=readers, max_overflow=0, pool_reset_on_return=None, skip_autocommit_rollback=True,
        isolation_level="AUTOCOMMIT", **options,
    )  # fmt: skip
    event.listen(write, "begin", _begin_immediate)
    return Engines(write, read, is_sqlite=True, lock=lock)


def open_copy(path: Path, key: bytes) -> Engine:
    """A SQLite file that is only looked at, and stays as it is to the last byte."""

    def connect() -> sqlite3.Connection:
        connection: sqlite3.Connection = sqlcipher.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None
        )
        _unlock(connection, key)
        return connection

    return create_engine("sqlite://", module=sqlcipher, creator=connect, poolclass=NullPool)


def _begin_immediate(connection: Connection) -> None:
    """Takes the write lock at once: a transaction that reads first and is then refused cannot be saved by waiting."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _connector(path: Path, key: bytes) -> Callable[[], sqlite3.Connection]:
    def connect() -> sqlite3.Connection:
        path.touch(mode=0o600)  # an empty file is a new database to SQLite, which would let others read it
        connection: sqlite3.Connection = sqlcipher.connect(
            str(path), timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        _unlock(connection, key)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # NORMAL loses acknowledged tickets at a power cut
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    return connect


def _unlock(connection: sqlite3.Connection, key: bytes) -> None:
    # the raw key as SQLCipher's own notation for it: no passphrase, so no slow derivation
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    connection.execute("PRAGMA cipher_log_level = NONE")  # thousands of lines for one damaged page
