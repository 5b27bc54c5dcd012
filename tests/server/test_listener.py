"""What other processes commit reaches this one, whatever happens to the listener on the way."""

from __future__ import annotations

import asyncio
import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine

from server.keys import load_keys
from server.listener import Listener, notified, now_and_then
from server.store.dialect import CHANNEL
from server.store.engine import open_engines
from server.store.versions import bump
from tests.server.conftest import config_in

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from tests.server.postgres import Cluster

pytestmark = pytest.mark.postgres
PATIENCE_S = 20.0
Heard = asyncio.Queue[object]


class Elsewhere:
    """A database that is shared with another process, and the pool of one connection by which this one reads."""

    def __init__(self, cluster: Cluster, template: str, folder: Path) -> None:
        self._cluster = cluster
        self._database = cluster.new_database(template)
        self.url = config_in(folder, cluster.url(self._database)).database
        self.read: Engine = create_engine(
            self.url, pool_size=1, max_overflow=0, pool_timeout=0.01, isolation_level="AUTOCOMMIT"
        )

    def say(self, payload: str) -> None:
        with self._cluster.connect(self._database) as connection:
            connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))

    def listen(self, story: Callable[[Heard], Coroutine[None, None, None]]) -> None:
        """Tells a story while a listener runs; in a thread, because the browser tests leave a loop in this one."""

        async def in_time() -> None:
            heard: Heard = asyncio.Queue()
            async with Listener(notified(self.url), self.read, heard.put_nowait, retry_s=0.01).running():
                await asyncio.wait_for(story(heard), PATIENCE_S)

        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, in_time()).result()


@pytest.fixture
def elsewhere(cluster: Cluster, migrated_database: str, tmp_path: Path) -> Iterator[Elsewhere]:
    elsewhere = Elsewhere(cluster, migrated_database, tmp_path)
    yield elsewhere
    elsewhere.read.dispose()


def test_it_hears_what_is_said(elsewhere: Elsewhere) -> None:
    async def story(heard: Heard) -> None:
        await heard.get()  # where things stand
        elsewhere.say('{"queue.lima": 7}')
        assert await heard.get() == {"queue.lima": 7}

    elsewhere.listen(story)


@pytest.mark.parametrize("word", ["nada", "[]", '{"queue.lima": "x"}', "{"])
def test_a_word_that_is_not_ours_does_not_end_it(elsewhere: Elsewhere, word: str) -> None:
    async def story(heard: Heard) -> None:
        await heard.get()
        elsewhere.say(word)
        await heard.get()  # it listens anew, and reads where things stand
        elsewhere.say('{"queue.lima": 8}')
        assert await heard.get() == {"queue.lima": 8}

    elsewhere.listen(story)


def test_a_pool_without_a_free_connection_does_not_end_it(elsewhere: Elsewhere) -> None:
    busy = elsewhere.read.connect()

    async def story(heard: Heard) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(heard.get(), 0.2)  # many tries, none of which gets the connection
        busy.close()
        await heard.get()
        elsewhere.say('{"queue.lima": 9}')
        assert await heard.get() == {"queue.lima": 9}

    elsewhere.listen(story)


def test_what_a_command_line_wrote_to_a_file_is_seen_soon(migrated: Path, tmp_path: Path) -> None:
    """Nobody tells of it; the versions are looked at now and then, whatever fails on the way."""
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    engines = open_engines(config_in(tmp_path).database, load_keys(tmp_path / "keys", may_create=False))

    async def story() -> None:
        heard: Heard = asyncio.Queue()
        listener = Listener(now_and_then(0.01), engines.read, heard.put_nowait)
        async with listener.running():
            before = await heard.get()
            with engines.write.begin() as connection:
                bump(connection, ["queue.lima"])
            while (after := await heard.get()) == before:
                pass
            assert after == before | {"queue.lima": 1}  # type: ignore[operator]

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, asyncio.wait_for(story(), PATIENCE_S)).result()
    engines.dispose()
