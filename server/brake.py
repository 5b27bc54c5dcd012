"""A brake on whoever asks too often: counted in this process, forgotten with it."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from math import ceil
from typing import TYPE_CHECKING

from server.faults import Refusal

if TYPE_CHECKING:
    from domain.clock import Clock

MOST_KEPT = 10_000
"""So many askers are remembered; beyond them the one of longest ago is forgotten, so that nobody fills the memory."""


class Brake:
    """Lets each asker through ``most`` times in ``within_s`` seconds."""

    def __init__(self, clock: Clock, *, most: int, within_s: float = 60.0) -> None:
        self._clock = clock
        self._most = most
        self._within_s = within_s
        self._asked: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def pass_by(self, asker: str) -> None:
        """Counts once more.

        Raises:
            Refusal: 429, with the seconds to wait.
        """
        now = self._clock.monotonic_s()
        with self._lock:
            asked = self._asked.setdefault(asker, deque())
            self._asked.move_to_end(asker)
            while asked and now - asked[0] >= self._within_s:
                asked.popleft()
            if len(asked) >= self._most:
                raise Refusal(429, "too_many_taps", seconds=str(ceil(asked[0] + self._within_s - now)))
            asked.append(now)
            while len(self._asked) > MOST_KEPT:
                self._asked.popitem(last=False)
