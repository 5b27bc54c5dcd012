"""Paper and machines at the desk, in a real browser: what is asked for, what came of it, what is wrong, live."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from server.config import load_config
from server.keys import load_keys
from server.store.engine import open_engines
from tests.server.browser.test_live import mark, was_reloaded
from tests.server.twin import fully_told

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from domain.messages import PrintRequested
    from tests.server.browser.conftest import Hall
    from tests.server.twin import KioskTwin

pytestmark = pytest.mark.browser


@pytest.fixture
def machine(hall: Hall) -> KioskTwin:
    return hall.program.enrol("ventanilla-3", "--counter", "3")


def wanted(hall: Hall, machine: KioskTwin) -> PrintRequested:
    with hall.program.client() as client:
        return machine.wanted(client)[-1]


def send(hall: Hall, machine: KioskTwin) -> None:
    with hall.program.client() as client:
        machine.sync(client)


def test_a_copy_from_the_click_to_the_paper_without_a_reload(hall: Hall, machine: KioskTwin) -> None:
    turn = hall.kiosk.issue()
    hall.kiosk.printed(turn, "not_printed", "paper")
    hall.send(turn)
    desk = hall.desk()
    desk.keyboard.press("n")
    copy = desk.locator("#copy")
    expect(copy).to_contain_text("Su ticket no salió en el kiosco: sin papel.")
    mark(desk)
    copy.get_by_role("button", name="Imprimir copia del ticket").click()
    expect(copy).to_contain_text("Pedida a la impresora…")
    expect(copy.get_by_role("button")).to_have_count(0)
    request = wanted(hall, machine)
    machine.begin(request)
    send(hall, machine)
    expect(copy).to_contain_text("Imprimiendo la copia…")
    machine.answer(request, "not_printed", "cover")
    send(hall, machine)
    expect(copy).to_contain_text("No salió: tapa abierta.")
    desk.keyboard.press("c")
    expect(copy).to_contain_text("Pedida a la impresora…")
    machine.answer(wanted(hall, machine))
    send(hall, machine)
    expect(copy).to_contain_text("Copia impresa")
    expect(copy.get_by_role("button", name="Imprimir otra")).to_be_visible()
    assert not was_reloaded(desk)
    assert hall.complaints == []


def test_an_alarm_comes_and_goes_by_itself(hall: Hall) -> None:
    send(hall, hall.kiosk)
    desk = hall.desk()
    fleet = desk.context.new_page()
    fleet.goto(hall.program.url + "/fleet")
    mark(desk, fleet)
    expect(desk.locator("#notices li")).to_have_count(0)
    hall.kiosk.healthy("blocked", "paper", 0)
    send(hall, hall.kiosk)
    told = desk.locator("#notices li")
    expect(told).to_contain_text("sala-1: sin papel desde las")
    expect(told.locator("svg")).to_be_visible()
    expect(fleet.locator('[data-machine="sala-1"]')).to_contain_text("Sin papel desde las")
    hall.kiosk.healthy("ready", "", 100)
    send(hall, hall.kiosk)
    expect(told).to_have_count(0)
    expect(fleet.locator('[data-machine="sala-1"]')).to_contain_text("100 %")
    assert not was_reloaded(desk)
    assert not was_reloaded(fleet)
    assert hall.complaints == []


def test_a_machine_that_fell_silent_is_told_though_nothing_happens(hall: Hall, tmp_path: Path) -> None:
    send(hall, hall.kiosk)
    desk = hall.desk()
    desk.clock.install()
    desk.reload()
    mark(desk)
    config = load_config(tmp_path / "server.toml")
    engines = open_engines(config.database, load_keys(config.keys, may_create=False))
    with engines.write.begin() as connection:  # ten minutes later
        connection.execute(text("UPDATE kiosk_contact SET seen_at = seen_at - 600000000"))
    engines.dispose()
    desk.clock.run_for(21_000)
    expect(desk.locator("#notices li")).to_contain_text("sala-1: sin contacto desde las")
    send(hall, hall.kiosk)
    desk.clock.run_for(21_000)
    expect(desk.locator("#notices li")).to_have_count(0)
    assert not was_reloaded(desk)


def ask_help(hall: Hall) -> None:
    hall.kiosk.healthy(help_at=hall.kiosk.clock.now())
    send(hall, hall.kiosk)


@pytest.mark.parametrize("by", ["key", "mouse"])
def test_a_call_for_help_goes_from_every_desk_when_one_says_that_they_go(hall: Hall, by: str) -> None:
    send(hall, hall.kiosk)
    one, two = hall.desk("1"), hall.desk("2")
    mark(one, two)
    ask_help(hall)
    for desk in (one, two):
        expect(desk.locator("#notices li")).to_have_text(re.compile("Piden ayuda en sala-1, en este momento"))
    if by == "key":
        one.keyboard.press("y")
    else:
        one.get_by_role("button", name="Ya voy").click()
    for desk in (one, two):
        expect(desk.locator("#notices li")).to_have_count(0)
    ask_help(hall)
    expect(two.locator("#notices li")).to_have_count(1)
    assert not was_reloaded(one)
    assert not was_reloaded(two)
    assert hall.complaints == []


SIZES = [(1280, 800), (1024, 600), (390, 844), (320, 568)]


def assert_inside(page: Page, *parts: Locator) -> None:
    """Nothing runs out of the page's width or out of its own box."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for part in parts:
        for one in part.all():
            assert one.evaluate("one => one.scrollWidth <= one.clientWidth + 1"), one.text_content()


def test_all_that_a_citizen_can_type_fits_and_the_buttons_stay_where_they_are(hall: Hall) -> None:
    person, _ = fully_told()
    longest = "LargaPalabraSinEspacios" * 12
    wordy = msgspec.structs.replace(
        person,
        name=longest,
        subject=longest,
        description=f"{longest} " * 4,
        contact=longest + "@ejemplo.pe",
        missing=(longest, "Vigencia de poder") * 4,
        media=("usb", "cd", "diagnosis", "test"),
    )
    turn = hall.kiosk.issue(person=wordy, preferential=True, language="qu")
    hall.kiosk.healthy(help_at=hall.kiosk.clock.now())
    hall.send(turn)
    desk = hall.desk()
    desk.keyboard.press("n")
    expect(desk.locator(".personal")).to_contain_text("Viene por otra persona")
    expect(desk.locator("#notices li")).to_have_count(1)
    for width, height in SIZES:
        desk.set_viewport_size({"width": width, "height": height})
        assert_inside(desk, *(desk.locator(part) for part in ("#notices li", ".counter", ".personal", "dd", "button")))
    desk.set_viewport_size({"width": 1280, "height": 800})
    assert desk.locator(".acts").evaluate("one => one.getBoundingClientRect().bottom <= innerHeight")
    assert desk.locator(".personal").evaluate("one => one.clientHeight > 150")  # the rest is read by scrolling


def test_desk_and_machines_fit_large_and_small_screens(hall: Hall, machine: KioskTwin) -> None:
    turn = hall.kiosk.issue(preferential=True)
    hall.kiosk.printed(turn, "not_printed", "lost")
    hall.kiosk.healthy("blocked", "other", 0)
    hall.send(turn)
    machine.healthy("ready", "", 4)
    send(hall, machine)
    others = [hall.program.enrol("a" * 32), hall.program.enrol("ventanilla-99", "--counter", "99")]
    for other in others:
        other.healthy("ready_low", "", None)
        send(hall, other)
    desk = hall.desk()
    desk.keyboard.press("n")
    expect(desk.locator("#copy")).to_be_visible()
    expect(desk.locator("#notices li")).to_have_count(4)
    fleet = desk.context.new_page()
    fleet.goto(hall.program.url + "/fleet")
    for width, height in SIZES:
        for page in (desk, fleet):
            page.set_viewport_size({"width": width, "height": height})
        assert_inside(desk, *(desk.locator(part) for part in ("#notices li", "#copy", ".counter", ".acts", "button")))
        assert_inside(fleet, fleet.locator(".fleet"), fleet.locator(".fleet td"), fleet.locator(".fleet th"))
        button, acts = desk.locator("#copy button").bounding_box(), desk.locator(".acts").bounding_box()
        assert button is not None
        assert acts is not None
        assert button["y"] + button["height"] <= acts["y"]
    desk.set_viewport_size({"width": 1280, "height": 800})
    assert desk.locator(".personal").evaluate("one => one.scrollHeight <= one.clientHeight + 1")
    assert desk.locator(".acts").evaluate("one => one.getBoundingClientRect().bottom <= innerHeight")
