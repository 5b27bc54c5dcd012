"""The cargo at the counter's printer: asked for once, made when it is fetched, told as it is, kept nowhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from domain.messages import CargoCopy, CopyAsked, from_json
from domain.prints import WANTED_US
from domain.tracking import filing_url
from server.filing.cargo import grouped
from server.store.homes import Home, add_home
from tests.server.filing.conftest import PERSON
from tests.server.test_desk import alert

if TYPE_CHECKING:
    import httpx

    from server.store.filings import Filing
    from tests.server.conftest import ClerkTwin, Site
    from tests.server.filing.conftest import Counter
    from tests.server.twin import KioskTwin


@pytest.fixture
def filing(counter: Counter) -> Filing:
    return counter.receive(missing=("Recibo de pago",))


@pytest.fixture
def machine(site: Site) -> KioskTwin:
    return site.enrol("ventanilla-3", counter="3")


@pytest.fixture
def clerk(counter: Counter, machine: KioskTwin) -> ClerkTwin:
    del machine
    counter.site.account()
    return counter.site.clerk(counter="3")


def ask(clerk: ClerkTwin, filing: Filing) -> httpx.Response:
    return clerk.post(f"filing/{filing.id}/cargo/print")


def page(clerk: ClerkTwin, filing: Filing) -> str:
    return clerk.client.get(f"/desk/filing/{filing.id}/cargo").text


def state(clerk: ClerkTwin, filing: Filing) -> tuple[str, str]:
    """What the page says of the paper, and what its button offers."""
    shown = page(clerk, filing).partition('id="cargo"')[2]
    said = re.search(r'role="status">(.*?)</p>', shown, re.DOTALL)
    button = re.search(r"<form.*?<button.*?<span>([^<]+)</span>", shown, re.DOTALL)
    words = re.sub(r"<[^>]+>", "", said[1]).strip() if said else ""
    return words, button[1] if button else ""


def rows(site: Site) -> list[Any]:
    return site.rows("SELECT document, copy, state, reason FROM print_request ORDER BY copy")


def test_the_machine_gets_the_whole_cargo_and_nothing_personal_stays(
    counter: Counter, clerk: ClerkTwin, machine: KioskTwin, filing: Filing
) -> None:
    site = counter.site
    answer = ask(clerk, filing)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/desk/filing/{filing.id}/cargo")
    [request] = machine.wanted(site.client)
    cargo = request.document
    assert isinstance(cargo, CargoCopy)
    view = counter.filings.view(counter.clerk, filing.id, "")
    assert view.personal is not None
    assert (request.subject, cargo.filing, cargo.copy) == (filing.id, filing.id, 1)
    assert (cargo.number, cargo.code) == (filing.expediente, grouped(filing.code))
    assert cargo.url == filing_url("http://127.0.0.1:8080", bytes.fromhex(view.personal.token))
    told = {row.label: row.text for row in cargo.rows}
    assert told["Administrado"] == "MARIA PRUEBA EJEMPLO, DNI 12345678"
    assert told["Asunto"] == PERSON.subject
    assert cargo.warning[0] == "DOCUMENTO OBSERVADO"
    [(body, sealed)] = site.rows("SELECT body, sealed FROM event WHERE type = 'print.requested'")
    assert from_json(bytes(body), CopyAsked) == CopyAsked(request.id, None, 1, "3", "ana", filing.id)
    assert sealed is None
    assert site.rows("SELECT actor, subject FROM audit WHERE action = 'filing.cargo_asked'") == [
        ("ana", filing.expediente)
    ]
    secrets = (PERSON.subject, PERSON.applicant.name, PERSON.applicant.number, view.personal.key)
    for table in ("print_request", "audit", "event"):
        kept = repr(site.rows(f"SELECT * FROM {table}"))  # noqa: S608 ours
        assert [secret for secret in secrets if secret in kept] == []


def test_the_desk_tells_the_papers_state_and_asks_once_at_a_time(
    counter: Counter, clerk: ClerkTwin, machine: KioskTwin, filing: Filing
) -> None:
    site = counter.site
    assert state(clerk, filing) == ("", "Imprimir en esta ventanilla")
    ask(clerk, filing)
    assert state(clerk, filing) == ("Pedido a la impresora…", "")
    ask(clerk, filing)
    [request] = machine.wanted(site.client)
    machine.begin(request)
    machine.sync(site.client)
    assert state(clerk, filing) == ("Imprimiendo el cargo…", "")
    machine.answer(request, "not_printed", "paper")
    machine.sync(site.client)
    assert state(clerk, filing) == ("No salió: sin papel.", "Reintentar")
    ask(clerk, filing)
    [request] = machine.wanted(site.client)
    assert request.document.copy == 1  # no other came out
    machine.answer(request)
    machine.sync(site.client)
    assert state(clerk, filing) == ("Cargo impreso", "Imprimir otro")
    assert rows(site) == [("cargo", 1, "failed", "paper"), ("cargo", 2, "printed", "")]
    assert machine.wanted(site.client) == []
    ask(clerk, filing)
    [request] = machine.wanted(site.client)
    assert request.document.copy == 2


def test_a_machine_that_does_not_know_cargos_says_so_and_one_that_is_silent_is_not_waited_for(
    counter: Counter, clerk: ClerkTwin, machine: KioskTwin, filing: Filing
) -> None:
    site = counter.site
    ask(clerk, filing)
    [request] = machine.wanted(site.client)
    machine.answer(request, "not_printed", "unknown_document", attempt=0)
    machine.sync(site.client)
    assert state(clerk, filing)[0] == (
        "No salió: el equipo de esta ventanilla aún no sabe imprimir cargos; hay que actualizarlo."
    )
    ask(clerk, filing)
    site.clock.pass_s(WANTED_US / 1e6)
    assert state(clerk, filing) == ("La impresora no lo recogió en diez minutos.", "Imprimir otro")
    assert machine.wanted(site.client) == []


def test_without_a_printer_at_the_counter_nothing_can_be_asked(counter: Counter, filing: Filing) -> None:
    counter.site.account()
    clerk = counter.site.clerk(counter="5")
    assert state(clerk, filing) == ("La ventanilla 5 no tiene impresora.", "")
    refused = ask(clerk, filing)
    assert (refused.status_code, alert(refused.text)) == (409, "La ventanilla 5 no tiene impresora.")
    assert rows(counter.site) == []
    chief = counter.site.chief()
    assert "/cargo/print" not in chief.page(f"/desk/filing/{filing.id}/cargo")
    assert chief.send(f"/desk/filing/{filing.id}/cargo/print").status_code == 409


def test_where_another_node_receives_no_cargo_is_made(
    counter: Counter, clerk: ClerkTwin, machine: KioskTwin, filing: Filing
) -> None:
    del machine
    with counter.site.engines.write.begin() as connection:
        add_home(connection, "lima", Home("node-000000000009", "lima-1", 1, counter.site.clock.now()))
    counter.site.composed.offices.forget()
    assert ask(clerk, filing).status_code == 409
    assert clerk.client.get(f"/desk/filing/{filing.id}/cargo.pdf").status_code == 409
    assert rows(counter.site) == []


def test_a_ticket_and_a_cargo_are_asked_for_side_by_side(
    counter: Counter, clerk: ClerkTwin, machine: KioskTwin, filing: Filing
) -> None:
    site = counter.site
    kiosk = site.enrol()
    turn = kiosk.issue()
    kiosk.sync(site.client)
    clerk.call_next()
    clerk.post(f"copy/{turn.id}")
    ask(clerk, filing)
    assert [type(one.document).__name__ for one in machine.wanted(site.client)] == ["TicketCopy", "CargoCopy"]
    with site.engines.write.begin() as connection:
        connection.execute(text("DELETE FROM filing"))
    assert [type(one.document).__name__ for one in machine.wanted(site.client)] == ["TicketCopy"]
