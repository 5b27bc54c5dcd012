"""The register on screen, on paper and in a spreadsheet: what was received, in order, with every gap explained."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from domain.clock import in_lima, micros
from domain.messages import Applicant, FilingWords, OfficeSetUp
from domain.office import QueueRules
from server.store.accounts import Role
from server.store.node import open_life
from server.store.set_up import take_set_up
from tests.server.conftest import ELSEWHERE, ChiefTwin
from tests.server.filing.conftest import PERSON, RULES
from tests.server.test_exports import read_csv, read_xlsx
from tests.server.test_supervisor import tiles, words

if TYPE_CHECKING:
    from tests.server.conftest import Site
    from tests.server.filing.conftest import Counter

FORMULA = msgspec.structs.replace(PERSON, applicant=Applicant("ruc", "20123456789", "=PRUEBA()"), presenter=None)


@pytest.fixture
def chief(site: Site) -> ChiefTwin:
    return site.chief("jefa", Role.SUPERVISOR)


def lines(page: str) -> list[str]:
    """The rows of the book as text."""
    body = page.split("<tbody>", 1)[1].split("</tbody>", 1)[0]
    return [words(row) for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL)]


def test_the_book_lists_number_nature_hour_sender_addressee_and_explains_the_gap(
    counter: Counter, chief: ChiefTwin
) -> None:
    first = counter.receive()
    with counter.site.engines.write.begin() as connection:
        open_life(connection, counter.site.clock.now())
    presenter = Applicant("dni", "87654321", "JOSE PRUEBA")
    second = counter.receive(personal=msgspec.structs.replace(PERSON, presenter=presenter), about=first.expediente)
    page = chief.page("/admin/register/book")
    one, gap, other = lines(page)
    at = in_lima(first.received_at)
    for told in ("000001", first.expediente, f"{at:%d/%m/%Y} {at:%H:%M:%S}", "Solicitud", "MARIA PRUEBA EJEMPLO"):
        assert told in one
    assert "DNI 12345678 Asesoría Legal 3 + 1 anexo ana" in one
    assert gap.startswith(f"N.º 000002 al 000201 de {first.register.year}. No se asignaron: la base de datos")
    assert "000202" in other
    assert f"del {first.expediente}" in other
    assert "Lo presentó JOSE PRUEBA" in other
    assert "Ingresos en estos días: 2." in page
    audit = counter.site.rows("SELECT actor, action, subject FROM audit WHERE action LIKE 'register.%'")
    assert audit == [("jefa", "register.viewed", "lima")]
    assert second.register.n == 202


def test_a_gap_belongs_to_the_day_of_the_entry_after_it(counter: Counter) -> None:
    counter.receive()
    before = in_lima(counter.site.clock.now()).date()
    counter.site.clock.pass_s(24 * 3600)
    with counter.site.engines.write.begin() as connection:
        open_life(connection, counter.site.clock.now())
    counter.receive()
    chief = counter.site.chief("jefa", Role.SUPERVISOR)
    assert len(lines(chief.page(f"/admin/register/book?from={before}&to={before}"))) == 1
    assert len(lines(chief.page("/admin/register/book"))) == 2
    assert len(lines(chief.page(f"/admin/register/book?from={before}"))) == 3


def test_the_exports_hold_the_same_and_no_formula(counter: Counter, chief: ChiefTwin) -> None:
    received = counter.receive(personal=FORMULA)
    counter.receive()
    [head, *rows] = read_csv(chief.client.get("/admin/register.csv").content)
    assert head[:5] == ["N.º de ingreso", "Expediente", "Fecha y hora", "Naturaleza", "Remitente"]
    assert rows[0][0] == str(received.register)
    assert rows[0][4:8] == ["'=PRUEBA()", "RUC 20123456789", "", "Asesoría Legal"]
    sheet = read_xlsx(chief.client.get("/admin/register.xlsx").content)
    assert [row[4] for row in sheet[1:]] == [("s", "=PRUEBA()"), ("s", "MARIA PRUEBA EJEMPLO")]
    told = counter.site.rows("SELECT detail FROM audit WHERE action = 'register.exported' ORDER BY id")
    assert [detail.rpartition(" ")[2] for (detail,) in told] == ["csv", "xlsx"]


def test_what_cannot_be_opened_says_so(counter: Counter, chief: ChiefTwin) -> None:
    counter.receive()
    with counter.site.engines.write.begin() as connection:
        connection.exec_driver_sql("UPDATE filing SET sealed = NULL")
    assert "No se pudo abrir" in lines(chief.page("/admin/register/book"))[0]
    assert read_csv(chief.client.get("/admin/register.csv").content)[1][4] == "No se pudo abrir"


def test_ten_thousand_entries_come_in_pages_and_none_is_missing(counter: Counter, chief: ChiefTwin) -> None:
    for _ in range(3):
        counter.receive()
    with counter.site.engines.write.begin() as connection:
        columns = [row[0] for row in connection.exec_driver_sql("SELECT * FROM filing LIMIT 0").cursor.description]
        changed = {
            "id": "'00000000-0000-0000-0000-' || (100000000000 + i)",
            "n": "i", "expediente": "'X' || i", "code": "'' || i", "serial": "i",
            "token_hash": "CAST('' || i AS {blob})", "sealed": "NULL",
        }  # fmt: skip
        blob = "BLOB" if counter.site.engines.is_sqlite else "TEXT)::bytea || (''"
        told = ", ".join(changed.get(name, f"f.{name}").format(blob=blob) for name in columns)
        connection.exec_driver_sql(
            "WITH RECURSIVE many(i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM many WHERE i < 10000) "  # noqa: S608
            f"INSERT INTO filing ({', '.join(columns)}) SELECT {told} FROM many, filing f WHERE f.n = 1"
        )
        connection.exec_driver_sql("UPDATE filing_counter SET last = 10000")
    numbers = re.findall(r'scope="row">(\d{6})<', chief.page("/admin/register/book"))
    assert numbers == [f"{n:06d}" for n in range(1, 10_001)]


def test_the_units_get_a_list_of_the_day_to_sign(counter: Counter, chief: ChiefTwin) -> None:
    to_legal, to_both = counter.receive(), counter.receive()
    nothing = FilingWords()
    for one, unit in ((to_legal, "legal"), (to_both, "legal"), (to_both, "logistica")):
        counter.filings.do(counter.clerk, lambda hall, one=one, unit=unit: hall.forward(one.id, unit, nothing))
    page = chief.page("/admin/register/units")
    legal, logistica = page.split('<section class="unit">')[1:]
    assert [line.split()[0] for line in lines(legal)] == ["000001", "000002"]
    assert [line.split()[0] for line in lines(logistica)] == ["000002"]
    assert "Asesoría Legal ana" in lines(logistica)[0]
    assert "Mesa de partes ana" in lines(legal)[0]
    assert "Entrega: nombre, firma y hora" in legal
    assert chief.page("/admin/register/units?unit=logistica").count('<section class="unit">') == 1
    assert "no se derivó nada" in chief.page("/admin/register/units?unit=nadie")


def test_the_figures_count_observed_corrected_resolved_and_late(counter: Counter, chief: ChiefTwin) -> None:
    missing = FilingWords("Falta", ("Recibo",))
    counter.receive(missing=missing.missing)
    corrected = counter.receive(missing=missing.missing)
    counter.filings.do(counter.clerk, lambda hall: hall.correct(corrected.id, missing))
    counter.filings.do(counter.clerk, lambda hall: hall.forward(corrected.id, "legal", FilingWords()))
    page = chief.page("/admin/register")
    assert tiles(page)[:5] == [
        "Recibidos 2", "Derivados el mismo día 1 de 2", "Observados 2 1 subsanados · 0 no presentados", "Resueltos 0",
        "Pendientes 2",
    ]  # fmt: skip
    assert "MARIA" not in page
    assert counter.site.rows("SELECT count(*) FROM audit WHERE action LIKE 'register.%'") == [(0,)]


def test_only_supervisors_see_the_register(counter: Counter) -> None:
    counter.site.account()
    clerk = counter.site.clerk()
    for path in ("", "/book", "/units", ".csv", ".xlsx"):
        assert clerk.client.get(f"/admin/register{path}").status_code == 403
        assert clerk.client.get(f"/admin/register{path}?from=x").status_code in {400, 403}


def test_two_offices_with_the_same_siglas_are_told_apart_in_a_warning(counter: Counter) -> None:
    chief = counter.site.chief("jefa")
    assert "mismas siglas" not in chief.page("/admin/register")
    with counter.site.engines.write.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO office_home (office, node, nth, machine, heard_at) VALUES ('tacna', 'node-b', 1, 'b', 0)"
        )
        take_set_up(connection, OfficeSetUp(ELSEWHERE, QueueRules(), filing=RULES), counter.site.clock.now())
    counter.site.composed.offices.forget()
    assert "mismas siglas" in chief.page("/admin/register")
    page = chief.page("/admin/register?office=tacna")
    assert "Esta sede atiende en su propio servidor" in page
    assert chief.client.get("/admin/register?office=nada").status_code == 404


def test_at_the_turn_of_the_year_the_register_begins_again(counter: Counter) -> None:
    """31 December 23:59:59, and a second later."""
    year = in_lima(counter.site.clock.now()).year
    end = micros(datetime(year + 1, 1, 1, 4, 59, 58, tzinfo=UTC))
    counter.site.clock.pass_s((end - counter.site.clock.now()) / 1e6)
    old = counter.receive()
    counter.site.clock.pass_s(3)
    new = counter.receive()
    assert (str(old.register), str(new.register)) == (f"{year}-lima-000001", f"{year + 1}-lima-000001")
    chief = counter.site.chief("jefa", Role.SUPERVISOR)
    page = chief.page(f"/admin/register/book?from={year}-12-31&to={year + 1}-01-01")
    assert [line.split()[:2] for line in lines(page)] == [["000001", str(year)], ["000001", str(year + 1)]]
