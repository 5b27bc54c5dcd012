"""The board in a real browser: every call is seen and heard in its turn, once, and nothing ever piles up."""

from __future__ import annotations

import hashlib
import signal
from contextlib import ExitStack, contextmanager
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from domain.clock import LIMA
from server.config import load_config
from server.keys import load_keys
from server.store import boards
from server.store.boards import Notice
from server.store.engine import open_engines
from tests.chromium import ARGUMENTS, CHROMIUM
from tests.server.browser.conftest import Hall
from tests.server.conftest import MORNING, PASSWORD, ClerkTwin, ObedientClock
from tests.server.test_hall import picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page
    from sqlalchemy import Connection

    from tests.server.twin import Issued

pytestmark = pytest.mark.browser

FAST = """() => {
    const later = window.setTimeout;
    window.setTimeout = (done, ms = 0, ...more) => later(done, ms / 8, ...more);
    window.heardSounds = [];
    const play = HTMLMediaElement.prototype.play;
    HTMLMediaElement.prototype.play = function () {
        this.playbackRate = 8;
        if (!this.isNoted) { // before the page's own word of it, which plays the next
            this.isNoted = true;
            this.addEventListener("ended", () => { window.heardSounds.at(-1).to = performance.now(); });
        }
        if (this.volume > 0) {
            const name = decodeURI(this.src).split("/").pop().split(/[.?]/)[0];
            const large = document.querySelector(".now .number").textContent;
            window.heardSounds.push({ name, large, from: performance.now(), to: null });
        }
        return play.call(this);
    };
}"""
"""Eight times as fast, sounds too, and all of them noted."""


@pytest.fixture(scope="module")
def loud(chromium: Browser) -> Iterator[Browser]:
    """A browser as it runs on a wall: pages may sound by themselves."""
    browser = chromium.browser_type.launch(
        executable_path=CHROMIUM, args=[*ARGUMENTS, "--autoplay-policy=no-user-gesture-required"]
    )
    yield browser
    browser.close()


@pytest.fixture
def clerks(hall: Hall) -> Iterator[Callable[..., list[ClerkTwin]]]:
    """Puts clerks at counters, without a window."""
    with ExitStack() as stack:

        def seat(*counters: str) -> list[ClerkTwin]:
            twins = []
            for counter in counters:
                name = f"clerk-{counter}"
                done = hall.program.order("user", "add", name, "--password-stdin", typed=f"{PASSWORD}\n")
                assert done.status == 0, done.err
                twin = ClerkTwin(stack.enter_context(hall.program.client()), ObedientClock(MORNING))  # type: ignore[arg-type] # over a real line
                assert twin.sign_in(name, counter).status_code == 303
                twins.append(twin)
            return twins

        yield seat


@contextmanager
def database(folder: Path) -> Iterator[Connection]:
    """The server's database; what is changed here the boards find when they next look."""
    config = load_config(folder / "server.toml")
    engines = open_engines(config.database, load_keys(config.keys, may_create=False))
    with engines.write.begin() as connection:
        yield connection
    engines.dispose()


def issue(hall: Hall, count: int, **how: Any) -> list[Issued]:
    turns = [hall.kiosk.issue(**how) for _ in range(count)]
    hall.send(*turns)
    return turns


def heard(page: Page) -> list[str]:
    """Everything that was heard, each to its end before the next."""
    sounds = page.evaluate("window.heardSounds")
    assert all(before["to"] <= after["from"] for before, after in pairwise(sounds))
    assert [sound["large"] for sound in sounds[1::2]] == [sound["name"] for sound in sounds[1::2]]
    return [sound["name"] for sound in sounds]


def until_heard(page: Page, count: int) -> None:
    page.wait_for_function("n => heardSounds.length >= n && heardSounds.every((sound) => sound.to !== null)", arg=count)
    page.wait_for_function("() => !large && !line.length")


def test_calls_are_heard_one_after_the_other_and_none_twice(
    hall: Hall, loud: Browser, clerks: Callable[..., list[ClerkTwin]]
) -> None:
    first, *others = clerks("1", "2", "3")
    turns = issue(hall, 4)
    board = loud.new_context(viewport={"width": 1280, "height": 720}).new_page()
    board.add_init_script(f"({FAST})()")
    board.goto(f"{hall.program.url}/board/principal")
    expect(board.locator("body")).not_to_have_attribute("data-line", "lost")
    first.call_next()
    for clerk in others:
        clerk.call_next()
    until_heard(board, 6)
    assert heard(board) == ["call", "A-001", "call", "A-002", "call", "A-003"]
    expect(board.locator(".now .number")).to_have_text("A-003")  # and the last one stays
    expect(board.locator("#unmute")).to_be_hidden()

    board.reload()
    expect(board.locator("#before li")).to_have_count(3)
    first.move(turns[0].id, "recalled")
    until_heard(board, 2)
    assert heard(board) == ["call", "A-001"]

    hall.program.stop()
    expect(board.locator("body")).to_have_attribute("data-line", "lost")
    hall.program.start()
    expect(board.locator("body")).to_have_attribute("data-line", "ok")
    first.move(turns[0].id, "serving")
    first.move(turns[0].id, "done")
    first.call_next()
    until_heard(board, 4)
    assert heard(board) == ["call", "A-001", "call", "A-004"]


def test_a_browser_that_lets_no_page_sound_offers_a_button(hall: Hall) -> None:
    board = hall.open("/board/principal")
    button = board.get_by_role("button", name="Activar sonido")
    expect(button).to_be_visible()
    button.click()
    expect(button).to_be_hidden()
    assert hall.complaints == []


MONTHS = """async () => {
    const later = (done) => { // next, but for what would be a failure's end
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => { port1.close(); done(); };
        port2.postMessage(0);
    };
    window.setTimeout = (done, ms) => { if (ms <= 5000) later(done); };
    HTMLMediaElement.prototype.play = function () {
        if (this.src.includes("call.wav")) window.cried.push(document.querySelector(".now .number").textContent);
        queueMicrotask(() => this.onended && this.onended());
        return Promise.resolve();
    };
    const shell = document.getElementById("calls");
    const name = (n) => `A-${String(n).padStart(3, "0")}`;
    window.part = async () => {
        const copy = shell.cloneNode(true);
        const all = [];
        for (let n = window.last; n > Math.max(0, window.last - 12); n -= 1) {
            all.push(`<li class="open" data-cry="${name(n)}/3/1" data-fresh><b>${name(n)}</b><span>3</span></li>`);
        }
        copy.querySelector("#before ol").innerHTML = all.join("");
        return copy.outerHTML;
    };
    [window.cried, window.last] = [[], 0];
    window.call = async (upto) => {
        while (window.last < upto) {
            window.last += 10; // at the same moment
            await show.calls();
            while (large || line.length) await new Promise((over) => later(over));
        }
        const wrong = window.cried.findIndex((number, at) => number !== name(window.first + at));
        const count = window.cried.length;
        [window.cried, window.first] = [[], window.last + 1];
        return [count, wrong];
    };
    window.first = 1;
}"""


def test_nothing_piles_up_in_two_thousand_calls(hall: Hall) -> None:
    board = hall.open("/board/principal")
    expect(board.locator("#unmute")).to_be_visible()  # it has tried its sound
    board.evaluate(MONTHS)
    line = board.context.new_cdp_session(board)
    line.send("Performance.enable")

    def weight() -> dict[str, float]:
        line.send("HeapProfiler.collectGarbage")
        measured = line.send("Performance.getMetrics")["metrics"]
        return {one["name"]: one["value"] for one in measured}

    assert board.evaluate("call(400)") == [400, -1]
    before = weight()
    assert board.evaluate("call(2000)") == [1600, -1]
    after = weight()
    assert after["Nodes"] <= before["Nodes"] + 50
    assert after["JSEventListeners"] <= before["JSEventListeners"]
    assert after["JSHeapUsedSize"] < before["JSHeapUsedSize"] + 400_000
    assert len(board.evaluate("sessionStorage.getItem('heard')")) < 400


BY_HAND = "acting = 'a test'"
"""From now on the page reads nothing by itself."""


def test_a_page_of_an_older_edition_loads_itself_again_when_it_is_quiet(hall: Hall) -> None:
    board = hall.browser.new_context().new_page()
    board.clock.install()
    board.goto(f"{hall.program.url}/board/principal")
    board.evaluate(BY_HAND)
    board.evaluate("window.neverReloaded = true; whole.dataset.edition = 'older'; show.calls()")
    assert board.evaluate("window.neverReloaded")  # so young a page would only be loaded again and again
    board.evaluate("large = 'A-001/3/1'")
    board.clock.fast_forward(120_000)
    board.evaluate("show.calls()")
    assert board.evaluate("window.neverReloaded")  # somebody is being called
    with board.expect_navigation():
        board.evaluate("large = ''; show.calls(); true")
    assert board.evaluate("window.neverReloaded === undefined")
    board.evaluate(BY_HAND)
    board.clock.fast_forward(120_000)
    board.evaluate("window.neverReloaded = true; show.calls()")
    assert board.evaluate("window.neverReloaded")


def test_the_page_is_loaded_afresh_in_the_night(hall: Hall) -> None:
    board = hall.browser.new_context().new_page()
    board.clock.install()
    board.goto(f"{hall.program.url}/board/principal")
    lima = datetime.now(LIMA)
    tomorrow = datetime.combine(lima.date() + timedelta(1), time(23), LIMA)
    night = tomorrow + timedelta(hours=4, minutes=30)
    board.evaluate(BY_HAND)
    board.evaluate("window.neverReloaded = true")
    board.clock.fast_forward(round((tomorrow - lima).total_seconds() * 1000))
    board.evaluate("show.calls()")
    assert board.evaluate("window.neverReloaded")  # old enough, but people may be there
    board.clock.fast_forward(round((night - tomorrow).total_seconds() * 1000))
    with board.expect_navigation():
        board.evaluate("show.calls(); true")


def test_a_server_that_hangs_is_noticed_and_the_page_mends_itself(hall: Hall) -> None:
    board = hall.browser.new_context().new_page()
    board.clock.install()
    board.goto(f"{hall.program.url}/board/principal")
    body = board.locator("body")
    expect(body).not_to_have_attribute("data-line", "lost")
    hall.program.send_signal(signal.SIGSTOP)
    try:
        board.clock.fast_forward(50_000)  # no ping for so long
        expect(body).to_have_attribute("data-line", "lost")
        expect(board.locator(".lost")).to_contain_text("los turnos pueden haber avanzado")
    finally:
        hall.program.send_signal(signal.SIGCONT)
    expect(body).to_have_attribute("data-line", "ok")


SIZES = [(1920, 1080), (1080, 1920), (3840, 2160), (1280, 720), (1024, 768), (1366, 768)]
CAP_HEIGHT = 0.668
"""Of the font's bold capitals and figures, in its size."""
MM_OF_43_INCHES = 535.4
"""The short side of a 43-inch screen of 16:9."""

OUTSIDE = """() => [...document.querySelectorAll(
    ".now .number, .now .where, .before li:not([hidden]) :is(b, span), .coming li, .notices p:not([hidden])"
)].filter((part) => {
    const [box, room] = [part.getBoundingClientRect(), part.closest("section").getBoundingClientRect()];
    return box.left < room.left || box.right > room.right + 1 || box.top < room.top - 1 || box.bottom > room.bottom + 1;
}).map((part) => part.outerHTML)"""
LETTERS = """() => Object.fromEntries([".now .number", ".now .where b", ".before li:not([hidden]) b", ".coming li"].map(
    (place) => [place, parseFloat(getComputedStyle(document.querySelector(place)).fontSize)]
))"""


@pytest.mark.parametrize("first", [8, 995], ids=["short", "long"])
def test_all_of_it_is_seen_and_read_from_eight_metres(
    hall: Hall, tmp_path: Path, clerks: Callable[..., list[ClerkTwin]], first: int
) -> None:
    turns = [hall.kiosk.issue(n=n) for n in range(first, first + 11)]
    hall.send(*turns)
    [clerk] = clerks("12")
    for turn in turns[:8]:
        clerk.call_next()
        if turn is not turns[7]:
            clerk.move(turn.id, "serving")
            clerk.move(turn.id, "done")
    with database(tmp_path) as connection:
        words = "El lunes 8 de diciembre es feriado y no se atiende en ninguna ventanilla. La mesa de partes virtual "
        boards.save_notice(
            connection, "lima", Notice(0, f"{words}recibe documentos todos los días, sin horario.", None, None)
        )
        content = picture("WEBP")
        slide = boards.Picture("image/webp", content)
        boards.add_slide(connection, "lima", "Una lámina", slide, hashlib.sha256(content).digest())
    board = hall.open("/board/principal")
    expect(board.locator(".before li:not([hidden])")).to_have_count(4)
    expect(board.locator(".coming li")).to_have_count(3)
    for line in ("ok", "lost"):
        board.evaluate("line => say(line)", line)
        for width, height in SIZES:
            board.set_viewport_size({"width": width, "height": height})
            assert board.evaluate(OUTSIDE) == [], (line, width, height)
            assert board.evaluate("document.documentElement.scrollHeight") <= height
            mm = MM_OF_43_INCHES / min(width, height) * CAP_HEIGHT
            if line == "ok" and first == 8 and {width, height} == {1080, 1920}:
                letters = {place: size * mm for place, size in board.evaluate(LETTERS).items()}
                assert letters.pop(".coming li") >= 35
                assert min(letters.values()) >= 40, letters  # 1/200 of the distance
    assert hall.complaints == []
