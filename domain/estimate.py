"""How long one waits, by what this office did on past days: a range for one turn, and the best hour to come.

What is known of past visits (`History`) plays the counters forward from how they stand now, a hundred times; the range
is what comes out in most plays (`wait_range`). "Unknown" is an answer, too: with no counter open, or with too few
visits behind it, nothing is told. How it is made in plain words, and its error as measured: docs/waits.md.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from heapq import heapify, heapreplace
from itertools import accumulate
from math import ceil, exp, floor, log, log1p, sqrt
from random import Random
from statistics import NormalDist, median
from typing import TYPE_CHECKING

from domain.clock import in_lima
from domain.history import PAUSE, Usual

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from domain.clock import Micros
    from domain.history import History

FREE_S = 60.0
"""A free counter calls within the minute."""
PLAYS = 100
LOW, HIGH = 0.14, 0.87
"""Between these shares of the plays lies the range. Rounded outwards it holds eight waits of ten (docs/waits.md)."""
DAY_SPREAD = 0.12
"""A day is slower or quicker as a whole by such a share: in a long wait single visits even out, clerks do not."""
STEPS_MIN = ((10, 1), (20, 2))
LONG_STEP_MIN = 5
"""A wait below ten minutes is told in single minutes, below twenty in even ones, above in fives."""
MOST_ARRIVALS = 200
"""So many preferential visitors, at most, come before one ordinary turn: no play goes on for ever."""
RAREST = 0.999
"""An attention that lasts longer than this share of all tells nothing more: it counts as that long."""

FEWEST_DAYS = 5
FEWEST_WAITS = 10
"""An hour's usual wait is known from so many days on which somebody came in it, and so many waits."""
WORTH_IT_MIN = 5
"""An hour is better to come when the usual wait in another is so much longer; less is no advice."""

_NORMAL = NormalDist()
_HOUR_S = 3600.0
_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Attention:
    """What a counter is busy with: the turn's service, or `PAUSE`, and the seconds since its call or beginning."""

    service: str
    seconds: float


@dataclass(frozen=True, slots=True)
class WaitRange:
    """Eight waits of ten are between these, in whole minutes."""

    low_min: int
    high_min: int


def wait_range(
    history: History,
    ahead: Sequence[str],
    counters: Sequence[Attention | None],
    *,
    preferential: bool,
    now: Micros,
    services: Collection[str] | None = None,
) -> WaitRange | None:
    """How long until a turn is called that has ``ahead`` before it: their services, in the order of calls.

    ``counters`` are those that call this line: None for a free one, `PAUSE` for one that will be back; those closed
    are left out. ``services`` are what they call, None for all. Others still come who go before an ordinary turn, so
    its range is later and wider than that of a ``preferential`` one. It takes about a millisecond for 20 ahead.

    None when nothing can be told: no counter is open (all pause, or there is none), or the history is too short.
    """
    open_now = sum(counter is None or counter.service != PAUSE for counter in counters)
    if not open_now or not history.enough:
        return None
    clock = in_lima(now)
    waits = _played(history, ahead, counters, clock)
    if not preferential:
        waits = _delayed(history, waits, open_now, clock, services)
    waits = sorted(wait * pace for wait, pace in zip(waits, _paces(), strict=True))
    low, high = waits[round(LOW * PLAYS)] / _MINUTE_S, waits[round(HIGH * PLAYS) - 1] / _MINUTE_S
    return WaitRange(_rounded(low, floor), _rounded(high, ceil))


def _rounded(minutes: float, outwards: Callable[[float], int]) -> int:
    """To what one says of such a wait."""
    step = next((step for below, step in STEPS_MIN if minutes < below), LONG_STEP_MIN)
    return outwards(minutes / step) * step


# --- the counters, played forward -------------------------------------------------------------------------------


def _played(
    history: History, ahead: Sequence[str], counters: Sequence[Attention | None], clock: datetime
) -> list[float]:
    """When a counter is free for the turn after ``ahead``, in seconds from now, in each play.

    Whichever counter is free first calls the next; nothing else decides. Every place in line and every counter has
    its own luck, the same in each call of this function: a longer line or fewer counters make no play shorter.
    """
    pauses = _pauses(history, clock)
    stays = {service: _added(_quantiles(history.stay(service, clock.hour)), pauses) for service in set(ahead)}
    line = [(stays[service], _shuffled("line", place)) for place, service in enumerate(ahead)]
    busy = [
        (_left(history, counter, pauses, clock), _shuffled("counter", place)) for place, counter in enumerate(counters)
    ]
    waits = []
    for play in range(PLAYS):
        free = [left[order[play]] for left, order in busy]
        heapify(free)
        for stay, order in line:
            heapreplace(free, free[0] + stay[order[play]])
        waits.append(free[0])
    return waits


def _delayed(
    history: History, waits: list[float], counters: int, clock: datetime, services: Collection[str] | None
) -> list[float]:
    """``waits`` with those who still come and go before: each takes its part of the ``counters`` while one waits."""
    rates: dict[int, float] = defaultdict(float)
    parts = []
    for (service, hour), rate in history.preferential.items():
        if services is None or service in services:
            rates[hour] += rate / _MINUTE_S
            parts.append((rate, history.stay(service, clock.hour)))
    if not parts:
        return waits
    stays = _quantiles(_mixture(parts))
    due = _Due(rates, clock)
    delayed = []
    for play, wait in enumerate(waits):
        until = wait
        for place, arrival in enumerate(_arrivals(play)):
            if arrival > due.until(until):
                break
            until += stays[_shuffled("preferential", place)[play]] / counters
        delayed.append(until)
    return delayed


class _Due:
    """How many turns are due from now until a moment of today, by each hour's rate a second."""

    def __init__(self, rates: Mapping[int, float], clock: datetime) -> None:
        gone = clock.minute * _MINUTE_S + clock.second
        self._rates = [rates.get(hour, 0.0) for hour in range(clock.hour, 24)] + [0.0]
        self._starts = [0.0, *(hour * _HOUR_S - gone for hour in range(1, len(self._rates)))]
        lengths = (later - start for start, later in zip(self._starts, self._starts[1:], strict=False))
        self._before = [0.0, *accumulate(rate * length for rate, length in zip(self._rates, lengths, strict=False))]

    def until(self, seconds: float) -> float:
        hour = bisect_right(self._starts, seconds) - 1
        return self._before[hour] + self._rates[hour] * (seconds - self._starts[hour])


# --- stays as curves --------------------------------------------------------------------------------------------


def _curve(usual: Usual) -> tuple[float, float]:
    """The two parameters of a log-normal: many visits are short and a few very long, at nearly every counter."""
    mean = max(usual.mean, 1.0)
    squared = max(log1p(usual.variance / mean**2), 0.0025)
    return log(mean) - squared / 2, sqrt(squared)


def _quantiles(usual: Usual, n: int = PLAYS) -> list[float]:
    """``n`` stays in seconds, evenly from short to long."""
    mu, sigma = _curve(usual)
    return [exp(mu + sigma * z) for z in _evenly(n)]


def _left(history: History, counter: Attention | None, pauses: Sequence[float], clock: datetime) -> list[float]:
    """How long a counter will still be busy, in each play: like the stays that were as long as this one already is."""
    if counter is None:
        return [FREE_S * (place + 0.5) / PLAYS for place in range(PLAYS)]
    began = clock - timedelta(seconds=counter.seconds)
    mu, sigma = _curve(history.stay(counter.service, began.hour))
    done = min(max(counter.seconds, 1.0), exp(mu + sigma * _NORMAL.inv_cdf(RAREST)))
    passed = _NORMAL.cdf((log(done) - mu) / sigma)
    shares = (passed + (1 - passed) * (place + 0.5) / PLAYS for place in range(PLAYS))
    left = [max(0.0, exp(mu + sigma * _NORMAL.inv_cdf(share)) - done) for share in shares]
    return left if counter.service == PAUSE else _added(left, pauses)


def _pauses(history: History, clock: datetime) -> list[float]:
    """By how much a pause makes a stay longer, in each play: mostly by nothing.

    Clerks pause as often as is usual in the hour from now on, however long the line: the next counter's luck does not
    depend on this one's wait.
    """
    gone = clock.minute / 60
    rate = (1 - gone) * history.pauses.get(clock.hour, 0.0) + gone * history.pauses.get(clock.hour + 1, 0.0)
    taken = round(PLAYS * min(1.0, rate * history.office.mean))
    return _quantiles(history.stay(PAUSE, clock.hour), taken) + [0.0] * (PLAYS - taken)


def _added(stays: Sequence[float], pauses: Sequence[float]) -> list[float]:
    """Short and long stays alike may be followed by a pause."""
    return [stay + pauses[other] for stay, other in zip(stays, _shuffled("pause", 0), strict=True)]


def _mixture(parts: Sequence[tuple[float, Usual]]) -> Usual:
    """The stays of all ``parts`` together, each by its weight."""
    whole = sum(weight for weight, _ in parts)
    mean = sum(weight * usual.mean for weight, usual in parts) / whole
    squares = sum(weight * (usual.variance + usual.mean**2) for weight, usual in parts) / whole
    return Usual(sum(usual.n for _, usual in parts), mean, max(0.0, squares - mean**2))


# --- luck, the same at every look, so that no range flickers ----------------------------------------------------


@cache
def _evenly(n: int) -> tuple[float, ...]:
    """``n`` values of a normal curve."""
    return tuple(_NORMAL.inv_cdf((place + 0.5) / n) for place in range(n))


@cache
def _shuffled(what: str, place: int) -> tuple[int, ...]:
    """Which of its even values somebody gets in each play: all of them come once, so a hundred plays are enough."""
    order = list(range(PLAYS))
    Random(f"{what} {place}").shuffle(order)
    return tuple(order)


@cache
def _paces() -> tuple[float, ...]:
    """How slow the day of each play is; 1 is as usual."""
    even, order = _evenly(PLAYS), _shuffled("day", 0)
    return tuple(exp(DAY_SPREAD * even[place]) for place in order)


@cache
def _arrivals(play: int) -> tuple[float, ...]:
    """When preferential visitors come in a play, told in how many are due by then."""
    chance = Random(f"arrivals {play}")
    return tuple(accumulate(chance.expovariate(1.0) for _ in range(MOST_ARRIVALS)))


# --- the best hour to come --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waited:
    """The wait of one turn of the past, in ``minutes`` from its issue to its first call; ``hour`` is the issue's."""

    day: date
    hour: int
    minutes: float


@dataclass(frozen=True, slots=True)
class BestHours:
    """The usual wait of each opening hour in whole minutes, None where too little is known; and the best hour to come.

    ``best`` is None when no hour is clearly better than another.
    """

    usual: Mapping[int, int | None]
    best: int | None


def best_hours(waits: Iterable[Waited], hours: Sequence[int]) -> BestHours:
    """The usual wait (median) in each of the opening ``hours``, from past days, and the hour in which it is shortest.

    Hand in ordinary turns only: preferential ones wait for nobody, and their wait is not everybody's. Of hours with
    the same usual wait the best is that with the shorter bad days (one wait in ten is longer), then the earlier one.
    """
    by_hour: dict[int, list[Waited]] = defaultdict(list)
    for wait in waits:
        by_hour[wait.hour].append(wait)
    known = {hour: sorted(wait.minutes for wait in by_hour[hour]) for hour in hours if _is_known(by_hour[hour])}
    usual = {hour: round(median(minutes)) for hour, minutes in known.items()}
    best = min(known, key=lambda hour: (usual[hour], known[hour][len(known[hour]) * 9 // 10], hour), default=None)
    if best is not None and max(usual.values()) - usual[best] < WORTH_IT_MIN:
        best = None
    return BestHours({hour: usual.get(hour) for hour in hours}, best)


def _is_known(waits: Sequence[Waited]) -> bool:
    return len(waits) >= FEWEST_WAITS and len({wait.day for wait in waits}) >= FEWEST_DAYS
