"""The thumb of whoever holds a document: seldom in the way, and then where it hides something.

Chosen: most people hold a card by its short sides; a thumb is 15 to 19 mm wide and lies 4 to 11 mm deep on the face.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from drivers.scanner.frames import Image

MARGIN_MM: Final = 70.0
"""How much of the hand is drawn beside the sheet."""

_LEFT, _RIGHT = 0.4, 0.8
"""Up to here of the lot it is held at the left, from there on at the right, beyond at the lower edge."""


def laid_on(gray: Image, mask: Image, px_per_mm: float, lot: npt.NDArray[np.float64]) -> tuple[Image, Image]:
    """A sheet with a thumb on it, both enlarged by the margin on all sides. ``lot`` is four numbers, 0 to 1."""
    margin = round(MARGIN_MM * px_per_mm)
    gray = cv2.copyMakeBorder(gray, *(margin,) * 4, cv2.BORDER_REPLICATE)
    mask = cv2.copyMakeBorder(mask, *(margin,) * 4, cv2.BORDER_CONSTANT, value=0)
    height, width = gray.shape
    edge, along, deep, wide = lot
    half = (7.5 + 2 * wide) * px_per_mm
    depth = margin + (4 + 7 * deep) * px_per_mm
    turns = 1 if edge < _LEFT else 3 if edge < _RIGHT else 2  # of the picture, so that the thumb comes from above
    across = height if turns % 2 else width
    at = margin + (0.12 + 0.76 * along) * (across - 2 * margin)
    turned, shape = (np.ascontiguousarray(np.rot90(each, -turns)) for each in (gray, mask))
    _draw(turned, shape, (at, depth), half)
    return np.ascontiguousarray(np.rot90(turned, turns)), np.ascontiguousarray(np.rot90(shape, turns))


def _draw(gray: Image, mask: Image, tip: tuple[float, float], half: float) -> None:
    """A finger from the upper edge down to ``tip``, ``half`` as wide: round, darker at its sides, with a nail."""
    x, depth = tip
    left, right, bottom = round(x - half), round(x + half), round(depth)
    left, right = max(0, left), min(gray.shape[1], right)
    columns, rows = np.meshgrid(np.arange(left, right) - x, np.arange(bottom))
    below = np.clip(rows - (depth - 1.2 * half), 0, None) / 1.2
    away = np.hypot(columns, below) / half
    skin = 168 * np.sqrt(np.clip(1.12 - away**2, 0.12, 1)) + 2 * np.sin(rows / half * 9)
    nail = (np.abs(columns) < 0.55 * half) & (np.abs(rows - (depth - 0.85 * half)) < 0.5 * half)
    skin = cv2.GaussianBlur((skin + 22 * nail).astype(np.float32), (0, 0), half * 0.06)
    inside = away <= 1
    shadow = slice(0, min(bottom + round(half * 0.2), gray.shape[0]))
    gray[shadow, left:right] = (gray[shadow, left:right] * 0.97).astype(np.uint8)
    gray[:bottom, left:right][inside] = skin.clip(0, 255).astype(np.uint8)[inside]
    mask[:bottom, left:right][inside] = 255
