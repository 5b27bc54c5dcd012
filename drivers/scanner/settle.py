"""When to stop a camera from hunting for focus and exposure: once a document at the bracket is sharp, hold that.

Autofocus that starts again over every card blurs the frames in which it could be read. Cameras differ in what they do
when told to hold, and some fall back to an old value; so a hold has to prove itself, and is undone if it does not.
Pure: measures and times go in, what to turn comes out.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from drivers.scanner.frames import Image

CALM_S: Final = 0.6
CALM_SPREAD: Final = 0.15
"""Sharpness within this share of its mean for `CALM_S` means that the search is over."""
PROOF_S: Final = 0.5
LEAST_SHARPNESS_KEPT: Final = 0.6
MOST_LIGHT_CHANGE: Final = 0.25
LOST_SHARPNESS: Final = 0.4
LOST_S: Final = 1.5
"""A hold under which whatever is in view stays this blurred is let go: the bracket was moved."""
MOST_TRIES: Final = 3

IN_VIEW_CONTRAST: Final = 20.0


@dataclass(frozen=True, slots=True)
class Measures:
    """Of a picture's middle: ``sharpness`` (variance of the Laplacian), ``light`` 0 to 255, ``contrast`` (spread)."""

    sharpness: float
    light: float
    contrast: float


def measure(pixels: Image) -> Measures:
    """The middle quarter of the picture at half its size. About half a millisecond of CPU at 1920 x 1080."""
    height, width = pixels.shape[:2]
    middle = np.ascontiguousarray(pixels[height // 4 : 3 * height // 4 : 2, width // 4 : 3 * width // 4 : 2, 1])
    if middle.size == 0:
        return Measures(0.0, 0.0, 0.0)
    return Measures(float(cv2.Laplacian(middle, cv2.CV_16S).var()), float(middle.mean()), float(middle.std()))


class Turn(Enum):
    """What to do with the camera's knobs."""

    HOLD = "hold"
    """Focus and exposure stay as they are."""
    FREE_FOCUS = "free focus"
    FREE_EXPOSURE = "free exposure"


class Settling:
    """One camera from its opening on, which starts with focus and exposure free."""

    def __init__(self) -> None:
        self._calm: deque[tuple[float, Measures]] = deque()
        self._held: Measures | None = None
        self._held_s = 0.0
        self._proved = False
        self._blurred_since_s: float | None = None
        self._tries = 0

    @property
    def is_held(self) -> bool:
        """Whether focus is held now, and has proved to be right."""
        return self._held is not None and self._proved

    def step(self, seen: Measures, now_s: float) -> tuple[Turn, ...]:
        """Takes the next frame's measures; what to turn now."""
        if self._held is None:
            return self._seek(seen, now_s) if self._tries < MOST_TRIES else ()
        if not self._proved:
            return self._prove(self._held, seen, now_s)
        return self._keep(self._held, seen, now_s)

    def _seek(self, seen: Measures, now_s: float) -> tuple[Turn, ...]:
        if seen.contrast < IN_VIEW_CONTRAST:
            self._calm.clear()
            return ()
        self._calm.append((now_s, seen))
        while now_s - self._calm[0][0] > CALM_S * 1.5:
            self._calm.popleft()
        values = [each.sharpness for _, each in self._calm]
        spread = (max(values) - min(values)) / max(float(np.mean(values)), 1e-6)
        if now_s - self._calm[0][0] < CALM_S or spread > CALM_SPREAD:
            return ()
        self._held, self._held_s, self._proved, self._tries = seen, now_s, False, self._tries + 1
        self._calm.clear()
        return (Turn.HOLD,)

    def _prove(self, held: Measures, seen: Measures, now_s: float) -> tuple[Turn, ...]:
        if now_s - self._held_s < PROOF_S:
            return ()
        self._proved = True
        if seen.contrast < IN_VIEW_CONTRAST:
            return ()  # taken away meanwhile: nothing speaks against it
        undone: list[Turn] = []
        if abs(seen.light - held.light) > MOST_LIGHT_CHANGE * max(held.light, 1.0):
            undone.append(Turn.FREE_EXPOSURE)
        if seen.sharpness < LEAST_SHARPNESS_KEPT * held.sharpness:
            undone.append(Turn.FREE_FOCUS)
            self._held = None
        return tuple(undone)

    def _keep(self, held: Measures, seen: Measures, now_s: float) -> tuple[Turn, ...]:
        if seen.contrast < IN_VIEW_CONTRAST or seen.sharpness >= LOST_SHARPNESS * held.sharpness:
            self._blurred_since_s = None
            return ()
        if self._blurred_since_s is None:
            self._blurred_since_s = now_s
        if now_s - self._blurred_since_s < LOST_S:
            return ()
        self._held, self._blurred_since_s = None, None
        return (Turn.FREE_FOCUS, Turn.FREE_EXPOSURE)
