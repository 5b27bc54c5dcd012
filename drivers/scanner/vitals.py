"""Whether a live camera's pictures are alive. A camera that hangs may go on handing out its last picture.

Two live pictures are never equal: the sensor's noise alone sees to that. A covered lens or a dead sensor gives black.
For recorded and drawn sources none of this holds; only `v4l2` asks.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

import numpy as np

from drivers.scanner.frames import Why

if TYPE_CHECKING:
    from drivers.scanner.frames import Image

DEAD_S: Final = 2.0
"""How long equal or black pictures are put up with."""
BLACK_MEAN: Final = 3.0
"""Of 255: below it there is no picture, only the noise of a sensor without light."""
STALE_S: Final = 0.5
"""How much longer than the quickest frame another may have been under way; beyond, it is one from the queue."""

_ROWS: Final = 8
"""Every eighth row is compared: 0.4 ms of CPU at 1920 x 1080."""


class Vitals:
    """Follows one camera from its opening on. Times are seconds of a clock that never jumps."""

    def __init__(self) -> None:
        self._mark: int | None = None
        self._equal_since_s = 0.0
        self._still = False
        self._black_since_s: float | None = None

    @property
    def is_still(self) -> bool:
        """Whether the last picture equals the one before."""
        return self._still

    def look(self, pixels: Image, now_s: float) -> Why | None:
        """Takes the next picture; FROZEN or BLACK once that lasted longer than `DEAD_S`, else None."""
        rows = np.ascontiguousarray(pixels[::_ROWS])
        mark = zlib.crc32(rows.data)
        self._still = mark == self._mark
        if not self._still:
            self._mark, self._equal_since_s = mark, now_s
        if not is_black(pixels):
            self._black_since_s = None
        elif self._black_since_s is None:
            self._black_since_s = now_s
        if self._black_since_s is not None and now_s - self._black_since_s > DEAD_S:
            return Why.BLACK
        return Why.FROZEN if now_s - self._equal_since_s > DEAD_S else None


class Delay:
    """Tells frames that waited in the driver's queue from fresh ones, by the time the driver wrote on them."""

    def __init__(self) -> None:
        self._least_s: float | None = None

    def is_stale(self, taken_s: float, now_s: float) -> bool:
        """Whether a frame taken at ``taken_s`` of the driver's clock is old at ``now_s`` of ours.

        The two clocks may begin anywhere. A driver that writes no times (0) is believed.
        """
        if taken_s <= 0:
            return False
        delay_s = now_s - taken_s
        self._least_s = delay_s if self._least_s is None else min(self._least_s, delay_s)
        return delay_s - self._least_s > STALE_S


def is_black(pixels: Image) -> bool:
    """Whether there is nothing to see in a picture."""
    return float(np.mean(pixels[::_ROWS, ::_ROWS])) < BLACK_MEAN
