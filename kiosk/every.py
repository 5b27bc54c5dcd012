"""Something done again and again, in a thread of its own, until it is told to stop."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Every:
    """Calls ``do`` every ``period_s`` seconds. ``do`` must not wait; the first call comes after one period."""

    def __init__(self, period_s: float, do: Callable[[], object], name: str) -> None:
        """Starts at once."""
        self._period_s = period_s
        self._do = do
        self._stopped = threading.Event()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def stop(self) -> None:
        """No call begins after this."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(self._period_s):
            self._do()
