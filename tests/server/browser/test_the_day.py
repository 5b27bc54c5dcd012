"""A whole working day: two kiosks, five clerks in five browsers, a board, phones, a supervisor."""

from __future__ import annotations

import random
import re
import shutil
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from domain.clock import micros
from domain.messages import Enrolment
from server.enrolment import Registry
from server.keys import load_keys
from server.store import accounts
from server.store.accounts import Role
from server.store.codes import Wanted
from server.store.engine import open_engines
from server.store.node import read_node
from tests.server.browser.day import Kiosk, serving
from tests.server.conftest import HASHED, OFFICE, PASSWORD, ObedientClock, config_in
from tests.server.twin import new_device

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, ConsoleMessage

    from exchange.signing import DeviceKey
    from kiosk.flow.state import Ticket
    from server.store.engine import Engines

pytestmark = pytest.mark.browser

EIGHT = micros(datetime(2026, 11, 23, 13, 0, tzinfo=UTC))  # a Monday, in Lima
CLERKS = ("ana", "eva", "luz", "ines", "rosa")
STEP_S = 5 * 60.0
CLOSING_STEP = 99  # a quarter past four
NEVER_COME = {4, 9}
"""Whose number is called in vain; the second of them is found later, in the corridor."""
WATCH_BOARD = """() => {
    window.cried = new Set();
    const note = () => document.querySelectorAll("#before li").forEach((call) => window.cried.add(call.dataset.cry));
    new MutationObserver(note).observe(document.body, { childList: true, subtree: true, attributes: true });
    note();
}"""
WATCH_PHONE = """() => {
    window.states = [];
    const note = () => {
        const now = document.getElementById("turn").dataset.state;
        if (window.states.at(-1) !== now) window.states.push(now);
    };
    new MutationObserver(note).observe(document.body, { childList: true, subtree: true, attributes: true });
    note();
}"""


class Day:
    """The office, its people and their screens."""

    def __init__(self, folder: Path, url: str, engines: Engines, clock: ObedientClock, browser: Browser) -> None:
        self.clock = clock
        self.url = url
        self.engines = engines
        self._browser = browser
        self.complaints: list[str] = []
        self.kiosks = [self._kiosk(folder, name, new_device()) for name in ("sala-1", "sala-2")]
        self.issued: list[Ticket] = []

    def _kiosk(self, folder: Path, name: str, device: DeviceKey) -> Kiosk:
        keys = load_keys(config_in(folder).keys, may_create=False)
        with self.engines.write.begin() as connection:
            node = read_node(connection)
            assert node is not None
            found = Registry(node=node, keys=keys).enrol(
                connection, Wanted(name, OFFICE.id), device.public, office=OFFICE, server_url=self.url, now=EIGHT
            )
        assert isinstance(found, Enrolment)
        return Kiosk(folder / name, found, device, self.clock)

    def open(self, path: str, width: int = 1280, height: int = 800) -> Page:
        page = self._browser.new_context(viewport={"width": width, "height": height}).new_page()
        page.on("console", self._complain)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self.url + path)
        return page

    def _complain(self, said: ConsoleMessage) -> None:
        if said.type == "error" and "401" not in said.text:  # half an hour without work ends a session, as it should
            self.complaints.append(said.text)

    def sign_in(self, name: str, counter: str) -> Page:
        page = self.open("/desk")
        sign_in(page, name, counter)
        return page

    def visitor(self, place: int, luck: random.Random) -> None:
        """Somebody comes to one of the kiosks; the ticket is at the server before the test goes on."""
        service = "tramite" if luck.random() < 0.7 else "consulta"
        self.issued.append(self.kiosks[place % 2].issue(service, preferential=luck.random() < 0.2))
        while self.rows("SELECT count(*) FROM ticket") != [(len(self.issued),)]:
            pass

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.engines.read.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]


@pytest.fixture
def day(tmp_path: Path, migrated: Path, chromium: Browser) -> Iterator[Day]:
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    clock, config = ObedientClock(EIGHT), config_in(tmp_path)
    with serving(config, clock) as url:
        engines = open_engines(config.database, load_keys(config.keys, may_create=False))
        with engines.write.begin() as connection:
            for name in (*CLERKS, "jefa"):
                role = Role.SUPERVISOR if name == "jefa" else Role.CLERK
                accounts.add_account(connection, name, HASHED, clock.now(), role=role)
        the_day = Day(tmp_path, url, engines, clock, chromium)
        yield the_day
        for kiosk in the_day.kiosks:
            kiosk.close()
        for context in chromium.contexts:
            context.close()
        engines.dispose()


def sign_in(page: Page, name: str, counter: str) -> None:
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.fill("#counter", counter)
    page.click(".sign-in button")
    page.wait_for_selector("#desk" if counter else ".sheet")


def held(desk: Page) -> str:
    return desk.locator("#waiting").get_attribute("data-held") or ""


def press(desk: Page, key: str) -> None:
    """A key, and what it did: the turn at the counter is another, or stands otherwise."""
    before = held(desk)
    desk.keyboard.press(key)
    desk.wait_for_function("before => document.getElementById('waiting')?.dataset.held !== before", arg=before)


class Clerk:
    """What one does at a counter all day, a thing at a time."""

    def __init__(self, day: Day, name: str, counter: str) -> None:
        self.day = day
        self.name = name
        self.counter = counter
        self.desk = day.sign_in(name, counter)
        self.done: list[str] = []

    def work(self, absents: set[str]) -> bool:
        """The next thing; False when nobody is left."""
        if self.day.rows("SELECT count(*) FROM ticket WHERE state IN ('waiting', 'called', 'serving')") == [(0,)]:
            return False
        self.be_there()
        now = held(self.desk)
        number = now[:5]
        if not now:
            if self.day.rows("SELECT count(*) FROM ticket WHERE state = 'waiting'") == [(0,)]:
                return False
            press(self.desk, "n")
        elif "called" in now and number in absents:
            self._wait_for_nobody(now)
        elif "called" in now:
            press(self.desk, "a")
        else:
            press(self.desk, "t" if self.counter != "2" else "s")
            self.done.append(number)
        return True

    def be_there(self) -> None:
        """Signs in again after half an hour without work."""
        if self.desk.request.get(f"{self.day.url}/fleet.json").status == 401:
            self.desk.keyboard.press("n")  # and the page says so
            sign_in(self.desk, self.name, self.counter)

    def _wait_for_nobody(self, now: str) -> None:
        if not now.endswith("3"):
            press(self.desk, "r")
        else:
            self.desk.reload()  # the page's own countdown goes by this machine's clock
            press(self.desk, "x")


@pytest.mark.parametrize("visitors", [12, pytest.param(300, marks=pytest.mark.long)])
def test_a_whole_day(day: Day, visitors: int) -> None:
    luck = random.Random(8)
    board = day.open("/board/principal", 1920, 1080)
    board.evaluate(WATCH_BOARD)
    clerks = [Clerk(day, name, str(place)) for place, name in enumerate(CLERKS, 1)]
    coming = Counter(luck.choice([*range(12), *range(60), *range(30, 50), *range(95)]) for _ in range(visitors))
    phones: list[Page] = []
    absents: set[str] = set()
    step = 0
    while True:
        for _ in range(coming[step]):
            place = len(day.issued)
            day.visitor(place, luck)
            if place in NEVER_COME:
                absents.add(str(day.issued[-1].number))
            elif place % 8 == 0:
                phones.append(day.open("/T/" + day.issued[-1].url.rpartition("/")[2], 390, 844))
                phones[-1].evaluate(WATCH_PHONE)
        worked = [clerk.work(absents) for clerk in clerks]
        if step >= CLOSING_STEP and not any(worked):
            break
        day.clock.pass_s(STEP_S)
        step += 1

    late = clerks[0]
    late.be_there()
    expect(late.desk.locator(".strip.closed")).to_contain_text("16:15")
    late.desk.locator("#absents summary").click()  # one of them was in the corridor all the time
    late.desk.locator("#absents button").first.click()
    expect(late.desk.locator("#waiting ol[data-key] li")).to_have_count(1)
    absents.clear()
    while late.work(absents):
        pass

    numbers = Counter(str(ticket.number) for ticket in day.issued)
    assert len(numbers) == visitors
    assert {number[0] for number in numbers} == {"A", "B"}
    attended = Counter(number for clerk in clerks for number in clerk.done)
    assert max(attended.values()) == 1
    assert len(attended) == visitors - 1
    assert day.rows("SELECT state, count(*) FROM ticket GROUP BY state ORDER BY state") == [
        ("absent", 1), ("done", visitors - 1),
    ]  # fmt: skip
    calls = day.rows("SELECT count(*) FROM event WHERE type IN ('ticket.called', 'ticket.recalled')")
    assert calls == [(visitors + 1 + 2 * len(NEVER_COME),)]
    assert {key.split("/")[0] for key in board.evaluate("[...window.cried]")} == set(numbers)
    for phone in phones:
        seen = "".join(f"{state} " for state in phone.evaluate("window.states"))
        assert re.fullmatch(r"(coming )?(waiting )?called serving done ", seen), seen
    chief = day.sign_in("jefa", "")
    chief.goto(day.url + "/admin/history")
    expect(chief.locator(".sheet")).to_contain_text(str(visitors - 1))
    with chief.expect_download() as download:
        chief.evaluate("location.href = '/admin/history.csv'")
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert len(lines) == 1 + visitors + 1
    assert day.complaints == []
