"""Copies of a PostgreSQL database, by its own tools, which know how; what they write is encrypted on its way."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import closing, contextmanager
from secrets import token_hex
from typing import IO, TYPE_CHECKING

import psycopg
from psycopg import sql
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from server.backup.archive import BackupError
from server.backup.contents import contents, facts
from server.backup.sealing import SealedError, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from server.backup.archive import Contents
    from server.backup.contents import Facts
    from server.keys import Keys

_LOCK = 0x6B696F74
"""Names the advisory lock under which one process restores; any constant of ours would do."""
_TRIES, _PAUSE_S = 10, 0.1
"""Whoever has just let go is seen for a moment still."""


class Postgres:
    """A `server.backup.kinds.Kind`."""

    name = "postgresql"

    def __init__(self, url: str, keys: Keys, workplace: Path) -> None:
        self._url = make_url(url)
        self._keys = keys
        self._workplace = workplace
        self._database = str(self._url.database)

    @property
    def workplace(self) -> Path:
        """Any folder of ours: the database is elsewhere."""
        return self._workplace

    def save(self, to: Path) -> tuple[Facts, dict[str, Contents]]:
        """See `Kind`. What is counted and what is dumped is one snapshot."""
        tool = _tool("pg_dump")
        engine = create_engine(self._url, poolclass=NullPool, isolation_level="REPEATABLE READ")
        with engine.connect() as connection:
            found = facts(connection)
            if found is None:
                raise BackupError("La base está vacía: todavía no hay nada que copiar.")
            snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
            told = contents(connection)
            order = [tool, "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
            with (
                os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
                self._running([*order, "--dbname", self._dsn(self._database)], stdout=subprocess.PIPE) as dump,
            ):
                assert dump.stdout is not None
                seal(dump.stdout, file, self._keys.database)
        return found, told

    @contextmanager
    def alone(self) -> Iterator[None]:
        """See `Kind`. PostgreSQL itself gives no name to another database while somebody is connected to it."""
        with self._maintenance() as connection:
            if not connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()[0]:  # type: ignore[index]
                raise BackupError("Ya hay una restauración en marcha.")
            try:
                self._must_be_free(connection)
                yield
            finally:  # the cluster may take a while to see that a connection is gone
                connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))

    def present(self) -> Facts | None:
        """See `Kind`."""
        with self._maintenance() as connection:
            if not self._exists(connection):
                return None
        engine = create_engine(self._url, poolclass=NullPool)
        try:
            with engine.connect() as connection:
                return facts(connection)
        except SQLAlchemyError as error:
            raise BackupError(f"La base «{self._database}» no se puede leer.") from error

    @contextmanager
    def revive(self, copy: Path) -> Iterator[str]:
        """See `Kind`."""
        tool = _tool("pg_restore")
        name = f"{self._database}_{token_hex(4)}"
        with self._maintenance() as connection:
            try:
                connection.execute(self._making(connection, name))
            except psycopg.errors.InsufficientPrivilege as error:
                raise BackupError(
                    "El usuario de la base no puede crear otra, y así se restaura sin tocar la que está en uso: "
                    "ALTER ROLE … CREATEDB."
                ) from error
            try:
                order = [tool, "--exit-on-error", "--no-owner", "--no-privileges", "--dbname", self._dsn(name)]
                with copy.open("rb") as file, self._running(order, stdin=subprocess.PIPE) as restoring:
                    assert restoring.stdin is not None
                    with closing(restoring.stdin):
                        for piece in unseal(file, self._keys.database):
                            restoring.stdin.write(piece)
                yield self._url.set(database=name).render_as_string(hide_password=False)
            except SealedError as error:
                raise BackupError("La clave de este servidor (database.key) no abre esa copia.") from error
            finally:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))

    def exchange(self, url: str, aside: str) -> str:
        """See `Kind`. Both get their new names in one transaction."""
        fresh, kept = str(make_url(url).database), f"{self._database}_{aside.replace('-', '_')}"
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        here = sql.Identifier(self._database)
        with self._maintenance() as connection:
            was_there = self._exists(connection)
            try:
                with connection.transaction():
                    if was_there:
                        connection.execute(rename.format(here, sql.Identifier(kept)))
                    connection.execute(rename.format(sql.Identifier(fresh), here))
            except psycopg.errors.ObjectInUse as error:
                raise BackupError(_IN_USE.format(name=self._database)) from error
            except psycopg.Error as error:
                raise BackupError(f"PostgreSQL no lo permite: {error}") from error
        return f"base de datos «{kept}»" if was_there else ""

    def _making(self, connection: psycopg.Connection, name: str) -> sql.Composed:
        """How to make a database like the one in use, if there is one."""
        making = sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))
        found = connection.execute(
            "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = %s",
            (self._database,),
        ).fetchone()
        if found is None:
            return making
        like = sql.SQL(" ENCODING {} LC_COLLATE {} LC_CTYPE {}").format(*map(sql.Literal, found))
        return making + like

    def _exists(self, connection: psycopg.Connection) -> bool:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (self._database,))
        return found.fetchone() is not None

    def _must_be_free(self, connection: psycopg.Connection) -> None:
        for _ in range(_TRIES):
            others = connection.execute("SELECT 1 FROM pg_stat_activity WHERE datname = %s", (self._database,))
            if others.fetchone() is None:
                return
            time.sleep(_PAUSE_S)
        raise BackupError(_IN_USE.format(name=self._database))

    @contextmanager
    def _maintenance(self) -> Iterator[psycopg.Connection]:
        """A connection beside the database, to the one that every cluster has."""
        dsn = self._url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
        try:
            connection = psycopg.connect(dsn, autocommit=True)
        except psycopg.Error as error:
            raise BackupError(f"La base de datos no responde: {error}") from error
        with connection:
            yield connection

    def _dsn(self, database: str) -> str:
        """For a tool's command line, which everybody on the machine can read."""
        return self._url.set(drivername="postgresql", database=database, password=None).render_as_string()

    @contextmanager
    def _running(
        self, order: Sequence[str], *, stdin: int | None = None, stdout: int | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A tool at work until the block ends.

        Raises:
            BackupError: it failed.
        """
        password = {"PGPASSWORD": str(self._url.password)} if self._url.password else {}
        with tempfile.TemporaryFile() as said:
            with subprocess.Popen(order, stdin=stdin, stdout=stdout, stderr=said, env=os.environ | password) as tool:
                broken = False
                try:
                    yield tool
                except BrokenPipeError:  # it has ended before its time, and says why
                    broken = True
                except BaseException:
                    tool.kill()
                    raise
            if tool.returncode or broken:
                raise BackupError(f"{order[0]} no pudo: {_last_line(said)}")


_IN_USE = "Otro programa usa la base «{name}»: el servidor, o alguien con psql. Deténgalo primero."


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackupError(
            f"Falta {name}: instale el paquete postgresql-client, de la versión del servidor o posterior."
        )
    return found


def _last_line(said: IO[bytes]) -> str:
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "no dijo por qué"
