"""A stage for the real app: an offscreen window with real pixels, frames drawn by hand, time that the test moves."""

from __future__ import annotations

import os
from functools import cache, partial
from typing import TYPE_CHECKING

from assets import sample_logo
from drivers.scanner.keyboard import KeyboardScanner
from kiosk.flow import events as happened
from kiosk.flow.said import in_words
from kiosk.texts import Texts
from kiosk.ui import boot
from kiosk.ui.line import Line
from kiosk.ui.post import Post
from tests.screens.moments import office

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    from drivers.scanner.words import CameraState, Hint, Reading
    from kiosk.flow.events import Event
    from kiosk.flow.state import State
    from kiosk.ui.finger import Finger

FRAME_S = 1 / 60

_LARGEST = (1920, 1920)  # an offscreen surface can shrink but not grow
PORTRAIT_SMALL, PORTRAIT, LANDSCAPE, FLOOR = (540, 960), (1080, 1920), (1920, 1080), (1280, 800)


class Stage:
    """One window for the whole test process: Kivy has no second one."""

    def __init__(self, home: Path) -> None:
        os.environ.pop("DISPLAY", None)
        os.environ["SDL_VIDEODRIVER"] = "offscreen"
        self.now_s = 0.0
        self.posted: list[Event] = []
        self.spoken: list[tuple[str, ...]] = []
        """What a finger that explores was told."""
        self.state = office()
        self.handle: Callable[[Event], State] = self._keep
        self.frame: npt.NDArray[np.uint8] | None = None
        self.keys = KeyboardScanner(self)
        line = Line(
            post=Post(),
            state=self.state,
            handle=self._handle,
            tick=lambda: happened.Tick(self.state.now_s, self.state.now),
            texts=cache(partial(Texts, strict=True)),
            logo=sample_logo(),
            preview=lambda: self.frame,
            motion=False,
            keys=self.keys,
            voice=lambda said, language: self.spoken.append(in_words(said, line.texts(language))),
        )
        self.app = boot.open_app(boot.Display(*_LARGEST, fullscreen=False, home=home), line)
        self._start()

    def _start(self) -> None:
        from kivy.base import EventLoop, ExceptionManager, runTouchApp  # noqa: PLC0415  # Kivy after its preparation
        from kivy.clock import Clock  # noqa: PLC0415
        from kivy.core.window import Window  # noqa: PLC0415
        from kivy.lang import Builder  # noqa: PLC0415

        self._clock, self._loop, self._builder, self.window = Clock, EventLoop, Builder, Window
        Clock._max_fps = 0
        self.now_s = Clock.time()  # from here on; Kivy has already looked at the real one
        Clock.time = lambda: self.now_s
        self.app._run_prepare()
        runTouchApp(embedded=True)
        ExceptionManager.handlers.clear()  # a failing widget fails its test, not the visit
        self.play()

    def scanned(self, reading: Reading) -> None:
        """The keyboard scanner's word."""
        self.app.post(happened.Scanned(reading))

    def hinted(self, hint: Hint) -> None:
        """A keyboard scanner gives none."""

    def camera_changed(self, state: CameraState) -> None:
        """And it is no camera."""

    def _handle(self, event: Event) -> State:
        return self.handle(event)

    def _keep(self, event: Event) -> State:
        if not isinstance(event, happened.Tick):
            self.posted.append(event)
        return self.state

    def sweep(self) -> None:
        """As it was at first, whatever the last test did."""
        self.handle = self._keep
        self.frame = None
        self.app.failed = False
        self.show(office())
        self.posted.clear()
        self.spoken.clear()

    # --- time and frames ------------------------------------------------------------------------------------

    def step(self, seconds: float = FRAME_S) -> None:
        """One turn of Kivy's loop, undrawn, ``seconds`` later."""
        self.now_s += seconds
        self._clock.tick()
        self._loop.dispatch_input()
        self._builder.sync()
        self._clock.tick_draw()
        self._builder.sync()

    def play(self, seconds: float = 0.5) -> None:
        """Lets time pass, frame by frame: layouts settle, fades end."""
        for _ in range(max(3, round(seconds / 0.05))):
            self.step(0.05)

    # --- the window -----------------------------------------------------------------------------------------

    def resize(self, size: tuple[int, int]) -> None:
        """Another panel; an app opens on the one it stays on, but a panel may also be turned."""
        if tuple(self.window.size) != size:
            self.window.size = size
            self.play(0.2)

    def show(self, state: State) -> None:
        """Draws ``state`` and lets it settle."""
        self.state = state
        self.app.show(state)
        self.play()

    def picture(self) -> Image:
        """What is on the glass."""
        from kiosk.ui.pixels import read_window  # noqa: PLC0415  # Kivy after its preparation

        taken: list[Image] = []
        self.app.after_frame(lambda: taken.append(read_window()))
        self.step()
        self.window.dispatch("on_draw")
        self.window.dispatch("on_flip")
        return taken[0]

    @property
    def finger(self) -> Finger:
        """A finger for this window."""
        from kiosk.ui.finger import Finger  # noqa: PLC0415  # Kivy after its preparation

        return Finger(self.app._root)

    def tap(self, key: str) -> None:
        """Touches it for real, and lets what follows happen."""
        self.finger.tap(key)
        self.play()
