"""Who is called next. One rule, used by the desk, the board and the phone alike.

Preferential visitors are exempt from waiting (Ley 27408 art. 2.5), so they come before all others, with no ratio
and no weight; inside a class whoever came first is called first (Ley 27444 arts. 55.1, 148.1). And how long that may
take, by the pace of the last calls: nobody is promised more than was just done.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import ceil
from typing import TYPE_CHECKING, Protocol, TypeVar

from domain.clock import Micros

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from domain.tickets import QueueNumber

LATELY_US = 60 * 60 * 1_000_000
"""Calls of before the last hour, in microseconds, say nothing of the pace now."""
PACE_CALLS = 10
"""The pace is that of so many calls: one long visit does not change it, a counter that closed soon does."""
FEWEST_CALLS = 3
WARM_UP_US = 10 * 60 * 1_000_000
"""When an office opens every counter calls once, which is no pace; so long, in microseconds, it is not known."""

_MINUTE_US = 60 * 1_000_000


class InLine(Protocol):
    """A waiting turn, as far as the order of calls is concerned."""

    @property
    def ticket(self) -> UUID:
        """Which one it is."""

    @property
    def number(self) -> QueueNumber:
        """What stands on the paper."""

    @property
    def preferential(self) -> bool:
        """Its class."""

    @property
    def lined_up_at(self) -> Micros:
        """Its place in line: the corrected time of issue, which a transferred or parked turn keeps.

        Whoever comes back after having been absent, or lets others pass, stands later.
        """

    @property
    def service(self) -> str:
        """What it came for, by the service's code."""

    @property
    def for_counter(self) -> str | None:
        """The one counter that it was sent to; None for whichever serves its service."""


_Turn = TypeVar("_Turn", bound=InLine)


@dataclass(frozen=True, slots=True)
class Duty:
    """What is called at a counter. No ``first`` list is every service; ``second`` is called when the first is empty."""

    counter: str
    first: frozenset[str] = frozenset()
    second: frozenset[str] = frozenset()

    def is_first(self, turn: InLine) -> bool:
        """Whether the turn stands in the line that this counter calls from before any other."""
        if turn.for_counter is not None:
            return turn.for_counter == self.counter
        return not self.first or turn.service in self.first

    def may_call(self, turn: InLine) -> bool:
        """Whether the turn may be called here at all."""
        return self.is_first(turn) or (turn.for_counter is None and turn.service in self.second)


def call_order(turn: InLine) -> tuple[bool, Micros, str, int]:
    """Sorts turns as they are called; the number only breaks a tie of the same microsecond."""
    return (not turn.preferential, turn.lined_up_at, turn.number.series, turn.number.n)


def line_of(waiting: Iterable[_Turn], duty: Duty) -> list[_Turn]:
    """Who is called at that counter, in order: the first list to its end, then the second."""
    mine = (turn for turn in waiting if duty.may_call(turn))
    return sorted(mine, key=lambda turn: (not duty.is_first(turn), call_order(turn)))


def next_to_call(waiting: Iterable[_Turn], duty: Duty) -> _Turn | None:
    """The turn that this counter calls when it is free; None when nobody waits for it."""
    return next(iter(line_of(waiting, duty)), None)


class Reason(Enum):
    """Why a turn stands where it stands in a counter's line, beside how long it waits."""

    PREFERENTIAL = "preferential"
    SENT_HERE = "sent_here"
    """It waits for this one counter."""
    SENT_ELSEWHERE = "sent_elsewhere"
    """It waits for one other counter, which alone calls it next."""
    SECOND_LIST = "second_list"


def reasons(turn: InLine, duty: Duty) -> tuple[Reason, ...]:
    """Why the turn stands where it does in that counter's line; none says that only its time of coming counts."""
    place = None
    if turn.for_counter is not None:
        place = Reason.SENT_HERE if turn.for_counter == duty.counter else Reason.SENT_ELSEWHERE
    elif duty.may_call(turn) and not duty.is_first(turn):
        place = Reason.SECOND_LIST
    found = (Reason.PREFERENTIAL if turn.preferential else None, place)
    return tuple(reason for reason in found if reason is not None)


def ordinary_too_long(waiting: Iterable[_Turn], now: Micros, alert_min: int) -> list[_Turn]:
    """The ordinary visitors who have stood in line for ``alert_min`` minutes or more, the longest first.

    Preferential visitors always go first, so on a busy day nobody else may move; the office should hear of it.
    """
    late = (turn for turn in waiting if not turn.preferential and now - turn.lined_up_at >= alert_min * _MINUTE_US)
    return sorted(late, key=call_order)


def shared_line(waiting: Iterable[_Turn], turn: InLine, duties: Iterable[Duty]) -> list[_Turn]:
    """The turns that are called at the same open counters as ``turn``, it among them, in the order of calls.

    Where no open counter serves it every turn is one: whoever opens next may serve them all. It is the same line for
    all turns of one service that were sent to no counter, and for all that were sent to the same one.
    """
    mine = [duty for duty in duties if duty.may_call(turn)]
    return sorted(
        (other for other in waiting if not mine or any(duty.may_call(other) for duty in mine)), key=call_order
    )


def rivals(waiting: Iterable[_Turn], turn: InLine, duties: Iterable[Duty]) -> list[_Turn]:
    """The others in the line of ``turn`` (`shared_line`), in the order of calls."""
    return [other for other in shared_line(waiting, turn, duties) if other.ticket != turn.ticket]


def soon_called(waiting: Iterable[_Turn], duties: Iterable[Duty], limit: int) -> list[_Turn]:
    """The first ``limit`` turns that those open counters call, as if each called whenever its next turn is due.

    Whoever stands on a counter's second list is among them only when that counter's first one comes to its end.
    """
    left, open_ = sorted(waiting, key=call_order), tuple(duties)
    soon: list[_Turn] = []
    while len(soon) < limit:
        due = [turn for duty in open_ if (turn := _first_for(left, duty)) is not None]
        if not due:
            break
        soon.append(min(due, key=call_order))
        left.remove(soon[-1])
    return soon


def _first_for(line: list[_Turn], duty: Duty) -> _Turn | None:
    """`next_to_call` of turns that are in order already: most counters find theirs at once."""
    first = next((turn for turn in line if duty.is_first(turn)), None)
    return next((turn for turn in line if duty.may_call(turn)), None) if first is None else first


def people_ahead(waiting: Iterable[InLine], turn: InLine, duties: Iterable[Duty] = ()) -> int:
    """How many people may be called before ``turn``; where counters have several lists, the most there can be."""
    return sum(call_order(other) < call_order(turn) for other in rivals(waiting, turn, duties))


def behind_next_two(line: Iterable[InLine], turn: InLine) -> Micros:
    """The place in line of ``turn`` when two more of its class go first: it was absent, or it lets them pass.

    ``line`` are its `rivals`. The place is the one it has where nobody of its class stands behind it.
    """
    behind = [
        other for other in line if other.preferential == turn.preferential and call_order(other) > call_order(turn)
    ]
    two = sorted(behind, key=call_order)[:2]
    return Micros(two[-1].lined_up_at + 1) if two else turn.lined_up_at


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
