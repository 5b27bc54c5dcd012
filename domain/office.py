"""An office as its citizens and its kiosks know it: names, hours, services."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import cache
from typing import Annotated

import holidays
import msgspec

from domain.clock import Micros, in_lima

Code = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9][a-z0-9-]{0,31}\Z")]
"""A name for programs, in events and addresses for ever: small letters, digits and hyphens, at most 32."""


WebAddress = Annotated[str, msgspec.Meta(pattern=r"\Ahttps?://[A-Za-z0-9.:\[\]-]+/?\Z")]
"""Scheme, host and port of a server; no path."""


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something people come for. ``code`` is stable and short; ``name`` is Spanish, for screens and paper.

    ``requirements`` are what to bring, in plain words; whoever lacks one is received all the same (Ley 27444 art.
    124.1). ``is_filing`` tells documents handed in from the other services of the catalogue.
    """

    code: Code
    name: str
    hint: str = ""
    requirements: tuple[str, ...] = ()
    is_filing: bool = True


class Closure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole day on which the office is closed though the week says otherwise: decreed, or for a reason of its own."""

    day: date
    reason: str = ""


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When tickets are given out, in Lima time: from ``opens`` up to, not including, ``closes``.

    ``weekdays`` counts Monday as 1 (ISO). At least eight consecutive hours a day are due (Ley 27444 art. 138.1);
    whoever holds a ticket is served after closing too (art. 138.4).
    """

    opens: time = time(8, 0)
    closes: time = time(16, 15)
    weekdays: tuple[Annotated[int, msgspec.Meta(ge=1, le=7)], ...] = (1, 2, 3, 4, 5)
    national_holidays_closed: bool = True
    closures: tuple[Closure, ...] = ()

    def __post_init__(self) -> None:
        """Refuses hours in which nobody could ever come."""
        if self.opens >= self.closes or not self.weekdays:
            raise ValueError("an office opens before it closes, on some day of the week")

    def is_open(self, now: Micros) -> bool:
        """Whether a ticket may be taken ``now``."""
        moment = in_lima(now)
        return self._works_on(moment) and self.opens <= moment.time() < self.closes

    def closed_today_at(self, now: Micros) -> time | None:
        """At which hour the office closed today; None before it closes, and on a day on which it does not open."""
        moment = in_lima(now)
        return self.closes if self._works_on(moment) and moment.time() >= self.closes else None

    def next_opening(self, now: Micros) -> datetime:
        """The next moment after ``now`` at which the office opens, as Lima's wall clock shows it."""
        moment = in_lima(now)
        opening = datetime.combine(moment.date(), self.opens, moment.tzinfo)
        while opening <= moment or not self._works_on(opening):
            opening += timedelta(1)
        return opening

    def _works_on(self, moment: datetime) -> bool:
        day = moment.date()
        closed = self.national_holidays_closed and day in _holidays(day.year)
        return moment.isoweekday() in self.weekdays and not closed and all(day != other.day for other in self.closures)


@cache
def _holidays(year: int) -> holidays.HolidayBase:
    """Peru's national holidays (D.Leg. 713 art. 6 and its amendments)."""
    return holidays.country_holidays("PE", years=year)


class Branch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another office of the entity, for people who are told where else they can go."""

    id: Code
    name: str
    address: str
    hours: Hours = Hours()


class FilingDay(Enum):
    """When what reaches the virtual channel counts as presented (domain facts: two texts of the rule are in use)."""

    BUSINESS_DAYS = "business_days"
    """00:00 to 23:59 of a business day is that day; Saturdays, Sundays and holidays are the next business day."""
    EVERY_DAY = "every_day"
    """00:00 to 23:59 of any day is that day (text of 2025)."""


class VirtualDesk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The entity's virtual reception, open when the office is not."""

    url: str
    filing_day: FilingDay = FilingDay.BUSINESS_DAYS


class Privacy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the law wants told before data is asked for (Ley 29733 art. 18, D.S. 016-2024-JUS arts. 6 and 37.4).

    ``contact`` is where the data protection officer answers; ``bank`` the registered data bank's name; ``days_kept``
    how long a turn's data stay, which the entity decides.
    """

    contact: str = ""
    bank: str = ""
    days_kept: Annotated[int, msgspec.Meta(ge=1)] = 30


class QueueRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an office calls, as far as the law leaves it a choice; kiosks do not need it.

    ``ordinary_alert_min`` is after how many minutes an ordinary visitor's wait alarms the desks. ``let_pass`` is how
    often a visitor may let two others pass from the phone. ``languages`` are those of the phone's pages.
    """

    ordinary_alert_min: Annotated[int, msgspec.Meta(ge=5, le=240)] = 40
    let_pass: Annotated[int, msgspec.Meta(ge=0, le=5)] = 2
    languages: tuple[str, ...] = ("es", "en")


class Office(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reception office. ``id`` is its name in every event.

    ``tracking_base_url`` is the address in the tickets' QR codes: the centre's where there is one, else the
    office's own. ``branches`` are the entity's other offices. ``complaints_url`` is the Libro de Reclamaciones on the
    State's one platform (D.S. 007-2020-PCM arts. 5.1-5.2).
    """

    id: Code
    entity: str
    name: str
    tracking_base_url: WebAddress
    services: tuple[Service, ...]
    entity_short: str = ""
    address: str = ""
    hours: Hours = Hours()
    branches: tuple[Branch, ...] = ()
    virtual_desk: VirtualDesk | None = None
    complaints_url: str = "https://reclamos.servicios.gob.pe/"
    privacy: Privacy = Privacy()

    def service(self, code: str) -> Service | None:
        """The service of that code, or None if it is not offered here (any more)."""
        return next((service for service in self.services if service.code == code), None)
