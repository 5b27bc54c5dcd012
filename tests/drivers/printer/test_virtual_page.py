"""The page: what it refuses to whom, what it shows, and that its buttons do what they say."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, expect

from drivers.printer.__main__ import OK, USAGE
from drivers.printer.encode import encode
from drivers.printer.virtual.actions import ACTIONS
from drivers.printer.virtual.device import Fault
from drivers.printer.virtual.models import MINI_58MM
from drivers.printer.virtual.page import BUTTON, Page
from drivers.printer.virtual.printer import VirtualPrinter
from tests.drivers.printer.machine import CUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drivers.printer.words import Slip

WAIT_S = 20.0


class Desk:
    """A printer, its page, and a browser as simple as can be."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.port = folder / "port"
        self.printer = VirtualPrinter(self.port, folder / "tickets", **settings)
        self.page = Page(self.printer)
        self.name = self.page.url.removeprefix("http://").rstrip("/")

    def ask(self, method: str, path: str, **headers: str) -> tuple[int, bytes]:
        line = http.client.HTTPConnection(self.name, timeout=WAIT_S)
        line.putrequest(method, path, skip_host=True)
        for name, value in ({"Host": self.name} | headers).items():
            line.putheader(name.replace("_", "-"), value)
        line.endheaders()
        answer = line.getresponse()
        self.headers = dict(answer.getheaders())
        body = answer.read()
        line.close()
        return answer.status, body

    def press(self, words: str, **headers: str) -> int:
        return self.ask("POST", "/do", **{BUTTON: words} | headers)[0]

    def state(self) -> dict[str, Any]:
        status, body = self.ask("GET", "/state")
        assert status == 200
        return dict(json.loads(body))

    def send(self, data: bytes) -> None:
        self.port.write_bytes(data)

    def close(self) -> None:
        self.page.close()
        self.printer.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.close()


# --- what it refuses --------------------------------------------------------------------------------------------


def test_a_foreign_page_cannot_press_a_button(desk: Desk) -> None:
    assert desk.ask("POST", "/do")[0] == 400
    assert desk.press("cover-open", Origin="https://example.org") == 403
    assert desk.press("cover-open", Origin="null") == 403
    assert desk.ask("GET", "/do", **{BUTTON: "cover-open"})[0] == 404
    assert desk.ask("OPTIONS", "/do")[0] == 501
    assert desk.printer.view.faults == frozenset()


@pytest.mark.parametrize("name", ["example.org", "localhost", "127.0.0.1", ""])
@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/state"), ("POST", "/do")])
def test_under_another_name_it_answers_nothing(desk: Desk, name: str, method: str, path: str) -> None:
    assert desk.ask(method, path, Host=name, **{BUTTON: "cover-open"})[0] == 403
    assert desk.printer.view.faults == frozenset()


@pytest.mark.parametrize("words", ["", "cover", "explode", "cover-open\u00e1"])
def test_a_button_that_does_not_exist_does_nothing(desk: Desk, words: str) -> None:
    assert desk.press(words) == 400


@pytest.mark.parametrize(
    "path", ["/x", "/page.py", "/tickets/", "/tickets/0002.png", "/tickets/../port", "/tickets/%2e%2e/port"]
)
def test_it_shows_its_own_files_and_fallen_tickets_only(desk: Desk, path: str) -> None:
    desk.send(b"Hola\n" + CUT)
    assert desk.printer.wait_for_tickets(1, WAIT_S)
    (desk.port.parent / "tickets" / "0002.png").write_bytes(b"not fallen")
    assert desk.ask("GET", path)[0] == 404
    assert desk.ask("GET", "/tickets/0001.png")[0] == 200


def test_it_listens_on_this_machine_only_and_lets_nobody_else_in(desk: Desk) -> None:
    assert desk.page._server.server_address[0] == "127.0.0.1"
    desk.ask("GET", "/")
    assert "default-src 'self'" in desk.headers["Content-Security-Policy"]
    assert desk.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in desk.headers


def test_a_port_that_is_taken_is_an_error(desk: Desk) -> None:
    with pytest.raises(OSError, match="in use"):
        Page(desk.printer, int(desk.name.split(":")[1]))


def test_a_browser_that_leaves_does_not_hold_it_up(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    line = http.client.HTTPConnection(desk.name, timeout=WAIT_S)
    line.request("GET", f"/state?after={desk.printer.view.revision}")
    line.close()
    desk.close()
    assert not desk.page._thread.is_alive()


# --- what it shows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "sentence", "lamps"),
    [
        ([], "Lista.", "green green dark dark"),
        (["paper-low"], "Lista. Le queda poco papel.", "green green amber dark"),
        (["paper-out"], "No tiene papel.", "green dark red red"),
        (["cover-open"], "La tapa est\u00e1 abierta.", "green dark dark red"),
        (["off"], "Est\u00e1 apagada.", "dark dark dark dark"),
        (["unplug"], "El cable est\u00e1 desconectado.", "green dark dark dark"),
        (["noise-on"], "Hay ruido en la l\u00ednea: no entiende nada.", "green green dark dark"),
        (["cover-open", "paper-out", "paper-in", "cover-close"], "Lista.", "green green dark dark"),
    ],
)
def test_it_says_how_the_printer_is(desk: Desk, words: list[str], sentence: str, lamps: str) -> None:
    assert [desk.press(word) for word in words] == [200] * len(words)
    state = desk.state()
    assert state["sentence"] == sentence
    assert " ".join(state["lamps"][lamp] for lamp in ("power", "online", "paper", "error")) == lamps


def test_it_shows_a_jam_when_the_blade_falls(desk: Desk) -> None:
    desk.press("cutter-jam")
    assert desk.state()["sentence"] == "Lista."
    revision = desk.printer.view.revision
    desk.send(b"x\n" + CUT)
    while not desk.printer.view.is_stopped:
        revision = desk.printer.wait_for_change(revision, WAIT_S).revision
    assert desk.state()["sentence"] == "La cuchilla est\u00e1 trabada."


def test_it_offers_only_what_would_change_something(desk: Desk) -> None:
    def offered() -> set[str]:
        return {action["words"] for action in desk.state()["actions"] if action["useful"]}

    assert offered() == {"paper-out", "paper-low", "cover-open", "cutter-jam", "off", "unplug", "noise-on"}
    desk.press("paper-out")
    assert {"paper-in", "paper-low"} < offered()
    assert "paper-out" not in offered()


def test_every_pair_of_actions_undoes_itself(desk: Desk) -> None:
    for words in ACTIONS:
        ACTIONS[words].do(desk.printer)
    for words in ("paper in", "cover close", "cutter free", "on", "replug", "noise off"):
        ACTIONS[words].do(desk.printer)
    assert desk.printer.view.faults == frozenset()


def test_it_waits_for_news(desk: Desk) -> None:
    before = desk.state()["revision"]
    desk.printer.fail_at(0.0, Fault.COVER_OPEN)
    desk.send(b"\n")
    while not (state := json.loads(desk.ask("GET", f"/state?after={before}")[1]))["faults"]:
        before = state["revision"]
    assert state["faults"] == ["cover open"]


def test_it_lists_tickets_newest_first_and_violations(desk: Desk) -> None:
    desk.send(b"\x1b@uno\n" + CUT + b"\x1bzdos\n" + b"\x1b@tres\n" + CUT)
    assert desk.printer.wait_for_tickets(2, WAIT_S)
    state = desk.state()
    assert [(ticket["number"], ticket["text"], ticket["state"]) for ticket in state["tickets"]] == [
        (2, "dos\ntres", "Trae restos de otro"),
        (1, "uno", "Completo"),
    ]
    assert state["violations"] == ["unknown command 1B 7A"]
    assert state["fallen"] == 2


def test_a_model_without_a_blade_has_no_button_for_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path, model=MINI_58MM)
    try:
        state = desk.state()
    finally:
        desk.close()
    assert (state["model"], state["cutter"]) == (MINI_58MM.label, False)


def test_the_command_prints_its_address_and_takes_a_model(tmp_path: Path) -> None:
    where = ["--link", str(tmp_path / "port"), "--tickets", str(tmp_path / "tickets")]
    command = [sys.executable, "-m", "drivers.printer", "virtual", *where, "--model", MINI_58MM.key, "--page"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout
            assert program.stdout.readline().strip() == str(tmp_path / "port")
            address = program.stdout.readline().strip()
            with urllib.request.urlopen(f"{address}state", timeout=WAIT_S) as answer:  # noqa: S310 - our own
                assert json.load(answer)["model"] == MINI_58MM.label
            taken = subprocess.run([*command, address.strip("/").rpartition(":")[2]], capture_output=True, check=False)
            assert taken.returncode == USAGE
            program.send_signal(signal.SIGTERM)
            assert program.wait(WAIT_S) == OK
        finally:
            program.kill()


# --- in a browser -----------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1920])
def test_a_ticket_falls_and_a_button_opens_the_cover(desk: Desk, slip: Slip, width: int, chromium: Browser) -> None:
    expect.set_options(timeout=WAIT_S * 1000)
    complaints: list[str] = []
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url) if desk.name not in request.url else None)
    page.goto(desk.page.url)
    expect(page.get_by_text("Todav\u00eda no ha salido")).to_be_visible()
    desk.send(encode(slip, "K001").data)
    picture = page.locator("#newest img")
    expect(picture).to_be_visible()
    assert "A-047" in picture.get_attribute("alt")
    page.get_by_role("button", name="Abrir la tapa").click()
    expect(page.get_by_role("button", name="Cerrar la tapa")).to_be_focused()
    expect(page.get_by_role("status")).to_have_text("La tapa est\u00e1 abierta.")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.close()
    assert desk.printer.view.faults == {Fault.COVER_OPEN}
    assert [said for said in complaints if not said.startswith("data:")] == []
