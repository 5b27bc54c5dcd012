"""What comes from a camera, or from what stands in for one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy.typing as npt

Image = npt.NDArray[Any]
"""Bytes, though OpenCV's types promise less: height x width (gray), or height x width x 3 (blue, green, red)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture, blue, green, red. ``number`` counts a source's frames from 0, seen or not."""

    pixels: Image = field(repr=False)
    number: int


@dataclass(frozen=True, slots=True)
class NoFrame:
    """Nothing came this time; another read may bring something."""


@dataclass(frozen=True, slots=True)
class Gone:
    """This source gives nothing more: unplugged, busy, missing, or at its end. Open it anew, later."""


Look = Frame | NoFrame | Gone


class Source(Protocol):
    """Where frames come from. Faults are values: nothing here raises."""

    interval_s: float
    """How long a frame of recorded or drawn sources stands, in seconds; 0 for a camera, whose read waits itself."""

    def read(self) -> Look:
        """The next frame. A camera may take its V4L2 time-out (2 s), the others some milliseconds."""
        ...

    def close(self) -> None:
        """Lets the device go; its light goes off."""
        ...
