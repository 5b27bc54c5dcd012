"""Copies of a SQLCipher file: under the same key, and never a moment without one of the two in its place."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from exchange.whole import sync_folder
from server.backup.archive import BackupError
from server.backup.contents import contents, facts
from server.owner import hand_over
from server.store.engine import open_copy, open_engines
from server.store.lock import FileLock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.backup.archive import Contents
    from server.backup.contents import Facts
    from server.keys import Keys

_SIDES = ("-wal", "-shm")


class Sqlite:
    """A `server.backup.kinds.Kind`."""

    name = "sqlite"

    def __init__(self, path: Path, keys: Keys) -> None:
        self._path = path.resolve()  # a link stays one
        self._keys = keys

    @property
    def workplace(self) -> Path:
        """Beside the file, so that it can be exchanged by giving another its name."""
        return self._path.parent

    def save(self, to: Path) -> tuple[Facts, dict[str, Contents]]:
        """See `Kind`. `VACUUM INTO` reads in one transaction, keeps the key, and leaves behind what was deleted."""
        if not self._path.exists():
            raise BackupError(f"Todavía no hay una base en {self._path}.")
        engine = open_copy(self._path, self._keys.database)
        try:
            with engine.connect() as connection:
                connection.execute(text("VACUUM INTO :file"), {"file": str(to)})
        except DatabaseError as error:
            raise BackupError(f"No se pudo copiar la base: {error.orig}.") from error
        finally:
            engine.dispose()
        return self._inside(to)

    def _inside(self, path: Path) -> tuple[Facts, dict[str, Contents]]:
        engine = open_copy(path, self._keys.database)
        try:
            with engine.connect() as connection:
                found = facts(connection)
                if found is None:
                    raise BackupError("La base está vacía: todavía no hay nada que copiar.")
                return found, contents(connection)
        finally:
            engine.dispose()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """See `Kind`."""
        self.workplace.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            lock = FileLock(self._path, alone=True)
        except BlockingIOError as error:
            raise BackupError(
                f"Otro programa usa {self._path}: el servidor, u otra restauración. Deténgalo primero."
            ) from error
        try:
            yield
        finally:
            lock.release()

    def present(self) -> Facts | None:
        """See `Kind`."""
        if not self._path.exists():
            return None
        engine = open_copy(self._path, self._keys.database)
        try:
            with engine.connect() as connection:
                return facts(connection)
        except DatabaseError as error:
            raise BackupError(f"{self._path} está dañada, o es de otra clave.") from error
        finally:
            engine.dispose()

    @contextmanager
    def revive(self, copy: Path) -> Iterator[str]:
        """See `Kind`. The saved file is the database; every page of it is checked."""
        engine = open_copy(copy, self._keys.database)
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")  # without the key this is garbage
                for check in ("cipher_integrity_check", "integrity_check"):
                    found = connection.exec_driver_sql(f"PRAGMA {check}").scalars().all()
                    if found not in ([], ["ok"]):
                        raise BackupError(f"La base de la copia está dañada: {found[0]}.")
        except DatabaseError as error:
            raise BackupError("La clave de este servidor (database.key) no abre esa copia.") from error
        finally:
            engine.dispose()
        yield f"sqlite:///{copy}"

    def exchange(self, url: str, aside: str) -> str:
        """See `Kind`. The old file gets a second name first, so that there is one under its own at every moment."""
        fresh = Path(url.removeprefix("sqlite:///"))
        if any(fresh.with_name(fresh.name + side).exists() for side in _SIDES):
            raise BackupError("La base restaurada no se pudo cerrar; inténtelo otra vez.")
        kept = ""
        hand_over(fresh, self._path if self._path.exists() else self.workplace)
        if self._path.exists():
            self._fold()
            old = self._path.with_name(f"{self._path.name}.{aside}")
            _second_name(old, self._path)
            for side in _SIDES:  # only of a damaged file: its last writes, which would be taken for the new one's
                left = self._path.with_name(self._path.name + side)
                if left.exists():
                    left.rename(old.with_name(old.name + side))
            kept = str(old)
            sync_folder(self.workplace)
        fresh.replace(self._path)
        sync_folder(self.workplace)
        return kept

    def _fold(self) -> None:
        """Brings the write-ahead log into the old file, if that can still be opened."""
        engines = open_engines(f"sqlite:///{self._path}", self._keys, shares=False)
        try:
            with engines.read.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        except DatabaseError:
            return
        finally:
            engines.dispose()


def _second_name(new: Path, path: Path) -> None:
    if new.exists() and new.samefile(path):  # by one that was killed in this very second
        return
    try:
        new.hardlink_to(path)
    except FileExistsError:
        raise
    except OSError:  # a file system without second names
        shutil.copy2(path, new)
