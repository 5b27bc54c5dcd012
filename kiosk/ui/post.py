"""The letter box between the threads that work and the one that draws."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kiosk.flow.events import Event


class Post:
    """Takes events from any thread, in order, and never waits. Nothing is lost before the screen is up."""

    def __init__(self) -> None:
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._wake: Callable[[], object] | None = None

    def __call__(self, event: Event) -> None:
        """Puts ``event`` in; the screen's thread will hand it to the flow within a frame."""
        self._events.put(event)
        if self._wake is not None:
            self._wake()

    def wake_by(self, wake: Callable[[], object]) -> None:
        """From now on ``wake`` is called after every letter; it must be safe to call from any thread."""
        self._wake = wake
        wake()

    def take_all(self) -> Iterator[Event]:
        """Everything posted until now."""
        while True:
            try:
                yield self._events.get_nowait()
            except Empty:
                return
