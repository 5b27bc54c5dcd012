"""Makes copies and tries them out: a copy that was never restored is only a hope."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from alembic.script import ScriptDirectory
from alembic.util import CommandError

from domain import __version__
from server.backup.archive import FORMAT, BackupError, Manifest, hash_of, pack, read_manifest, unpack
from server.backup.contents import Facts, contents, facts
from server.backup.postgres import Postgres
from server.backup.sqlite import Sqlite
from server.store.engine import open_engines, sqlite_path
from server.store.migrate import alembic_config

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.clock import Micros
    from server.backup.kinds import Kind
    from server.config import Config
    from server.keys import Keys
    from server.store.engine import Engines


def kind_of(config: Config, keys: Keys) -> Kind:
    """The database of this server."""
    path = sqlite_path(config.database)
    return Postgres(config.database, keys, config.data_dir) if path is None else Sqlite(path, keys)


def back_up(kind: Kind, path: Path, now: Micros) -> Manifest:
    """Writes a copy of the database to the new file ``path``; the server goes on meanwhile.

    Needs the space of two copies at ``path``'s place until it is done.

    Raises:
        BackupError: there is nothing to copy, or a tool fails.
        WriteError: there is such a file, or it cannot be written whole.
        OSError: there is no such folder, or it is full.
    """
    if path.exists():
        raise BackupError(f"{path} ya existe; no se sobrescribe.")
    with tempfile.TemporaryDirectory(prefix=".copia-", dir=path.parent, ignore_cleanup_errors=True) as folder:
        database = Path(folder) / "database"
        found, tables = kind.save(database)
        size, digest = hash_of(database)
        manifest = Manifest(
            format=FORMAT,
            database=kind.name,
            node=found.node,
            epoch=found.epoch,
            revision=found.revision,
            made_at=now,
            app_version=__version__,
            size=size,
            sha256=digest,
            tables=tables,
        )
        pack(path, manifest, database)
    return manifest


@contextmanager
def revived(kind: Kind, path: Path, keys: Keys, folder: Path) -> Iterator[tuple[Manifest, Facts, str, Engines]]:
    """The database of a copy, alive in ``folder`` (or beside the one in use) and found to be what was copied.

    Its manifest, how far it had got, its URL, and the way in.

    Raises:
        BackupError: it is damaged, of another key, another kind of database or a newer program.
        OSError: it cannot be read, or there is no room for it.
    """
    manifest = read_manifest(path)
    if manifest.database != kind.name:
        raise BackupError(f"{path} es de {_KINDS[manifest.database]}, y este servidor usa {_KINDS[kind.name]}.")
    _must_be_known(manifest.revision, path)
    copy = folder / "database"
    unpack(path, manifest, copy)
    with kind.revive(copy) as url:
        engines = open_engines(url, keys, shares=False)
        try:
            with engines.write.begin() as connection:  # a cursor of PostgreSQL wants a transaction
                found = facts(connection)
                if found is None or contents(connection) != manifest.tables:
                    raise BackupError(f"{path}: lo restaurado no es lo que se copió.")
            yield manifest, found, url, engines
        finally:
            engines.dispose()


_KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def _must_be_known(revision: str, path: Path) -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    with suppress(CommandError):
        if scripts.get_revision(revision) is not None:
            return
    raise BackupError(
        f"{path} es de una versión más nueva del programa (revisión {revision}). Actualice este servidor."
    )


@contextmanager
def workplace(folder: Path, prefix: str) -> Iterator[Path]:
    """A folder for a while, for the eyes of its owner only."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=folder) as made:
        yield Path(made)
