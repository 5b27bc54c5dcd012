"""The days that decrees made non-working for the public sector, which no library knows (national, to be made up for).

They do not count for terms (Ley 27444 arts. 134.1 and 137.1). Whether a desk opens on one is its office's decision:
indispensable services go on. A day stands here only once its decree was read; offices add what comes in between.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Decree(NamedTuple):
    """A supreme decree and the days it names."""

    name: str
    days: tuple[date, ...]


DECREES = (
    Decree(
        "D.S. 011-2024-PCM",
        (
            date(2024, 7, 26),
            date(2024, 10, 7),
            date(2024, 12, 6),
            date(2024, 12, 23),
            date(2024, 12, 24),
            date(2024, 12, 30),
            date(2024, 12, 31),
        ),
    ),
    Decree("D.S. 042-2025-PCM", (date(2025, 5, 2), date(2025, 12, 26), date(2026, 1, 2))),
)

DECREED: dict[date, str] = {day: decree.name for decree in DECREES for day in decree.days}
"""Each day with the name of its decree."""
