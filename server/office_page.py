"""What anybody may know of the office before coming: where, when, what to bring, how many wait, the hour to come."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from domain.calendar import Attention
from domain.clock import in_lima
from server.store import boards

if TYPE_CHECKING:
    from datetime import datetime, time

    from sqlalchemy import Engine

    from domain.calendar import Hours, SpecialDay
    from domain.clock import Clock, Micros
    from domain.office import Office
    from server.public import PublicQueue
    from server.waits import Waits

MOST_CLOSURES = 6
"""Of days to come on which it is closed, and of those on which it closes early; later ones are nobody's concern yet."""


@dataclass(frozen=True, slots=True)
class UsualWait:
    """How many minutes one usually waits who comes in the hour that begins at ``hour`` (0 to 23)."""

    hour: int
    minutes: int


@dataclass(frozen=True, slots=True)
class OfficeNow:
    """The office at this moment. ``opens`` is its next opening, where it is closed now; ``hours`` may be empty."""

    office: Office
    is_open: bool
    opens: datetime | None
    waiting: int
    days: tuple[tuple[int, int], ...]
    """When it works: runs of days, each by its first and last (ISO, Monday is 1)."""
    closes: time
    """At which hour it closes today, where it opens."""
    closures: tuple[SpecialDay, ...]
    short_days: tuple[SpecialDay, ...]
    hours: tuple[UsualWait, ...]
    best: UsualWait | None
    """The hour in which one usually waits least; None where none is worth coming for."""
    notices: tuple[str, ...]
    moment: Micros


class OfficePage:
    """The pages of the offices that are known here."""

    def __init__(
        self,
        *,
        queue: PublicQueue,
        clock: Clock,
        waits: Waits,
        read: Engine,
    ) -> None:
        self._queue = queue
        self._clock = clock
        self._waits = waits
        self._read = read

    def now(self, office: Office) -> OfficeNow:
        """That office as it is now."""
        now = self._clock.now()
        today = in_lima(now).date()
        is_open = office.hours.is_open(now)
        with self._read.connect() as connection:
            notices = tuple(one.words for one in boards.notices(connection, office.id) if one.is_on(today))
        known = self._waits.best_hours(office.id)
        hours = {hour: UsualWait(hour, minutes) for hour, minutes in known.usual.items() if minutes is not None}
        coming = sorted((one for one in office.hours.special_days if one.day >= today), key=lambda one: one.day)
        closed = (special for special in coming if special.attention is Attention.CLOSED)
        short = (special for special in coming if special.attention is Attention.SHORT)
        return OfficeNow(
            office=office,
            is_open=is_open,
            opens=None if is_open else office.hours.next_opening(now),
            waiting=len(self._queue.line(office.id).waiting),
            days=runs_of_days(office.hours),
            closes=office.hours.until(now),
            closures=tuple(islice(closed, MOST_CLOSURES)),
            short_days=tuple(islice(short, MOST_CLOSURES)),
            hours=tuple(hours.values()),
            best=None if known.best is None else hours[known.best],
            notices=notices,
            moment=now,
        )


def runs_of_days(hours: Hours) -> tuple[tuple[int, int], ...]:
    """The days on which it works, those that follow each other as one run: 1, 2, 3 and 6 are (1, 3), (6, 6)."""
    runs: list[tuple[int, int]] = []
    for day in sorted(set(hours.weekdays)):
        if runs and runs[-1][1] == day - 1:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return tuple(runs)
