"""The office's calendar: when it is open, which days count for terms, and how what it receives is dated by law.

``Hours`` is what an office sets up; ``Calendar`` is the law over it (Ley 27444, single ordered text D.S.
006-2026-JUS). docs/dates.md tells the rules with their articles.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Annotated, NamedTuple

import holidays
import msgspec

from domain.clock import Micros, in_lima
from domain.decreed import DECREED

if TYPE_CHECKING:
    from collections.abc import Callable

DUE_MINUTES_A_DAY = 8 * 60
"""Ley 27444 art. 138.1 (single ordered text)."""

_DAY = timedelta(1)
_WORKING_WEEK = frozenset((1, 2, 3, 4, 5))
_YEAR = 12


class Attention(Enum):
    """What the desk does on a day that is unlike the others of its week."""

    CLOSED = "closed"
    SHORT = "short"
    """Opens as always and closes earlier."""
    OPEN = "open"
    """Opens as always: of a day that was decreed non-working, and on which this office works all the same."""


class SpecialDay(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A day on which the office does not do as the week and the holidays say; with no more than a day, it is closed.

    ``closes`` is the hour of a short day, and None of others. ``counts`` is whether the day counts for terms: an office
    that closes for a reason of its own takes no day out of them (art. 137.3), a decree does (art. 137.1), and so does a
    regional holiday (art. 134.1). ``reason`` is for people, of a decreed day the decree.
    """

    day: date
    reason: str = ""
    attention: Attention = Attention.CLOSED
    closes: time | None = None
    counts: bool = True

    def __post_init__(self) -> None:
        """Refuses a short day without an hour, and an hour of a day that is not short."""
        if (self.attention is Attention.SHORT) != (self.closes is not None):
            raise ValueError("a day with short hours, and no other, has its hour of closing")


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When tickets are given out, in Lima time: from ``opens`` up to, not including, ``closes``.

    ``weekdays`` counts Monday as 1 (ISO). At least eight consecutive hours a day are due (Ley 27444 art. 138.1);
    whoever holds a ticket is served after closing too (art. 138.4). ``special_days`` are ``closures`` in files and
    messages, from when they could only be that.
    """

    opens: time = time(8, 0)
    closes: time = time(16, 15)
    weekdays: tuple[Annotated[int, msgspec.Meta(ge=1, le=7)], ...] = (1, 2, 3, 4, 5)
    national_holidays_closed: bool = True
    special_days: tuple[SpecialDay, ...] = msgspec.field(default=(), name="closures")

    def __post_init__(self) -> None:
        """Refuses hours in which nobody could ever come."""
        if self.opens >= self.closes or not self.weekdays:
            raise ValueError("an office opens before it closes, on some day of the week")

    @property
    def minutes_a_day(self) -> int:
        """How long the office gives out tickets on a working day, in whole minutes."""
        opens, closes = (at.hour * 60 + at.minute for at in (self.opens, self.closes))
        return closes - opens

    @property
    def is_long_enough(self) -> bool:
        """Whether these are the eight consecutive hours that are due."""
        return self.minutes_a_day >= DUE_MINUTES_A_DAY

    def special(self, day: date) -> SpecialDay | None:
        """What is special on that day; None of a day like the others."""
        return next((special for special in self.special_days if special.day == day), None)

    def closing(self, day: date) -> time | None:
        """At which hour it closes that day; None if it does not open at all."""
        special = self.special(day)
        if special is not None and special.attention is Attention.CLOSED:
            return None
        on_holiday = self.national_holidays_closed and day in _holidays(day.year)
        if day.isoweekday() not in self.weekdays or on_holiday:
            return None
        closes = self.closes if special is None or special.closes is None else min(special.closes, self.closes)
        return closes if closes > self.opens else None

    def is_open(self, now: Micros) -> bool:
        """Whether a ticket may be taken ``now``."""
        moment = in_lima(now)
        closes = self.closing(moment.date())
        return closes is not None and self.opens <= moment.time() < closes

    def closed_today_at(self, now: Micros) -> time | None:
        """At which hour the office closed today; None before it closes, and on a day on which it does not open."""
        moment = in_lima(now)
        closes = self.closing(moment.date())
        return closes if closes is not None and moment.time() >= closes else None

    def next_opening(self, now: Micros) -> datetime:
        """The next moment after ``now`` at which the office opens, as Lima's wall clock shows it."""
        moment = in_lima(now)
        opening = datetime.combine(moment.date(), self.opens, moment.tzinfo)
        while opening <= moment or self.closing(opening.date()) is None:
            opening += _DAY
        return opening


_USUAL = Hours()


class Holiday(NamedTuple):
    """A national holiday, by its name in Spanish."""

    day: date
    name: str


@cache
def _holidays(year: int) -> holidays.HolidayBase:
    """Peru's national holidays (D.Leg. 713 art. 6 and its amendments)."""
    return holidays.country_holidays("PE", years=year, language="es")


def national_holidays(year: int) -> list[Holiday]:
    """The national holidays of a year in order."""
    return [Holiday(day, name) for day, name in sorted(_holidays(year).items())]


class FilingDay(Enum):
    """When what reaches the virtual channel counts as presented; two texts of the rule are in use."""

    BUSINESS_DAYS = "business_days"
    """00:00 to 23:59 of a business day is that day; any other day is the next business day."""
    EVERY_DAY = "every_day"
    """00:00 to 23:59 of any day is that day (D.S. 029-2021-PCM art. 46.2, text of D.S. 098-2025-PCM)."""


class Channel(Enum):
    """Where something was presented."""

    DESK = "desk"
    VIRTUAL = "virtual"


@dataclass(frozen=True, slots=True)
class Filed:
    """The dates of something that was presented: when it came in, which day that is in law, when its terms begin."""

    received_at: Micros
    presented_on: date
    term_starts_on: date
    """The first day of a term in days; the deadline is asked of the calendar with ``presented_on``."""


class Why(Enum):
    """Why a day is passed over."""

    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    DECREED = "decreed"
    """Non-working by decree, or a regional holiday: the office's table or the known decrees say so."""
    CLOSED = "closed"
    """It counts, but the desk did not open: nothing is presented at it, and no term ends (art. 134.2)."""
    SHORT = "short"
    """It counts, but attention was not of normal hours: no term ends on it (art. 134.2)."""
    AFTER_HOURS = "after_hours"
    """Who came to the desk that day came after its hours."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A day that was passed over; ``name`` is the holiday's, the decree's or the closure's, and may be empty."""

    day: date
    why: Why
    name: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of an office in law: those that count for terms, and how what it receives is dated.

    Monday to Friday count, whatever days the desk works: an office that also opens on Saturdays shortens no term.
    """

    hours: Hours = _USUAL
    filing_day: FilingDay = FilingDay.BUSINESS_DAYS

    def is_business_day(self, day: date) -> bool:
        """Whether that day counts for terms (arts. 134.1, 137)."""
        return self._out_of_terms(day) is None

    def next_business_day(self, day: date) -> date:
        """The first business day after ``day``."""
        return _first(day + _DAY, self.is_business_day)

    def filed_at_desk(self, received_at: Micros, came_at: Micros | None = None) -> Filed:
        """The dates of what the desk received at ``received_at`` from someone who came at ``came_at``.

        Whoever came within hours is served after closing and presents on that day (art. 138.4); hand in the time of
        the ticket. Who came after closing, or on a day without attention, presents on the desk's next day; without
        ``came_at`` it is the moment of reception that counts.
        """
        received, came = in_lima(received_at), in_lima(received_at if came_at is None else came_at)
        arrived = came.time() if came.date() == received.date() else received.time()
        closes = self.hours.closing(received.date())
        if closes is not None and arrived < closes:
            return self._filed(received_at, received.date())
        return self._filed(received_at, _first(received.date() + _DAY, lambda day: self.hours.closing(day) is not None))

    def filed_virtually(self, received_at: Micros) -> Filed:
        """The dates of what the virtual channel received at ``received_at``, by the office's ``filing_day``."""
        day = in_lima(received_at).date()
        if self.filing_day is FilingDay.BUSINESS_DAYS:
            day = _first(day, self.is_business_day)
        return self._filed(received_at, day)

    def filed(self, channel: Channel, received_at: Micros, came_at: Micros | None = None) -> Filed:
        """The dates of what came in by ``channel``; ``came_at`` is for the desk's."""
        if channel is Channel.DESK:
            return self.filed_at_desk(received_at, came_at)
        return self.filed_virtually(received_at)

    def deadline(self, since: date, days: int) -> date:
        """The last day of a term of so many business days after ``since``, the day of the act: presented, observed.

        Where attention on the last day is not of normal hours the term ends on the next business day (art. 134.2).

        Raises:
            ValueError: no days at all.
        """
        if days < 1:
            raise ValueError("a term has at least a day")
        day = since
        for _ in range(days):
            day = self.next_business_day(day)
        return self._end(day)

    def deadline_in_months(self, since: date, months: int) -> date:
        """The last day of a term of so many months (twelve a year), date to date from ``since`` (art. 134.3).

        Where the last month has no such day it ends on the first business day of the month after; where the last day
        is no business day, or attention is not of normal hours, on the next one.

        Raises:
            ValueError: no months at all.
        """
        if months < 1:
            raise ValueError("a term has at least a month")
        year, month = divmod(since.year * _YEAR + since.month - 1 + months, _YEAR)
        last = monthrange(year, month + 1)[1]
        day = date(year, month + 1, min(since.day, last))
        return self._end(day if since.day <= last else day + _DAY)

    def _filed(self, received_at: Micros, presented_on: date) -> Filed:
        return Filed(received_at, presented_on, self.next_business_day(presented_on))

    def _end(self, day: date) -> date:
        return _first(day, lambda last: self.is_business_day(last) and self._short_of_normal(last) is None)

    def _out_of_terms(self, day: date) -> Skipped | None:
        if day.isoweekday() not in _WORKING_WEEK:
            return Skipped(day, Why.WEEKEND)
        holiday = _holidays(day.year).get(day)
        if holiday is not None:
            return Skipped(day, Why.HOLIDAY, holiday)
        special = self.hours.special(day)
        if special is not None:
            return None if special.counts else Skipped(day, Why.DECREED, special.reason)
        return Skipped(day, Why.DECREED, DECREED[day]) if day in DECREED else None

    def _short_of_normal(self, day: date) -> Skipped | None:
        """Why attention was not of normal hours on a business day."""
        special = self.hours.special(day)
        if special is not None and special.attention is Attention.CLOSED:
            return Skipped(day, Why.CLOSED, special.reason)
        week = _WORKING_WEEK.intersection(self.hours.weekdays)
        if week and day.isoweekday() not in week:  # an office of weekends only would end no term ever
            return Skipped(day, Why.CLOSED)
        if special is not None and special.closes is not None and special.closes < self.hours.closes:
            return Skipped(day, Why.SHORT, special.reason)
        return None


def _first(day: date, holds: Callable[[date], bool]) -> date:
    while not holds(day):
        day += _DAY
    return day
