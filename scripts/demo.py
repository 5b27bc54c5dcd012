"""One scripted visit from a sample card to a tracked and called ticket, on a line of its own; no person needed.

Leaves in ``build/demo/``: ``ticket.png``, a picture of every screen passed, of the desk, of the board and of the
tracking page, and ``result.json``. The exit code is 0 only if the QR on the ticket's picture, decoded, opens the
tracking page of that very ticket.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import line
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as BrowserError

DEMO = line.ROOT / "build" / "demo"
VISIT_S = 120.0
CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",  # root has none; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = {"width": 390, "height": 844}
SCREEN = {"width": 1920, "height": 1080}
DESK = {"width": 1280, "height": 800}
COUNTER = "3"


class DemoError(Exception):
    """The visit did not end as it should; the message says where."""


@dataclass(slots=True)
class Story:
    """What happened, and when: seconds since the demo was asked for."""

    begun_s: float = field(default_factory=time.monotonic)
    steps: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, step: str, monotonic_s: float | None = None, **facts: object) -> None:
        """Adds a step that was done at ``monotonic_s``, or now. Linux has one monotonic clock for all processes."""
        at_s = (time.monotonic() if monotonic_s is None else monotonic_s) - self.begun_s
        self.steps.append({"step": step, "at_s": round(at_s, 3), **facts})


def main() -> int:
    """Runs the demo; says where its pictures are."""
    shutil.rmtree(DEMO, ignore_errors=True)
    DEMO.mkdir(parents=True)
    os.environ["SDL_VIDEODRIVER"] = "offscreen"
    wish = line.Wish(
        DEMO / "line", port=_free_port(), camera="virtual:dni", width=1080, height=1920, rehearsal=DEMO / "screens"
    )
    story = Story()
    try:
        with line.running(wish) as running:
            story.tell("line ready")
            result = _play(running, story)
    except (line.LineError, DemoError, BrowserError) as error:
        print(f"La demostración falló: {error}", file=sys.stderr)
        return 1
    (DEMO / "result.json").write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    shutil.rmtree(DEMO / "line")
    print(f"Turno {result['number']}: de la tarjeta de ejemplo a la ventanilla en {result['steps'][-1]['at_s']:.1f} s.")
    print(f"Imágenes y result.json en {DEMO}")
    return 0


def _play(running: line.Line, story: Story) -> dict[str, Any]:
    visit = _visit(running)
    for step in visit["steps"]:
        story.tell(step["screen"], step["monotonic_s"], picture=f"screens/{step['picture']}")
    url = _ticket_qr(running.ticket)
    if url != visit["url"]:
        raise DemoError("el QR del ticket no es el de la pantalla")
    story.tell("ticket's QR read")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        _watch_and_call(browser, running, url, visit["number"], story)
        browser.close()
    return {
        "dni": visit["dni"],
        "identified_by": visit["identified_by"],
        "number": visit["number"],
        "paper": visit["paper"],
        "tracking_url": url,
        "steps": story.steps,
    }


def _visit(running: line.Line) -> dict[str, Any]:
    """Waits for the visitor in the kiosk to end."""
    told = DEMO / "screens" / "visit.json"
    deadline = time.monotonic() + VISIT_S
    while not told.exists():
        if running.kiosk.poll() is not None or time.monotonic() > deadline:
            raise DemoError(f"la visita no terminó; vea {DEMO}/line/log/kiosk.log")
        time.sleep(0.1)
    visit: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
    if "failed" in visit:
        raise DemoError(f"la visita se detuvo: {visit['failed']}")
    if visit["identified_by"] != "camera" or visit["paper"] != "printed":
        raise DemoError(f"identificación por {visit['identified_by']}, papel {visit['paper']}")
    return visit


def _ticket_qr(picture: Path) -> str:
    """What the QR on the printed ticket's picture says."""
    shutil.copy(picture, DEMO / "ticket.png")
    with Image.open(DEMO / "ticket.png") as image:
        codes = zxingcpp.read_barcodes(image.convert("L"))
    if len(codes) != 1:
        raise DemoError(f"el ticket muestra {len(codes)} códigos QR legibles")
    return str(codes[0].text)


def _watch_and_call(browser: Browser, running: line.Line, url: str, number: str, story: Story) -> None:
    """The citizen's phone and the board watch while a clerk signs in and calls; none of them is reloaded."""
    phone, board, desk = (_page(browser, size) for size in (PHONE, SCREEN, DESK))
    phone.goto(url)
    phone.locator(f'#turn[data-number="{number}"][data-state="waiting"]').wait_for()
    phone.screenshot(path=DEMO / "tracking-waiting.png")
    story.tell("tracking page open")
    board.goto(f"{running.url}/board/principal")
    desk.goto(f"{running.url}/desk")
    desk.fill("#name", running.user)
    desk.fill("#password", running.password)
    desk.fill("#counter", COUNTER)
    desk.screenshot(path=DEMO / "desk-sign-in.png")
    desk.keyboard.press("Enter")
    desk.get_by_role("button", name="Llamar al siguiente").click()
    desk.get_by_role("button", name="Atender").wait_for()  # the number alone stands in the line before, too
    story.tell("called")
    board.get_by_text(number).first.wait_for()
    phone.locator(f'#turn[data-number="{number}"][data-state="called"]').wait_for()
    story.tell("board and phone know")
    for name, page in (("desk", desk), ("board", board), ("tracking", phone)):
        page.screenshot(path=DEMO / f"{name}.png")


def _page(browser: Browser, size: dict[str, int]) -> Page:
    return browser.new_page(viewport={"width": size["width"], "height": size["height"]}, device_scale_factor=2)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((line.LOOPBACK, 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
