"""Reception at the desk: the form is filled in with what the kiosk took, and everything presented is received, once."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec
import pytest

from domain.clock import in_lima
from domain.office import Service
from server.store.settings import save_filing_rules, save_settings
from tests.server.conftest import OFFICE, PASSWORD
from tests.server.filing.conftest import RULES
from tests.server.twin import PERSON, fully_told

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from domain.messages import FilingPersonal, Personal
    from tests.server.conftest import ClerkTwin, Site
    from tests.server.twin import Issued

pytestmark = pytest.mark.parametrize("building", ["sqlite"], indirect=True)

NEEDS = ("Recibo de pago", "Copia de la resolución")


class Reception:
    """A clerk at counter 1 of an office whose service asks for two things."""

    def __init__(self, site: Site) -> None:
        self.site = site
        services = (Service("tramite", "Presentar un documento", requirements=NEEDS), *OFFICE.services[1:])
        with site.engines.write.begin() as connection:
            office = msgspec.structs.replace(OFFICE, services=services)
            save_settings(connection, office, site.composed.offices.rules, by="", now=site.clock.now())
            save_filing_rules(connection, OFFICE.id, RULES, by="", now=site.clock.now())
        site.composed.offices.forget()
        site.account()
        self.clerk: ClerkTwin = site.clerk()
        self.kiosk = site.enrol()

    def serve(self, person: Personal | None = PERSON, **issued: Any) -> Issued:
        """Somebody's turn is served at the counter."""
        turn = self.kiosk.issue(person=person, **issued)
        self.kiosk.sync(self.site.client)
        self.clerk.call_next()
        self.clerk.move(turn.id, "serving")
        return turn

    def form(self, ticket: object = "", about: str = "") -> dict[str, str]:
        """What a browser would send of the page as it is."""
        answer = self.clerk.client.get("/desk/filing/new", params={"ticket": str(ticket), "about": about})
        assert answer.status_code == 200, answer.text
        return fields(answer.text)

    def send(self, form: dict[str, str], to: str = "new", **headers: str) -> httpx.Response:
        return self.clerk.post(f"filing/{to}", form, **headers)

    def personal(self) -> list[FilingPersonal]:
        """What is sealed of everything received, in the order of the register."""
        rows = self.site.rows("SELECT sealed FROM filing ORDER BY year, n")
        found = [self.site.keys.open_filing(bytes(sealed)) for (sealed,) in rows]
        assert None not in found
        return [one for one in found if one is not None]

    def rows(self, columns: str) -> list[tuple[Any, ...]]:
        return self.site.rows(f"SELECT {columns} FROM filing ORDER BY year, n")  # noqa: S608


def fields(page: str) -> dict[str, str]:
    """The fields of the form as a browser would send them."""
    form = page.split('<form id="filing"', 1)[1].split("</form>", 1)[0]
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        at = dict(re.findall(r'([a-z_-]+)="([^"]*)"', tag))
        if at.get("type") != "checkbox" or re.search(r"\schecked", tag):
            found[at["name"]] = unescape(at.get("value", ""))
    for name, text in re.findall(r'<textarea[^>]*name="([a-z_]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        found[name] = unescape(text)
    for name, inner in re.findall(r'<select[^>]*name="([a-z_]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        options = re.findall(r'<option value="([^"]*)"( selected)?', inner)
        found[name] = next((value for value, chosen in options if chosen), options[0][0])
    return found


def shown_alert(page: str) -> str:
    found = re.search(r'role="alert">.*?<span>(.*?)</span>', page, re.DOTALL)
    return unescape(found[1]) if found else ""


def at_the_same_hour(site: Site) -> Iterator[Reception]:
    """A clerk; afterwards it is the same hour again, on whatever day, for the tests that share the building."""
    start = site.clock.monotonic_s()
    yield Reception(site)
    site.clock.pass_s((start - site.clock.monotonic_s()) % (24 * 3600))


@pytest.fixture
def reception(site: Site) -> Iterator[Reception]:
    yield from at_the_same_hour(site)


def test_the_form_comes_filled_in_and_becomes_a_filing_with_its_numbers(reception: Reception) -> None:
    person = msgspec.structs.replace(fully_told()[0], missing=("Recibo de pago",))
    turn = reception.serve(person)
    form = reception.form(turn.id)
    assert (form["applicant_kind"], form["applicant_number"]) == ("ruc", "20100000009")
    assert (form["presenter_kind"], form["presenter_number"]) == ("ce", "001234567")
    assert (form["subject"], form["grounds"]) == ("Copia fedateada", "Pido la copia fedateada de mi resolución")
    assert (form["media"], form["folios"]) == ("Memoria USB\nDiagnóstico o placas médicas", "")
    assert ("by_other" in form, "notices" in form, form["email"]) == (True, True, "prueba@ejemplo.pe")
    assert sum(name.startswith("has_") for name in form) == 1  # the visitor said that the receipt is missing
    answer = reception.send(form | {"folios": "14", "unit": "legal", "annexes": "Copia de la resolución\r\nPlano"})
    assert answer.status_code == 303, shown_alert(answer.text)
    (known,) = reception.personal()
    assert (known.applicant.number, known.presenter and known.presenter.name) == ("20100000009", "JUAN PRUEBA EJEMPLO")
    assert (known.annexes, known.media) == (
        ("Copia de la resolución", "Plano"), ("Memoria USB", "Diagnóstico o placas médicas"),
    )  # fmt: skip
    assert (known.fulfilled, known.notices, known.grounds) == ((NEEDS[1],), True, form["grounds"])
    assert reception.rows("n, folios, annexes, unit, service, status, counter, clerk") == [
        (1, 14, 4, "legal", "tramite", "observed", "1", "ana")
    ]
    page = reception.clerk.client.get(answer.headers["location"]).text
    year = in_lima(reception.site.clock.now()).year
    assert f"INS{year}0000001" in page
    assert f"{year}-lima-000001" in page
    assert "Observado" in page
    assert f"/desk/filing/new?ticket={turn.id}" in page
    assert "20100000009" not in page  # nothing personal is read across the counter
    again = reception.form(turn.id)
    assert (again["applicant_number"], again["subject"], again["nth"], again["of"]) == ("20100000009", "", "2", "3")
    assert "1 de 3 recibidos" in reception.clerk.page()


def test_the_deadline_is_shown_before_anything_is_sent(reception: Reception) -> None:
    turn = reception.serve(msgspec.structs.replace(PERSON, missing=("Recibo de pago",)))
    page = reception.clerk.client.get(f"/desk/filing/new?ticket={turn.id}").text
    assert "Se recibirá y se observará." in page
    until = re.search(r"hasta el ([a-záé]+ [0-9]+ de [a-z]+)", page)
    assert until is not None
    answer = reception.send(reception.form(turn.id) | {"folios": "1"})
    assert until[1] in reception.clerk.client.get(answer.headers["location"]).text


def test_a_form_sent_twice_is_one_filing(reception: Reception) -> None:
    form = reception.form() | {"folios": "3", "applicant_name": "MENSAJERO PRUEBA"}
    first, second = reception.send(form), reception.send(form | {"folios": "4"})
    assert [one.headers["location"].rpartition("=")[2] for one in (first, second)] == ["received", "twice"]
    assert reception.rows("n, folios") == [(1, 3)]
    assert "se recibió una sola" in reception.clerk.client.get(second.headers["location"]).text


def test_what_comes_without_a_turn_is_received_too(reception: Reception) -> None:
    form = reception.form()
    assert (form["ticket"], form["applicant_number"], form["service"]) == ("", "", "")
    assert reception.send(form | {"folios": "2"}).status_code == 303  # neither name nor subject: a warning, no wall
    assert reception.rows("ticket, folios, status") == [(None, 2, "received")]


def test_personal_data_are_shown_only_while_the_turn_is_at_this_counter(reception: Reception) -> None:
    turn = reception.serve()
    other = reception.site
    other.account("luis")
    stranger = other.clerk("luis", "2")
    answer = stranger.client.get(f"/desk/filing/new?ticket={turn.id}")
    assert answer.status_code == 409
    assert "12345678" not in answer.text
    assert "ya no está en esta ventanilla" in shown_alert(answer.text)
    assert "12345678" in reception.clerk.client.get(f"/desk/filing/new?ticket={turn.id}").text
    looks = [
        row for row in other.rows("SELECT actor, subject FROM audit WHERE action = 'ticket.viewed'") if row[0] == "luis"
    ]
    assert looks == []
    reception.clerk.move(turn.id, "done")
    assert "12345678" not in reception.clerk.client.get(f"/desk/filing/new?ticket={turn.id}").text
    assert reception.clerk.client.get(f"/desk/filing/new?ticket={uuid4()}").status_code == 409


def test_a_turn_that_went_elsewhere_takes_nothing_of_what_was_typed_with_it(reception: Reception) -> None:
    turn = reception.serve()
    form = reception.form(turn.id) | {"folios": "7", "subject": "Lo que escribí"}
    reception.clerk.move(turn.id, "transferred", to="service:consulta")
    answer = reception.send(form)
    assert answer.status_code == 409
    assert "Lo escrito sigue aquí" in shown_alert(answer.text)
    kept = fields(answer.text)
    assert (kept["subject"], kept["folios"], kept["ticket"], kept["form"]) == ("Lo que escribí", "7", "", form["form"])
    assert reception.send(kept).status_code == 303
    assert reception.rows("ticket, folios") == [(None, 7)]


def test_a_turn_just_ended_here_still_counts_as_the_one_that_brought_it(reception: Reception) -> None:
    turn = reception.serve()
    form = reception.form(turn.id) | {"folios": "7"}
    reception.clerk.move(turn.id, "done")
    assert reception.send(form).status_code == 303
    assert reception.rows("folios, clerk") == [(7, "ana")]
    assert len(reception.site.rows("SELECT 1 FROM filing JOIN ticket ON filing.ticket = ticket.id")) == 1


def test_the_session_that_ended_while_somebody_typed_loses_nothing(reception: Reception) -> None:
    turn = reception.serve()
    form = reception.form(turn.id) | {"folios": "9", "subject": "Lo que escribí"}
    reception.site.clock.pass_s(31 * 60)
    answer = reception.send(form)
    assert answer.status_code == 401
    kept = fields(answer.text)
    assert (kept["subject"], kept["folios"]) == ("Lo que escribí", "9")
    door = {"session_name": "ana", "password": "equivocada", "session_counter": "1"}
    wrong = reception.send(kept | door, "sign-in")
    assert wrong.status_code == 401
    assert "equivocada" not in wrong.text
    back = reception.send(fields(wrong.text) | door | {"password": PASSWORD}, "sign-in")
    assert back.status_code == 200
    assert (fields(back.text)["subject"], fields(back.text)["form"]) == ("Lo que escribí", form["form"])
    assert reception.send(fields(back.text)).status_code == 303
    assert reception.rows("folios") == [(9,)]


@pytest.mark.parametrize("folios", ["", "0", "-1", "1000000000", "doce", "12.5", "٤"])
def test_folios_that_nobody_can_have_counted_are_asked_again_at_their_field(reception: Reception, folios: str) -> None:
    answer = reception.send(reception.form() | {"folios": folios, "subject": "Pido"})
    assert answer.status_code == 400
    assert 'id="folios-fault"' in answer.text
    assert fields(answer.text)["subject"] == "Pido"
    assert reception.rows("n") == []


def test_a_page_that_knows_other_units_types_and_requirements_is_shown_again(reception: Reception) -> None:
    form = reception.form() | {"folios": "1"}
    for name in ("unit", "document_type", "service", "language", "applicant_kind"):
        answer = reception.send(form | {name: "nadie"})
        assert answer.status_code == 400
        assert f'id="{name}-fault"' in answer.text
    answer = reception.send(form | {"service": "tramite"})  # its requirements were not on the page
    assert answer.status_code == 409
    assert all(need in answer.text for need in NEEDS)
    assert reception.send(fields(answer.text)).status_code == 303
    assert reception.rows("status") == [("observed",)]


def test_what_looks_odd_is_told_and_keeps_nobody_out(reception: Reception) -> None:
    odd = {
        "folios": "2", "applicant_number": "123", "email": "no es correo", "about": "2019-77", "subject": "Apelo",
        "notices": "on",
    }  # fmt: skip
    form = reception.form() | odd
    told = reception.send(form, "check", **{"X-Fragment": "1"})
    assert told.status_code == 200
    for words in ("no parece de ese tipo", "no parece una dirección", "no es de esta oficina", "Falta el nombre"):
        assert words in told.text
    whole = reception.send(form, "check")  # without a script: the page, as it was typed
    assert (whole.status_code, fields(whole.text)["subject"]) == (200, "Apelo")
    assert reception.rows("n") == []
    assert reception.send(form).status_code == 303
    (known,) = reception.personal()
    assert (known.subject, known.applicant.number) == ("Apelo (Ref.: 2019-77)", "123")
    first = reception.rows("expediente")[0][0]
    assert reception.send(reception.form() | {"folios": "1", "about": first.lower()}).status_code == 303
    assert reception.rows("about")[1] == (first,)


def test_what_was_pasted_with_it_and_nobody_sees_is_left_out(reception: Reception) -> None:
    pasted = {"subject": "Pido\x00 mi\x1b[2J copia\u202e", "applicant_name": "<b>ANA</b>", "grounds": "uno\r\n\x0cdos"}
    answer = reception.send(reception.form() | {"folios": "1"} | pasted)
    assert answer.status_code == 303
    (known,) = reception.personal()
    assert (known.subject, known.applicant.name, known.grounds) == ("Pido mi[2J copia", "<b>ANA</b>", "uno\ndos")
    page = reception.clerk.client.get(answer.headers["location"].split("/received")[0]).text
    assert "&lt;b&gt;ANA&lt;/b&gt;" in page


def test_the_script_is_told_where_to_go(reception: Reception) -> None:
    answer = reception.send(reception.form() | {"folios": "1"}, **{"X-Fragment": "1"})
    assert answer.status_code == 201
    assert answer.headers["location"].endswith("/received?done=received")


def test_after_closing_the_day_in_law_is_told(reception: Reception) -> None:
    reception.site.clock.pass_s(9 * 3600)
    reception.clerk.sign_in("ana", "1")
    form = reception.form() | {"folios": "1"}
    told = reception.send(form, "check", **{"X-Fragment": "1"}).text
    assert "contará como presentado el" in told
