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

    def until(self, now: Micros) -> time:
        """At which hour it closes today; the usual one on a day on which it does not open."""
        return self.closing(in_lima(now).date()) or self.closes

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
def _holidays(year: int) -> dict[date, str]:
    """Peru's national holidays (D.Leg. 713 art. 6 and its amendments); a plain table, which is asked quickest."""
    return dict(holidays.country_holidays("PE", years=year, language="es"))


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


class Why(Enum):
    """Why a day is passed over."""

    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    DECREED = "decreed"
    """Non-working by decree, or a regional holiday: the office's table or the known decrees say so."""
    CLOSED = "closed"
    """It counts, but the desk does not open: nothing is presented at it, and no term ends (art. 134.2)."""
    SHORT = "short"
    """It counts, but attention is not of normal hours: no term ends on it (art. 134.2)."""
    AFTER_HOURS = "after_hours"
    """Who came to the desk that day came after its hours."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A day that was passed over; ``name`` is the holiday's, the decree's or the closure's, and may be empty."""

    day: date
    why: Why
    name: str = ""


@dataclass(frozen=True, slots=True)
class Filed:
    """The dates of something that was presented: when it came in, which day that is in law, when its terms begin.

    ``skipped`` are the days from when it came in until it counts as presented. A deadline is asked of the calendar
    with ``presented_on``, not with the day on which the term begins.
    """

    received_at: Micros
    presented_on: date
    term_starts_on: date
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """A term: its last day, until whose end one is in time (art. 140.1), and the days that were passed over."""

    deadline: date
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of an office in law: those that count for terms, and how what it receives is dated.

    Monday to Friday count, whatever days the desk works: an office that also opens on Saturdays shortens no term.
    """

    hours: Hours = _USUAL
    filing_day: FilingDay = FilingDay.BUSINESS_DAYS

    def is_business_day(self, day: date) -> bool:
        """Whether that day counts for terms (arts. 134.1, 137)."""
        return self._not_counted(day) is None

    def next_business_day(self, day: date) -> date:
        """The first business day after ``day``."""
        return _pass_over(day + _DAY, self._not_counted, [])

    def filed_at_desk(self, received_at: Micros, *, came_in_hours: bool = False) -> Filed:
        """The dates of what the desk received.

        ``came_in_hours`` is true of whoever holds a ticket of that day: tickets are given only while people are let in,
        and who came in time is served after closing too, and presents on that day (art. 138.4). Of others the moment
        counts; after closing, or on a day without attention, it is the desk's next day.
        """
        moment = in_lima(received_at)
        today = moment.date()
        closes = self.hours.closing(today)
        if came_in_hours or (closes is not None and moment.time() < closes):
            return self._filed(received_at, today, [])
        skipped = [] if closes is None else [Skipped(today, Why.AFTER_HOURS)]
        day = _pass_over(today if closes is None else today + _DAY, self._not_attended, skipped)
        return self._filed(received_at, day, skipped)

    def filed_virtually(self, received_at: Micros) -> Filed:
        """The dates of what the virtual channel received, by the office's ``filing_day``."""
        day, skipped = in_lima(received_at).date(), list[Skipped]()
        if self.filing_day is FilingDay.BUSINESS_DAYS:
            day = _pass_over(day, self._not_counted, skipped)
        return self._filed(received_at, day, skipped)

    def deadline(self, since: date, days: int) -> date:
        """The last day of a term of so many business days after ``since``, the day of the act: presented, observed.

        Where attention on the last day is not of normal hours the term ends on the next business day (art. 134.2).

        Raises:
            ValueError: no days at all.
        """
        return self.term(since, days).deadline

    def deadline_in_months(self, since: date, months: int) -> date:
        """The last day of a term of so many months, twelve a year, date to date from ``since`` (art. 134.3).

        Where the last month has no such day it ends on the first business day of the month after; where the last day
        is no business day, or attention is not of normal hours, on the next one.

        Raises:
            ValueError: no months at all.
        """
        return self.term_in_months(since, months).deadline

    def term(self, since: date, days: int) -> Term:
        """What `deadline` says, with the days that were passed over.

        Raises:
            ValueError: no days at all.
        """
        if days < 1:
            raise ValueError("a term has at least a day")
        day, skipped = since, list[Skipped]()
        for _ in range(days):
            day = _pass_over(day + _DAY, self._not_counted, skipped)
        return Term(_pass_over(day, self._not_the_last, skipped), tuple(skipped))

    def term_in_months(self, since: date, months: int) -> Term:
        """What `deadline_in_months` says, with the days that were passed over at its end.

        Raises:
            ValueError: no months at all.
        """
        if months < 1:
            raise ValueError("a term has at least a month")
        year, month = divmod(since.year * _YEAR + since.month - 1 + months, _YEAR)
        last = monthrange(year, month + 1)[1]
        day = date(year, month + 1, min(since.day, last)) + (_DAY if since.day > last else timedelta())
        skipped = list[Skipped]()
        return Term(_pass_over(day, self._not_the_last, skipped), tuple(skipped))

    def _filed(self, received_at: Micros, presented_on: date, skipped: list[Skipped]) -> Filed:
        return Filed(received_at, presented_on, self.next_business_day(presented_on), tuple(skipped))

    def _not_counted(self, day: date) -> Skipped | None:
        """Why a day does not count for terms; None of one that does."""
        if day.isoweekday() not in _WORKING_WEEK:
            return Skipped(day, Why.WEEKEND)
        holiday = _holidays(day.year).get(day)
        if holiday is not None:
            return Skipped(day, Why.HOLIDAY, holiday)
        special = self.hours.special(day)
        if special is not None:
            return None if special.counts else Skipped(day, Why.DECREED, special.reason)
        return Skipped(day, Why.DECREED, DECREED[day]) if day in DECREED else None

    def _not_attended(self, day: date) -> Skipped | None:
        """Why the desk does not open on a day; None of one on which it does."""
        if self.hours.closing(day) is not None:
            return None
        special = self.hours.special(day)
        return self._not_counted(day) or Skipped(day, Why.CLOSED, "" if special is None else special.reason)

    def _not_the_last(self, day: date) -> Skipped | None:
        """Why no term ends on a day (art. 134.2); None of one on which terms end."""
        not_counted = self._not_counted(day)
        if not_counted is not None:
            return not_counted
        special = self.hours.special(day)
        if special is not None and special.attention is Attention.CLOSED:
            return Skipped(day, Why.CLOSED, special.reason)
        week = _WORKING_WEEK.intersection(self.hours.weekdays)
        if week and day.isoweekday() not in week:  # an office of weekends only would end no term ever
            return Skipped(day, Why.CLOSED)
        if special is not None and special.closes is not None and special.closes < self.hours.closes:
            return Skipped(day, Why.SHORT, special.reason)
        return None


def _pass_over(day: date, why_not: Callable[[date], Skipped | None], skipped: list[Skipped]) -> date:
    """The first day from ``day`` on that nothing speaks against; those before it are added to ``skipped``."""
    while (found := why_not(day)) is not None:
        skipped.append(found)
        day += _DAY
    return day
