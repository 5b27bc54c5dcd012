"""Spares the processor while nothing changes: what a still picture did not give, it will hardly give now.

Pure but for the picture: a state, a frame; out come the next state and how to look at the frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from drivers.scanner.frames import Image

STILL_FRAMES: Final = 16
"""After a second's looks at what does not move, it is looked at in full now and then only."""
NOW_AND_THEN: Final = 4
MOVED: Final = 1.5
"""Mean difference in gray levels between two small pictures; noise alone makes a tenth of it, a hand's tremor as much
as this within some frames."""

_SMALL: Final = (48, 27)


@dataclass(frozen=True, slots=True)
class Pace:
    """How a presentation goes on.

    Args:
        turn: The number of the frame; `decode.look` alternates by it.
        still: For how many frames nothing has moved.
        seen: The small picture since which nothing has.
    """

    turn: int = -1
    still: int = 0
    seen: npt.NDArray[Any] | None = field(default=None, repr=False, compare=False)

    @property
    def in_full(self) -> bool:
        """Whether this frame is worth more than a glance."""
        return self.still < STILL_FRAMES or self.still % NOW_AND_THEN == 0


def next_pace(pace: Pace, gray: Image) -> Pace:
    """The pace for the next frame. 0.3 ms of CPU at 1920 x 1080."""
    small = cv2.resize(gray, _SMALL, interpolation=cv2.INTER_AREA)
    if pace.seen is None or float(np.mean(cv2.absdiff(small, pace.seen))) > MOVED:
        return Pace(pace.turn + 1, 0, small)
    return replace(pace, turn=pace.turn + 1, still=pace.still + 1)
