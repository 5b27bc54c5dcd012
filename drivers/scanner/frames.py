"""What comes from a camera, or from what stands in for one."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
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


class Why(Enum):
    """Why there are no pictures; for the log and the doctor, since a visitor needs the keypad in every case."""

    MISSING = "missing"
    """Not there: unplugged, no such file, or at its end."""
    DENIED = "denied"
    BUSY = "busy"
    """There, but it does not open or gives no first picture: another program has it, or it is no camera."""
    WRONG_FORMAT = "wrong_format"
    """What comes are no pictures, or not of the size they began with."""
    SILENT = "silent"
    """It was giving pictures and fails to."""
    FROZEN = "frozen"
    BLACK = "black"


@dataclass(frozen=True, slots=True)
class Gone:
    """This source gives nothing more. Open it anew, later."""

    why: Why = Why.MISSING


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
