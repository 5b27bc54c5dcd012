"""What a citizen sees of a filing on the phone: where it stands and what comes next, and nothing more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from domain.clock import in_lima
from domain.filings import FilingMove
from domain.messages import FilingWords
from domain.tracking import filing_code
from server.faults import Refusal
from server.filing.tracking import WRONG_TRIES, FilingTracking
from server.store.versions import filing_topic
from tests.server.conftest import OFFICE
from tests.server.filing.conftest import PERSON
from tests.server.filing.test_units import call_elsewhere, late

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from server.store.filings import Filing
    from tests.server.conftest import Site
    from tests.server.filing.conftest import Counter

WEEK = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "setiembre", "octubre", "noviembre", "diciembre"),
)
NOTHING = FilingWords()
WORDS = FilingWords("Falta el recibo, señora Prueba", ("Recibo de pago",))


def secrets_of(counter: Counter, id_: UUID) -> tuple[str, str]:
    """The code in the cargo's QR, and the key that stands beside it."""
    personal = counter.filings.view(counter.clerk, id_, "").personal
    assert personal is not None
    return filing_code(bytes.fromhex(personal.token)), personal.key


def page(counter: Counter, filing: Filing, **headers: str) -> str:
    """The page as it is now: the tests' clock and clerk are not those by which a kept page ends."""
    address = f"/E/{secrets_of(counter, filing.id)[0]}?{counter.site.clock.now()}"
    answer = counter.site.client.get(address, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


def headline(text_: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", text_)
    assert found
    return found[1]


def go(counter: Counter, id_: UUID, *moves: FilingMove) -> None:
    for move in moves:
        counter.filings.do(counter.clerk, lambda hall, move=move: hall.move(id_, move, NOTHING))


def forward(counter: Counter, id_: UUID, unit: str = "legal") -> None:
    counter.filings.do(counter.clerk, lambda hall: hall.forward(id_, unit, FilingWords("Para la doctora Prueba")))


def pass_days(site: Site, days: int) -> None:
    site.clock.pass_s(days * 24 * 3600)


def said_day(counter: Counter, day: Any) -> str:
    year = "" if day.year == in_lima(counter.site.clock.now()).year else f" de {day.year}"
    return f"{WEEK[day.weekday()]} {day.day} de {MONTHS[day.month - 1]}{year}"


def test_the_page_tells_each_step_and_what_comes_next(counter: Counter) -> None:
    filing = counter.receive()
    seen = page(counter, filing)
    assert headline(seen) == "Recibimos sus documentos"
    assert "El mismo día pasan a la unidad Asesoría Legal." in seen
    for fact in (filing.expediente, str(filing.register), said_day(counter, filing.due_on)):
        assert fact in seen
    forward(counter, filing.id)
    assert headline(page(counter, filing)) == "Se envió a la unidad Asesoría Legal"
    pass_days(counter.site, 1)
    go(counter, filing.id, FilingMove.TAKE)
    today = in_lima(counter.site.clock.now()).date()
    seen = page(counter, filing)
    assert headline(seen) == f"La unidad Asesoría Legal lo tiene desde el {said_day(counter, today)}"
    assert f"La entidad debe responder hasta el {said_day(counter, filing.due_on)}." in seen
    due_on = late(counter, filing)
    seen = page(counter, filing)
    assert headline(seen) == f"El plazo para responder terminó el {said_day(counter, due_on)}"
    assert "queja por la demora" in seen
    go(counter, filing.id, FilingMove.RESOLVE)
    seen = page(counter, filing)
    assert headline(seen) == "Resuelto: recoja la respuesta"
    assert OFFICE.name in seen
    go(counter, filing.id, FilingMove.ARCHIVE)
    seen = page(counter, filing)
    assert headline(seen) == "Trámite terminado"
    steps = re.findall(r"</time><span>(.*?)</span>", seen)
    assert steps == [
        "Archivado", "Resuelto por Asesoría Legal", "Lo tomó Asesoría Legal", "Enviado a Asesoría Legal",
        "Recibido en la mesa de partes",
    ]  # fmt: skip


def test_whoever_must_bring_something_reads_until_when(counter: Counter) -> None:
    filing = counter.receive(missing=WORDS.missing, words=WORDS.text)
    assert filing.correct_until is not None
    until = said_day(counter, filing.correct_until)
    assert headline(page(counter, filing)) == f"Traiga lo que falta hasta el {until}"
    pass_days(counter.site, (filing.correct_until - in_lima(counter.site.clock.now()).date()).days)
    assert headline(page(counter, filing)) == "Traiga hoy lo que falta: es el último día"
    pass_days(counter.site, 1)
    assert headline(page(counter, filing)) == f"El plazo para traer lo que faltaba terminó el {until}"
    counter.filings.lapse()
    assert headline(page(counter, filing)) == "Cuenta como no presentado"


def test_nothing_but_the_status_is_shown_to_anybody(counter: Counter) -> None:
    filing = counter.receive(missing=WORDS.missing, words=WORDS.text)
    counter.filings.do(counter.clerk, lambda hall: hall.correct(filing.id, WORDS))
    forward(counter, filing.id)
    seen = page(counter, filing)
    _, key = secrets_of(counter, filing.id)
    personal = (PERSON.applicant.name, PERSON.applicant.number, PERSON.subject, PERSON.email, *PERSON.annexes)
    for secret in (*personal, "Recibo", "Prueba", "doctora", "ana", filing.code, key, str(filing.id)):
        assert not re.search(rf"\b{re.escape(secret)}\b", seen), secret


@pytest.mark.parametrize(
    "code",
    [
        "A" * 26, "A" * 25, "A" * 52, "!" * 26, "Ñ" * 26, "A" * 25 + "B", "%00" * 26, "..%2f..%2fdesk", "0" * 26,
        "A" * 4000,
    ],
)  # fmt: skip
def test_a_code_that_opens_nothing_is_told_that_it_may_be_on_its_way(counter: Counter, code: str) -> None:
    counter.receive()
    answer = counter.site.client.get(f"/E/{code}")
    assert answer.status_code == 404
    if code == "A" * 26:
        assert "Aún no encontramos este expediente" in answer.text
        assert "espere unos minutos" in answer.text


def test_the_page_is_small_live_secret_and_forgives_small_letters(counter: Counter) -> None:
    filing = counter.receive()
    code, _ = secrets_of(counter, filing.id)
    site = counter.site
    answer = site.client.get(f"/e/{code.lower()}")
    assert answer.status_code == 200
    assert len(answer.content) < 20_000
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert f'data-topic="{filing_topic(OFFICE.id)}"' in answer.text
    assert f'url=/E/{code}"' in answer.text  # without JavaScript
    part = site.client.get(f"/E/{code}", headers={"X-Fragment": "1"}).text
    assert "<html" not in part
    assert 'id="filing"' in part


def test_at_the_centre_it_says_how_old_it_is_once_the_office_is_not_heard(counter: Counter) -> None:
    filing = counter.receive()
    call_elsewhere(counter.site, heard_min_ago=25)
    seen = page(counter, filing)
    assert "Según la oficina, hace 25 min: ahora no hay conexión con ella." in seen
    assert headline(seen) == "Recibimos sus documentos"


def test_at_the_centre_it_is_as_now_while_the_office_is_heard(counter: Counter) -> None:
    filing = counter.receive()
    call_elsewhere(counter.site)
    assert "Según la oficina" not in page(counter, filing)


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "We received your documents"), ("qu", "chaskirqaniku"), ("ay", "katuqapxta")],
)
def test_it_is_read_in_the_citizens_language(counter: Counter, language: str, words: str) -> None:
    with counter.site.engines.write.begin() as connection:
        connection.execute(
            text("UPDATE office_settings SET rules = :rules"), {"rules": b'{"languages":["es","qu","ay","en"]}'}
        )
    counter.site.composed.offices.forget()
    seen = page(counter, counter.receive(), **{"Accept-Language": language})
    assert words in seen
    assert f'<html lang="{language}">' in seen


# --- by number and key ----------------------------------------------------------------------------------------------


def ask(site: Site, number: str, key: str, **headers: str) -> httpx.Response:
    return site.client.post("/E", data={"number": number, "key": key}, headers=headers)


def test_number_and_key_are_found_however_they_are_typed(counter: Counter) -> None:
    filing = counter.receive()
    _, key = secrets_of(counter, filing.id)
    number = filing.expediente
    spaced = f" {number[:3].lower()}-{number[3:7]} {number[7:]} "
    for typed in ((number, key), (spaced, f"{key[:3]} {key[3:]}"), (number, f"{key[:3]}-{key[3:]}".lower())):
        seen = ask(counter.site, *typed)
        assert (seen.status_code, headline(seen.text)) == (200, "Recibimos sus documentos"), typed
        assert "data-live" not in seen.text


def test_a_wrong_number_and_a_wrong_key_are_answered_alike_and_braked(counter: Counter) -> None:
    filing = counter.receive()
    _, key = secrets_of(counter, filing.id)
    wrong_key = ask(counter.site, filing.expediente, "222222")
    wrong_number = ask(counter.site, "INS20260009999", "222222")
    assert wrong_key.status_code == wrong_number.status_code == 404
    told = [re.search(r"<main.*</main>", answer.text, re.DOTALL) for answer in (wrong_key, wrong_number)]
    assert told[0]
    assert told[1]
    assert told[0][0].replace(filing.expediente, "X") == told[1][0].replace("INS20260009999", "X")
    for _ in range(WRONG_TRIES - 2):
        assert ask(counter.site, filing.expediente, "<script>").status_code == 404
    braked = ask(counter.site, filing.expediente, key)  # the address has had its tries
    assert (braked.status_code, braked.headers["retry-after"]) == (429, "60")
    assert "Demasiados intentos" in braked.text
    counter.site.clock.pass_s(60)
    assert ask(counter.site, filing.expediente, key).status_code == 200


def test_a_number_is_braked_wherever_it_is_tried_from(counter: Counter) -> None:
    filing, other = counter.receive(), counter.receive()
    site = counter.site
    tracking = FilingTracking(offices=site.composed.offices, clock=site.clock, read=site.engines.read)
    for n in range(WRONG_TRIES):
        with pytest.raises(Refusal, match="wrong_number_or_key"):
            tracking.by_number(filing.expediente.lower(), "222222", f"10.0.0.{n}")
    with pytest.raises(Refusal, match="too_many_tries"):
        tracking.by_number(filing.expediente, secrets_of(counter, filing.id)[1], "10.0.0.99")
    found = tracking.by_number(other.expediente, secrets_of(counter, other.id)[1], "10.0.0.99")
    assert found.expediente == other.expediente


@pytest.mark.parametrize(("number", "key"), [("", ""), ("x" * 5000, "y" * 5000), ("'; --", "\0"), ("Ñ", "áéíóúñ")])
def test_nonsense_is_a_wrong_number(counter: Counter, number: str, key: str) -> None:
    counter.site.clock.pass_s(60)
    answer = ask(counter.site, number, key)
    assert answer.status_code == 404
    assert "no van juntos" in answer.text


def test_a_form_of_another_site_is_refused(counter: Counter) -> None:
    assert ask(counter.site, "INS20260000001", "222222", Origin="http://evil.example").status_code == 403


# --- the ticket's page ----------------------------------------------------------------------------------------------


def test_the_tickets_page_shows_what_was_received_from_it(counter: Counter) -> None:
    site = counter.site
    kiosk = site.enrol()
    turn, other = kiosk.issue(), kiosk.issue()
    kiosk.sync(site.client)
    site.account()
    clerk = site.clerk("ana", "1")
    clerk.call_next()
    clerk.move(turn.id, "serving")
    first = counter.receive(ticket=turn.id)
    second = counter.receive(ticket=turn.id, missing=WORDS.missing)
    seen = site.client.get(f"/T/{turn.token.text}").text
    assert re.findall(r'class="expediente">(.*?)<', seen) == [first.expediente, second.expediente]
    assert "<h2>Recibimos sus documentos</h2>" in seen
    assert "no es el cargo" not in seen
    part = site.client.get(f"/T/{turn.token.text}", headers={"X-Fragment": "1"}).text
    assert second.expediente in part
    assert first.expediente not in site.client.get(f"/T/{other.token.text}").text
