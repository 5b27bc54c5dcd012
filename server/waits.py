"""How long a turn may wait, and the best hour to come: an office's own past days, put to `domain.estimate`.

A day's history is read once a day and process; what goes on now is read at each question.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.clock import Micros, in_lima
from domain.estimate import Attention, BestHours, Waited, WaitRange, best_hours, wait_range
from domain.history import PAUSE, History, Stay
from domain.tickets import TicketState
from server.projection import start_of_today
from server.store import attentions, shifts, tickets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date

    from sqlalchemy import Engine

    from domain.clock import Clock
    from domain.queue import InLine
    from server.door import Door
    from server.offices import Offices
    from server.store.accounts import Clerk
    from server.store.attentions import Attention as Stayed
    from server.store.shifts import Shift

DAYS = 60
"""History is of so many days, those without work among them: a season, and no longer."""
LONGEST_SHIFT_US = 12 * 3600 * 1_000_000
"""A session lasts no longer; a shift that seems to was left open by a browser that was closed."""


@dataclass(frozen=True, slots=True)
class Past:
    """What the days before ``day`` tell."""

    day: date
    history: History
    best: BestHours


class Waits:
    """The waits of the offices that are called here. Not a dataclass, because Litestar would build one."""

    def __init__(self, *, offices: Offices, door: Door, clock: Clock, read: Engine) -> None:
        self._offices = offices
        self._door = door
        self._clock = clock
        self._read = read
        self._memory: dict[str, Past] = {}
        self._lock = threading.Lock()  # a day's history is read by one request, not by all that come in the morning

    def best_hours(self, office: str) -> BestHours:
        """The usual wait of each opening hour, and the best one to come."""
        return self._past(office).best

    def of(self, office: str, turn: InLine, ahead: Sequence[InLine]) -> tuple[int, int] | None:
        """Between how many minutes and how many ``turn`` is called, which has ``ahead`` before it; None for unknown."""
        told = self._told(office, turn, ahead)
        return None if told is None else (told.low_min, told.high_min)

    def _told(self, office: str, turn: InLine, ahead: Sequence[InLine]) -> WaitRange | None:
        now = self._clock.now()
        serving = [clerk for clerk in self._door.at_counters(office) if clerk.duty.may_call(turn)]
        history = self._past(office).history
        if not serving or not history.enough:
            return None
        return wait_range(
            history,
            [other.service for other in ahead],
            self._counters(office, serving, now),
            preferential=turn.preferential,
            now=now,
            services=_services(serving),
        )

    def _counters(self, office: str, serving: Iterable[Clerk], now: Micros) -> list[Attention | None]:
        states = (TicketState.CALLED, TicketState.SERVING)
        with self._read.connect() as connection:
            at_counters = tickets.of_today(connection, office, start_of_today(now), *states)
        held = {turn.counter: turn for turn in at_counters}
        found: list[Attention | None] = []
        for clerk in serving:
            turn = held.get(clerk.counter)
            if turn is not None:
                found.append(Attention(turn.service, _seconds(turn.called_at or now, now)))
            elif clerk.paused_at is not None:
                found.append(Attention(PAUSE, _seconds(clerk.paused_at, now)))
            else:
                found.append(None)
        return found

    def _past(self, office: str) -> Past:
        today = in_lima(self._clock.now()).date()
        with self._lock:
            known = self._memory.get(office)
            if known is None or known.day != today:
                known = self._memory[office] = self._read_past(office, today)
        return known

    def _read_past(self, office: str, today: date) -> Past:
        first, last = today - timedelta(DAYS), today - timedelta(1)
        with self._read.connect() as connection:
            stays = attentions.of_days(connection, office, first, last)
            worked = shifts.shifts_of_days(connection, office, first, last)
            issued = tickets.issued_of_days(connection, office, first, last)
        pauses = [
            Stay(PAUSE, in_lima(one.began_at).hour, _seconds(one.began_at, one.ended_at))
            for one in worked
            if one.kind == shifts.PAUSE and one.ended_at is not None
        ]
        history = History.of(
            [*_stays(stays), *pauses],
            preferential=[(one.service, in_lima(one.issued_at).hour) for one in issued if one.preferential],
            shifts=[_span(one) for one in worked if one.kind == shifts.OPEN and one.ended_at is not None],
            days=max(1, len({one.business_day for one in issued})),
        )
        return Past(today, history, best_hours(_waited(stays), self._hours(office)))

    def _hours(self, office: str) -> range:
        known = self._offices.of(office)
        if known is None:
            return range(0)
        hours = known.hours
        return range(hours.opens.hour, hours.closes.hour + (hours.closes.minute > 0))


def _services(serving: Iterable[Clerk]) -> Collection[str] | None:
    """What these counters call before anything else; None for every service."""
    lists = [clerk.first_list for clerk in serving]
    return None if not all(lists) else frozenset().union(*lists)


def _seconds(since: Micros, until: Micros) -> float:
    return max(0.0, (until - since) / 1_000_000)


def _span(one: Shift) -> tuple[Micros, Micros]:
    ended = one.ended_at if one.ended_at is not None else one.began_at
    return one.began_at, Micros(min(ended, one.began_at + LONGEST_SHIFT_US))


def _stays(stays: Iterable[Stayed]) -> Iterable[Stay]:
    """How long each turn kept its counter busy, until the next was called there if that was soon."""
    by_counter: dict[tuple[date, str], list[Stayed]] = {}
    for stay in stays:
        by_counter.setdefault((stay.business_day, stay.counter), []).append(stay)
    for line in by_counter.values():
        for stay, next_call in zip(line, [*(later.called_at for later in line[1:]), None], strict=True):
            if stay.ended_at is not None:
                yield Stay.between(stay.service, stay.called_at, stay.ended_at, next_call)


def _waited(stays: Iterable[Stayed]) -> Iterable[Waited]:
    """Each ordinary turn's wait until its first call."""
    seen = set()
    for stay in stays:
        if stay.ticket not in seen and not stay.preferential:
            minutes = _seconds(stay.waiting_since, stay.called_at) / 60
            yield Waited(stay.business_day, in_lima(stay.waiting_since).hour, minutes)
        seen.add(stay.ticket)
