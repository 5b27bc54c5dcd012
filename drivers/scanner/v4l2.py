"""A V4L2 camera: opened so that it gives large pictures quickly, watched for the ways in which it dies.

Facts of OpenCV's V4L2 backend that shape this file: it prefers YUYV, ten frames a second at this size, unless MJPG is
asked for before width and height; what it says it has set may not be so, and only the first frame tells; frames queue
up in the driver; a hung camera blocks ``read`` for as long as `devices.OPENCV_ENVIRONMENT` says, or for ever.
"""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING, Any, Final, Protocol

import cv2

from drivers.scanner.controls import EXPOSURE_BY_CAMERA, EXPOSURE_BY_HAND, HZ_60, DeviceControls, Knob
from drivers.scanner.frames import Frame, Gone, Look, NoFrame, Why
from drivers.scanner.settle import Settling, Turn, measure
from drivers.scanner.vitals import Delay, Vitals, is_black

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.scanner.controls import Controls
    from drivers.scanner.frames import Image

CAMERA_WIDTH: Final = 1920
CAMERA_HEIGHT: Final = 1080
CAMERA_FPS: Final = 30
MISSES_UNTIL_GONE: Final = 3
"""Failed reads in a row after which a camera counts as unplugged."""
WARM_UP_S: Final = 3.0
"""How long after its opening a camera may be dark or still: exposure is found from below."""

_log = logging.getLogger(__name__)


class VideoCapture(Protocol):
    """What is used of ``cv2.VideoCapture``; `virtual.v4l2` has another."""

    def isOpened(self) -> bool: ...  # noqa: D102, N802 - OpenCV's name
    def set(self, prop: int, value: float, /) -> bool: ...  # noqa: D102
    def get(self, prop: int, /) -> float: ...  # noqa: D102
    def read(self) -> tuple[bool, Any]: ...  # noqa: D102
    def release(self) -> None: ...  # noqa: D102


class CameraSource:
    """A `frames.Source` over a camera that is open. Give it up when it says `Gone`: it does not recover by itself."""

    interval_s = 0.0

    def __init__(self, capture: VideoCapture, controls: Controls, monotonic_s: Callable[[], float]) -> None:
        self._capture = capture
        self._controls = controls
        self._monotonic_s = monotonic_s
        self._vitals = Vitals()
        self._delay = Delay()
        self._settling = Settling()
        self._shape: tuple[int, ...] | None = None
        self._misses = 0
        self._next = 0

    def read(self) -> Look:
        """The newest frame, in colour. At most the V4L2 time-out, unless the driver hangs."""
        got, pixels = self._capture.read()
        now_s = self._monotonic_s()
        if not got or pixels is None:
            return self._miss(Why.SILENT)
        if not self._is_picture(pixels):
            return self._miss(Why.WRONG_FORMAT)
        dead = self._vitals.look(pixels, now_s)
        if dead is not None:
            return Gone(dead)
        if self._delay.is_stale(self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000, now_s):
            return self._miss(Why.SILENT, enough=10 * MISSES_UNTIL_GONE)  # the queue is read empty within some
        self._misses = 0
        for turn in self._settling.step(measure(pixels), now_s):
            self._turn(turn)
        number, self._next = self._next, self._next + 1
        return Frame(pixels, number)

    def close(self) -> None:
        """Releases the device."""
        self._capture.release()
        self._controls.close()

    def set_up(self) -> None:
        """Focus and exposure are the camera's; its frame rate and the mains are ours. What it has no knob for, not."""
        self._controls.set(Knob.POWER_LINE_FREQUENCY, HZ_60)
        self._controls.set(Knob.EXPOSURE_DYNAMIC_FRAMERATE, 0)
        self._turn(Turn.FREE_FOCUS)
        self._turn(Turn.FREE_EXPOSURE)

    def warm_up(self) -> Gone | None:
        """Waits until a picture comes that is neither black nor the one before; `Gone` if none does in time."""
        began_s, before = self._monotonic_s(), -1
        while self._monotonic_s() - began_s < WARM_UP_S:
            seen = self.read()
            if isinstance(seen, Gone):
                return Gone(Why.BUSY) if seen.why is Why.SILENT and before < 0 else seen
            if isinstance(seen, Frame):
                if before >= 0 and not is_black(seen.pixels) and not self._vitals.is_still:
                    return None
                before = seen.number
        return Gone(Why.BUSY if before < 0 else Why.FROZEN)

    def _is_picture(self, pixels: Image) -> bool:
        """Rows of bytes come from a node for metadata; another size than before, from a driver that lost its way."""
        if pixels.ndim != 3:  # noqa: PLR2004
            return False
        if self._shape is None:
            self._shape = pixels.shape
            if pixels.shape[:2] != (CAMERA_HEIGHT, CAMERA_WIDTH):
                _log.warning("scanner.camera_size width=%s height=%s", pixels.shape[1], pixels.shape[0])
        return bool(pixels.shape == self._shape)

    def _miss(self, why: Why, enough: int = MISSES_UNTIL_GONE) -> Look:
        self._misses += 1
        return Gone(why) if self._misses >= enough else NoFrame()

    def _turn(self, turn: Turn) -> None:
        match turn:
            case Turn.HOLD:
                self._controls.set(Knob.FOCUS_AUTO, 0)
                self._controls.set(Knob.EXPOSURE_AUTO, EXPOSURE_BY_HAND)
            case Turn.FREE_FOCUS:
                self._controls.set(Knob.FOCUS_AUTO, 1)
            case Turn.FREE_EXPOSURE:
                self._controls.set(Knob.EXPOSURE_AUTO, EXPOSURE_BY_CAMERA)


def _opencv(device: Path) -> VideoCapture:
    capture: VideoCapture = cv2.VideoCapture(str(device.resolve()), cv2.CAP_V4L2)
    return capture


def open_camera(
    device: Path,
    *,
    capture_of: Callable[[Path], VideoCapture] = _opencv,
    controls_of: Callable[[Path], Controls] = DeviceControls,
    monotonic_s: Callable[[], float] = time.monotonic,
) -> CameraSource | Gone:
    """The camera once it gives live pictures, or why it does not. Some seconds; a missing one, under a millisecond."""
    if not device.exists():
        return Gone(Why.MISSING)
    if not os.access(device, os.R_OK | os.W_OK):
        return Gone(Why.DENIED)
    capture = capture_of(device)
    if not capture.isOpened():
        return Gone(Why.BUSY)
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))  # first, see the head of this file
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, CAMERA_WIDTH)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, CAMERA_HEIGHT)
    capture.set(cv2.CAP_PROP_FPS, CAMERA_FPS)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    source = CameraSource(capture, controls_of(device), monotonic_s)
    source.set_up()
    gone = source.warm_up()
    if gone is not None:
        source.close()
        return gone
    return source
