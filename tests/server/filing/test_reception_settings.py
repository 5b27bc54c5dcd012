"""How an office files is set in the browser: numbers never come twice, and a code means one thing for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.clock import in_lima
from domain.filings import DocumentType, FilingRules, NumbersFrom, Unit
from server.store.accounts import Role
from tests.server.conftest import PASSWORD
from tests.server.filing.test_reception_page import Reception, at_the_same_hour
from tests.server.test_admin_settings import audited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.conftest import ChiefTwin, Site

pytestmark = pytest.mark.parametrize("building", ["sqlite"], indirect=True)
HOME = "/admin/filing"
OWN = {"numbers_from": "office"}


@pytest.fixture
def reception(site: Site) -> Iterator[Reception]:
    yield from at_the_same_hour(site)


@pytest.fixture
def chief(reception: Reception) -> ChiefTwin:
    return reception.site.chief(role=Role.SUPERVISOR)


def rules(reception: Reception) -> FilingRules:
    return reception.site.composed.offices.filing_rules_of("lima")


def receive(reception: Reception, **form: str) -> None:
    assert reception.send(reception.form() | {"folios": "1"} | form).status_code == 303


def test_the_next_number_is_shown_and_a_new_format_holds_from_there_on(reception: Reception, chief: ChiefTwin) -> None:
    year = in_lima(reception.site.clock.now()).year
    receive(reception)
    assert f"INS{year}0000002" in chief.page(HOME)
    form = {"siglas": "cets", "number_pattern": "{siglas}-{year}-{n:4}"} | OWN
    assert chief.fill(HOME, f"{HOME}/numbers", form).status_code == 303
    receive(reception)
    assert reception.rows("expediente") == [(f"INS{year}0000001",), (f"CETS-{year}-0001",)]
    assert audited(reception.site)[-2][:2] == ("eva", "filing.rules")
    assert "INS → CETS" in audited(reception.site)[-2][3]


def test_the_centre_may_give_the_numbers_of_one_series(reception: Reception, chief: ChiefTwin) -> None:
    form = {"siglas": "", "number_pattern": "{siglas}{year}{n:7}", "numbers_from": "centre"}
    nameless = chief.fill(HOME, f"{HOME}/numbers", form)
    assert nameless.status_code == 400
    assert 'id="siglas-fault"' in nameless.text
    assert chief.fill(HOME, f"{HOME}/numbers", form | {"siglas": "INS"}).status_code == 303
    assert rules(reception).numbers_from is NumbersFrom.CENTRE
    assert "números los da el centro" in chief.page(HOME)
    assert chief.fill(HOME, f"{HOME}/numbers", form | {"siglas": "INS", "numbers_from": "nadie"}).status_code == 400


@pytest.mark.parametrize(
    ("siglas", "pattern", "field"),
    [
        ("A B", "{siglas}{year}{n:7}", "siglas"),
        ("-INS", "{siglas}{year}{n:7}", "siglas"),
        ("INS", "{siglas}{n:7}", "number_pattern"),
        ("INS", "{siglas}{year}{n}{n}", "number_pattern"),
        ("INS", "{siglas}{year}{m:7}", "number_pattern"),
        ("INS", "", "number_pattern"),
        ("IN", "{siglas}S{year}{n:7}", "number_pattern"),  # would give INS…0000001 a second time
    ],
)
def test_numbers_that_could_come_twice_are_refused(
    reception: Reception, chief: ChiefTwin, siglas: str, pattern: str, field: str
) -> None:
    receive(reception)
    answer = chief.fill(HOME, f"{HOME}/numbers", {"siglas": siglas, "number_pattern": pattern} | OWN)
    assert answer.status_code == 400
    assert f'id="{field}-fault"' in answer.text
    assert rules(reception).siglas == "INS"
    receive(reception)


def test_days_hold_for_what_is_received_from_now_on(reception: Reception, chief: ChiefTwin) -> None:
    assert chief.fill(HOME, f"{HOME}/days", {"correction_days": "5", "due_days": "7"}).status_code == 303
    assert chief.fill(HOME, f"{HOME}/days", {"correction_days": "11", "due_days": "0"}).status_code == 400
    assert (rules(reception).correction_days, rules(reception).due_days) == (5, 7)
    receive(reception, words="Falta la firma")
    calendar, today = reception.site.composed.offices.main.calendar, in_lima(reception.site.clock.now()).date()
    presented = calendar.filed_at_desk(reception.site.clock.now()).presented_on
    [(until, due)] = reception.rows("correct_until, due_on")
    assert (str(until), str(due)) == (str(calendar.deadline(today, 5)), str(calendar.deadline(presented, 7)))


def test_an_old_form_of_the_numbers_changes_nothing(reception: Reception, chief: ChiefTwin) -> None:
    seen = chief.seen(HOME, f"{HOME}/numbers")
    chief.fill(HOME, f"{HOME}/numbers", {"siglas": "UNO", "number_pattern": "{siglas}{year}{n:7}"} | OWN)
    answer = chief.send(f"{HOME}/numbers", {"siglas": "DOS", "number_pattern": "{siglas}{year}{n:7}"} | OWN, seen=seen)
    assert answer.status_code == 409
    assert "UNO" in answer.text
    assert 'value="DOS"' in answer.text
    assert rules(reception).siglas == "UNO"


def test_a_unit_is_added_once_renamed_everywhere_and_taken_away_when_nothing_is_there(
    reception: Reception, chief: ChiefTwin
) -> None:
    new = {"item_name": "Unidad de Imagen"}
    assert [chief.send(f"{HOME}/units", new).status_code for _ in range(2)] == [303, 303]  # a double click
    assert rules(reception).units[-1] == Unit("unidad-de-imagen", "Unidad de Imagen")
    renamed = chief.fill(HOME, f"{HOME}/units/legal", {"item_name": "Oficina Jurídica"})
    assert renamed.status_code == 303
    receive(reception, unit="legal")
    assert "Oficina Jurídica" in reception.clerk.client.get("/desk/filing").text
    busy = chief.fill(HOME, f"{HOME}/units/legal/remove", {})
    assert busy.status_code == 409
    assert "1 expedientes sin terminar" in busy.text
    assert chief.fill(HOME, f"{HOME}/units/unidad-de-imagen/remove", {}).status_code == 303
    assert [unit.code for unit in rules(reception).units] == ["legal", "logistica"]


def test_the_code_of_a_unit_that_had_filings_is_nobody_elses(reception: Reception, chief: ChiefTwin) -> None:
    receive(reception, unit="legal")
    id_ = reception.clerk.client.get("/desk/filing").text.split('href="/desk/filing/')[2].split('"')[0]
    reception.clerk.post(f"filing/{id_}/forwarded", {"unit": "logistica"})
    assert chief.fill(HOME, f"{HOME}/units/legal/remove", {}).status_code == 303
    again = chief.send(f"{HOME}/units", {"item_name": "Otra cosa", "item_code": "legal"})
    assert again.status_code == 400
    assert "ya lo llevan expedientes" in again.text
    assert [unit.code for unit in rules(reception).units] == ["logistica"]


@pytest.mark.parametrize("code", ["Legal", "a b", "-x", "x" * 33, "../x"])
def test_a_code_is_small_letters_and_digits(reception: Reception, chief: ChiefTwin, code: str) -> None:
    assert chief.send(f"{HOME}/units", {"item_name": "Unidad", "item_code": code}).status_code == 400
    assert chief.send(f"{HOME}/units", {"item_name": "¿?"}).status_code == 400
    assert chief.send(f"{HOME}/nada", {"item_name": "Unidad"}).status_code == 404
    assert len(rules(reception).units) == 2


def test_one_type_stays_and_a_name_typed_for_what_is_gone_is_not_lost(reception: Reception, chief: ChiefTwin) -> None:
    seen = chief.seen(HOME, f"{HOME}/types/carta")
    assert chief.fill(HOME, f"{HOME}/types/carta/remove", {}).status_code == 303
    gone = chief.send(f"{HOME}/types/carta", {"item_name": "Carta notarial"}, seen=seen)
    assert gone.status_code == 404
    assert "Carta notarial" in gone.text
    assert chief.fill(HOME, f"{HOME}/types/solicitud/remove", {}).status_code == 409
    assert rules(reception).types == (DocumentType("solicitud", "Solicitud"),)


def test_who_works_in_a_unit_signs_in_without_a_counter(reception: Reception) -> None:
    site = reception.site
    site.account("leo")
    chief = site.chief("sol", Role.ADMINISTRATOR)
    assert site.browser().sign_in("leo", "").status_code == 400
    person = {"full_name": "LEO PRUEBA", "role": "clerk", "unit": "legal"}
    assert chief.fill("/admin/users/leo", "/admin/users/leo/person", person).status_code == 303
    assert chief.fill("/admin/users/leo", "/admin/users/leo/person", person | {"unit": "nadie"}).status_code == 400
    assert "Asesoría Legal" in chief.page("/admin/users")
    leo = site.browser()
    assert leo.sign_in("leo", "", PASSWORD).status_code == 303
    assert leo.client.get("/desk", follow_redirects=False).headers["location"] == "/units"
    for path in ("/desk/filing", "/desk/filing/new"):
        assert leo.client.get(path).status_code == 403
    assert leo.post("filing/new", {"folios": "1"}).status_code == 403
    busy = chief.fill(HOME, f"{HOME}/units/legal/remove", {})
    assert busy.status_code == 409
    assert "leo" in busy.text
    assert leo.sign_in("leo", "2", PASSWORD).headers["location"] == "/desk"


def test_a_clerk_sets_nothing_up(reception: Reception) -> None:
    assert reception.clerk.client.get(HOME).status_code == 403
    for action in ("numbers", "days", "units", "units/legal", "units/legal/remove", "types"):
        answer = reception.clerk.post(f"../admin/filing/{action}", {"item_name": "x", "siglas": "X"})
        assert answer.status_code == 403
    assert rules(reception).siglas == "INS"
