"""Wakes the live pages of this process: knows each topic's version, and who waits for the next."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

MOST_WATCHERS = 5000
"""Open streams of one process; more are refused, so that screens cannot starve the kiosks. Each is an open file."""


class Hub:
    """Topics and their watchers. What it tells is a hint ("there is something new"); pages then read the state.

    A watcher who is slow misses versions, not news: it is told the last one.
    """

    def __init__(
        self, versions: Mapping[str, int], *, ping_s: float = 15.0, most_watchers: int = MOST_WATCHERS
    ) -> None:
        self._versions = dict(versions)
        self._ping_s = ping_s
        self._most_watchers = most_watchers
        self._moved: dict[str, asyncio.Event] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watchers = 0
        self.changes = 0
        """How often anything moved; in the event loop's thread."""
        self.closed = False

    def open(self) -> None:
        """Binds the hub to the running event loop."""
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """Ends every stream, so that the server can stop at once. In the event loop's thread."""
        self.closed = True
        for moved in self._moved.values():
            moved.set()

    def version(self, topic: str) -> int:
        """The topic's version now; 0 before its first change."""
        return self._versions.get(topic, 0)

    def versions(self) -> dict[str, int]:
        """Every topic's version now, for a page that learns only from what it reads which topic it follows."""
        return dict(self._versions)

    def knows(self, topic: str) -> bool:
        """Whether anything was ever told of the topic."""
        return topic in self._versions

    @property
    def is_full(self) -> bool:
        """Whether one more watcher would be too many."""
        return self._watchers >= self._most_watchers

    def publish(self, versions: Mapping[str, int]) -> None:
        """Tells watchers of new versions; from any thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._publish, versions)

    def _publish(self, versions: Mapping[str, int]) -> None:
        for topic, version in versions.items():
            if version > self.version(topic):
                self._versions[topic] = version
                self.changes += 1
                # every watcher holds this Event; the next round gets a new one
                moved = self._moved.pop(topic, None)
                if moved is not None:
                    moved.set()

    async def watch(self, topic: str, after: int | None) -> AsyncIterator[int | None]:
        """The topic's versions from now on, None every ``ping_s`` in which nothing came.

        Begins at once with the version now, unless the watcher has that already (``after``). Any other number is
        out of date, a higher one too: that is from before the database was restored.
        """
        self._watchers += 1
        try:
            told = after
            while not self.closed:
                moved = self._moved.setdefault(topic, asyncio.Event())
                if self.version(topic) != told:
                    told = self.version(topic)
                    yield told
                    continue
                try:
                    async with asyncio.timeout(self._ping_s):  # wait_for would make a task a watcher at every change
                        await moved.wait()
                except TimeoutError:
                    yield None
        finally:
            self._watchers -= 1
