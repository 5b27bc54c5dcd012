"""Hears what other processes have committed: servers on the same PostgreSQL, a command line on the same SQLite file."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from typing import TYPE_CHECKING

import msgspec
import psycopg
from psycopg import sql
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from server.store.dialect import CHANNEL
from server.store.versions import all_versions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Engine

POLL_S = 5.0
"""How long news may take when the notification is lost: the versions are read again this often."""

_log = logging.getLogger(__name__)


News = Callable[[], AsyncGenerator[Mapping[str, int] | None]]
"""Tells again and again that something was committed: which versions it brought, or None where they are to be read."""


def notified(url: str) -> News:
    """By PostgreSQL: one LISTEN a process, on a connection of its own.

    A connection pooler would drop it silently, hence the versions are read now and then, too.
    """
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)

    async def news() -> AsyncGenerator[Mapping[str, int] | None]:
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True, connect_timeout=5) as connection:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            while True:
                yield None
                async for heard in connection.notifies(timeout=POLL_S):
                    yield msgspec.json.decode(heard.payload, type=dict[str, int])

    return news


def now_and_then(every_s: float = POLL_S) -> News:
    """By nobody, as with an SQLite file that a command line has changed: it is looked at."""

    async def news() -> AsyncGenerator[None]:
        while True:
            yield None
            await asyncio.sleep(every_s)

    return news


class Listener:
    """Publishes what other processes have committed, as long as it runs."""

    def __init__(
        self, news: News, read: Engine, publish: Callable[[Mapping[str, int]], None], *, retry_s: float = 1.0
    ) -> None:
        self._news = news
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
                async with aclosing(self._news()) as news:
                    async for told in news:
                        self._publish(await asyncio.to_thread(self._versions) if told is None else told)
            # a time-out of the pool or a word that is not ours is no reason for the pages of this process to go dead
            except (psycopg.Error, SQLAlchemyError, msgspec.MsgspecError) as error:
                _log.warning("live.listen_lost kind=%s", type(error).__name__)
                await asyncio.sleep(self._retry_s)

    def _versions(self) -> dict[str, int]:
        with self._read.connect() as connection:
            return all_versions(connection)
