"""Runs a source in a thread of its own: every frame goes to the preview, the newest one waits for the reader.

A camera has to be read at its own pace, else its driver hands out old frames; reading a document takes longer than
a frame, so what comes in between is shown but not read.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

import cv2

from drivers.scanner import preview
from drivers.scanner.frames import Frame, Gone, Image
from drivers.scanner.sources import open_source
from drivers.scanner.words import CameraState

if TYPE_CHECKING:
    from drivers.scanner.frames import Source
    from drivers.scanner.preview import Preview
    from drivers.scanner.spec import Spec

REOPEN_S: Final = 0.5
"""How often a source that is not there is looked for: opening a missing device fails within a millisecond."""


class Capture:
    """A source being watched. Opens it, and opens it anew whenever it is gone, until it is closed."""

    def __init__(self, spec: Spec, screen: Preview) -> None:
        self._spec = spec
        self._screen = screen
        self._changed = threading.Condition()
        self._state = CameraState.STARTING
        self._frame: Frame | None = None
        self._alive_s = time.monotonic()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._thread.start()

    @property
    def state(self) -> CameraState:
        """STARTING, WATCHING or ABSENT."""
        return self._state

    @property
    def alive_s(self) -> float:
        """When the source last answered at all, on the monotonic clock."""
        return self._alive_s

    def newest(self, timeout_s: float) -> Frame | None:
        """The newest frame, once; None if none came within ``timeout_s``."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None, timeout_s)
            frame, self._frame = self._frame, None
            return frame

    def close(self, timeout_s: float) -> bool:
        """Ends the thread and lets the device go; False if it hangs in its driver beyond ``timeout_s``."""
        self._ending.set()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._ending.is_set():
            source = open_source(self._spec)
            self._alive_s = time.monotonic()
            if not isinstance(source, Gone):
                self._watch(source)
                source.close()
            if not self._ending.is_set():
                self._put(CameraState.ABSENT, None)
                self._ending.wait(REOPEN_S)

    def _watch(self, source: Source) -> None:
        due_s = time.monotonic()
        while not self._ending.is_set():
            look = source.read()
            self._alive_s = time.monotonic()
            if isinstance(look, Gone):
                return
            if isinstance(look, Frame):
                self._screen.show(for_preview(look.pixels))
                self._put(CameraState.WATCHING, look)
            due_s = max(due_s + source.interval_s, self._alive_s)
            self._ending.wait(due_s - self._alive_s)

    def _put(self, state: CameraState, frame: Frame | None) -> None:
        with self._changed:
            self._state, self._frame = state, frame
            self._changed.notify_all()


def for_preview(pixels: Image) -> Image:
    """The picture for the screen: RGB, within `preview.WIDTH` x `preview.HEIGHT`."""
    height, width = pixels.shape[:2]
    scale = min(preview.WIDTH / width, preview.HEIGHT / height, 1.0)
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    return cv2.cvtColor(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
