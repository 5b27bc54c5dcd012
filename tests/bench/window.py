"""The identification page in its own process, with Kivy's real loop, and the camera's process beside it.

    python -m tests.bench.window VIDEO HOME ROUNDS SECONDS TOUCHES

Started by `tests.bench.screens`; prints what it saw as JSON. A hand in a thread asks for what is measured.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assets import sample_logo
from drivers.scanner.process import CameraScanner
from drivers.scanner.words import CameraState
from kiosk.flow import events as happened
from kiosk.flow.advance import advance
from kiosk.flow.state import Screen
from kiosk.texts import Texts
from kiosk.ui.boot import Display, open_app
from kiosk.ui.line import Line
from kiosk.ui.post import Post
from tests.bench.screens import HEIGHT, WIDTH
from tests.screens.moments import office

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt
    from kivy.uix.widget import Widget

    from drivers.scanner.words import Hint, Reading
    from kiosk.flow.state import State
    from kiosk.ui.app import KioskApp

Frame = tuple[float, float]
"""Milliseconds since the frame before, and how many of them the window's thread was on a processor."""
PATIENCE_S = 30.0
LEAST_FRAMES = 10
SETTLE_S = 0.5
"""A frame may be late when a process starts beside it; what is asked is how frames are while it reads."""


class Bench:
    """The flow and the scanner without the rest of a kiosk; a `words.Listener`.

    The camera always counts as looking, so that the page is the same with the scanner and without: its last picture
    stays.
    """

    def __init__(self, video: Path) -> None:
        self._source = f"video:{video}"
        self.state = replace(office(), screen=Screen.IDENTIFY)
        self.post = Post()
        self.scanner: CameraScanner | None = None
        self.readings = 0
        self.renderer = ""
        self.watching = threading.Event()
        self.flips: list[tuple[float, float]] = []
        self.changed = threading.Event()
        self.changed_s = 0.0
        self._pixels = b""

    # --- the scanner's words ------------------------------------------------------------------------------------

    def scanned(self, _reading: Reading) -> None:
        self.readings += 1
        if self.scanner is not None:
            self.scanner.start()

    def hinted(self, hint: Hint) -> None:
        self.post(happened.Hinted(hint))

    def camera_changed(self, state: CameraState) -> None:
        if state is CameraState.WATCHING:
            self.watching.set()

    # --- the window's -------------------------------------------------------------------------------------------

    def handle(self, event: happened.Event) -> State:
        self.state, _ = advance(self.state, event)
        return self.state

    def preview(self) -> npt.NDArray[np.uint8] | None:
        return self.scanner.preview() if self.scanner else None

    def line(self) -> Line:
        return Line(
            post=self.post,
            state=self.state,
            handle=self.handle,
            tick=lambda: happened.Tick(self.state.now_s, self.state.now),
            texts=Texts,
            logo=sample_logo(),
            preview=self.preview,
        )

    # --- the hand -----------------------------------------------------------------------------------------------

    def measure(self, app: KioskApp, rounds: int, seconds: float, touches: int) -> dict[str, object]:
        quiet: list[Frame] = []
        scanning: list[Frame] = []
        pids, share, taken = [], 0.0, []
        self._settle(app)
        _on_the_screen(app, self._name_renderer)
        for _ in range(rounds):
            quiet += self._frames(seconds)
            pids.append(self._look())
            before_s, began_s = _cpu_s(pids[-1]), time.monotonic()
            scanning += self._frames(seconds)
            share += (_cpu_s(pids[-1]) - before_s) / (time.monotonic() - began_s) / rounds
            if len(pids) == rounds:
                taken = self._touches(app, touches)
            self._look_away()
        return {
            "quiet": quiet,
            "scanning": scanning,
            "touches_ms": taken,
            "window_pid": os.getpid(),
            "scanner_pids": pids,
            "scanner_share": share,
            "readings": self.readings,
            "renderer": self.renderer,
        }

    def _settle(self, app: KioskApp) -> None:
        """Draws without a pause from now on, and lets the first layouts and pictures pass."""
        _on_the_screen(app, self._be_restless)
        self._look()
        self._look_away()

    def _frames(self, seconds: float) -> list[Frame]:
        """All frames of the next ``seconds``; longer where a busy machine draws fewer than `LEAST_FRAMES`."""
        first, began_s = len(self.flips), time.monotonic()
        while time.monotonic() - began_s < seconds or len(self.flips) - first < LEAST_FRAMES:
            time.sleep(0.02)
            assert time.monotonic() - began_s < seconds + PATIENCE_S
        pairs = itertools.pairwise(self.flips[first:])
        return [(1000 * (later[0] - earlier[0]), 1000 * (later[1] - earlier[1])) for earlier, later in pairs]

    def _look(self) -> int:
        """Starts the scanner; its process, once there are pictures and the start is over."""
        self.watching.clear()
        self.scanner = CameraScanner(self._source, self)
        self.scanner.start()
        assert self.watching.wait(PATIENCE_S)
        time.sleep(SETTLE_S)
        assert self.scanner._child is not None
        return self.scanner._child.process.pid

    def _look_away(self) -> None:
        scanner, self.scanner = self.scanner, None
        assert scanner is not None
        scanner.close()

    def _touches(self, app: KioskApp, count: int) -> list[float]:
        """Milliseconds from a touch to the frame that shows it; a digit is typed, then erased, and so on.

        That frame is the last in which the digit's box changed: one that shows half of it does not count.
        """
        _on_the_screen(app, lambda: self._watch_the_digit(app))
        pause, taken = random.Random(1), []
        for n in range(count):
            time.sleep(pause.uniform(0.3, 0.4))  # no two at the same moment of a frame, and no key still lit
            self.changed.clear()
            began_s = time.monotonic()
            app.tap("keypad.erase" if n % 2 else "keypad.7", PATIENCE_S)
            assert self.changed.wait(PATIENCE_S)
            time.sleep(0.25)
            taken.append(1000 * (self.changed_s - began_s))
        return taken

    # --- on the window's thread ---------------------------------------------------------------------------------

    def _name_renderer(self) -> None:
        from kiosk.ui.pixels import gl_renderer  # noqa: PLC0415  # Kivy after its preparation

        self.renderer = gl_renderer()

    def _be_restless(self) -> None:
        from kivy.clock import Clock  # noqa: PLC0415  # Kivy after its preparation
        from kivy.core.window import Window  # noqa: PLC0415

        Window.bind(on_flip=lambda _window: self._flipped())
        self._restless = Clock.schedule_interval(lambda _dt: Window.canvas.ask_update(), 0)

    def _flipped(self) -> None:
        """Notes the time once the frame is there: asking for a pixel waits for a driver that draws behind our back."""
        _pixels(0, 0, 1, 1)
        self.flips.append((time.monotonic(), time.thread_time()))

    def _watch_the_digit(self, app: KioskApp) -> None:
        from kivy.core.window import Window  # noqa: PLC0415  # Kivy after its preparation

        self._restless.cancel()
        page = app._root.page
        place = next(widget for widget in page.walk() if type(widget).__name__ == "DigitBoxes")._boxes[0]
        Window.bind(on_flip=lambda _window: self._look_at(place))

    def _look_at(self, place: Widget) -> None:
        pixels = _pixels(*map(int, place.to_window(*place.pos)), *map(int, place.size))
        if pixels != self._pixels:
            self._pixels, self.changed_s = pixels, time.monotonic()
            self.changed.set()


def _pixels(left: int, bottom: int, width: int, height: int) -> bytes:
    from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glReadPixels  # noqa: PLC0415  # needs a window

    return bytes(glReadPixels(left, bottom, width, height, GL_RGBA, GL_UNSIGNED_BYTE))


def _on_the_screen(app: KioskApp, action: Callable[[], None]) -> None:
    done = threading.Event()

    def act() -> None:
        action()
        done.set()

    app.after_frame(act)
    assert done.wait(PATIENCE_S)


def _cpu_s(pid: int) -> float:
    """Seconds of processor time that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(video: str, home: str, rounds: str, seconds: str, touches: str) -> None:
    bench, seen = Bench(Path(video)), {}
    app = open_app(Display(WIDTH, HEIGHT, fullscreen=False, home=Path(home)), bench.line())

    def hand() -> None:
        try:
            seen.update(bench.measure(app, int(rounds), float(seconds), int(touches)))
        finally:
            app.quit()

    threading.Thread(target=hand, daemon=True).start()
    app.run()
    print(json.dumps(seen))  # noqa: T201 - the benchmark reads it


if __name__ == "__main__":
    main(*sys.argv[1:])
