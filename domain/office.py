"""An office as its citizens and its kiosks know it: names, hours, services."""

from __future__ import annotations

from datetime import datetime, time, timedelta
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
    """Something people come for. ``code`` is stable and short; ``name`` is Spanish, for screens and paper."""

    code: Code
    name: str
    hint: str = ""


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When tickets are given out, in Lima time: from ``opens`` up to, not including, ``closes``.

    ``weekdays`` counts Monday as 1 (ISO). At least eight consecutive hours a day are due (Ley 27444 art. 138.1);
    whoever holds a ticket is served after closing too (art. 138.4).
    """

    opens: time = time(8, 0)
    closes: time = time(16, 15)
    weekdays: tuple[Annotated[int, msgspec.Meta(ge=1, le=7)], ...] = (1, 2, 3, 4, 5)
    national_holidays_closed: bool = True

    def __post_init__(self) -> None:
        """Refuses hours in which nobody could ever come."""
        if self.opens >= self.closes or not self.weekdays:
            raise ValueError("an office opens before it closes, on some day of the week")

    def is_open(self, now: Micros) -> bool:
        """Whether a ticket may be taken ``now``."""
        moment = in_lima(now)
        return self._works_on(moment) and self.opens <= moment.time() < self.closes

    def next_opening(self, now: Micros) -> datetime:
        """The next moment after ``now`` at which the office opens, as Lima's wall clock shows it."""
        moment = in_lima(now)
        opening = datetime.combine(moment.date(), self.opens, moment.tzinfo)
        while opening <= moment or not self._works_on(opening):
            opening += timedelta(1)
        return opening

    def _works_on(self, moment: datetime) -> bool:
        closed = self.national_holidays_closed and moment.date() in _holidays(moment.year)
        return moment.isoweekday() in self.weekdays and not closed


@cache
def _holidays(year: int) -> holidays.HolidayBase:
    """Peru's national holidays (D.Leg. 713 art. 6 and its amendments)."""
    return holidays.country_holidays("PE", years=year)


class Office(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reception office. ``id`` is its name in every event.

    ``tracking_base_url`` is the address in the tickets' QR codes: the centre's where there is one, else the
    office's own.
    """

    id: Code
    entity: str
    name: str
    tracking_base_url: WebAddress
    services: tuple[Service, ...]
    entity_short: str = ""
    address: str = ""
    hours: Hours = Hours()

    def service(self, code: str) -> Service | None:
        """The service of that code, or None if it is not offered here (any more)."""
        return next((service for service in self.services if service.code == code), None)
