"""Who is called next. One rule, used by the desk, the board and the phone alike.

Preferential visitors are exempt from waiting (Ley 27408 art. 2.5), so they come before all others, with no ratio
and no weight; inside a class whoever came first is called first (Ley 27444 arts. 55.1, 148.1). And how long that may
take, by the pace of the last calls: nobody is promised more than was just done.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from domain.clock import Micros
    from domain.tickets import QueueNumber

LATELY_US = 60 * 60 * 1_000_000
"""Calls of before the last hour, in microseconds, say nothing of the pace now."""
PACE_CALLS = 10
"""The pace is that of so many calls: one long visit does not change it, a counter that closed soon does."""
FEWEST_CALLS = 3
WARM_UP_US = 10 * 60 * 1_000_000
"""When an office opens every counter calls once, which is no pace; so long, in microseconds, it is not known."""

_MINUTE_US = 60 * 1_000_000


@dataclass(frozen=True, slots=True)
class InLine:
    """A waiting turn, as far as the order of calls is concerned."""

    ticket: UUID
    number: QueueNumber
    preferential: bool
    issued_at: Micros
    """Corrected time of issue; a transferred or parked turn keeps it."""


def call_order(turn: InLine) -> tuple[bool, Micros, str, int]:
    """Sorts turns as they are called; the number only breaks a tie of the same microsecond."""
    return (not turn.preferential, turn.issued_at, turn.number.series, turn.number.n)


def next_to_call(waiting: Iterable[InLine]) -> InLine | None:
    """The turn that a free counter calls now; None when nobody waits."""
    return min(waiting, key=call_order, default=None)


def people_ahead(waiting: Iterable[InLine], turn: InLine) -> int:
    """How many waiting turns are called before ``turn``."""
    return sum(call_order(other) < call_order(turn) for other in waiting if other.ticket != turn.ticket)


def wait_minutes(ahead: int, calls: Iterable[Micros], now: Micros) -> int | None:
    """How long, in whole minutes rounded up, until ``ahead`` turns and then the next have been called.

    ``calls`` are the times of the last calls in the office in any order, as many as there were in the last hour. None
    while they tell no pace: fewer than three, or the first of them not ten minutes ago. When nobody has been called
    for longer than usual the pace is that much slower, so that it never stays what it was before everybody went away.
    """
    lately = sorted(call for call in calls if 0 <= now - call <= LATELY_US)
    if len(lately) < FEWEST_CALLS or now - lately[0] < WARM_UP_US:
        return None
    last = lately[-PACE_CALLS:]
    between = (last[-1] - last[0]) / (len(last) - 1)
    until_now = (now - last[0]) / len(last)
    return ceil(ahead * max(between, until_now) / _MINUTE_US)
