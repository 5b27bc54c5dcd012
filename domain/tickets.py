"""A turn: its number, and what may happen to it between the machine and the counter.

``A-017`` is the kiosk's series and one counter per kiosk and business day. The series is unique in its office,
so two machines that never hear of each other cannot give the same number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from itertools import product
from typing import TYPE_CHECKING

from domain.clock import in_lima
from domain.tracking import FIRST_DAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from domain.clock import Micros

SERIES_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
"""No I, O or Q: from eight metres they are 1 and 0."""

_NUMBER = re.compile(rf"([{SERIES_LETTERS}]{{1,2}})-([0-9]{{3,}})")


def series_names() -> Iterator[str]:
    """Every series in the order they are given out: A … Z, then AA, AB and so on."""
    yield from SERIES_LETTERS
    yield from ("".join(pair) for pair in product(SERIES_LETTERS, repeat=2))


def business_day(last: date | None, now: Micros) -> date:
    """The day under which a ticket issued ``now`` is counted; it never goes back.

    A clock set back must not reopen a day whose numbers are already in people's hands, so the day is the
    later of the last one used and today's date in Lima. ``last`` is None on a new store. A machine that has lost its
    clock altogether (1970) still gives out numbers, under the calendar's first day.
    """
    return max(last or FIRST_DAY, FIRST_DAY, in_lima(now).date())


@dataclass(frozen=True, slots=True, order=True)
class QueueNumber:
    """The number on the ticket. ``n`` counts from 1; three digits are shown, four from 1000."""

    series: str
    n: int

    def __str__(self) -> str:
        return f"{self.series}-{self.n:03d}"

    @classmethod
    def parse(cls, text: str) -> QueueNumber | None:
        """The number a person typed or a code carried, or None."""
        found = _NUMBER.fullmatch(text.strip().upper())
        return cls(found[1], int(found[2])) if found and int(found[2]) > 0 else None


class TicketState(Enum):
    """Where a turn stands. It is waiting from the moment it is committed, printed or not."""

    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    DONE = "done"
    ABSENT = "absent"
    PARKED = "parked"
    CANCELLED = "cancelled"


class Move(Enum):
    """What can be done to a turn; the value is the event's name after ``ticket.``."""

    CALL = "called"
    RECALL = "recalled"
    SERVE = "serving"
    FINISH = "done"
    MARK_ABSENT = "absent"
    RETURN = "returned"
    PARK = "parked"
    RESUME = "resumed"
    TRANSFER = "transferred"
    CANCEL = "cancelled"
    REOPEN = "reopened"
    """The clerk takes back *done* or *absent*, within `UNDO_US`."""


MOVES: dict[tuple[TicketState, Move], TicketState] = {
    (TicketState.WAITING, Move.CALL): TicketState.CALLED,
    (TicketState.CALLED, Move.RECALL): TicketState.CALLED,
    (TicketState.CALLED, Move.SERVE): TicketState.SERVING,
    (TicketState.SERVING, Move.FINISH): TicketState.DONE,
    (TicketState.CALLED, Move.MARK_ABSENT): TicketState.ABSENT,
    (TicketState.ABSENT, Move.RETURN): TicketState.WAITING,
    (TicketState.SERVING, Move.PARK): TicketState.PARKED,
    (TicketState.PARKED, Move.RESUME): TicketState.SERVING,
    (TicketState.SERVING, Move.TRANSFER): TicketState.WAITING,
    (TicketState.WAITING, Move.CANCEL): TicketState.CANCELLED,
    (TicketState.DONE, Move.REOPEN): TicketState.SERVING,
    (TicketState.ABSENT, Move.REOPEN): TicketState.CALLED,
}
"""Every legal move; what is not here does not happen."""


CALLS_BEFORE_ABSENT = 3
CALL_GAP_US = 30 * 1_000_000
"""Calls closer together, in microseconds, are one: nobody crosses a waiting room faster."""
UNDO_US = 10 * 1_000_000
"""How long, in microseconds, a clerk may take back *done* and *absent*."""


def is_new_call(called_at: Micros | None, now: Micros) -> bool:
    """Whether a call ``now`` counts as one more; one too soon after the last that counted is only its repetition."""
    return called_at is None or now - called_at >= CALL_GAP_US


def may_be_absent(calls: int, called_at: Micros | None, now: Micros) -> bool:
    """Whether a called turn may be marked absent: after the third call had its time, too."""
    return calls >= CALLS_BEFORE_ABSENT and is_new_call(called_at, now)


def after(state: TicketState, move: Move) -> TicketState | None:
    """The state that ``move`` leads to, or None where it is not legal (the one answer to a move that means nothing)."""
    return MOVES.get((state, move))
