"""Who is called next. One rule, used by the desk, the board and the phone alike.

Preferential visitors are exempt from waiting (Ley 27408 art. 2.5), so they come before all others, with no ratio
and no weight; inside a class whoever came first is called first (Ley 27444 arts. 55.1, 148.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from domain.clock import Micros
    from domain.tickets import QueueNumber


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
