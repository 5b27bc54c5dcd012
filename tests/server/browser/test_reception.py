"""A clerk receives documents without a mouse; the server is gone meanwhile, and nothing that was typed is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.server.browser.conftest import Hall


def violations(page: Page) -> list[str]:
    """What axe-core finds."""
    return [f"{one['id']}: {one['nodes'][0]['target']}" for one in Axe().run(page).response["violations"]]


def test_documents_are_received_with_the_keyboard_alone_while_the_server_restarts(hall: Hall) -> None:
    hall.send(hall.kiosk.issue())
    page = hall.desk()
    keys = page.keyboard
    keys.press("n")
    page.wait_for_selector(".acts.called")
    keys.press("a")
    page.wait_for_selector(".acts.serving")
    keys.press("e")
    expect(page.locator("#applicant_number")).to_have_value("12345678")
    expect(page.locator("#folios")).to_be_focused()  # what is not known yet
    page.focus("#applicant_name")
    keys.press("Enter")  # a scanner's Enter goes on to the next field and sends nothing
    expect(page.locator("#by_other")).to_be_focused()
    page.focus("#folios")
    keys.type("12")
    page.focus("#words")
    keys.type("Falta la firma")
    expect(page.locator(".verdict")).to_contain_text("se observará")  # it is told while one types
    expect(page.locator("#words")).to_be_focused()
    expect(page.locator("#words")).to_have_value("Falta la firma")
    assert violations(page) == []
    hall.program.stop()
    keys.press("Control+Enter")
    expect(page.locator("#alert")).to_contain_text("Lo escrito sigue aquí")
    expect(page.locator("#folios")).to_have_value("12")
    hall.program.start()
    keys.press("Control+Enter")
    expect(page.locator(".big")).to_contain_text("0000001")
    expect(page.locator(".deadline")).to_contain_text("Puede corregir hasta el")
    assert violations(page) == []
    keys.press("o")  # another of the same visitor
    expect(page.locator("#applicant_number")).to_have_value("12345678")
    expect(page.locator("#folios")).to_have_value("")
    page.fill("#folios", "3")
    page.context.clear_cookies(name=re.compile("form-"))  # the page was open too long
    page.dblclick("#receive")
    expect(page.locator(".big")).to_contain_text("0000002")
    keys.press("v")
    expect(page.locator(".brought a")).to_have_count(2)
    lost = [said for said in hall.complaints if "net::ERR" in said or "403" in said]
    assert hall.complaints == lost
