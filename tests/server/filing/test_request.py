"""The written request says what art. 113 wants, leaves lines for what is not known, and is kept nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader

from assets import translations
from domain.messages import Applicant
from server.filing.request_paper import Request, request_pdf
from tests.server.filing.test_reception_page import Reception, at_the_same_hour
from tests.server.twin import PERSON, fully_told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.conftest import Site

on_sqlite = pytest.mark.parametrize("building", ["sqlite"], indirect=True)
WHOLE = Request(
    entity="Gobierno Regional de Ejemplo",
    unit="Asesoría Legal",
    day=date(2026, 12, 8),
    applicant=Applicant("dni", "12345678", "María Prueba Ejemplo"),
    presenter=None,
    subject="Copia de mi resolución",
    grounds="Que soy parte en el procedimiento.",
    domicile="Jr. Ejemplo 123",
    email="maria@ejemplo.pe",
    phone="987654321",
    notices=True,
    annexes=("Recibo de pago", "Memoria USB"),
    expediente="INS20260000001",
)


@pytest.fixture
def reception(site: Site) -> Iterator[Reception]:
    yield from at_the_same_hour(site)


def read(pdf: bytes) -> tuple[str, int]:
    """The words of a PDF in one line, and how many sheets it is."""
    pages = PdfReader(BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split()), len(pages)


def drawn(request: Request) -> tuple[str, int]:
    return read(request_pdf(request, translations("server", "es")))


def test_it_says_everything_that_the_law_asks_for() -> None:
    words, sheets = drawn(WHOLE)
    assert sheets == 1
    for said in (
        "SUMILLA: Copia de mi resolución", "Expediente N.° INS20260000001", "ASESORÍA LEGAL",
        "GOBIERNO REGIONAL DE EJEMPLO", "Yo, MARÍA PRUEBA EJEMPLO, identificado(a) con DNI N.° 12345678",
        "con domicilio en Jr. Ejemplo 123", "Solicito: Copia de mi resolución", "Que soy parte en el procedimiento.",
        "1-A. Recibo de pago", "1-B. Memoria USB", "maria@ejemplo.pe", "987654321", "8 de diciembre de 2026", "Firma",
        "Huella digital",
    ):  # fmt: skip
        assert said in words


def test_who_acts_for_another_says_in_which_quality() -> None:
    company = replace(
        WHOLE,
        applicant=Applicant("ruc", "20100000009", "Empresa de Prueba"),
        presenter=Applicant("ce", "001234567", "Juan Prueba"),
        quality="gerente",
    )
    words, _ = drawn(company)
    assert "EMPRESA DE PRUEBA, con RUC N.° 20100000009, representado(a) por JUAN PRUEBA" in words
    assert "en calidad de gerente" in words


def test_what_is_not_known_is_a_line_and_what_is_long_goes_on_the_next_sheet() -> None:
    words, sheets = drawn(Request("Entidad", "", date(2026, 1, 2), Applicant(), None))
    assert (sheets, "SEÑOR(A) TITULAR DE: ENTIDAD" in words, "None" in words) == (1, True, False)
    many = replace(WHOLE, grounds="palabra " * 900, annexes=tuple(f"Anexo {n}" for n in range(40)))
    words, sheets = drawn(many)
    assert sheets == 3
    assert "40. Anexo 39" in words


@pytest.mark.parametrize("odd", ["a" * 4000, "Ň日本🙂", "\u202eabc", "**negrita** --x--", "a\n" * 300, "\t"])
def test_any_letters_can_be_drawn(odd: str) -> None:
    words, _ = drawn(replace(WHOLE, subject=odd[:300], grounds=odd, annexes=(odd[:160],)))
    assert "8 de diciembre de 2026" in words


@on_sqlite
def test_the_clerk_who_serves_prints_what_the_kiosk_took(reception: Reception) -> None:
    turn = reception.serve(fully_told()[0])
    answer = reception.clerk.client.get(f"/desk/filing/solicitud?ticket={turn.id}")
    assert answer.headers["content-type"] == "application/pdf"
    words, _ = read(answer.content)
    assert "representado(a) por JUAN PRUEBA EJEMPLO" in words
    assert "20100000009" in words
    reception.clerk.move(turn.id, "done")
    for path in (f"?ticket={turn.id}", "?ticket=nada", ""):
        refused = reception.clerk.client.get(f"/desk/filing/solicitud{path}")
        assert refused.status_code in {404, 409}
        assert b"JUAN" not in refused.content


@on_sqlite
def test_the_form_of_reception_prints_what_was_typed_and_keeps_nothing(reception: Reception) -> None:
    form = reception.form() | {"applicant_name": "ANA PRUEBA", "subject": "Apelo", "unit": "legal", "media": "CD"}
    answer = reception.send(form, "solicitud")
    words, _ = read(answer.content)
    assert all(said in words for said in ("ANA PRUEBA", "Solicito: Apelo", "ASESORÍA LEGAL", "1-A. CD"))
    assert reception.rows("n") == []


@on_sqlite
def test_on_the_phone_it_is_empty_and_what_is_typed_is_kept_nowhere(reception: Reception) -> None:
    turn = reception.serve(PERSON)
    phone = reception.site.client
    address = f"/T/{turn.token.text}/solicitud"
    page = phone.get(address).text
    assert not any(word in page for word in ("12345678", "MARIA", PERSON.description))
    assert f'href="{address}"' in phone.get(f"/T/{turn.token.text}").text
    before = reception.site.rows("SELECT count(*) FROM event")
    typed = {"applicant_kind": "dni", "applicant_name": "Quien escribe", "subject": "Apelo", "unit": "legal"}
    answer = phone.post(address, data=typed)
    assert answer.headers["content-type"] == "application/pdf"
    words, _ = read(answer.content)
    assert all(said in words for said in ("QUIEN ESCRIBE", "Solicito: Apelo", "ASESORÍA LEGAL"))
    assert "12345678" not in words
    assert reception.site.rows("SELECT count(*) FROM event") == before
    assert phone.get("/T/NADA/solicitud").status_code == 404
    assert phone.post(address, data=typed, headers={"Origin": "https://ejemplo.invalid"}).status_code == 403
