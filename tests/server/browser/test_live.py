"""The three faces in a real browser: what one does, the others show without reload."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.server.conftest import ELSEWHERE
from tests.server.process import ServerProgram

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.server.browser.conftest import Hall

pytestmark = pytest.mark.browser


def mark(*pages: Page) -> None:
    """Leaves a mark that a reload would wipe out."""
    for page in pages:
        page.evaluate("window.neverReloaded = true")


def was_reloaded(page: Page) -> bool:
    return page.evaluate("window.neverReloaded !== true")  # type: ignore[no-any-return] # JavaScript's boolean


def test_a_visit_on_every_screen_without_a_reload(hall: Hall) -> None:
    board, desk = hall.open("/board/principal", 1920, 1080), hall.desk()
    expect(board.locator(".now")).to_contain_text("En un momento llamaremos")
    first, second = hall.kiosk.issue(), hall.kiosk.issue()
    phone = hall.open(f"/T/{second.token.text}", 390, 844)
    expect(phone.locator("#turn")).to_have_attribute("data-state", "coming")
    mark(board, desk, phone)
    hall.send(first, second)
    expect(phone.locator("h1")).to_have_text("Falta 1 turno antes del suyo")
    expect(desk.locator("#waiting li")).to_have_count(2)

    desk.keyboard.press("n")
    expect(desk.locator(".turn .number")).to_have_text("A-001")
    expect(desk.locator(".personal")).to_contain_text("MARIA ELENA PRUEBA EJEMPLO")
    expect(board.locator(".now")).to_contain_text("A-001")
    expect(board.locator(".now")).to_contain_text("3")
    expect(board.locator("#calls")).to_have_attribute("data-cries", "A-001/3/1")
    expect(phone.locator("h1")).to_have_text("Usted es el siguiente")

    for key, state in (("r", "called"), ("a", "serving")):
        desk.keyboard.press(key)
        expect(desk.locator("#waiting")).to_have_attribute("data-held", f"A-001{state}2")
    desk.keyboard.press("t")
    expect(desk.locator(".free")).to_be_visible()
    desk.get_by_role("button", name="Llamar al siguiente").click()
    expect(phone.locator("h1")).to_have_text("Pase a la ventanilla 3")
    expect(board.locator(".before")).to_contain_text("A-001")
    assert not any(was_reloaded(page) for page in (board, desk, phone))
    assert hall.complaints == []


def test_a_double_click_calls_one_turn(hall: Hall) -> None:
    hall.send(hall.kiosk.issue(), hall.kiosk.issue())
    desk = hall.desk()
    desk.get_by_role("button", name="Llamar al siguiente").dblclick(no_wait_after=True)
    expect(desk.locator(".turn .number")).to_have_text("A-001")
    expect(desk.locator("#waiting li")).to_have_count(1)


LATE = """() => {
    const real = window.fetch;
    window.fetch = async (address, options) => {
        const answer = await real(address, options);
        if (!String(address).endsWith("/desk/waiting")) await new Promise((go) => setTimeout(go, 700));
        return answer;
    };
}"""
"""A busy machine: the hint, and who waits, are there long before the answer to the button."""


@pytest.mark.parametrize("by", ["key", "mouse"])
def test_a_press_while_the_last_ones_answer_is_on_its_way_is_not_lost(hall: Hall, by: str) -> None:
    hall.send(hall.kiosk.issue())
    desk = hall.desk()
    desk.keyboard.press("n")
    expect(desk.locator(".turn .number")).to_have_text("A-001")
    desk.evaluate(LATE)
    if by == "key":
        desk.keyboard.press("r")
        expect(desk.locator("#desk")).to_have_attribute("aria-busy", "true")
        desk.keyboard.press("a")
    else:
        desk.get_by_role("button", name="Volver a llamar").click(no_wait_after=True)
        expect(desk.locator("#desk")).to_have_attribute("aria-busy", "true")
        desk.get_by_role("button", name="Atender").click()
    expect(desk.locator("#waiting")).to_have_attribute("data-held", "A-001serving2")
    assert hall.complaints == []


def test_a_press_that_means_nothing_after_the_first_ones_answer_is_dropped(hall: Hall) -> None:
    hall.send(hall.kiosk.issue(), hall.kiosk.issue())
    desk = hall.desk()
    desk.keyboard.press("n")
    expect(desk.locator(".turn .number")).to_have_text("A-001")
    hall.call_in_vain()
    desk.reload()
    desk.evaluate(LATE)
    desk.keyboard.press("x")
    for key in "aar":
        desk.keyboard.press(key)
    expect(desk.locator(".free")).to_be_visible()
    desk.keyboard.press("n")
    desk.keyboard.press("n")
    expect(desk.locator("#waiting")).to_have_attribute("data-held", "A-002called1")


def test_a_button_stays_under_a_finger_that_is_down(hall: Hall) -> None:
    hall.send(hall.kiosk.issue())
    desk, twin = hall.desk(), hall.desk()
    # the second window took the seat at this counter; now both sit there in one session
    desk.context.add_cookies(twin.context.cookies())
    desk.reload()
    desk.keyboard.press("n")
    expect(desk.locator(".turn .number")).to_have_text("A-001")
    button = desk.get_by_role("button", name="Volver a llamar").bounding_box()
    assert button is not None
    desk.mouse.move(button["x"] + 20, button["y"] + 20)
    desk.mouse.down()
    expect(twin.locator(".turn .number")).to_have_text("A-001")
    with desk.expect_response("**/desk"):  # the news is there, and waits for the finger
        twin.keyboard.press("r")
    desk.wait_for_timeout(300)
    assert desk.locator("#waiting").get_attribute("data-held") == "A-001called1"
    desk.mouse.up()
    expect(desk.locator("#waiting")).to_have_attribute("data-held", "A-001called3")


def test_a_double_click_is_not_two_moves(hall: Hall) -> None:
    hall.send(hall.kiosk.issue())
    desk = hall.desk()
    desk.keyboard.press("n")
    expect(desk.locator(".turn .number")).to_have_text("A-001")
    box = desk.get_by_role("button", name="Atender").bounding_box()
    assert box is not None
    place = (box["x"] + 30, box["y"] + 20)
    desk.mouse.click(*place, click_count=1)
    expect(desk.get_by_role("button", name="Terminar y llamar al siguiente")).to_be_visible()  # under the same finger
    desk.mouse.move(*place)
    desk.mouse.down(click_count=2)
    desk.mouse.up(click_count=2)
    desk.wait_for_timeout(300)
    expect(desk.locator("#waiting")).to_have_attribute("data-held", "A-001serving1")


def test_two_counters_see_each_others_calls(hall: Hall) -> None:
    hall.send(hall.kiosk.issue(), hall.kiosk.issue())
    one, two = hall.desk("1"), hall.desk("2")
    one.keyboard.press("n")
    expect(two.locator("#waiting li")).to_have_count(1)
    two.keyboard.press("n")
    expect(two.locator(".turn .number")).to_have_text("A-002")
    expect(one.locator("#waiting")).to_contain_text("No hay nadie en espera")
    expect(one.locator(".turn .number")).to_have_text("A-001")


def test_keys_do_nothing_where_one_types(hall: Hall) -> None:
    page = hall.open("/desk")
    page.locator("#name").press_sequentially("natx")
    expect(page.locator("#name")).to_have_value("natx")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_pages_say_that_they_are_stale_and_recover_by_themselves(hall: Hall, how: signal.Signals) -> None:
    first, second = hall.kiosk.issue(), hall.kiosk.issue()
    hall.send(first, second)
    board, desk = hall.open("/board/principal", 1080, 1920), hall.desk()
    phone = hall.open(f"/T/{second.token.text}", 320, 568)
    mark(board, phone)
    desk.keyboard.press("n")
    expect(board.locator(".now")).to_contain_text("A-001")
    hall.program.stop(how)
    for page in (board, desk, phone):
        expect(page.locator(".lost")).to_be_visible(timeout=10_000)
    expect(board.locator(".now")).to_contain_text("A-001")  # what is known stays to be seen
    hall.program.start()
    for page in (board, desk, phone):
        expect(page.locator(".lost")).to_be_hidden(timeout=15_000)
    hall.call_in_vain()
    desk.reload()
    desk.keyboard.press("x")
    expect(desk.locator(".free")).to_be_visible()
    desk.keyboard.press("n")
    expect(board.locator(".now")).to_contain_text("A-002")
    expect(phone.locator("h1")).to_have_text("Pase a la ventanilla 3")
    assert not was_reloaded(board)
    assert not was_reloaded(phone)


def test_a_ticket_of_another_office_waits_without_a_place_and_without_an_alarm(hall: Hall, tmp_path: Path) -> None:
    (tmp_path / "tacna").mkdir()
    there = ServerProgram(tmp_path / "tacna", ELSEWHERE, data=tmp_path).enrol("tacna-1")
    turn = there.issue()
    with hall.program.client() as client:
        there.sync(client)
    phone = hall.open(f"/T/{turn.token.text}", 390, 844)
    expect(phone.locator("h1")).to_have_text("Su turno está registrado")
    mark(phone)
    with hall.program.client() as client:
        there.issue()
        with phone.expect_response("**/T/*"):  # it was told, and read its turn again
            there.sync(client)
    expect(phone.locator("h1")).to_have_text("Su turno está registrado")
    expect(phone.locator("body")).to_have_attribute("data-line", "ok")
    assert not was_reloaded(phone)
    assert hall.complaints == []


def test_the_phones_page_fits_320_pixels(hall: Hall) -> None:
    turn = hall.kiosk.issue(n=1234)
    hall.send(turn)
    phone = hall.open(f"/T/{turn.token.text}", 320, 568)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 320
