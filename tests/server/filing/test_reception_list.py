"""What was received is found by its numbers, seen only by whoever is noted for it, and goes on from the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.clock import in_lima
from tests.server.filing.test_reception_page import NEEDS, Reception, at_the_same_hour, shown_alert

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tests.server.conftest import Site

pytestmark = pytest.mark.parametrize("building", ["sqlite"], indirect=True)


@pytest.fixture
def reception(site: Site) -> Iterator[Reception]:
    yield from at_the_same_hour(site)


def received(reception: Reception, **form: str) -> str:
    """The address of something received."""
    kept = reception.form() | {"folios": "3", "applicant_name": "MARIA PRUEBA EJEMPLO", "unit": "legal"} | form
    answer = reception.send(kept)
    assert answer.status_code == 303, shown_alert(answer.text)
    return str(answer.headers["location"]).split("/received")[0]


def observed(reception: Reception) -> str:
    address = received(reception, words="Falta la firma")
    assert reception.rows("status")[-1] == ("observed",)
    return address


def page(reception: Reception, address: str) -> str:
    answer = reception.clerk.client.get(address)
    assert answer.status_code == 200
    return str(answer.text)


def looks(reception: Reception) -> int:
    return len(reception.site.rows("SELECT 1 FROM audit WHERE action = 'filing.viewed'"))


def test_todays_are_listed_without_anything_personal(reception: Reception) -> None:
    received(reception)
    received(reception)
    shown = page(reception, "/desk/filing")
    year = in_lima(reception.site.clock.now()).year
    assert all(f"INS{year}000000{n}" in shown for n in (1, 2))
    assert "PRUEBA" not in shown
    assert looks(reception) == 0


@pytest.mark.parametrize("sought", ["ins{y}0000002", "{y}-lima-000002", "2", "000002", "{y}-LIMA-2"])
def test_one_is_found_by_each_of_its_numbers(reception: Reception, sought: str) -> None:
    received(reception)
    received(reception)
    year = in_lima(reception.site.clock.now()).year
    shown = page(reception, f"/desk/filing?q={sought.format(y=year)}")
    assert f"INS{year}0000002" in shown
    assert f"INS{year}0000001" not in shown


@pytest.mark.parametrize("sought", ["9", "INS20269999999", "%00", "' OR 1=1", "9" * 200, "2026-tacna-000001x"])
def test_what_is_not_there_is_said_to_be_not_there(reception: Reception, sought: str) -> None:
    received(reception)
    assert "No hay ningún expediente ni registro" in page(reception, f"/desk/filing?q={sought}&day=nunca")


def test_who_opens_one_is_noted(reception: Reception) -> None:
    address = received(reception)
    assert "MARIA PRUEBA EJEMPLO" in page(reception, address)
    assert looks(reception) == 1
    assert reception.clerk.client.get("/desk/filing/00000000-0000-0000-0000-000000000000").status_code == 404


def test_what_was_missing_is_brought_in_time(reception: Reception) -> None:
    address = observed(reception)
    assert "Falta la firma" in page(reception, address)
    form = {"folios": "2", "annexes": "Hoja firmada\nRecibo", "note": "Lo trajo su hermana"}
    answer = reception.clerk.post(f"{address.removeprefix('/desk/')}/corrected", form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{address}?done=corrected")
    assert reception.rows("status, folios, annexes") == [("corrected", 5, 2)]
    shown = page(reception, f"{address}?done=corrected")
    assert all(words in shown for words in ("Hoja firmada", "Lo trajo su hermana", "Se recibió lo que faltaba."))
    again = reception.clerk.post(f"{address.removeprefix('/desk/')}/corrected", form)  # the old page
    assert again.status_code == 409
    assert "ya no está como lo mostraba la página" in shown_alert(again.text)
    assert reception.rows("folios") == [(5,)]


def test_folios_of_a_correction_are_a_number_or_none(reception: Reception) -> None:
    address = observed(reception)
    answer = reception.clerk.post(f"{address.removeprefix('/desk/')}/corrected", {"folios": "dos", "note": "Trae todo"})
    assert answer.status_code == 400
    assert 'id="folios-fault"' in answer.text
    assert "Trae todo" in answer.text
    assert (
        reception.clerk.post(f"{address.removeprefix('/desk/')}/corrected", {"note": "Firmó aquí"}).status_code == 303
    )


def test_too_late_is_said_in_words_and_it_is_filed_anew(reception: Reception) -> None:
    address = observed(reception)
    until: date = reception.site.composed.offices.main.calendar.deadline(
        in_lima(reception.site.clock.now()).date(), 2
    )  # fmt: skip
    reception.site.clock.pass_s((until - in_lima(reception.site.clock.now()).date()).days * 86400 + 86400)
    reception.clerk.sign_in("ana", "1")
    answer = reception.clerk.post(f"{address.removeprefix('/desk/')}/corrected", {"folios": "1"})
    assert answer.status_code == 409
    expediente = reception.rows("expediente")[0][0]
    assert f"venció el {until:%d/%m/%Y}" in shown_alert(answer.text)
    assert f"/desk/filing/new?about={expediente}" in answer.text
    form = reception.form(about=expediente)
    assert form["about"] == expediente
    assert reception.send(form | {"folios": "1"}).status_code == 303
    assert reception.rows("about") == [("",), (expediente,)]


def test_it_is_handed_to_a_unit_from_the_desk(reception: Reception) -> None:
    address = received(reception).removeprefix("/desk/")
    answer = reception.clerk.post(f"{address}/forwarded", {"unit": "logistica", "words": "Para su atención"})
    assert answer.status_code == 303
    assert reception.rows("status, unit") == [("forwarded", "logistica")]
    assert "Para su atención" in page(reception, f"/desk/{address}")
    assert reception.clerk.post(f"{address}/forwarded", {"unit": "logistica"}).status_code == 409
    assert reception.clerk.post(f"{address}/forwarded", {"unit": "nadie"}).status_code == 400
    audit = [row for (row,) in reception.site.rows("SELECT action FROM audit ORDER BY id") if row.startswith("filing.")]
    assert audit[:2] == ["filing.received", "filing.forwarded"]


def test_whoever_is_not_signed_in_sees_and_does_nothing(reception: Reception) -> None:
    address = observed(reception)
    stranger = reception.site.browser()
    stranger.client.get("/desk")
    for path in ("/desk/filing", "/desk/filing/new", address, f"{address}/received"):
        assert stranger.client.get(path).status_code == 401
    for act in ("corrected", "forwarded"):
        assert stranger.post(f"{address.removeprefix('/desk/')}/{act}", {"unit": "legal"}).status_code == 401
    assert reception.rows("status") == [("observed",)]
    assert NEEDS[0] not in stranger.client.get("/desk/filing/new").text
