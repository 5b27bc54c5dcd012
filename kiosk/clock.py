"""The machine's clock, corrected by what the server says, since the entity's clock decides (Ley 27444 art. 138.6)."""

from __future__ import annotations

import time

from domain.clock import Micros


class SystemClock:
    """A `domain.clock.CorrectedClock`. ``offset`` is what to add to the machine's clock, in microseconds."""

    def __init__(self, offset: int = 0) -> None:
        """Starts with the last offset known."""
        self.offset = offset

    def now(self) -> Micros:
        """The corrected wall time."""
        return Micros(self.wall() + self.offset)

    def wall(self) -> Micros:
        """The machine's own clock."""
        return Micros(time.time_ns() // 1000)

    def monotonic_s(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()
