"""The desk in a real browser: a visit by keyboard alone, what is taken back, a pause, a turn sent on; for everybody."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.server.browser.conftest import NEVER_CLOSED, Hall
from tests.server.conftest import PASSWORD
from tests.server.process import ServerProgram
from tests.server.twin import fully_told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.failures.nursery import Nursery

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def office(
    tmp_path_factory: pytest.TempPathFactory, chromium: Browser, migrated: Path, nursery: Nursery
) -> Iterator[Hall]:
    """One server for all of these tests."""
    folder = tmp_path_factory.mktemp("office")
    shutil.copytree(migrated, folder, dirs_exist_ok=True)
    program = ServerProgram(folder, NEVER_CLOSED, nursery=nursery)
    program.start()
    for name in ("ana", "luis"):
        assert program.order("user", "add", name, "--password-stdin", typed=f"{PASSWORD}\n").status == 0
    yield Hall(program, program.enrol(), chromium)
    program.stop()


@pytest.fixture
def hall(office: Hall) -> Iterator[Hall]:
    """The office on an empty morning."""
    office.sql("UPDATE ticket SET state = 'cancelled'")
    office.sql("UPDATE session SET counter = NULL")
    yield office
    assert office.complaints == []
    for context in office.browser.contexts:
        context.close()


def is_sound(page: Page) -> None:
    """No fault of accessibility, and nothing beside the page."""
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_turns_whole_life_by_keyboard_alone(hall: Hall) -> None:
    first, second, third = (hall.kiosk.issue() for _ in range(3))
    hall.send(first, second, third)
    desk = hall.desk()
    keys = desk.keyboard
    expect(desk.locator(".next")).to_contain_text(str(first.number))
    keys.press("n")
    expect(desk.locator(".state")).to_have_text("Llamado · 1.ª llamada")
    keys.press("x")  # not yet: the button is there, and says when
    expect(desk.locator("#absent")).to_be_disabled()
    hall.sql("UPDATE ticket SET calls = 3, called_at = called_at - 29000000 WHERE state = 'called'")
    desk.reload()
    expect(desk.locator("#absent")).to_be_enabled()  # by itself, when the half minute is over
    keys.press("x")
    expect(desk.locator("#undo")).to_contain_text(f"Marcó ausente el turno {first.number}.")
    keys.press("u")
    expect(desk.locator(".state")).to_have_text("Llamado · 3.ª llamada")
    keys.press("a")
    expect(desk.locator(".state")).to_have_text("En atención")
    keys.press("o")
    keys.type("Falta el sello; trae todo por la tarde")  # letters that are keys, typed at once
    keys.press("Control+Enter")
    expect(desk.locator(".notes")).to_contain_text("Falta el sello; trae todo por la tarde")
    keys.press("f")
    expect(desk.locator(".facts .chip")).to_have_text("Preferente")
    keys.press("p")
    keys.type("Fue a pagar")
    keys.press("Enter")
    expect(desk.locator("#parked")).to_contain_text("1")
    keys.press("n")
    expect(desk.locator(".turn .number")).to_have_text(str(second.number))
    keys.press("a")
    expect(desk.locator(".acts.serving")).to_be_visible()
    keys.press("s")
    expect(desk.locator(".turn .number")).to_have_text(str(third.number))
    keys.press("a")
    expect(desk.locator(".acts.serving")).to_be_visible()
    keys.press("t")
    expect(desk.locator("#undo")).to_contain_text(f"Terminó el turno {third.number}.")
    keys.press("3")
    expect(desk.locator("#parked button")).to_be_focused()
    keys.press("Enter")
    expect(desk.locator(".turn .number")).to_have_text(str(first.number))
    expect(desk.locator(".notes")).to_contain_text("Fue a pagar")
    keys.press("t")
    expect(desk.locator(".free")).to_be_visible()
    expect(desk.locator("#undo")).to_be_hidden(
        timeout=15_000
    )  # ten seconds later it is too late, and nobody is told lies


def test_a_chosen_turn_and_one_that_comes_back_by_keyboard(hall: Hall) -> None:
    first, second = hall.kiosk.issue(), hall.kiosk.issue()
    hall.send(first, second)
    desk = hall.desk()
    keys = desk.keyboard
    keys.press("1")
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(desk.get_by_role("button", name="Ya está en la ventanilla")).to_be_focused()
    keys.press("Escape")
    expect(desk.locator(f"#choose-{second.number} > summary")).to_be_focused()
    keys.press("Enter")
    expect(desk.get_by_role("button", name="Ya está en la ventanilla")).to_be_focused()
    keys.press("Tab")
    keys.press("Enter")
    expect(desk.locator(".turn .number")).to_have_text(str(second.number))
    hall.call_in_vain()
    desk.reload()
    keys.press("x")
    expect(desk.locator("#absents")).to_contain_text("1")
    keys.press("4")
    expect(desk.locator("#absents button")).to_be_focused()
    keys.press("Enter")
    expect(desk.locator("#waiting li")).to_have_count(2)
    expect(desk.locator("#absents")).to_have_count(0)


def test_what_one_writes_outlives_the_news(hall: Hall) -> None:
    hall.send(hall.kiosk.issue(), hall.kiosk.issue())
    one, two = hall.desk("3"), hall.desk("5", "luis")
    one.keyboard.press("1")
    one.keyboard.press("ArrowDown")
    one.keyboard.press("Enter")
    words = one.locator(".choose[open] .other input[name=words]")
    words.focus()
    one.keyboard.type("Trae una n")
    two.keyboard.press("n")
    expect(two.locator(".turn")).to_be_visible()
    expect(one.locator("#waiting li")).to_have_count(1)
    expect(words).to_be_focused()
    one.keyboard.type("iña")
    expect(words).to_have_value("Trae una niña")
    one.keyboard.press("Enter")
    expect(one.locator(".turn")).to_be_visible()


def test_a_turn_sent_from_one_counter_to_another_and_a_pause(hall: Hall) -> None:
    turn = hall.kiosk.issue()
    hall.send(turn)
    one, two = hall.desk("3"), hall.desk("5", "luis")
    one.keyboard.press("n")
    expect(one.locator(".turn")).to_be_visible()
    one.keyboard.press("a")
    expect(one.locator(".acts.serving")).to_be_visible()
    one.keyboard.press("d")
    one.locator("#transfer-to").select_option("counter:5")
    one.locator("#transfer-reason").fill("Solo falta el sello")
    one.keyboard.press("Enter")
    expect(one.locator(".free")).to_contain_text("Nadie espera por ahora")
    expect(one.locator("#others")).to_contain_text("1")
    expect(two.locator("#waiting li")).to_contain_text("Enviado a su ventanilla")
    two.keyboard.press("p")
    expect(two.get_by_role("button", name="Refrigerio")).to_be_focused()
    two.keyboard.press("Enter")
    expect(two.locator(".paused")).to_contain_text("Refrigerio · desde las")
    two.keyboard.press("n")  # calls nobody: there is no such button
    two.keyboard.press("v")
    expect(two.locator(".next")).to_contain_text(str(turn.number))
    two.keyboard.press("n")
    expect(two.locator(".turn .number")).to_have_text(str(turn.number))
    expect(two.locator(".notes")).to_contain_text("Solo falta el sello")


def test_who_wants_no_keys_has_none(hall: Hall) -> None:
    hall.send(hall.kiosk.issue())
    desk = hall.desk()
    desk.keyboard.press("?")
    expect(desk.get_by_label("Usar estas teclas")).to_be_focused()
    desk.keyboard.press("Space")
    desk.keyboard.press("Escape")
    desk.keyboard.press("n")
    expect(desk.locator(".cta kbd")).to_be_hidden()
    desk.reload()
    desk.keyboard.press("n")
    expect(desk.locator(".cta kbd")).to_be_hidden()
    expect(desk.locator(".free")).to_be_visible()


def test_every_state_is_for_everybody(hall: Hall) -> None:
    """Checked by axe-core, and on the narrowest screen."""
    person, _ = fully_told()
    turns = [hall.kiosk.issue(person=person, preferential=n == 0, language="qu") for n in range(3)]
    hall.send(*turns)
    hall.sql("UPDATE ticket SET lined_up_at = lined_up_at - 4000000000 WHERE state = 'waiting'")
    desk = hall.desk()
    states = [
        ("", ".strip.late"),
        ("1 Enter", ".choose[open]"),
        ("Escape p", "#pause[open]"),
        ("Escape ?", "#keys[open]"),
    ]
    states += [
        ("Escape n", ".acts.called"),
        ("a", ".acts.serving"),
        ("d", "#transfer[open]"),
        ("Escape o", "#note[open]"),
    ]
    states += [("Escape p", "#park[open]"), ("Enter Tab Enter", "#parked"), ("3", "#parked[open]")]
    for pressed, there in states:
        for key in pressed.split():
            desk.keyboard.press(key)
        desk.wait_for_selector(there)
        is_sound(desk)
        desk.set_viewport_size({"width": 320, "height": 640})
        assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth"), there
        desk.set_viewport_size({"width": 1280, "height": 800})
