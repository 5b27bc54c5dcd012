"""The office's own page: where, when, what to bring, how many wait, the hour to come."""

from __future__ import annotations

import re
from datetime import date, time
from typing import TYPE_CHECKING

import msgspec
import pytest

from domain.calendar import Hours, SpecialDay
from domain.estimate import BestHours
from domain.office import QueueRules, Service, VirtualDesk
from server.office_page import runs_of_days
from server.store.settings import save_settings, take_from_file
from server.waits import Waits
from server.web.languages import day_names
from tests.server.conftest import OFFICE

if TYPE_CHECKING:
    from domain.office import Office
    from tests.server.conftest import Site


def set_up(site: Site, office: Office, languages: tuple[str, ...] = ("es", "en")) -> None:
    with site.engines.write.begin() as connection:
        take_from_file(connection, OFFICE, site.clock.now())
        save_settings(connection, office, QueueRules(languages=languages), by="ana", now=site.clock.now())
    site.composed.offices.forget()


def told(site: Site, path: str = "/office") -> str:
    answer = site.client.get(path)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert answer.headers["referrer-policy"] == "no-referrer"
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text.split("<main")[1]))


def test_it_says_where_when_and_what_to_bring(site: Site) -> None:
    sunday = Hours(time(8), time(13), (1, 2, 3, 6), special_days=(SpecialDay(date(2030, 1, 2), "Inventario"),))
    services = (Service("tramite", "Presentar", requirements=("Solicitud firmada",)), Service("otro", "Consultar"))
    desk = VirtualDesk("https://virtual.example")
    office = msgspec.structs.replace(
        OFFICE, address="Av. Ejemplo 123", hours=sunday, services=services, virtual_desk=desk
    )
    set_up(site, office)
    said = told(site).replace(" ,", ",").replace(" :", ":")
    for words in (
        "Av. Ejemplo 123", "lunes a miércoles, sábado, de 08:00 a 13:00", "Los feriados nacionales",
        "Solicitud firmada", "No hace falta traer nada", "miércoles 02/01: Inventario", "Presente por internet",
        "Libro de Reclamaciones",
    ):  # fmt: skip
        assert words in said, words


def test_it_says_whether_it_is_open_and_when_it_opens(site: Site) -> None:
    always = Hours(time(0), time(23, 59), (1, 2, 3, 4, 5, 6, 7), national_holidays_closed=False)
    set_up(site, msgspec.structs.replace(OFFICE, hours=always))
    assert "Abierto Se dan turnos hasta las 23:59" in told(site)
    only = msgspec.structs.replace(always, opens=time(23, 0))  # it is nine in Lima
    set_up(site, msgspec.structs.replace(OFFICE, hours=only))
    assert re.search(r"Cerrado Abre el \S+ \d\d/\d\d a las 23:00", told(site))


def test_it_counts_all_who_wait_and_no_class(site: Site) -> None:
    assert "Nadie espera ahora" in told(site)
    kiosk = site.enrol()
    kiosk.issue(preferential=True)
    kiosk.sync(site.client)
    assert "1 persona espera ahora" in told(site)
    kiosk.issue()
    kiosk.sync(site.client)
    said = told(site)
    assert "2 personas esperan ahora" in said
    assert not re.search("preferen", said, re.IGNORECASE)


def test_the_best_hour_is_told_where_there_is_one(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Todavía no hay suficientes datos" in told(site)
    known = BestHours({8: 20, 9: 31, 10: None, 14: 6}, best=14)
    monkeypatch.setattr(Waits, "best_hours", lambda *_: known)
    assert "De 14:00 a 15:00 se suele esperar menos: unos 6 minutos." in told(site)
    monkeypatch.setattr(Waits, "best_hours", lambda *_: BestHours({8: 20, 9: 24}, best=None))
    assert "A toda hora se suele esperar parecido." in told(site)


def test_it_speaks_four_languages(site: Site) -> None:
    set_up(site, OFFICE, ("es", "en", "qu", "ay"))
    assert "Monday to Friday" in told(site, "/office?l=en")
    assert "lunes - viernes" in told(site, "/office?l=qu")
    assert "lunisa - wirnisa" in told(site, "/office?l=ay")
    assert day_names("es")[0] == "lunes"


@pytest.mark.parametrize(
    ("days", "runs"),
    [
        ((1, 2, 3, 4, 5), ((1, 5),)),
        ((6, 1, 3, 2), ((1, 3), (6, 6))),
        ((7,), ((7, 7),)),
        ((1, 3, 5), ((1, 1), (3, 3), (5, 5))),
    ],
)
def test_days_that_follow_each_other_are_one_run(days: tuple[int, ...], runs: tuple[tuple[int, int], ...]) -> None:
    assert runs_of_days(Hours(weekdays=days)) == runs
