"""The office at a glance, for whoever supervises: who waits, who works, what needs somebody. Nobody's personal data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from domain.clock import Micros, in_lima
from domain.deadlines import Alert
from domain.filings import NumbersFrom
from domain.queue import ordinary_too_long
from domain.sync import RETENTION_US
from domain.tickets import TicketState
from server.projection import start_of_today
from server.store import history, tickets
from server.store.blocks import numbers_left
from server.store.boards import zones
from server.store.counters import counters as places
from server.store.node import reborn_at

if TYPE_CHECKING:
    from datetime import time

    from sqlalchemy import Connection, Engine

    from domain.clock import Clock
    from domain.health import Alarm
    from server.door import Door
    from server.filing.deadlines import Deadlines, Pending
    from server.fleet import Fleet
    from server.offices import Offices
    from server.store.accounts import Clerk
    from server.store.history import Finished
    from server.store.kiosks import Machine
    from server.store.tickets import Turn

_MINUTE_US = 60 * 1_000_000
_EVER = Micros(0)


@dataclass(frozen=True, slots=True)
class ServiceNow:
    """A line in front of the counters. ``since`` is when the one who waits longest took a ticket; None for nobody.

    ``is_served`` is whether an open counter calls it; one that makes a pause counts, it comes back.
    """

    code: str
    waiting: int
    preferential: int
    since: Micros | None
    is_served: bool


class Work(Enum):
    """What a counter is doing."""

    CLOSED = "closed"
    FREE = "free"
    PAUSED = "paused"
    CALLING = "calling"
    SERVING = "serving"
    LEFT = "left"
    """It holds a turn, and nobody is signed in there."""


@dataclass(frozen=True, slots=True)
class CounterNow:
    """A counter, and since when it does what it does (None where that is not known).

    ``done`` is how many visits ended there today, ``mean`` how long they took on average in microseconds (None
    before the first). ``clerk`` is the name of whoever sits there, empty for nobody.
    """

    counter: str
    label: str
    clerk: str
    work: Work
    since: Micros | None
    turn: Turn | None
    pause_reason: str
    done: int
    mean: int | None


@dataclass(frozen=True, slots=True)
class Refilling:
    """The database was put back ``since`` then, and ``machines`` have not yet given back all that they know."""

    since: Micros
    machines: list[str]


@dataclass(frozen=True, slots=True)
class Overview:
    """The office at the instant ``at``.

    ``longest`` is the turn that waits longest, None for nobody; ``too_long`` are the ordinary ones who wait longer
    than the ``limit_min`` minutes of the office's rules, the longest first. ``taken`` is how
    many tickets were taken today; ``absent`` and ``parked`` are today's, the last one first. ``own_siglas`` are those
    of the expedientes while the numbers that the centre leases are used up, empty while they are not.
    """

    at: Micros
    is_open: bool
    closes: time | None
    """At which hour it closes today; None of an office that is not known here."""
    longest: Turn | None
    too_long: list[Turn]
    limit_min: int
    taken: int
    services: list[ServiceNow]
    counters: list[CounterNow]
    absent: list[Turn]
    parked: list[Turn]
    alarms: list[tuple[Machine, Alarm]]
    filings: Pending
    has_closed: bool
    """Whether it worked today, and its hour of closing is past."""
    refilling: Refilling | None = None
    own_siglas: str = ""

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(one.waiting for one in self.services)

    @property
    def preferential(self) -> int:
        """How many of those are called before everybody else."""
        return sum(one.preferential for one in self.services)

    @property
    def at_counters(self) -> int:
        """How many are called or attended."""
        return sum(one.turn is not None for one in self.counters)

    @property
    def to_serve(self) -> int:
        """Whoever holds a ticket is attended today in any case, after closing too (Ley 27444 art. 138.4)."""
        return self.waiting + self.at_counters + len(self.parked)

    @property
    def open_counters(self) -> int:
        """How many counters somebody sits at, those of a pause too."""
        return sum(one.clerk != "" for one in self.counters)

    @property
    def working(self) -> int:
        """How many counters are open and make no pause."""
        return sum(one.work in {Work.FREE, Work.CALLING, Work.SERVING} for one in self.counters)

    @property
    def done(self) -> int:
        """How many visits ended today."""
        return sum(one.done for one in self.counters)

    @property
    def unserved(self) -> list[ServiceNow]:
        """The lines that no open counter calls from."""
        return [one for one in self.services if one.waiting and not one.is_served]

    @property
    def left(self) -> list[CounterNow]:
        """The counters that hold a turn without anybody there."""
        return [one for one in self.counters if one.work is Work.LEFT]

    @property
    def is_calm(self) -> bool:
        """Whether nothing needs anybody."""
        of_filings = self.filings.alerts or self.left_at_reception or self.own_siglas
        return not (self.too_long or self.unserved or self.left or self.alarms or self.refilling or of_filings)

    @property
    def left_at_reception(self) -> int:
        """How many of today's filings reception has still after closing: they are handed over the same day."""
        todays = len(self.filings.to_forward) - self.filings.alerts.get(Alert.TO_FORWARD, 0)
        return max(0, todays) if self.has_closed else 0


class Overlooker:
    """Looks at an office as a whole."""

    def __init__(
        self,
        *,
        offices: Offices,
        door: Door,
        fleet: Fleet,
        deadlines: Deadlines,
        clock: Clock,
        read: Engine,
        is_top: bool = True,
    ) -> None:
        """``is_top`` is whether no centre is above: then this node leases numbers to its own office."""
        self._offices = offices
        self._deadlines = deadlines
        self._is_top = is_top
        self._door = door
        self._fleet = fleet
        self._clock = clock
        self._read = read

    def look(self, office: str) -> Overview:
        """The office of that id as it is now."""
        now, clerks = self._clock.now(), self._door.at_counters(office)
        since = start_of_today(now)
        with self._read.connect() as connection:
            waiting = tickets.waiting(connection, office, since)
            taken = history.count_taken(connection, office, in_lima(now).date())
            counters = _counters(connection, office, clerks, now)
            absent = tickets.of_today(connection, office, since, TicketState.ABSENT)
            parked = tickets.of_today(connection, office, since, TicketState.PARKED)
            reborn = reborn_at(connection)
            own_siglas = self._own_siglas(connection, office, now)
        machines = self._fleet.machines(office)
        by_wait = sorted(waiting, key=lambda turn: turn.issued_at)
        limit_min = self._offices.rules_of(office).ordinary_alert_min
        known = self._offices.of(office)
        return Overview(
            at=now,
            is_open=known is not None and known.hours.is_open(now),
            closes=None if known is None else known.hours.until(now),
            longest=next(iter(by_wait), None),
            too_long=ordinary_too_long(waiting, now, limit_min),
            limit_min=limit_min,
            taken=taken,
            services=_services([one.code for one in known.services] if known else [], by_wait, clerks),
            counters=counters,
            absent=absent,
            parked=parked,
            alarms=[(one.machine, alarm) for one in machines for alarm in one.alarms],
            filings=self._deadlines.of(office),
            has_closed=known is not None and known.hours.closed_today_at(now) is not None,
            refilling=_refilling(reborn, [one.machine for one in machines], now),
            own_siglas=own_siglas,
        )

    def _own_siglas(self, connection: Connection, office: str, now: Micros) -> str:
        rules = self._offices.filing_rules_of(office)
        leases_itself = self._is_top and self._offices.called_here(office)
        if rules.numbers_from is not NumbersFrom.CENTRE or leases_itself:
            return ""
        is_left = numbers_left(connection, office, in_lima(now).year, rules.siglas)
        return "" if is_left else rules.own_siglas(office)

    def boards(self, office: str) -> dict[str, str]:
        """The titles of the boards beside the main one, by the name in their address."""
        with self._read.connect() as connection:
            return {zone.name: zone.title for zone in zones(connection, office)[1:]}


def _refilling(reborn: Micros | None, machines: list[Machine], now: Micros) -> Refilling | None:
    if reborn is None or now - reborn > RETENTION_US:
        return None
    left = [one.name for one in machines if one.seen_at is not None and (one.seen_at < reborn or one.backlog)]
    return Refilling(reborn, left) if left else None


def _services(codes: list[str], by_wait: list[Turn], clerks: list[Clerk]) -> list[ServiceNow]:
    """Each service's line: those that the office offers, in its order, then those that it offers no more."""
    lines: dict[str, list[Turn]] = {code: [] for code in codes}
    for turn in by_wait:
        lines.setdefault(turn.service, []).append(turn)
    return [
        ServiceNow(
            code=code,
            waiting=len(line),
            preferential=sum(turn.preferential for turn in line),
            since=line[0].issued_at if line else None,
            is_served=all(any(clerk.duty.may_call(turn) for clerk in clerks) for turn in line),
        )
        for code, line in lines.items()
    ]


def _counters(connection: Connection, office: str, clerks: list[Clerk], now: Micros) -> list[CounterNow]:
    """Every counter that is set up, is open, holds a turn or did something today, by its number."""
    labels = {place.number: place.label for place in places(connection, office)}
    at_work = {clerk.counter: clerk for clerk in clerks}
    held = {
        turn.counter or "": turn
        for turn in tickets.of_today(connection, office, _EVER, TicketState.CALLED, TicketState.SERVING)
    }
    finished = history.finished_by_counter(connection, office, in_lima(now).date())
    return [
        _counter(name, labels.get(name, ""), at_work.get(name), held.get(name), finished.get(name))
        for name in sorted({*labels, *at_work, *held, *finished}, key=lambda name: (len(name), name))
    ]


def _counter(name: str, label: str, clerk: Clerk | None, turn: Turn | None, finished: Finished | None) -> CounterNow:
    work, since = _work(clerk, turn)
    return CounterNow(
        counter=name,
        label=label,
        clerk=(clerk.full_name or clerk.name) if clerk else "",
        work=work,
        since=since,
        turn=turn,
        pause_reason=clerk.pause_reason if clerk else "",
        done=finished.done if finished else 0,
        mean=finished.attended // finished.stays if finished else None,
    )


def _work(clerk: Clerk | None, turn: Turn | None) -> tuple[Work, Micros | None]:
    """What a counter does, and since when; a turn there tells more than a pause."""
    if turn is not None:
        if clerk is None:
            return Work.LEFT, turn.changed_at
        calling = turn.state is TicketState.CALLED
        return (Work.CALLING, turn.called_at) if calling else (Work.SERVING, turn.changed_at)
    if clerk is None:
        return Work.CLOSED, None
    return (Work.PAUSED, clerk.paused_at) if clerk.paused_at is not None else (Work.FREE, None)
