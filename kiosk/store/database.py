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
    ├── StoreLostError       there was a store, and it is gone
    └── StoreUnusableError   the disk is full or fails, or a page does not match its checksum
    """


class StoreKeyError(StoreError):
    """The key does not open the file."""


class StoreLostError(StoreError):
    """The store is gone but its key is there: beginning anew would give today's numbers a second time."""


class StoreUnusableError(StoreError):
    """The file cannot be read or written now. Nothing of the failed call was kept; a damaged page is never believed."""


def load_key(path: Path, *, store: Path) -> bytes:
    """The 32-byte key of ``store``; a new one is made, readable by its owner only, where neither is there yet.

    Raises:
        StoreKeyError: the file does not hold a key, or is missing beside a store that needs it.
        StoreLostError: there is a key but no store.
    """
    if not store.exists() or not store.stat().st_size:
        if path.exists():
            raise StoreLostError(
                f"falta el almacén {store}, y este kiosco ya dio números. Inscríbalo otra vez "
                f"(kiosk-server enrol --replace le da otra serie, kiosk setup --server URL) y borre {path}"
            )
        _make_key(path)
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError as error:
        raise StoreKeyError(f"falta la clave {path}; sin ella no se puede abrir {store}") from error
    except ValueError as error:
        raise StoreKeyError(f"{path} no contiene una clave") from error
    if len(key) != KEY_BYTES:
        raise StoreKeyError(f"{path} no contiene una clave de {KEY_BYTES} bytes")
    return key


def _make_key(path: Path) -> None:
    """Writes a key that is whole or not there at all, whenever the power goes."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(folder)
    os.close(folder)


class Database:
    """The open file. ``tables`` is sqlite-utils' view of it; write only inside `immediate`."""

    def __init__(self, path: Path, key: bytes, *, read_only: bool = False) -> None:
        """Opens, checks and upgrades the file; one that is opened ``read_only`` must exist and stays as it is.

        Raises:
            StoreKeyError: ``key`` does not open it.
            StoreError: it cannot be opened, or this machine's SQLite must not be trusted with it.
        """
        version = tuple(int(part) for part in sqlcipher.sqlite_version.split("."))
        if version < OLDEST_SQLITE:
            raise StoreError(f"SQLite {sqlcipher.sqlite_version} es demasiado antiguo para el almacén")
        self._lock = threading.RLock()
        if not read_only:  # SQLite gives its side files the modes of the first
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with _own_errors():
            self._connection = sqlcipher.connect(
                f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                timeout=5.0,
            )
        self.tables = sqlite_utils.Database(self._connection)
        try:
            with _own_errors():
                self._unlock(key)
                if not read_only:
                    self._prepare()
        except StoreError:
            self._connection.close()
            raise

    def _unlock(self, key: bytes) -> None:
        self._connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        self._connection.execute("PRAGMA cipher_log_level = NONE")
        try:
            self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlcipher.DatabaseError as error:
            if "not a database" in str(error):
                raise StoreKeyError("la clave no abre el almacén, o su primera página está dañada") from error
            raise

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.execute("PRAGMA secure_delete = ON")  # a day's key that is deleted is overwritten
        MIGRATIONS.apply(self.tables)

    @contextmanager
    def immediate(self, *, may_be_forgotten: bool = False) -> Iterator[sqlite_utils.Database]:
        """A write transaction: committed to the disk when the block ends, undone whole when it raises.

        Takes one fsync, or none for what ``may_be_forgotten`` when the power goes: it is on the disk with the next
        transaction that may not. Waits for other threads of this program, at most 5 s for other programs.

        Raises:
            StoreUnusableError: the disk is full or fails, or a constraint was about to be broken.
        """
        with self._lock, _own_errors():
            if may_be_forgotten:
                self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.tables
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                if may_be_forgotten:
                    self._connection.execute("PRAGMA synchronous = FULL")

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

    def fold(self) -> None:
        """Folds the write-ahead log into the file and empties it, so that nothing deleted stands there; some ms.

        Raises:
            StoreUnusableError: the disk fails.
        """
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

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
