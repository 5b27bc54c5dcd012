"""Hears what other processes have committed: servers on the same PostgreSQL, a command line on the same SQLite file."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import msgspec
import psycopg
from psycopg import sql
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from server.store.dialect import CHANNEL
from server.store.versions import all_versions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from sqlalchemy import Engine

POLL_S = 5.0
"""How long news may take when the notification is lost: the versions are read again this often."""

_log = logging.getLogger(__name__)


class Listener:
    """One LISTEN a process, on a connection of its own; a connection pooler would drop it silently, hence the poll."""

    def __init__(
        self, url: str, read: Engine, publish: Callable[[Mapping[str, int]], None], *, retry_s: float = 1.0
    ) -> None:
        self._dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._read = read
        self._publish = publish
        self._retry_s = retry_s

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listens as long as the context is open."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            # a time-out of the pool or a word that is not ours is no reason for the pages of this process to go dead
            except (psycopg.Error, SQLAlchemyError, msgspec.MsgspecError) as error:
                _log.warning("live.listen_lost kind=%s", type(error).__name__)
                await asyncio.sleep(self._retry_s)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True, connect_timeout=5) as connection:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            while True:
                self._publish(await asyncio.to_thread(self._versions))
                async for heard in connection.notifies(timeout=POLL_S):
                    self._publish(msgspec.json.decode(heard.payload, type=dict[str, int]))

    def _versions(self) -> dict[str, int]:
        with self._read.connect() as connection:
            return all_versions(connection)


class Watcher:
    """Looks now and then whether a command line has changed the SQLite file, for such a file tells nobody."""

    def __init__(self, read: Engine, publish: Callable[[Mapping[str, int]], None], *, every_s: float = POLL_S) -> None:
        self._read = read
        self._publish = publish
        self._every_s = every_s

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watches as long as the context is open."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                self._publish(await asyncio.to_thread(self._versions))
            except SQLAlchemyError as error:
                _log.warning("live.watch_failed kind=%s", type(error).__name__)

    def _versions(self) -> dict[str, int]:
        with self._read.connect() as connection:
            return all_versions(connection)
