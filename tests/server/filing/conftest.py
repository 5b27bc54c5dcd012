"""A filing for tests, and an office that receives it without pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from domain.calendar import Calendar
from domain.clock import in_lima
from domain.filings import DocumentType, FilingRules, Unit
from domain.messages import Applicant, FilingPersonal
from server.filing.office import Filings
from server.filing.reception import Presented
from server.store.accounts import Clerk
from server.store.settings import save_filing_rules
from server.store.writer import Writer
from tests.server.conftest import OFFICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.clock import Micros
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
        self.clerk = Clerk("ana", "1", OFFICE.id, b"", site.clock.now())
        self.filings = Filings(
            node=site.node,
            keys=site.keys,
            offices=site.composed.offices,
            clock=site.clock,
            writer=writer,
            read=site.engines.read,
        )

    def receive(self, **changes: Any) -> Filing:
        """Receives a form of its own."""
        form = replace(FORM, **({"id": uuid4()} | changes))
        return self.filings.receive(self.clerk, form, "")


def _to_a_working_morning(now: Micros) -> float:
    """Seconds until nine in Lima of the first such day."""
    moment, calendar = in_lima(now), Calendar()
    morning = moment.replace(hour=9, minute=0, second=0, microsecond=0)
    while morning < moment or not all(calendar.is_business_day(morning.date() + timedelta(day)) for day in (0, 1)):
        morning += timedelta(1)
    return (morning - moment).total_seconds()


@pytest.fixture
def counter(site: Site) -> Iterator[Counter]:
    """An office that files by `RULES`, at nine in the morning of a working day after which there is another one."""
    site.clock.pass_s(_to_a_working_morning(site.clock.now()))
    with site.engines.write.begin() as connection:
        save_filing_rules(connection, OFFICE.id, RULES, by="", now=site.clock.now())
    site.composed.offices.forget()
    writer = Writer(site.engines.write, lambda _: None)
    writer.start()
    yield Counter(site, writer)
    writer.stop()
