"""What the days past say of an office: how many came, how long they waited, how long they were attended.

Waits are told by the middle one and by what nine of ten did not exceed, never by the mean: one forgotten turn would
move it. Of too few nothing is told, because the middle of two visits is neither.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import TYPE_CHECKING, TypeVar

from domain.clock import Micros, in_lima
from domain.tickets import TicketState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

FEWEST_FOR_MIDDLE = 5
"""So many visits have a middle one that is worth telling."""
FEWEST_FOR_NINE_OF_TEN = 10
LONGEST_DAYS = 366
"""How many days are looked at together: a year, a leap year too."""

_HOUR_US = 3600 * 1_000_000
_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class Days:
    """A run of business days, both ends included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        """Refuses a run that ends before it begins."""
        if self.first > self.last:
            raise ValueError("days end after they begin")

    @property
    def count(self) -> int:
        """How many days these are, those on which the office is closed too."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Stay:
    """A turn's stay at a counter. ``calls`` is 0 where it came back from being parked, called by nobody.

    ``waiting_since`` is its issue, or when it came back from elsewhere. ``outcome`` is done, absent, parked or
    transferred; None while it lasts.
    """

    day: date
    service: str
    preferential: bool
    counter: str
    clerk: str
    waiting_since: Micros
    called_at: Micros
    calls: int
    serving_at: Micros | None
    ended_at: Micros | None
    outcome: str | None

    @property
    def waited(self) -> int | None:
        """Microseconds until the first call, of those too who were gone by then; None where nobody called."""
        return max(0, self.called_at - self.waiting_since) if self.calls else None

    @property
    def attended(self) -> int | None:
        """Microseconds at the counter; None for whoever never came there or is still there."""
        if self.serving_at is None or self.ended_at is None:
            return None
        return max(0, self.ended_at - self.serving_at)


@dataclass(frozen=True, slots=True)
class Taken:
    """How many tickets of one kind were taken: on that day, in that clock hour of Lima, and what became of them."""

    day: date
    hour: int
    service: str
    state: TicketState
    n: int


@dataclass(frozen=True, slots=True)
class Spread:
    """What so many durations have in common, in microseconds; None is what too few cannot say."""

    count: int = 0
    middle: int | None = None
    nine_of_ten: int | None = None
    """The shortest that at least nine of ten did not exceed."""


def spread(durations: Iterable[int]) -> Spread:
    """Sums up ``durations``."""
    ordered = sorted(durations)
    count = len(ordered)
    return Spread(
        count,
        round(median(ordered)) if count >= FEWEST_FOR_MIDDLE else None,
        ordered[ceil(count * 9 / 10) - 1] if count >= FEWEST_FOR_NINE_OF_TEN else None,
    )


@dataclass(frozen=True, slots=True)
class Figures:
    """What stays at counters amount to. ``done`` is how many visits ended there, ``absent`` how many came not."""

    stays: int
    done: int
    absent: int
    wait: Spread
    attention: Spread


NOTHING = Figures(0, 0, 0, Spread(), Spread())


def figures(stays: Iterable[Stay]) -> Figures:
    """Sums up ``stays``."""
    outcomes: Counter[str | None] = Counter()
    waits, attentions = [], []
    for stay in stays:
        outcomes[stay.outcome] += 1
        if (waited := stay.waited) is not None:
            waits.append(waited)
        if (attended := stay.attended) is not None:
            attentions.append(attended)
    return Figures(outcomes.total(), outcomes["done"], outcomes["absent"], spread(waits), spread(attentions))


def figures_by(stays: Iterable[Stay], key: Callable[[Stay], _Key]) -> dict[_Key, Figures]:
    """Sums up ``stays`` apart, by what ``key`` says of each."""
    groups: dict[_Key, list[Stay]] = {}
    for stay in stays:
        groups.setdefault(key(stay), []).append(stay)
    return {name: figures(group) for name, group in groups.items()}


@dataclass(frozen=True, slots=True)
class Turnout:
    """What became of the tickets that were taken. ``open`` are those that still wait, are called or attended."""

    taken: int = 0
    served: int = 0
    absent: int = 0
    cancelled: int = 0

    @property
    def open(self) -> int:
        """Those whose visit did not end; of a day that is over: who left without a word."""
        return self.taken - self.served - self.absent - self.cancelled


def turnout(taken: Iterable[Taken]) -> Turnout:
    """Adds up tickets by what became of them."""
    states: Counter[TicketState] = Counter()
    for some in taken:
        states[some.state] += some.n
    return Turnout(states.total(), states[TicketState.DONE], states[TicketState.ABSENT], states[TicketState.CANCELLED])


def turnout_by(taken: Iterable[Taken], key: Callable[[Taken], _Key]) -> dict[_Key, Turnout]:
    """Adds up tickets apart, by what ``key`` says of each kind."""
    groups: dict[_Key, list[Taken]] = {}
    for some in taken:
        groups.setdefault(key(some), []).append(some)
    return {name: turnout(group) for name, group in groups.items()}


def hour_of(stay: Stay) -> int:
    """The clock hour of Lima in which somebody came to wait: what a visitor chooses."""
    return in_lima(stay.waiting_since).hour


def lima_hour(number: int) -> int:
    """The clock hour of Lima of an hour of Unix time."""
    return in_lima(Micros(number * _HOUR_US)).hour
