"""The citizens' pages in a real browser: light, loud when asked, and usable without a script."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.server.browser.conftest import Hall

pytestmark = pytest.mark.browser

MOST_BYTES = 20_000


def weigh(page: Page, address: str) -> int:
    """What the line carried for the first view, in bytes, headers too."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    loaded: list[dict[str, Any]] = []
    session.on("Network.loadingFinished", lambda one: loaded.append(one))  # noqa: PLW0108 it is asked for its signature
    page.goto(address, wait_until="load")
    return int(sum(one["encodedDataLength"] for one in loaded))


def test_the_first_view_is_light(hall: Hall) -> None:
    turn = hall.kiosk.issue()
    hall.send(turn, *(hall.kiosk.issue() for _ in range(30)))
    for path, scripts in product((f"/T/{turn.token.text}", "/office"), (True, False)):
        context = hall.browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=scripts)
        page = context.new_page()
        weight = weigh(page, hall.program.url + path)
        assert 2000 < weight < MOST_BYTES
        expect(page.locator("h1")).to_be_visible()
        context.close()


def test_all_of_it_works_without_a_script(hall: Hall) -> None:
    turns = [hall.kiosk.issue() for _ in range(4)]
    hall.send(*turns)
    context = hall.browser.new_context(viewport={"width": 320, "height": 568}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{hall.program.url}/T/{turns[0].token.text}?l=en")
    expect(page.locator("h1")).to_have_text("You are next")
    expect(page.locator("#alert")).to_be_hidden()  # a button that could do nothing
    page.get_by_role("link", name="Finish your description").click()
    page.get_by_label("What do you need?").fill("Vengo por una copia")
    page.get_by_role("button", name="Send to the counter").click()
    expect(page.locator("h1")).to_have_text("It is at the counter now")
    page.get_by_role("link", name="Back to my turn").click()
    page.get_by_role("link", name="Let two people go first").click()
    page.get_by_role("button", name="Yes, let them pass").click()
    expect(page.locator("h1")).to_have_text("2 turns before yours")
    page.get_by_role("link", name="Cancel my turn").click()
    page.get_by_role("button", name="Yes, cancel my turn").click()
    expect(page.locator("h1")).to_have_text("Turn cancelled")
    assert context.cookies() == []
    context.close()


SILENT = """() => {
    window.heard = [];
    navigator.vibrate = (pattern) => { window.heard.push(["shaken", JSON.stringify(pattern)]); return true; };
}"""


def heard(page: Page) -> list[str]:
    return [what for _, what in page.evaluate("window.heard")]


def test_the_phone_rings_when_three_are_left_and_when_it_is_called(hall: Hall) -> None:
    turns = [hall.kiosk.issue() for _ in range(6)]
    hall.send(*turns)
    desk = hall.desk()
    phone = hall.open(f"/T/{turns[4].token.text}", 390, 844)
    phone.evaluate(SILENT)
    phone.get_by_label("Avíseme también cuando falten 3").check()
    phone.get_by_role("button", name="Activar aviso").click()
    expect(phone.locator("#alert")).to_contain_text("Deje esta página abierta")
    assert heard(phone) == ["200"]
    desk.keyboard.press("n")
    expect(desk.locator(".turn .number")).to_have_text("A-001")
    expect(phone.locator("h1")).to_have_text("Faltan 3 turnos antes del suyo")
    expect(phone).to_have_title("A-005 · Faltan 3 turnos antes del suyo")
    expect(phone.locator("#alert")).to_have_attribute("data-told", "near")
    for n in range(2, 6):
        desk.keyboard.press("a")
        expect(desk.get_by_role("button", name="Terminar y llamar")).to_be_visible()
        desk.keyboard.press("t")
        expect(desk.locator(".free")).to_be_visible()
        desk.keyboard.press("n")
        expect(desk.locator(".turn .number")).to_have_text(f"A-00{n}")
    expect(phone.locator("h1")).to_have_text("Pase a la ventanilla 3")
    expect(phone.locator("body")).to_have_attribute("data-told", "called")
    expect(phone).to_have_title("A-005 · Pase a la ventanilla 3")
    assert heard(phone)[1:] == ["[200,100,200]", "[600,200,600,200,600]"]
    assert hall.complaints == []


def test_who_writes_does_not_miss_the_call_nor_lose_what_was_typed(hall: Hall) -> None:
    first, second = hall.kiosk.issue(), hall.kiosk.issue()
    hall.send(first, second)
    desk, phone = hall.desk(), hall.open(f"/T/{first.token.text}/describe", 390, 844)
    other = hall.open(f"/T/{second.token.text}/cancel", 390, 844)
    phone.locator("#words").fill("Vengo por")
    expect(phone.locator("#call")).to_be_hidden()
    desk.keyboard.press("n")
    expect(phone.locator("#call")).to_contain_text("Pase a la ventanilla 3")
    expect(phone.locator("#words")).to_have_value("Vengo por")
    expect(other.locator("#call")).to_be_hidden()
    assert hall.complaints == []


def test_nothing_stands_in_the_way_of_anybody(hall: Hall) -> None:
    office = hall.open("/office?l=es", 390, 844)
    expect(office.locator("#crowd")).to_have_text("Nadie espera ahora")
    waits, called = hall.kiosk.issue(), hall.kiosk.issue(preferential=True)
    hall.send(waits, called, hall.kiosk.issue())
    expect(office.locator("#crowd")).to_have_text("3 personas esperan ahora")
    hall.desk().keyboard.press("n")
    at = f"/T/{waits.token.text}"
    page = hall.open(f"/T/{called.token.text}", 320, 568)
    expect(page.locator("h1")).to_have_text("Pase a la ventanilla 3")
    page.emulate_media(reduced_motion="reduce")  # what fades in is as it will stay
    for path in (f"/T/{called.token.text}", at, f"{at}/let-pass", f"{at}/cancel", f"{at}/describe", "/office"):
        page.goto(hall.program.url + path)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert hall.complaints == []
