"""The desk: the order of calls, every move, and what a clerk may see."""

from __future__ import annotations

import html
import json
import random
import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from nacl.public import PublicKey, SealedBox

from domain.clock import Micros
from domain.messages import TicketMoved, from_json
from domain.queue import call_order
from domain.tickets import MOVES
from server.store import tickets
from server.store.node import read_node
from tests.server.twin import PERSON, fully_told

if TYPE_CHECKING:
    from tests.server.conftest import ClerkTwin, Site
    from tests.server.twin import Issued


def shown(page: str) -> str:
    """The number at the counter on a desk's page, empty for none."""
    found = re.search(r'data-turn="([^"]*)"', page)
    return found[1] if found else ""


def waiting_numbers(page: str) -> list[str]:
    return re.findall(r"<li[^>]*><b>([^<]+)</b>", page)


def alert(page: str) -> str:
    found = re.search(r'role="alert">.*?<span>([^<]+)</span>', page, re.DOTALL)
    return found[1] if found else ""


def state(site: Site, issued: Issued) -> str:
    return str(site.rows("SELECT state FROM ticket WHERE id = :id", id=str(issued.id))[0][0])


@pytest.fixture
def turns(site: Site) -> list[Issued]:
    """Three turns that wait; the last one is preferential."""
    kiosk = site.enrol()
    issued = [kiosk.issue(preferential=place == 2) for place in range(3)]
    kiosk.sync(site.client)
    return issued


@pytest.fixture
def clerk(site: Site) -> ClerkTwin:
    site.account()
    return site.clerk()


def test_preferential_is_called_first_then_who_came_first(turns: list[Issued], clerk: ClerkTwin) -> None:
    called = []
    for _ in turns:
        called.append(shown(clerk.call_next().text))
        turn = next(one for one in turns if str(one.number) == called[-1])
        clerk.move(turn.id, "serving")
        clerk.move(turn.id, "done")
    assert called == ["A-003", "A-001", "A-002"]


@pytest.mark.usefixtures("turns")
def test_the_page_shows_the_line_in_the_order_of_calls(clerk: ClerkTwin) -> None:
    assert waiting_numbers(clerk.page()) == ["A-003", "A-001", "A-002"]
    assert waiting_numbers(clerk.client.get("/desk/waiting").text) == ["A-003", "A-001", "A-002"]


def test_the_databases_order_is_the_rules_order(site: Site) -> None:
    """Forty turns of two kiosks, some of them taken in the same second."""
    chance = random.Random(7)
    kiosks = [site.enrol("sala-1"), site.enrol("sala-2")]
    for _ in range(40):
        chance.choice(kiosks).issue(preferential=chance.random() < 0.3)
        site.clock.pass_s(chance.choice([0, 0, 1]))
    for kiosk in kiosks:
        kiosk.sync(site.client)
    with site.engines.write.begin() as connection:
        connection.exec_driver_sql("UPDATE ticket SET issued_at = issued_at / 1000000 * 1000000")
    with site.engines.read.connect() as connection:
        line = tickets.waiting(connection, "lima", since=Micros(0))
    assert len(line) == 40
    assert line == sorted(line, key=call_order)


def test_a_visit_from_call_to_done_is_one_event_a_move(site: Site, turns: list[Issued], clerk: ClerkTwin) -> None:
    turn = turns[2]
    clerk.call_next()
    for move in ("recalled", "recalled", "serving", "done"):
        assert clerk.move(turn.id, move).status_code == 200
    assert state(site, turn) == "done"
    with site.engines.read.connect() as connection:
        node = read_node(connection)
    assert node is not None
    log = site.rows("SELECT seq, type, body FROM event WHERE origin = :node ORDER BY seq", node=node.id)
    kinds = ["kiosk.enrolled", "counter.opened", "ticket.called"]
    kinds += ["ticket.recalled", "ticket.recalled", "ticket.serving", "ticket.done"]
    assert [(seq, kind) for seq, kind, _ in log] == list(enumerate(kinds, 1))
    assert {from_json(bytes(body), TicketMoved) for _, _, body in log[2:]} == {TicketMoved(turn.id, "1", "ana")}


def test_absent_frees_the_counter(site: Site, turns: list[Issued], clerk: ClerkTwin) -> None:
    clerk.call_next()
    clerk.miss(turns[2].id)
    assert state(site, turns[2]) == "absent"
    assert shown(clerk.call_next().text) == "A-001"


def test_nobody_waiting_is_no_fault(clerk: ClerkTwin) -> None:
    answer = clerk.call_next()
    assert answer.status_code == 200
    assert shown(answer.text) == ""
    assert "No hay nadie en espera" in answer.text


@pytest.mark.usefixtures("turns")
def test_a_second_click_calls_nobody_else(site: Site, clerk: ClerkTwin) -> None:
    assert clerk.call_next().status_code == 200
    second = clerk.call_next()
    assert second.status_code == 409
    assert alert(second.text) == "Ya tiene el turno A-003 en su ventanilla."
    assert site.rows("SELECT count(*) FROM ticket WHERE state = 'called'") == [(1,)]


def test_what_is_not_a_legal_move_is_refused_and_changes_nothing(
    site: Site, turns: list[Issued], clerk: ClerkTwin
) -> None:
    """Every move that a clerk can post, from each state in which a turn is at a counter."""
    clerk.call_next()
    turn = turns[2]
    posted = {"recalled", "serving", "done", "absent"}
    for now in ("called", "serving"):
        legal = {move.value for (state_, move) in MOVES if state_.value == now}
        for move in sorted(posted - legal):
            answer = clerk.move(turn.id, move)
            assert answer.status_code == 409
            assert alert(answer.text) == "El turno A-003 ya cambió; eso ya no se puede hacer."
            assert state(site, turn) == now
        clerk.move(turn.id, "serving")
    assert site.rows("SELECT count(*) FROM event WHERE type LIKE 'ticket.%' AND origin LIKE 'node%'") == [(2,)]


def test_a_turn_elsewhere_or_of_nowhere_is_refused(site: Site, turns: list[Issued], clerk: ClerkTwin) -> None:
    site.account("luis")
    other = site.clerk("luis", "2")
    other.call_next()
    assert clerk.move(turns[2].id, "serving").status_code == 409
    assert clerk.move(turns[0].id, "serving").status_code == 409  # it waits
    assert clerk.move("00000000-0000-0000-0000-000000000000", "serving").status_code == 404
    assert clerk.move(turns[2].id, "eaten").status_code == 404
    assert clerk.move("not-a-uuid", "serving").status_code in {400, 404}
    assert state(site, turns[2]) == "called"


@pytest.mark.usefixtures("turns")
def test_yesterdays_people_are_not_called_today(site: Site, clerk: ClerkTwin) -> None:
    site.clock.pass_s(24 * 3600)
    clerk = site.clerk()
    assert waiting_numbers(clerk.page()) == []
    assert shown(clerk.call_next().text) == ""


@pytest.mark.usefixtures("turns")
def test_without_script_the_forms_work_too(clerk: ClerkTwin) -> None:
    answer = clerk.post("call-next")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    assert shown(clerk.page()) == "A-003"


# --- personal data ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("turns")
def test_the_clerk_who_holds_the_turn_sees_what_was_typed(clerk: ClerkTwin) -> None:
    page = clerk.call_next().text
    for typed in (PERSON.name, PERSON.document_number, PERSON.description, PERSON.contact):
        assert typed in page


def test_nobody_else_does(site: Site, turns: list[Issued], clerk: ClerkTwin) -> None:
    clerk.call_next()
    site.account("luis")
    other = site.clerk("luis", "2")
    pages = [other.page(), other.client.get("/desk/waiting").text, clerk.client.get("/desk/waiting").text]
    turn = turns[2]
    clerk.move(turn.id, "serving")
    clerk.move(turn.id, "done")
    pages.append(clerk.page())
    for page in pages:
        assert PERSON.document_number not in page
        assert PERSON.name not in page


def test_every_look_is_in_the_audit_log(site: Site, turns: list[Issued], clerk: ClerkTwin) -> None:
    clerk.call_next()
    clerk.page()
    clerk.client.get("/desk/waiting")  # no personal data, no look
    looks = site.rows("SELECT actor, subject, office FROM audit WHERE action = 'ticket.viewed'")
    assert looks == [("ana", str(turns[2].id), "lima")] * 2


def test_a_sealed_part_that_cannot_be_opened_stops_nobody(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    kiosk.issue(sealed=b"sealed to another key")
    kiosk.issue(person=None)
    kiosk.sync(site.client)
    for _ in range(2):
        page = clerk.call_next().text
        assert "Este turno llegó sin datos del visitante." in page
        turn = site.rows("SELECT id FROM ticket WHERE state = 'called'")[0][0]
        clerk.miss(turn)


def test_what_a_citizen_types_is_text(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    nasty = '<script>alert("1")</script>'
    kiosk.issue(person=type(PERSON)("dni", "12345678", nasty, nasty, "", nasty))
    kiosk.sync(site.client)
    page = clerk.call_next().text
    assert nasty not in page
    assert "&lt;script&gt;" in page


def personal(page: str) -> str:
    """What stands in the part of the desk that is only for this clerk, as one reads it."""
    found = re.search(r'<div class="personal"[^>]*>(.*?)</div>\n<div id="copy"', page, re.DOTALL)
    assert found is not None
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[1])).split())


def test_all_that_was_typed_is_there_when_the_number_is_served(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    person, words = fully_told()
    turn = kiosk.issue(person=person, language="qu")
    kiosk.sync(site.client)
    called = clerk.call_next().text
    assert '<span class="chip speaks">' in called
    assert "Habla quechua" in called
    for page in (called, clerk.move(turn.id, "serving").text):
        said = personal(page)
        for word in words:
            assert word in said
        for line in (
            "Carné de extranjería 001234567",
            "Viene por otra persona RUC 20100000009",
            "Asunto Copia fedateada",
            "Dice que le falta Recibo de pago Vigencia de poder",
            "Presenta 37 folios, 3 escritos distintos",
            "Trae además memoria USB, diagnóstico o placas médicas",
            "prueba@ejemplo.pe Autoriza notificarle por correo",
        ):
            assert line in said


PARTS: list[tuple[dict[str, Any], str]] = [
    ({"for_another": True}, "Viene por otra persona No dijo por quién"),
    ({"for_another": True, "principal_kind": "carta", "principal_number": "AB-7"}, "otra persona carta AB-7"),
    ({"folios": 0}, "Presenta 0 folios"),
    ({"folios": 1}, "Presenta 1 folio "),
    ({"filings": 2}, "Presenta 2 escritos distintos"),
    ({"media": ("hologram",)}, "Trae además hologram"),
    ({"contact": "a@ejemplo.pe"}, "a@ejemplo.pe No autorizó notificarle por correo"),
]


@pytest.mark.parametrize(("changes", "line"), PARTS)
def test_each_part_is_told_by_itself(site: Site, clerk: ClerkTwin, changes: dict[str, Any], line: str) -> None:
    kiosk = site.enrol()
    kiosk.issue(person=msgspec.structs.replace(PERSON, **changes))
    kiosk.sync(site.client)
    assert line in personal(clerk.call_next().text)


OLD = {
    "document_kind": "dni",
    "document_number": "12345678",
    "description": "Consulta",
    "contact": "987654321",
    "token": "",
}


def test_what_a_kiosk_of_before_sealed_is_shown_without_what_it_did_not_ask(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    sealed = SealedBox(PublicKey(site.keys.seal_public)).encrypt(json.dumps(OLD).encode())
    kiosk.issue(sealed=sealed)
    kiosk.sync(site.client)
    said = personal(clerk.call_next().text).split(" Solo usted")[0]
    assert said == "Documento DNI 12345678 Qué necesita Consulta Contacto 987654321"


def test_the_language_is_told_without_what_was_sealed_and_spanish_is_not(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    for language in ("ay", "es"):
        turn = kiosk.issue(language=language, person=None)
        kiosk.sync(site.client)
        assert ("Habla aimara" in clerk.call_next().text) == (language == "ay")
        clerk.miss(turn.id)


def test_every_word_of_a_citizen_is_text(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    nasty = "</dd><script>alert('1')</script>"
    kiosk.issue(
        person=msgspec.structs.replace(
            PERSON,
            subject=nasty,
            document_kind=nasty,
            for_another=True,
            principal_kind=nasty,
            principal_number=nasty,
            missing=(nasty, nasty),
            media=(nasty,),
        )
    )
    kiosk.sync(site.client)
    page = clerk.call_next().text
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;") == 7


@pytest.mark.parametrize("description", ["", "  "])
def test_who_gave_no_details_is_not_a_blank_line(site: Site, clerk: ClerkTwin, description: str) -> None:
    kiosk = site.enrol()
    kiosk.issue(person=type(PERSON)("dni", "12345678", description, "", ""))
    kiosk.sync(site.client)
    assert "<dd>No lo detalló</dd>" in clerk.call_next().text


def test_a_document_of_a_kind_unknown_here_is_shown_all_the_same(site: Site, clerk: ClerkTwin) -> None:
    kiosk = site.enrol()
    kiosk.issue(person=type(PERSON)("carta", "AB-77", "Consulta", "", ""), language="xx")
    kiosk.sync(site.client)
    page = clerk.call_next().text
    assert "AB-77" in page
    assert "kind.carta" not in page
