"""How well a wait is told: offices are played for weeks, each estimate beside the wait that came."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from random import Random
from statistics import fmean, median
from typing import TYPE_CHECKING, NamedTuple

from domain.clock import Micros
from domain.estimate import Attention, WaitRange, wait_range
from domain.history import PAUSE, History, Stay
from domain.queue import LATELY_US, wait_minutes
from tests.bench.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MONDAY = Micros(1_772_427_600_000_000)
"""Midnight in Lima."""
DAY_S = 24 * 3600
OPENS_S, CLOSES_S = 8 * 3600.0, 16.25 * 3600.0
LOOK_S = 10 * 60.0
"""A phone looks when its turn is issued, and again every so many seconds."""
PAST_DAYS = 20
SEED = 1
LONG_MIN = 20


class Service(NamedTuple):
    """Minutes that an attention takes (log-normal), and its share of the visitors."""

    mean: float
    sigma: float
    share: float


@dataclass(frozen=True)
class Kind:
    """An office: its counters day by day, visitors an hour from eight on, shares that are preferential or absent.

    It is watched for ``days`` days; where there are many visitors only one in ``every`` looks, to save time.
    """

    counters: tuple[int, ...]
    hourly: tuple[float, ...]
    preferential: float
    days: int
    every: int
    absent: float = 0.06


SERVICES = {"recepcion": Service(5, 0.7, 0.6), "consulta": Service(3, 0.6, 0.25), "copias": Service(11, 0.8, 0.15)}
SHAPE = (0.9, 1.3, 1.35, 1.1, 0.75, 0.7, 1.0, 1.1, 0.6)
KINDS = {
    "quiet": Kind((2, 2, 2, 1, 2), tuple(6.5 * part for part in SHAPE), 0.15, 100, 1),
    "busy": Kind((4, 4, 4, 3, 4), tuple(27 * part for part in SHAPE), 0.2, 30, 3),
    "overloaded": Kind((6, 6, 6, 6, 5), tuple(50 * part for part in SHAPE), 0.25, 20, 6),
}


@dataclass(eq=False)
class Visit:
    """One turn; the seconds of its issue, call and end are the day's, below 0 for what has not come yet."""

    n: int
    at: float
    service: str
    preferential: bool
    absent: bool
    called: float = -1.0
    ended: float = -1.0
    next_call: float | None = None


@dataclass(eq=False)
class Clerk:
    """Somebody at a counter; ``away`` are the next pauses: from when, in the day's seconds, and for how long."""

    pace: float
    away: deque[tuple[float, float]]
    open: bool = False
    visit: Visit | None = None
    last: Visit | None = None
    tidying: bool = False
    left_at: float | None = None
    opened_at: float = 0.0

    def attention(self, now: float) -> Attention | None:
        """What the server knows of the counter."""
        if self.left_at is not None:
            return Attention(PAUSE, now - self.left_at)
        return Attention(self.visit.service, now - self.visit.called) if self.visit else None


class Told(NamedTuple):
    """What was told at one look, and the wait that came, in minutes; None where nothing was told."""

    wait: float
    ours: WaitRange | None
    rival: int | None


class Look(NamedTuple):
    """What a visitor was told at a moment."""

    at: float
    visit: Visit
    ours: WaitRange | None
    rival: int | None


@dataclass(eq=False)
class Day:
    """One day of an office; the looks of its visitors are kept when there is a ``history`` to tell them something."""

    kind: Kind
    number: int
    chance: Random
    history: History | None = None
    visits: list[Visit] = field(default_factory=list)
    pauses: list[tuple[float, float]] = field(default_factory=list)
    shifts: list[tuple[Micros, Micros]] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    waiting: list[Visit] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)
    clerks: list[Clerk] = field(default_factory=list)
    _agenda: list[tuple[float, int, Callable[[float], None]]] = field(default_factory=list)
    _places: count[int] = field(default_factory=count)

    def play(self) -> Day:
        """From opening until the last visitor is served."""
        for place in range(self.kind.counters[self.number % len(self.kind.counters)]):
            self._employ(place)
        self._send_visitors()
        while self._agenda:
            at, _, what = heapq.heappop(self._agenda)
            what(at)
        closed = max(CLOSES_S, *(visit.ended for visit in self.visits))
        self.shifts += [
            (self.instant(clerk.opened_at), self.instant(closed))
            for clerk in self.clerks
            if clerk.open and clerk.opened_at < closed
        ]
        return self

    def told(self) -> Iterator[Told]:
        """Each look beside what came."""
        return (Told((look.visit.called - look.at) / 60, look.ours, look.rival) for look in self.looks)

    def stays(self) -> Iterator[Stay]:
        """The day's, as the office's log has them."""
        for visit in self.visits:
            following = None if visit.next_call is None else self.instant(visit.next_call)
            yield Stay.between(visit.service, self.instant(visit.called), self.instant(visit.ended), following)
        for at, away in self.pauses:
            yield Stay(PAUSE, int(at // 3600), away)

    def preferential(self) -> Iterator[tuple[str, int]]:
        """Service and hour of each."""
        return ((visit.service, int(visit.at // 3600)) for visit in self.visits if visit.preferential)

    def instant(self, seconds: float) -> Micros:
        return Micros(MONDAY + int((self.number * DAY_S + seconds) * 1e6))

    def _plan(self, at: float, what: Callable[[float], None]) -> None:
        heapq.heappush(self._agenda, (at, next(self._places), what))

    def _employ(self, place: int) -> None:
        """A clerk comes up to ten minutes late, has a lunch of 45 minutes in turns and two short breaks."""
        lunch = (12 * 3600 + place % 3 * 2700 + self.chance.uniform(0, 600), 2700.0)
        breaks = [(self.chance.uniform(from_, from_ + 5400), self.chance.uniform(480, 900)) for from_ in (33000, 52000)]
        clerk = Clerk(self.chance.lognormvariate(0, 0.12), deque(sorted([lunch, *breaks])))
        self.clerks.append(clerk)
        self._plan(OPENS_S + self.chance.choice([0, 0, self.chance.uniform(0, 600)]), partial(self._open, clerk))

    def _send_visitors(self) -> None:
        services = list(SERVICES)
        shares = [SERVICES[service].share for service in services]
        for hour, rate in enumerate(self.kind.hourly):
            start = OPENS_S + hour * 3600
            at = start + self.chance.expovariate(rate / 3600)
            while at < min(start + 3600, CLOSES_S):
                visit = Visit(
                    len(self.visits),
                    at,
                    self.chance.choices(services, shares)[0],
                    self.chance.random() < self.kind.preferential,
                    self.chance.random() < self.kind.absent,
                )
                self.visits.append(visit)
                self._plan(at, partial(self._come, visit))
                at += self.chance.expovariate(rate / 3600)

    def _come(self, visit: Visit, now: float) -> None:
        self.waiting.append(visit)
        self._call(now)
        if self.history is not None and visit.n % self.kind.every == 0:
            self._look(self.history, visit, now)

    def _look(self, history: History, visit: Visit, now: float) -> None:
        if visit.called < 0:
            self.looks.append(self._tell(history, visit, now))
            self._plan(now + LOOK_S, partial(self._look, history, visit))

    def _tell(self, history: History, visit: Visit, now: float) -> Look:
        place = _order(visit)
        ahead = [other.service for other in sorted(self.waiting, key=_order) if _order(other) < place]
        busy = [clerk.attention(now) for clerk in self.clerks if clerk.open or clerk.left_at is not None]
        at = self.instant(now)
        ours = wait_range(history, ahead, busy, preferential=visit.preferential, now=at)
        calls = [self.instant(call) for call in self.calls if now - call <= LATELY_US / 1e6]
        return Look(now, visit, ours, wait_minutes(len(ahead), calls, at))

    def _open(self, clerk: Clerk, now: float) -> None:
        clerk.open, clerk.left_at, clerk.opened_at = True, None, now
        self._call(now)

    def _call(self, now: float) -> None:
        """Every free counter calls whoever is next."""
        for clerk in self.clerks:
            if self.waiting and clerk.open and clerk.visit is None and not clerk.tidying:
                visit = min(self.waiting, key=_order)
                self.waiting.remove(visit)
                visit.called = now
                self.calls.append(now)
                if clerk.last:
                    clerk.last.next_call = now
                clerk.visit = clerk.last = visit
                self._plan(now + self._busy(visit, clerk), partial(self._end, clerk))

    def _busy(self, visit: Visit, clerk: Clerk) -> float:
        """In seconds: three calls without an answer, or walking up and being attended."""
        if visit.absent:
            return self.chance.uniform(75, 150)
        service = SERVICES[visit.service]
        mean = service.mean * clerk.pace * 60
        return 20 + mean * self.chance.lognormvariate(-(service.sigma**2) / 2, service.sigma)

    def _end(self, clerk: Clerk, now: float) -> None:
        assert clerk.visit
        clerk.visit.ended = now
        clerk.visit = None
        if clerk.away and clerk.away[0][0] <= now:
            _, away = clerk.away.popleft()
            clerk.open = False
            clerk.left_at = now
            self.pauses.append((now, away))
            self.shifts.append((self.instant(clerk.opened_at), self.instant(now)))
            self._plan(now + away, partial(self._open, clerk))
        else:
            clerk.tidying = True
            self._plan(now + self.chance.uniform(5, 45), partial(self._ready, clerk))

    def _ready(self, clerk: Clerk, now: float) -> None:
        clerk.tidying = False
        self._call(now)


def _order(visit: Visit) -> tuple[bool, float]:
    return not visit.preferential, visit.at


def told(kind: Kind, seed: int, past: int, days: int) -> list[Told]:
    """What visitors of ``days`` days were told by the history of the ``past`` ones before."""
    before = [Day(kind, number, Random(seed * 1000 + number)).play() for number in range(past)]
    history = History.of(
        stays=(stay for day in before for stay in day.stays()),
        preferential=(turn for day in before for turn in day.preferential()),
        shifts=(shift for day in before for shift in day.shifts),
        days=past,
    )
    after = [Day(kind, number, Random(seed * 1000 + number), history).play() for number in range(past, past + days)]
    return [look for day in after for look in day.told()]


def figures() -> Iterator[Figure]:
    """By kind of office: the error beside that of the pace of the last calls, the share inside, and the width."""
    for name, kind in KINDS.items():
        looks = told(kind, SEED, PAST_DAYS, kind.days)
        ranged = [(look.wait, look.ours) for look in looks if look.ours is not None]
        both = [look for look in looks if look.ours is not None and look.rival is not None]
        how = f"{kind.days} days after {PAST_DAYS}, seed {SEED}, {len(ranged)} of {len(looks)} looks told something"
        yield Figure(
            f"estimate.{name}.error_min",
            fmean(abs(look.wait - middle(look.ours)) for look in both if look.ours),
            "min",
            f"mean absolute error of the range's middle; limit: that of the pace of the last calls; {how}",
            fmean(abs(look.wait - look.rival) for look in both if look.rival is not None),
        )
        long = [(wait, ours) for wait, ours in ranged if middle(ours) >= LONG_MIN]
        promised = f"waits inside the range; limit: promised; {how}"
        yield Figure(f"estimate.{name}.inside_pct", inside_pct(ranged), "%", promised, 80)
        yield Figure(
            f"estimate.{name}.inside_long_pct", inside_pct(long), "%", f"from {LONG_MIN} min on; {promised}", 80
        )
        width = median(ours.high_min - ours.low_min for _, ours in ranged)
        usual = median(look.wait for look in looks)
        yield Figure(f"estimate.{name}.width_min", width, "min", f"median; limit: median wait; {how}", usual)


def middle(range_: WaitRange) -> float:
    """What somebody takes a range for who wants one number."""
    return (range_.low_min + range_.high_min) / 2


def inside_pct(ranged: Sequence[tuple[float, WaitRange]]) -> float:
    """How many of the waits were within what was told."""
    return fmean(100 * (told_.low_min <= wait <= told_.high_min) for wait, told_ in ranged)
