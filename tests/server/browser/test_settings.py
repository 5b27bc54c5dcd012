"""The office is set up in a real browser: by keyboard alone, on a phone, by a hand that clicks twice; for everybody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.server.conftest import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.server.browser.conftest import Hall

pytestmark = pytest.mark.browser

PLACES = [
    "/admin/hours", "/admin/rules", "/admin/services", "/admin/services/tramite", "/admin/counters", "/admin/users",
    "/admin/users/ana", "/password",
]  # fmt: skip


@pytest.fixture
def chief(hall: Hall) -> Page:
    """An administrator's screen, signed in by the keyboard."""
    order = ("user", "add", "eva", "--role", "administrator", "--password-stdin")
    assert hall.program.order(*order, typed=f"{PASSWORD}\n").status == 0
    page = hall.open("/desk")
    for key in ("eva", "Tab", PASSWORD, "Enter"):
        page.keyboard.press(key) if key in {"Tab", "Enter"} else page.keyboard.type(key)
    page.wait_for_url("**/admin")
    return page


def assert_good_for_everybody(page: Page) -> None:
    """Accessible by axe's rules, and nothing runs out of a phone's width."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    for width in (320, 390, 768):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width)
    page.set_viewport_size({"width": 1280, "height": 800})


def test_every_page_is_good_for_everybody_and_on_a_phone(hall: Hall, chief: Page) -> None:
    longest = "Palabra" * 8
    chief.goto(hall.program.url + "/admin/counters")
    chief.fill("#counter", "12")
    chief.fill("#counter_label", longest[:40])
    chief.get_by_role("button", name="Agregar", exact=True).click()
    expect(chief.get_by_role("status").filter(has_text="Se agregó la ventanilla.")).to_be_visible()
    chief.goto(hall.program.url + "/admin/hours")
    chief.fill("#closure_day", "2099-01-01")
    chief.fill("#closure_reason", longest)
    chief.get_by_role("button", name="Agregar día", exact=True).click()
    expect(chief.locator("#closure_day-fault")).to_be_visible()
    expect(chief.locator("#closure_day")).to_be_focused()
    assert_good_for_everybody(chief)
    for place in PLACES:
        chief.goto(hall.program.url + place)
        assert_good_for_everybody(chief)
    desk = hall.open("/desk")
    expect(desk.locator("#counters option")).to_have_attribute("value", "12")


def test_an_office_is_set_up_by_keyboard_alone(hall: Hall, chief: Page) -> None:
    chief.goto(hall.program.url + "/admin/rules")
    chief.locator("#ordinary_alert_min").focus()
    chief.keyboard.press("Control+a")
    chief.keyboard.type("25")
    for _ in range(3):
        chief.keyboard.press("Tab")
    chief.keyboard.press("Space")  # Quechua
    chief.keyboard.press("Enter")
    expect(chief.get_by_role("status").filter(has_text="Se guardaron las reglas.")).to_be_visible()
    expect(chief.locator("#ordinary_alert_min")).to_have_value("25")
    expect(chief.get_by_role("checkbox", name="Quechua")).to_be_checked()
    assert hall.complaints == []


def test_two_clicks_make_one_account_whose_password_is_the_one_that_is_shown(hall: Hall, chief: Page) -> None:
    chief.goto(hall.program.url + "/admin/users")
    chief.fill("#user_name", "luis")
    chief.get_by_role("button", name="Agregar cuenta").dblclick(no_wait_after=True)
    secret = chief.locator(".secret")
    expect(secret).to_have_text(re.compile(r"^[a-z2-9]{4}(-[a-z2-9]{4}){3}$"))
    desk = hall.open("/desk")
    desk.fill("#name", "luis")
    desk.fill("#password", secret.text_content() or "")
    desk.fill("#counter", "5")
    desk.keyboard.press("Enter")
    expect(desk.locator("#desk")).to_be_visible()
    assert hall.complaints == []
