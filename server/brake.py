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


class WrongTries:
    """Counts wrong tries of several things at once, such as a number and where it was tried from.

    Like `Brake` in this process only, and no record. Whoever tries is counted as wrong before anybody looks, so that
    many tries at once are not more than one after the other.
    """

    def __init__(self, clock: Clock, *, most: int, within_s: float = 60.0) -> None:
        self._clock = clock
        self._most = most
        self._within_s = within_s
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, *tried: str) -> None:
        """Counts a try of each as wrong.

        Raises:
            Refusal: 429, with the seconds to wait; then nothing was counted.
        """
        now = self._clock.monotonic_s()
        with self._lock:
            of_each = [self._of(one, now) for one in tried]
            while len(self._wrong) > MOST_KEPT:
                self._wrong.popitem(last=False)
            full = [wrong[0] for wrong in of_each if len(wrong) >= self._most]
            if full:
                raise Refusal(429, "too_many_tries", seconds=str(ceil(max(full) + self._within_s - now)))
            for wrong in of_each:
                wrong.append(now)

    def was_right(self, *tried: str) -> None:
        """Takes the try back; those that were wrong before it still count."""
        with self._lock:
            for one in tried:
                if self._wrong.get(one):
                    self._wrong[one].pop()

    def _of(self, one: str, now: float) -> deque[float]:
        wrong = self._wrong.setdefault(one, deque())
        self._wrong.move_to_end(one)
        while wrong and now - wrong[0] >= self._within_s:
            wrong.popleft()
        return wrong
