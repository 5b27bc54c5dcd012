"""One thread that does one thing after the other, and lets no fault pass in silence."""

from __future__ import annotations

import logging
import traceback
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)


class Worker:
    """Takes work from any thread and returns at once."""

    def __init__(self, name: str) -> None:
        """``name`` is the thread's, and stands in the log."""
        self._name = name
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    def do(self, work: Callable[[], None], *, otherwise: Callable[[], None] | None = None) -> None:
        """Does ``work`` after all that it was given before.

        Where it raises what nobody foresaw, ``otherwise`` is done: a visitor must not be left before a screen that
        waits for ever.
        """
        self._thread.submit(work).add_done_callback(lambda done: self._surface(done, otherwise))

    def close(self) -> None:
        """Waits for all that it was given."""
        self._thread.shutdown()

    def _surface(self, done: Future[None], otherwise: Callable[[], None] | None) -> None:
        if error := done.exception():
            # where, not what: the message of an error may quote what the visitor typed
            where = "".join(traceback.format_tb(error.__traceback__))
            log.critical("%s.crashed error=%s where=%s", self._name, type(error).__name__, where)
            if otherwise is not None:
                otherwise()
