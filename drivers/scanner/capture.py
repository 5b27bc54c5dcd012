"""Runs a source in a thread of its own: every frame goes to the preview, the newest one waits for the reader.

A camera has to be read at its own pace, else its driver hands out old frames; reading a document takes longer than
a frame, so what comes in between is shown but not read.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

import cv2

from drivers.scanner import preview
from drivers.scanner.frames import Frame, Gone, Image, Why
from drivers.scanner.sources import open_source
from drivers.scanner.words import CameraState

if TYPE_CHECKING:
    from drivers.scanner.frames import Source
    from drivers.scanner.preview import Preview
    from drivers.scanner.spec import Spec

MISSING_S: Final = 0.5
"""How often a source that is not there is looked for: that costs less than a millisecond, and a camera that is
plugged in again should be there at once."""
BACK_OFF_S: Final = (1.0, 2.0, 5.0, 10.0)
"""How long to wait after the first, second… failure in a row of one that is there: opening it takes seconds."""
RECOVERED_S: Final = 10.0
"""One that gave pictures for so long has not failed in a row."""
SILENT_S: Final = 3.0
"""No answer for longer than the V4L2 time-out: a picture that stands still is not to be taken for a live one."""
HUNG_READ_S: Final = 5.0
HUNG_OPENING_S: Final = 15.0
"""Opening a slow camera may take ten seconds."""

_log = logging.getLogger(__name__)


class Capture:
    """A source being watched. Opens it, and opens it anew whenever it is gone, until it is closed."""

    def __init__(self, spec: Spec, screen: Preview) -> None:
        self._spec = spec
        self._screen = screen
        self._changed = threading.Condition()
        self._state = CameraState.STARTING
        self._frame: Frame | None = None
        self._alive_s = time.monotonic()
        self._opening = True
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._thread.start()

    @property
    def state(self) -> CameraState:
        """STARTING, WATCHING or ABSENT; what hangs is absent before it is given up."""
        silent = time.monotonic() - self._alive_s > SILENT_S
        return CameraState.ABSENT if silent and self._state is CameraState.WATCHING else self._state

    @property
    def is_hung(self) -> bool:
        """Whether the source has not answered for so long that only the end of the process frees its device."""
        patience_s = HUNG_OPENING_S if self._opening else HUNG_READ_S
        return time.monotonic() - self._alive_s > patience_s

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
        failures, why = 0, None
        while not self._ending.is_set():
            self._opening = True
            source = open_source(self._spec)
            self._alive_s = time.monotonic()
            self._opening = False
            began_s = time.monotonic()
            gone = source if isinstance(source, Gone) else self._watch(source)
            if gone is None:
                return
            if time.monotonic() - began_s > RECOVERED_S:
                failures, why = 0, None
            if gone.why is not why:
                _log.warning("scanner.camera_lost why=%s", gone.why.value)
            why = gone.why
            self._put(CameraState.ABSENT, None)
            if why is Why.MISSING:
                failures = 0
            self._rest(MISSING_S if why is Why.MISSING else BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)])
            failures += 1

    def _rest(self, wait_s: float) -> None:
        """Waits before the next try, which is no hanging."""
        until_s = time.monotonic() + wait_s
        while not self._ending.is_set() and (left_s := until_s - time.monotonic()) > 0:
            self._ending.wait(min(left_s, MISSING_S))
            self._alive_s = time.monotonic()

    def _watch(self, source: Source) -> Gone | None:
        """Follows it until it is gone; None when told to end."""
        due_s = time.monotonic()
        try:
            while not self._ending.is_set():
                look = source.read()
                self._alive_s = time.monotonic()
                if isinstance(look, Gone):
                    return look
                if isinstance(look, Frame):
                    self._screen.show(for_preview(look.pixels))
                    self._put(CameraState.WATCHING, look)
                due_s = max(due_s + source.interval_s, self._alive_s)
                self._ending.wait(due_s - self._alive_s)
        finally:
            source.close()
        return None

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
