"""The file: SQLCipher, write-ahead log, every commit on the disk before it counts.

One connection writes, behind one lock, and every write begins with BEGIN IMMEDIATE: a deferred transaction that
later wants to write fails at once instead of waiting. `synchronous=FULL`, because a lower level loses committed
tickets when the power goes (docs/adr/0002).
"""

from __future__ import annotations

import os
import secrets
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlite_utils
from sqlcipher3 import dbapi2 as sqlcipher

from kiosk.store.schema import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY_BYTES = 32
OLDEST_SQLITE = (3, 51, 3)
"""Older ones can corrupt a write-ahead log that two connections reset at once."""


class StoreError(Exception):
    """The store cannot be used; the message is for the technician, in Spanish.

    StoreError
    ├── StoreKeyError        the key file holds no key, or another file's
    └── StoreUnusableError   the disk is full or fails, or a page does not match its checksum
    """


class StoreKeyError(StoreError):
    """The key does not open the file."""


class StoreUnusableError(StoreError):
    """The file cannot be read or written now. Nothing of the failed call was kept; a damaged page is never believed."""


def load_key(path: Path) -> bytes:
    """The store's 32-byte key; a new one is made, readable by its owner only, where there is none.

    Raises:
        StoreKeyError: the file does not hold a key.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError as error:
        raise StoreKeyError(f"{path} no contiene una clave") from error
    if len(key) != KEY_BYTES:
        raise StoreKeyError(f"{path} no contiene una clave de {KEY_BYTES} bytes")
    return key


class Database:
    """The open file. ``tables`` is sqlite-utils' view of it; write only inside `immediate`."""

    def __init__(self, path: Path, key: bytes) -> None:
        """Opens, checks and upgrades the file.

        Raises:
            StoreKeyError: ``key`` does not open it.
            StoreError: this machine's SQLite must not be trusted with it.
        """
        version = tuple(int(part) for part in sqlcipher.sqlite_version.split("."))
        if version < OLDEST_SQLITE:
            raise StoreError(f"SQLite {sqlcipher.sqlite_version} es demasiado antiguo para el almacén")
        self._lock = threading.RLock()
        self._connection = sqlcipher.connect(str(path), isolation_level=None, check_same_thread=False, timeout=5.0)
        try:
            self._prepare(key)
            self.tables = sqlite_utils.Database(self._connection)
            MIGRATIONS.apply(self.tables)
        except sqlcipher.DatabaseError as error:
            self._connection.close()
            raise StoreKeyError(f"la clave no abre {path}, o el archivo está dañado") from error
        path.chmod(0o600)

    def _prepare(self, key: bytes) -> None:
        self._connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        self._connection.execute("PRAGMA cipher_log_level = NONE")
        self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")

    @contextmanager
    def immediate(self) -> Iterator[sqlite_utils.Database]:
        """A write transaction: committed to the disk when the block ends, undone whole when it raises.

        Takes one fsync; waits for other threads of this program, at most 5 s for other programs.

        Raises:
            StoreUnusableError: the disk is full or fails, or a constraint was about to be broken.
        """
        with self._lock, _own_errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.tables
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """All rows of a query, as dictionaries.

        Raises:
            StoreUnusableError: the disk fails, or a page that it needs is damaged.
        """
        with self._lock, _own_errors():
            found = self._connection.execute(sql, values)
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def value(self, sql: str, *values: object) -> Any:
        """The first column of the first row, or None where there is no row."""
        rows = self.rows(sql, *values)
        return next(iter(rows[0].values())) if rows else None

    def close(self) -> None:
        """Lets the file go; the write-ahead log is folded in."""
        with self._lock:
            self._connection.close()


@contextmanager
def _own_errors() -> Iterator[None]:
    try:
        yield
    except sqlcipher.Error as error:
        raise StoreUnusableError(f"el almacén no responde: {error}") from error
