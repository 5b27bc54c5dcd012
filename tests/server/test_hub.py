"""Hints to live pages: none missed, none needed twice, and streams that end when they must."""

from __future__ import annotations

import asyncio
import resource
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from server.compose import open_files
from server.hub import Hub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

PATIENCE_S = 5.0
BRIEF_S = 0.01


def run(story: Callable[[], Coroutine[None, None, None]]) -> None:
    """Tells a story in a thread of its own: the browser tests leave a loop running in this one."""

    async def in_time() -> None:
        await asyncio.wait_for(story(), PATIENCE_S)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, in_time()).result()


async def soon(watched: AsyncIterator[int | None]) -> int | None:
    return await asyncio.wait_for(anext(watched), PATIENCE_S)


def test_a_new_watcher_hears_at_once_where_things_stand() -> None:
    async def story() -> None:
        hub = Hub({"queue": 7})
        hub.open()
        assert await soon(hub.watch("queue", None)) == 7

    run(story)


def test_a_watcher_that_comes_back_hears_only_if_it_missed_something() -> None:
    async def story() -> None:
        hub = Hub({"queue": 7}, ping_s=BRIEF_S)
        hub.open()
        assert await soon(hub.watch("queue", 6)) == 7
        assert await soon(hub.watch("queue", 7)) is None  # a ping: nothing new
        assert await soon(hub.watch("queue", 9)) == 7  # it remembers a database that was restored since

    run(story)


def test_every_watcher_hears_and_a_slow_one_hears_the_last() -> None:
    async def story() -> None:
        hub = Hub({})
        hub.open()
        watchers = [hub.watch("queue", 0) for _ in range(20)]
        hearing = [asyncio.create_task(soon(watcher)) for watcher in watchers]
        await asyncio.sleep(0)
        hub.publish({"queue": 1, "board": 4})
        assert await asyncio.gather(*hearing) == [1] * 20
        hub.publish({"queue": 2})
        hub.publish({"queue": 3})
        await asyncio.sleep(BRIEF_S)
        assert {await soon(watcher) for watcher in watchers} == {3}

    run(story)


def test_old_news_is_no_news() -> None:
    async def story() -> None:
        hub = Hub({"queue": 5}, ping_s=BRIEF_S)
        hub.open()
        hub.publish({"queue": 4})
        await asyncio.sleep(0)
        assert hub.version("queue") == 5

    run(story)


def test_closing_ends_every_stream_at_once() -> None:
    async def story() -> None:
        hub = Hub({})
        hub.open()

        async def listen() -> int:
            return len([heard async for heard in hub.watch("queue", 0)])

        listening = [asyncio.create_task(listen()) for _ in range(5)]
        await asyncio.sleep(0)
        hub.close()
        assert await asyncio.gather(*listening) == [0] * 5

    run(story)


def test_news_without_anybody_to_hear_it_is_no_failure() -> None:
    hub = Hub({})
    hub.publish({"queue": 1})  # before the loop runs

    async def open_and_leave() -> None:
        hub.open()

    run(open_and_leave)
    hub.publish({"queue": 2})  # after it has gone


def test_beyond_its_limit_it_takes_no_more_watchers() -> None:
    async def story() -> None:
        hub = Hub({"queue": 1}, most_watchers=1)
        hub.open()
        assert not hub.is_full
        watched = hub.watch("queue", None)
        await soon(watched)
        assert hub.is_full

    run(story)


def test_the_process_may_open_as_many_files_as_the_system_allows() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        assert open_files() > 256
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 256
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
