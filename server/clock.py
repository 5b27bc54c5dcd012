"""The time of the machine that the server runs on."""

from __future__ import annotations

import time

from domain.clock import Micros


class SystemClock:
    """The system's clocks; the service that keeps them right (NTP) is the machine's affair."""

    def now(self) -> Micros:
        """The wall time."""
        return Micros(time.time_ns() // 1000)

    def monotonic_s(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()
