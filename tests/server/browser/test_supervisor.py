"""The supervisor's pages in a real browser: live without reload, and without barriers at every size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.server.browser.test_live import mark, was_reloaded
from tests.server.conftest import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.server.browser.conftest import Hall

pytestmark = pytest.mark.browser


@pytest.fixture
def office(hall: Hall) -> Page:
    """An administrator, who needs no counter."""
    added = hall.program.order(
        "user", "add", "jefa", "--role", "administrator", "--password-stdin", typed=f"{PASSWORD}\n"
    )
    assert added.status == 0
    page = hall.open("/desk")
    page.fill("#name", "jefa")
    page.fill("#password", PASSWORD)
    page.click("button")
    page.wait_for_selector("#now")
    return page


def barriers(page: Page) -> list[str]:
    """What axe-core finds, and whether the page is wider than its window."""
    found = [f"{one['id']}: {one['nodes'][0]['target']}" for one in Axe().run(page).response["violations"]]
    return found + ["too wide"] * page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def test_the_office_is_followed_live_and_every_page_is_open_to_everybody(hall: Hall, office: Page) -> None:
    expect(office.locator(".calm")).to_be_visible()
    mark(office)
    hall.send(hall.kiosk.issue(preferential=True), hall.kiosk.issue())
    expect(office.locator('[data-alert="nobody"]')).to_be_visible()
    expect(office.locator('[data-service="tramite"] td').first).to_contain_text("2")
    office.get_by_role("link", name="Equipos").focus()
    desk = hall.desk()
    for key, words in (("n", "Llamando a A-001"), ("a", "Atiende a A-001"), ("t", "Libre")):
        expect(desk.locator(f'[data-key="{key.upper()}"]')).to_be_visible()
        desk.keyboard.press(key)
        expect(office.locator('[data-counter="3"] .work')).to_have_text(words)
    expect(office.locator(".calm")).to_be_visible()
    assert office.evaluate("document.activeElement.getAttribute('href')") == "/fleet"  # nothing was taken from the hand
    assert not was_reloaded(office)
    assert barriers(office) == []

    office.set_viewport_size({"width": 320, "height": 640})
    for path in ("/admin", "/admin/history", "/admin/audit"):
        office.goto(hall.program.url + path)
        assert barriers(office) == [], path
    office.goto(hall.program.url + "/admin/history")
    office.get_by_text("Ver los números en una tabla").click()
    expect(office.locator("details table")).to_be_visible()
    assert barriers(office) == []
    with office.expect_download() as download:
        office.get_by_role("link", name="Descargar para Excel").click()
    assert download.value.suggested_filename.startswith("turnos-lima-")
    assert download.value.suggested_filename.endswith(".xlsx")
    assert hall.complaints == []

    office.goto(hall.program.url + "/admin")
    office.wait_for_selector("#now")
    office.context.clear_cookies()
    hall.send(hall.kiosk.issue())
    office.wait_for_selector("#password")  # a session that is over leads to the sign-in at the next change
