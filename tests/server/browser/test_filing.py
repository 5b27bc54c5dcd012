"""Whole stories of a filing in browsers: the clerk's, the unit's, and the citizen's phone beside them."""

from __future__ import annotations

import re
import shutil
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from server.config import load_config
from server.keys import load_keys
from server.store.engine import open_engines
from server.store.schema import account
from server.store.settings import save_filing_rules
from tests.server.browser.conftest import NEVER_CLOSED, Hall
from tests.server.conftest import PASSWORD
from tests.server.filing.conftest import RULES
from tests.server.filing.test_notices import MailBox, box
from tests.server.process import ServerProgram

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.failures.nursery import Nursery
    from tests.server.twin import Issued

__all__ = ["box"]  # a fixture

MAIL = """
[mail]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "Mesa de partes <mp@entidad.gob.pe>"
"""


@pytest.fixture
def hall(tmp_path: Path, chromium: Browser, migrated: Path, box: MailBox, nursery: Nursery) -> Iterator[Hall]:
    """An office with a unit, a clerk, somebody in the unit, and a mail server."""
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    program = ServerProgram(tmp_path, NEVER_CLOSED, nursery=nursery)
    with program.file.open("a") as file:
        file.write(MAIL.format(port=box.port))  # type: ignore[attr-defined]
    for name in ("ana", "luz"):
        assert program.order("user", "add", name, "--password-stdin", typed=f"{PASSWORD}\n").status == 0
    config = load_config(program.file)
    engines = open_engines(config.database, load_keys(config.keys, may_create=False))
    with engines.write.begin() as connection:
        save_filing_rules(connection, NEVER_CLOSED.id, RULES, by="", now=1)  # type: ignore[arg-type]
        connection.execute(account.update().where(account.c.name == "luz").values(unit="legal"))
    engines.dispose()
    program.start()
    yield Hall(program, program.enrol(), chromium)
    for context in chromium.contexts:
        context.close()
    if program.is_running:
        program.stop()


def serve(hall: Hall) -> tuple[Page, Page]:
    """A turn is being served; the clerk's page and the phone that follows it."""
    turn: Issued = hall.kiosk.issue()
    hall.send(turn)
    phone = hall.open(f"/T/{turn.token.text}", 390, 844)
    desk = hall.desk()
    desk.keyboard.press("n")
    expect(desk.locator(".turn .number")).to_have_text(str(turn.number))
    desk.keyboard.press("a")
    expect(desk.locator(".turn .state")).to_have_text("En atención")
    return desk, phone


def receive(desk: Page, *, lacks: str = "") -> str:
    """Receives what was brought, on the keyboard; returns the expediente."""
    desk.keyboard.press("e")
    desk.wait_for_selector("#filing")
    expect(desk.locator("#applicant_name")).to_have_value("MARIA ELENA PRUEBA EJEMPLO")  # the kiosk took it
    desk.fill("#folios", "3")
    desk.fill("#email", "maria@ejemplo.pe")
    desk.check("input[name=notices]")
    desk.select_option("#unit", "legal")
    if lacks:
        desk.fill("#words", lacks)
        expect(desk.locator("#aside .caution")).to_contain_text("Podrá corregir")
    desk.keyboard.press("Control+Enter")
    number = desk.locator("h1.big")
    expect(number).to_have_text(re.compile(r"^INS20\d{2}0{6}\d$"))
    return number.inner_text()


def cargo(desk: Page) -> tuple[bytes, str]:
    """The cargo as the clerk's browser gets it, and what it says."""
    address = desk.locator("a[href*='cargo.pdf?paper=a4']").first.get_attribute("href")
    answer = desk.request.get(desk.evaluate("address => new URL(address, location.href).href", address))
    assert answer.headers["content-type"].startswith("application/pdf")
    words = " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.body())).pages)
    return answer.body(), words


def follow(hall: Hall, expediente: str, words: str) -> Page:
    """The citizen's page, by number and the key on the cargo."""
    key = re.search(r"clave ([2-9A-Z]{3})([2-9A-Z]{3})\b", words)
    assert key is not None, words
    page = hall.open("/E", 390, 844)
    page.fill("#number", expediente)
    page.fill("#key", f"{key[1]} {key[2]}".lower())
    page.click("button.cta")
    page.wait_for_selector("article.filing")
    return page


def anybody_checks(hall: Hall, pdf: bytes) -> None:
    """Whoever has the file learns whether it is whole, and nobody's name."""
    stranger = hall.open("/verify")
    for file, finding in ((pdf, "whole"), (pdf.replace(b"/Title", b"/Titel", 1), "altered")):
        stranger.set_input_files("#file", {"name": "cargo.pdf", "mimeType": "application/pdf", "buffer": file})
        stranger.click("button.second")
        expect(stranger.locator("[data-finding]")).to_have_attribute("data-finding", finding)
        assert "PRUEBA" not in stranger.content()


def take(unit: Page, address: str, expediente: str) -> None:
    """The unit takes it over and opens it."""
    unit.goto(address)
    unit.locator(f"#to-take tr[data-filing='{expediente}']").get_by_role("button").click()
    unit.locator(f"#in-process tr[data-filing='{expediente}']").get_by_role("link").first.click()
    unit.wait_for_selector("#resolve-words")


def test_observed_corrected_in_time_and_resolved_with_the_phone_beside_it(hall: Hall, box: MailBox) -> None:
    desk, phone = serve(hall)
    expediente = receive(desk, lacks="Falta la firma")
    pdf, words = cargo(desk)
    assert expediente in words
    assert "MARIA ELENA PRUEBA EJEMPLO" in words

    anybody_checks(hall, pdf)

    # the ticket's page says what to bring and until when; so does the one behind the number and the key
    phone.reload()
    expect(phone.locator("article.filing")).to_have_attribute("data-status", "observed")
    own = follow(hall, expediente, words)
    expect(own.locator("article.filing")).to_have_attribute("data-next", re.compile("bring"))
    assert not re.search("PRUEBA|12345678|resoluci", own.content())

    desk.keyboard.press("d")
    desk.wait_for_selector("#mend")
    desk.fill("#annexes", "Hoja firmada")
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_role("status").filter(has_text="Se recibió lo que faltaba")).to_be_visible()
    desk.select_option("#unit", "legal")
    desk.get_by_role("button", name="Derivar").click()
    expect(desk.locator(".headline .tag")).to_have_text("Derivado")

    unit = hall.open("/desk")
    unit.fill("#name", "luz")
    unit.fill("#password", PASSWORD)
    unit.click("button")
    unit.wait_for_selector("#bench")
    take(unit, unit.url, expediente)
    expect(unit.locator("dl").get_by_text("Hoja firmada")).to_be_visible()
    own.reload()
    expect(own.locator("article.filing")).to_have_attribute("data-status", "in_process")
    unit.fill("#observe-words", "Falta el plano")  # which reception could not notice (art. 125.5)
    unit.get_by_role("button", name="Observar").click()
    own.reload()
    expect(own.locator("article.filing")).to_have_attribute("data-next", re.compile("bring"))
    desk.reload()
    desk.fill("#annexes", "Plano")
    desk.keyboard.press("Control+Enter")
    desk.get_by_role("button", name="Derivar").click()
    expect(desk.locator(".headline .tag")).to_have_text("Derivado")
    take(unit, f"{hall.program.url}/units", expediente)
    unit.fill("#resolve-words", "Resolución 12")
    unit.get_by_role("button", name="Marcar como resuelto").click()
    own.reload()
    expect(own.locator("article.filing")).to_have_attribute("data-status", "resolved")
    assert "Resolución 12" not in own.content()

    desk.reload()
    expect(desk.get_by_text("Avisos al ciudadano")).to_be_visible()
    for _ in range(100):
        if len(box.arrived) == 3:
            break
        desk.wait_for_timeout(100)
    assert len(box.arrived) == 3, "two for what was missing, one for the answer"
    assert hall.complaints == []


def test_too_late_it_lapses_and_is_received_anew(hall: Hall) -> None:
    desk, _ = serve(hall)
    expediente = receive(desk, lacks="Falta el recibo")
    _, words = cargo(desk)
    hall.sql(
        "UPDATE filing SET correct_until = '2026-01-05', changed_at = changed_at - 7776000000000"
    )  # as if it had been observed long ago
    desk.keyboard.press("d")
    expect(desk.get_by_text("El plazo")).to_be_visible()
    own = follow(hall, expediente, words)
    expect(own.locator("article.filing")).to_have_attribute("data-next", re.compile("too_late|lapsed"))
    desk.keyboard.press("e")
    desk.wait_for_selector("#filing")
    expect(desk.locator("#about")).to_have_value(expediente)
    desk.fill("#folios", "4")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator("h1.big")).not_to_have_text(expediente)
    expect(desk.get_by_text(f"{expediente}")).to_be_visible()
    for context in hall.browser.contexts:
        context.close()
    hall.program.stop()
    hall.program.start()  # at its start it ends what was not corrected in time
    own = follow(hall, expediente, words)
    expect(own.locator("article.filing")).to_have_attribute("data-status", "lapsed")
    assert hall.complaints == []
