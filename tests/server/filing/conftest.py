"""A filing for tests, and an office that receives it without pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from domain.clock import LIMA, in_lima, micros
from domain.filings import DocumentType, FilingRules, Unit
from domain.messages import Applicant, FilingPersonal
from server.clock import SystemClock
from server.compose import open_store
from server.filing.office import Filings
from server.filing.programs import new_token
from server.filing.reception import Presented
from server.offices import Offices
from server.store.accounts import Clerk
from server.store.integrations import Integration, add_integration
from server.store.settings import save_filing_rules
from server.store.writer import Writer
from tests.server.conftest import OFFICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.delivery import Channel
    from server.config import Config
    from server.filing.office import FilingView
    from server.store.filings import Filing
    from tests.server.conftest import Site

RULES = FilingRules(
    siglas="INS",
    types=(DocumentType("solicitud", "Solicitud"), DocumentType("carta", "Carta")),
    units=(Unit("legal", "Asesoría Legal"), Unit("logistica", "Logística")),
)
PERSON = FilingPersonal(
    applicant=Applicant("dni", "12345678", "MARIA PRUEBA EJEMPLO"),
    presenter=None,
    subject="Solicito copia de mi resolución",
    email="maria@ejemplo.pe",
    notices=True,
    annexes=("Copia de la resolución",),
)
FORM = Presented(UUID(int=0), None, None, "solicitud", "tramite", "legal", 3, PERSON)


class Counter:
    """A clerk who receives, at the site's own database."""

    def __init__(self, site: Site, writer: Writer) -> None:
        self.site = site
        self.writer = writer
        self.clerk = Clerk("ana", "1", OFFICE.id, b"", site.clock.now())
        self.ways: frozenset[Channel] = frozenset()

    @property
    def filings(self) -> Filings:
        """The office's filings, which tell citizens by ``ways``."""
        site = self.site
        return Filings(
            node=site.node,
            keys=site.keys,
            offices=site.composed.offices,
            clock=site.clock,
            writer=self.writer,
            read=site.engines.read,
            ways=self.ways,
        )

    def receive(self, **changes: Any) -> Filing:
        """Receives a form of its own."""
        form = replace(FORM, **({"id": uuid4()} | changes))
        return self.filings.receive(self.clerk, form, "")


def found_filings(config: Config, many: int) -> tuple[str, list[FilingView]]:
    """Filings in the database of a server that does not run yet, and the token of a system that may see them."""
    clock = SystemClock()
    store = open_store(config, clock)
    engines = store.engines
    office = config.office
    token, hashed = new_token()
    with engines.write.begin() as connection:
        save_filing_rules(connection, office.id, RULES, by="", now=clock.now())
        system = Integration(uuid4(), office.id, "sgd", "", clock.now(), "eva", None)
        add_integration(connection, system, hashed)
    writer = Writer(engines.write, lambda _: None)
    writer.start()
    offices = Offices(office)
    filings = Filings(node=store.node, keys=store.keys, offices=offices, clock=clock, writer=writer, read=engines.read)
    clerk = Clerk("ana", "1", office.id, b"", clock.now())
    made = [filings.view(clerk, filings.receive(clerk, replace(FORM, id=uuid4()), "").id, "") for _ in range(many)]
    writer.stop()
    engines.dispose()
    return token, made


def morning(site: Site, day: date | None = None) -> None:
    """Nine o'clock of that day; without one, of the next working day that is followed by another."""
    now, calendar = site.clock.now(), OFFICE.calendar
    wanted = day or in_lima(now).date() + timedelta(1)
    while day is None and not all(calendar.is_business_day(wanted + timedelta(more)) for more in (0, 1)):
        wanted += timedelta(1)
    site.clock.pass_s((micros(datetime.combine(wanted, time(9), LIMA)) - now) / 1e6)


@pytest.fixture
def counter(site: Site) -> Iterator[Counter]:
    """An office that files by `RULES`."""
    with site.engines.write.begin() as connection:
        save_filing_rules(connection, OFFICE.id, RULES, by="", now=site.clock.now())
    site.composed.offices.forget()
    morning(site)
    writer = Writer(site.engines.write, lambda _: None)
    writer.start()
    yield Counter(site, writer)
    writer.stop()
