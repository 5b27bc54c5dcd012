"""A V4L2 camera that is not there, with the faults of those that are. For tests, and for developers without a camera.

A text file stands for the device: while it exists the camera is plugged in, and its words say how it behaves.

    picture            a grey scene, with a sensor's noise: no two frames are equal
    picture FOLDER     the pictures in this folder, over and over
    frozen             the same frame again and again
    black              a covered lens
    rows               rows of bytes, as a node for metadata gives
    small              640 x 480, whatever was asked for
    busy               does not open
    silent             opens, and every read fails
    stale              frames that waited in the queue
    hang               a read that never comes back, whatever the file says later
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from drivers.scanner.controls import EXPOSURE_BY_CAMERA, Knob

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.scanner.frames import Image

INTERVAL_S: Final = 1 / 30
STALE_S: Final = 2.0
_GRAY: Final = 90
_PICTURES: Final = frozenset({".png", ".jpg", ".jpeg"})


class SimulatedCapture:
    """What ``cv2.VideoCapture`` is to a real camera. ``sleep`` and ``monotonic_s`` are its clock."""

    def __init__(
        self,
        device: Path,
        *,
        sleep: Callable[[float], None] = time.sleep,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.asked: list[tuple[int, float]] = []
        """What was set, in order."""
        self.released = False
        self._device = device
        self._sleep = sleep
        self._monotonic_s = monotonic_s
        self._noise = np.random.default_rng(7)
        self._read = 0
        self._last: Image | None = None
        self._taken_s = 0.0

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        """Whether it could be opened."""
        return self._behaviour()[0] not in {"busy", "unplugged"}

    def set(self, prop: int, value: float) -> bool:
        """Remembers what was asked for, and says yes, as drivers do."""
        self.asked.append((prop, value))
        return True

    def get(self, prop: int) -> float:
        """The time of the last frame, in milliseconds; of all else, nothing."""
        return self._taken_s * 1000 if prop == cv2.CAP_PROP_POS_MSEC else 0.0

    def read(self) -> tuple[bool, Any]:
        """The next frame, at 30 a second."""
        word, folder = self._behaviour()
        while word == "hang":
            self._sleep(1.0)
        self._sleep(INTERVAL_S)
        self._taken_s = self._monotonic_s()
        match word:
            case "unplugged" | "busy":
                return False, None
            case "silent":
                return False, self._last  # some drivers leave the last picture where it was
            case "rows":
                return True, np.zeros((1, 4096), np.uint8)
            case "frozen" if self._last is not None:
                return True, self._last
            case "black":
                pixels = self._noise.integers(0, 3, (1080, 1920, 3), np.uint8)
            case "small":
                pixels = self._scene((480, 640))
            case _:
                pixels = self._picture(folder) if folder else self._scene((1080, 1920))
        if word == "stale":
            self._taken_s -= STALE_S
        self._last = pixels
        self._read += 1
        return True, pixels

    def release(self) -> None:
        """Lets go of it."""
        self.released = True

    def _behaviour(self) -> tuple[str, str]:
        try:
            word, _, rest = self._device.read_text(encoding="utf-8").strip().partition(" ")
        except OSError:
            return "unplugged", ""
        return word, rest

    def _scene(self, size: tuple[int, int]) -> Image:
        scene = np.full((*size, 3), _GRAY, np.uint8)
        scene[::4] += self._noise.integers(0, 9, scene[::4].shape, np.uint8)
        return scene

    def _picture(self, folder: str) -> Image:
        found = sorted(each for each in self._device.parent.joinpath(folder).iterdir() if each.suffix in _PICTURES)
        pixels = cv2.imread(str(found[self._read % len(found)]), cv2.IMREAD_COLOR)
        assert pixels is not None
        pixels[:8, :64] = self._noise.integers(0, 255, (8, 64, 3), np.uint8)  # no two are equal
        return pixels


@dataclass(slots=True)
class SimulatedControls:
    """Knobs that turn nothing, and remember how they stand."""

    stand: dict[Knob, int] = field(default_factory=lambda: {Knob.FOCUS_AUTO: 1, Knob.EXPOSURE_AUTO: EXPOSURE_BY_CAMERA})
    closed: bool = False

    def set(self, knob: Knob, value: int) -> bool:
        """Takes it."""
        self.stand[knob] = value
        return True

    def get(self, knob: Knob) -> int | None:
        """How it stands."""
        return self.stand.get(knob)

    def close(self) -> None:
        """Remembers that, too."""
        self.closed = True
