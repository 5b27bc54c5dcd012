"""The cargo tells what was received, on A4 and on a strip, the same bytes each time, signed; to nobody else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import msgspec
import pytest
from pypdf import PdfReader
from sqlalchemy import text

import assets
from domain.clock import in_lima
from domain.messages import Applicant, FilingWords
from domain.tracking import filing_url
from server.filing.cargo import Cargo, Correction, Observation, grouped
from server.filing.cargo_pdf import CargoPaper, Spoken, drawn, printable
from server.filing.cargo_statement import statement_in
from server.filing.cargo_words import worded
from server.keys import Keys
from tests.server.conftest import MORNING, OFFICE
from tests.server.filing.conftest import PERSON

if TYPE_CHECKING:
    import httpx

    from domain.messages import CargoCopy
    from tests.server.conftest import ClerkTwin
    from tests.server.filing.conftest import Counter

TEXTS = assets.translations("server", "es")
SPOKEN = Spoken("Página {page} de {pages}", "Código QR", "Firmado por el servidor.")
CARGO = Cargo(
    filing=UUID(int=7),
    office="lima",
    entity="Entidad de Ejemplo",
    office_name="Mesa de partes",
    address="Av. de la Prueba 12",
    counter="3",
    register="2026-lima-000123",
    expediente="INS20260000123",
    about="",
    received_at=MORNING,
    presented_on=None,
    document_type="Solicitud",
    unit="Asesoría Legal",
    folios=3,
    annexes=2,
    receiver="ANA PRUEBA EJEMPLO",
    code="K7QM2XTPR4VZ",
    check="https://turnos.ejemplo.pe/verify/K7QM-2XTP-R4VZ",
    applicant=Applicant("dni", "12345678", "MARIA PRUEBA EJEMPLO"),
    presenter=None,
    subject="Solicito copia de mi resolución",
    documents=("Copia de la resolución", "Recibo de pago"),
    media=(),
    page="HTTPS://TURNOS.EJEMPLO.PE/E/AAAAAAAAAAAAAAAAAAAAAAAAAA",
    key="WXYZ23",
)
OBSERVED = Observation(MORNING, date(2026, 11, 25), ("Recibo de pago.", "Firma"), "Traiga el original.")


def said(**changes: Any) -> CargoCopy:
    return worded(replace(CARGO, **changes), TEXTS)


def rows(copy: CargoCopy) -> dict[str, str]:
    return {row.label: row.text for row in copy.rows}


def pages(pdf: bytes) -> list[str]:
    """What stands on each page, whatever its lines."""
    return [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(BytesIO(pdf)).pages]


# --- what it says -------------------------------------------------------------------------------------------------


def test_it_says_what_the_law_asks_for() -> None:
    copy = said()
    assert (copy.number, copy.code, copy.url) == (CARGO.expediente, "K7QM-2XTP-R4VZ", CARGO.page)
    assert rows(copy) == {
        "Registro de ingreso": "2026-lima-000123",
        "Recibido": "lunes 23/11/2026, 09:00:00 horas",
        "Lugar": "Mesa de partes. Av. de la Prueba 12. Ventanilla 3",
        "Administrado": "MARIA PRUEBA EJEMPLO, DNI 12345678",
        "Tipo de documento": "Solicitud",
        "Asunto": "Solicito copia de mi resolución",
        "Dirigido a": "Asesoría Legal",
        "Folios": "3 folios",
    }
    [listed] = copy.lists
    assert listed.items == ("Solicitud (documento principal)", "Copia de la resolución", "Recibo de pago")
    assert (copy.receiver.text, copy.foot, copy.warning) == ("ANA PRUEBA EJEMPLO", "Conserve este cargo.", ())
    assert copy.follow[1] == "Sin QR: número INS20260000123 y clave WXYZ23."
    assert copy.check[1] == "turnos.ejemplo.pe/verify"


def test_what_is_seldom_is_said_where_it_is_so() -> None:
    copy = said(
        presented_on=date(2026, 11, 24), about="INS20250000007", presenter=Applicant("ce", "001234567", "JOSÉ PRUEBA"),
        media=("Memoria USB",), folios=1,
    )  # fmt: skip
    told = rows(copy)
    assert told["Se presenta el"].startswith("martes 24/11/2026, porque")
    assert told["Se agrega a"] == "INS20250000007"
    assert told["Presentado por"] == "JOSÉ PRUEBA, Carné de extranjería 001234567"
    assert told["Folios"] == "1 folio"
    assert copy.lists[0].items[-1] == "Memoria USB (medio físico)"


def test_what_is_missing_stands_there_with_its_day_and_what_happens_else() -> None:
    assert said(observation=OBSERVED).warning == (
        "DOCUMENTO OBSERVADO",
        "Falta: Recibo de pago; Firma.",
        "Traiga el original.",
        (
            "Tiene hasta el miércoles 25/11/2026 para subsanar. Si no lo hace, se tendrá por no presentada "
            "(Ley\u00a027444, art.\u00a0125)."
        ),
    )


def test_what_was_brought_later_takes_the_warnings_place() -> None:
    corrected = said(observation=OBSERVED, correction=Correction(MORNING, 1, ("Recibo de pago",)))
    assert corrected.warning == ()
    assert rows(corrected)["Subsanado"] == "lunes 23/11/2026, 09:00:00 horas. 1 folio"
    assert corrected.lists[1].items == ("Recibo de pago",)


def test_without_the_personal_part_it_says_what_it_can() -> None:
    copy = said(applicant=None, subject="", documents=(), page="", key="")
    told = rows(copy)
    assert told["Administrado"] == "Los datos personales de esta recepción no se pueden leer en este servidor."
    assert told["Anexos"] == "2"
    assert "Asunto" not in told
    assert (copy.lists, copy.url, copy.code) == ((), CARGO.check, "K7QM-2XTP-R4VZ")


def test_whatever_prints_it_tells_nothing() -> None:
    assert "MARIA" not in repr(CARGO) + repr(said())
    assert CARGO.key not in repr(CARGO) + repr(said())


# --- how it is drawn ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paper", CargoPaper)
def test_the_same_cargo_is_the_same_bytes_and_all_of_it_stands_there(paper: CargoPaper) -> None:
    copy = said(observation=OBSERVED)
    pdf = drawn(copy, paper, SPOKEN, dated=MORNING)
    assert pdf == drawn(copy, paper, SPOKEN, dated=MORNING)
    [page] = pages(pdf)
    for row in copy.rows:
        assert row.label in page
        assert row.text in page
    for words in (*copy.lists[0].items, *copy.warning[:3], *copy.follow, copy.code, copy.number, copy.foot):
        assert words in page
    document = PdfReader(BytesIO(pdf))
    assert document.trailer["/Root"]["/Lang"] == "es-PE"
    assert document.metadata is not None
    assert document.metadata.title == "Cargo de recepción del expediente INS20260000123"
    assert document.metadata.creation_date == in_lima(MORNING)
    assert len(pdf) < 64_000


def test_the_strip_is_80_mm_wide_and_as_long_as_what_it_says() -> None:
    short, long = (
        PdfReader(BytesIO(drawn(said(documents=documents), CargoPaper.STRIP, SPOKEN, dated=MORNING))).pages
        for documents in (("uno",), tuple(f"Anexo {n}" for n in range(200)))
    )
    assert len(short) == len(long) == 1
    millimetres = [float(one[0].mediabox.height) / 72 * 25.4 for one in (short, long)]
    assert round(float(short[0].mediabox.width) / 72 * 25.4) == 80
    assert 200 < millimetres[0] < 300
    assert 700 < millimetres[1] - millimetres[0] < 1200


def test_what_no_strip_can_hold_goes_on_several() -> None:
    annexes = tuple(f"Anexo {n} " + "de muchas palabras " * 16 for n in range(200))
    sheets = PdfReader(BytesIO(drawn(said(documents=annexes), CargoPaper.STRIP, SPOKEN, dated=MORNING))).pages
    assert {round(float(one.mediabox.height) / 72 * 25.4) for one in sheets} == {1000}
    told = " ".join(one.extract_text() for one in sheets)
    assert all(f"Anexo {n} " in told for n in range(200))
    assert "Conserve este cargo." in sheets[-1].extract_text()


def test_much_flows_over_pages_that_are_numbered() -> None:
    annexes = tuple(f"Anexo {n}: copia de la resolución directoral con su notificación" * 3 for n in range(1, 31))
    copy = said(
        entity="Instituto Nacional de Ejemplo " * 4, documents=annexes, observation=OBSERVED,
        subject="Solicito copia certificada " * 30, applicant=Applicant("ruc", "20123456789", "ASOCIACIÓN " * 20),
    )  # fmt: skip
    told = pages(drawn(copy, CargoPaper.A4, SPOKEN, dated=MORNING))
    assert len(told) == 3
    assert [f"Página {n} de 3" in page for n, page in enumerate(told, 1)] == [True] * 3
    whole = " ".join(told)
    assert all(f"Anexo {n}:" in whole for n in range(1, 31))
    assert "DOCUMENTO OBSERVADO" in whole
    assert copy.foot in told[-1]


def test_letters_that_the_font_lacks_lose_their_mark_and_nothing_stops() -> None:
    assert printable("Ñandú Łukasz Őrs \u0000\u202e\tPérez") == "Ñandú Lukasz Ors  Pérez"
    assert printable("\u0435\u0301 漢") == "? ?"
    assert pages(drawn(said(subject="漢字 😀 " * 40), CargoPaper.A4, SPOKEN, dated=MORNING))


@pytest.mark.parametrize("endless", ["M" * 400, "\n" * 300, "a\n" * 200])
def test_words_without_an_end_stay_on_the_page(endless: str) -> None:
    assert (
        "Conserve este cargo." in pages(drawn(said(subject=f"x{endless}x"), CargoPaper.A4, SPOKEN, dated=MORNING))[-1]
    )


def test_codes_and_addresses_are_as_people_and_cameras_like_them() -> None:
    assert grouped("K7QM2XTPR4VZ") == "K7QM-2XTP-R4VZ"
    assert filing_url("http://turnos.pe/", bytes(16)) == "HTTP://TURNOS.PE/E/" + "A" * 26


# --- at the desk --------------------------------------------------------------------------------------------------


@pytest.fixture
def clerk(counter: Counter) -> ClerkTwin:
    counter.site.account()
    return counter.site.clerk(counter="3")


def pdf(clerk: ClerkTwin, id_: UUID, paper: str = "a4") -> httpx.Response:
    return clerk.client.get(f"/desk/filing/{id_}/cargo.pdf?paper={paper}")


def test_a_clerk_gets_the_cargo_signed_and_the_look_is_audited(counter: Counter, clerk: ClerkTwin) -> None:
    with counter.site.engines.write.begin() as connection:
        connection.execute(text("UPDATE account SET full_name = 'ANA PRUEBA EJEMPLO'"))
    filing = counter.receive(missing=("Recibo de pago",))
    answer = pdf(clerk, filing.id)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["content-disposition"] == f'inline; filename="cargo-{filing.expediente}.pdf"'
    assert answer.headers["cache-control"] == "no-store"
    [page] = pages(answer.content)
    view = counter.filings.view(counter.clerk, filing.id, "")
    assert view.personal is not None
    for words in (
        filing.expediente, str(filing.register), "MARIA PRUEBA EJEMPLO", PERSON.subject,
        "Recibido por ANA PRUEBA EJEMPLO", grouped(filing.code), view.personal.key, "Falta: Recibo de pago.",
        f"Firmado digitalmente por {OFFICE.entity}.",
    ):  # fmt: skip
        assert words in page
    statement = statement_in(answer.content)
    assert statement is not None
    assert (statement.code, statement.expediente, statement.folios) == (filing.code, filing.expediente, 3)
    assert answer.content == pdf(clerk, filing.id).content
    audit = counter.site.rows("SELECT action, subject FROM audit WHERE action LIKE 'filing.cargo%'")
    assert audit == [("filing.cargo_drawn", filing.expediente)] * 2


def test_what_a_correction_brought_changes_nothing_of_what_was_signed(counter: Counter, clerk: ClerkTwin) -> None:
    filing = counter.receive(missing=("Recibo de pago",))
    first = statement_in(pdf(clerk, filing.id).content)
    brought = FilingWords("", annexes=("Recibo de pago",))
    counter.filings.do(counter.clerk, lambda hall: hall.correct(filing.id, brought, folios=1))
    later = pdf(clerk, filing.id).content
    assert statement_in(later) == first
    assert "Presentado al subsanar 1. Recibo de pago" in pages(later)[0]


def test_nobody_else_gets_it(counter: Counter, clerk: ClerkTwin) -> None:
    filing = counter.receive()
    assert pdf(clerk, uuid4()).status_code == 404
    assert pdf(clerk, filing.id, "a3").status_code == 400
    with counter.site.engines.write.begin() as connection:
        connection.execute(text("UPDATE filing SET office = 'tacna'"))
    assert pdf(clerk, filing.id).status_code == 404
    assert clerk.client.get(f"/desk/filing/{filing.id}/cargo").status_code == 404
    assert clerk.post(f"filing/{filing.id}/cargo/print").status_code == 404
    stranger = counter.site.browser()
    assert pdf(stranger, filing.id).status_code == 401


def test_what_was_sealed_to_another_key_still_has_a_cargo(counter: Counter, clerk: ClerkTwin) -> None:
    filing = counter.receive()
    sealed = Keys(b"", b"o" * 32).seal_filing(msgspec.structs.replace(PERSON, key="AAAAAA"))
    with counter.site.engines.write.begin() as connection:
        connection.execute(text("UPDATE filing SET sealed = :sealed"), {"sealed": sealed})
    [page] = pages(pdf(clerk, filing.id, "80").content)
    assert "no se pueden leer en este servidor" in page
    assert filing.expediente in page
    assert "MARIA" not in page
