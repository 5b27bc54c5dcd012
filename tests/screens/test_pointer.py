"""The whole line on a real X display, and a pointer: from the first page to a ticket on paper, with no short cut."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import tomllib
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
import zxingcpp
from PIL import Image, ImageGrab

from domain.office import Service
from tests.screens.moments import MOMENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.screens.stage import Stage

ROOT = Path(__file__).parents[2]
SIZE = (540, 960)
PATIENCE_S = 40.0
AT_REST = 4
"""So many looks in a row at the same."""


@contextmanager
def _display() -> Iterator[str]:
    """An X server without a screen; its display's name."""
    with subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            assert server.stdout is not None
            yield f":{server.stdout.readline().decode().strip()}"  # the whole line: the number comes before its end
        finally:
            server.terminate()


class Pointer:
    """Clicks where the buttons are; looks at the display only."""

    def __init__(self, display: str, places: dict[str, dict[str, tuple[int, int]]]) -> None:
        self._display = display
        self._places = places

    def click(self, page: str, key: str) -> None:
        """Clicks the button once the page is at rest, and waits until something else is seen and rests."""
        self._wait(lambda _now: True)
        before = self.look()
        x, y = self._places[page][key]
        self._xdotool("mousemove", str(x), str(y), "click", "1")
        self._wait(lambda now: now != before)

    def look(self) -> bytes:
        """What is on the display, without the clock."""
        return self._grab().crop((0, SIZE[1] // 12, *SIZE)).tobytes()

    def codes(self) -> list[str]:
        """The texts of the codes that a telephone would read off the display."""
        return [code.text for code in zxingcpp.read_barcodes(self._grab())]

    def wait_for_a_code(self) -> str:
        deadline = time.monotonic() + PATIENCE_S
        while not (found := self.codes()):
            assert time.monotonic() < deadline, "there is no code on the display"
            time.sleep(0.1)
        return found[0]

    def _wait(self, has_changed: Callable[[bytes], bool]) -> None:
        """Until something else is seen and has been at rest for a while: what fades or is being laid out is no page."""
        deadline, seen = time.monotonic() + PATIENCE_S, [b""]
        while time.monotonic() < deadline:
            seen = [*seen, self.look()][-AT_REST:]
            if len(seen) == AT_REST and len(set(seen)) == 1 and has_changed(seen[0]):
                return
            time.sleep(0.25)
        raise AssertionError("nothing happened")

    def _grab(self) -> Image.Image:
        return ImageGrab.grab(xdisplay=self._display).convert("RGB")

    def _xdotool(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env={"DISPLAY": self._display, "PATH": "/usr/bin"}, check=True)


def _places(stage: Stage, *names: str) -> dict[str, dict[str, tuple[int, int]]]:
    """Where the buttons are on each page: the same widgets on a window of the same size, in the office of the line."""
    written = tomllib.loads((ROOT / "scripts" / "office.toml").read_text(encoding="utf-8"))
    services = msgspec.convert(written["office"]["services"], tuple[Service, ...])
    places = {}
    for name in names:
        state = MOMENTS[name]
        stage.show(replace(state, office=msgspec.structs.replace(state.office, services=services)))
        centres = {each.key: each.to_window(*each.center) for each in stage.finger.pressables()}
        places[name] = {key: (round(x), SIZE[1] - round(y)) for key, (x, y) in centres.items()}
    return places


@pytest.mark.skipif(not (shutil.which("Xvfb") and shutil.which("xdotool")), reason="needs Xvfb and xdotool")
def test_from_the_first_page_to_paper_with_a_pointer(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("welcome", "identify_no_camera", "check_document", "service", "request", "contact", "review")
    places = _places(stage, *names)
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import line  # noqa: PLC0415  # a script beside the package

    with _display() as display:
        monkeypatch.setenv("DISPLAY", display)
        monkeypatch.delenv("SDL_VIDEODRIVER", raising=False)
        wish = line.Wish(folder=tmp_path, port=_free_port(), camera="none", fullscreen=True)
        with line.running(wish) as running:
            pointer = Pointer(display, places)
            pointer.click("welcome", "welcome.hand_in")
            for digit in "12345678":
                pointer.click("identify_no_camera", f"keypad.{digit}")
            pointer.click("check_document", "check_document.yes")
            pointer.click("service", "service.documentos")
            pointer.click("request", "request.continue")
            pointer.click("contact", "contact.skip")
            pointer.click("review", "review.confirm")
            shown = pointer.wait_for_a_code()
            _until_there(running.ticket)
        with Image.open(running.ticket) as paper:
            assert [code.text for code in zxingcpp.read_barcodes(paper.convert("RGB"))] == [shown]
    assert "/T/" in shown
    sys.modules.pop("line")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until_there(path: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not path.exists():
        assert time.monotonic() < deadline, "no ticket was cut"
        time.sleep(0.1)
