"""Time as the office counts it.

Peru keeps UTC-5 all year (no daylight saving), and the entity's clock decides (Ley 27444 art. 138.6).
Instants travel as integer microseconds of Unix time, so that no database or language can lose their zone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import NewType, Protocol

Micros = NewType("Micros", int)
"""An instant: microseconds since 1970-01-01T00:00Z."""

LIMA = timezone(timedelta(hours=-5), "America/Lima")


class Clock(Protocol):
    """Where a program takes the time from; tests hand in their own."""

    def now(self) -> Micros:
        """The corrected wall time."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never jump, for waits and time-outs."""
        ...


class CorrectedClock(Clock, Protocol):
    """A clock whose error is known from a server: ``now`` is corrected, ``wall`` is the machine's own.

    What goes over the wire is ``wall``: the receiver measures its error there and then, and corrects whole streams
    by it, those events too that were written before anybody knew.
    """

    def wall(self) -> Micros:
        """The machine's own clock, right or wrong."""
        ...


def micros(moment: datetime) -> Micros:
    """The instant of an aware ``moment``."""
    return Micros((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))


def in_lima(instant: Micros) -> datetime:
    """``instant`` as the wall clock of the office shows it."""
    return datetime(1970, 1, 1, tzinfo=UTC).astimezone(LIMA) + timedelta(microseconds=instant)
