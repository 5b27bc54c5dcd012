"""An office as its citizens and its kiosks know it: names, hours, services."""

from __future__ import annotations

from typing import Annotated

import msgspec

from domain.calendar import Calendar, FilingDay, Hours

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


class Branch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another office of the entity, for people who are told where else they can go."""

    id: Code
    name: str
    address: str
    hours: Hours = Hours()


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

    @property
    def calendar(self) -> Calendar:
        """Its days in law, with the virtual desk's rule; without a virtual desk that rule is nobody's concern."""
        return Calendar(self.hours) if self.virtual_desk is None else Calendar(self.hours, self.virtual_desk.filing_day)
