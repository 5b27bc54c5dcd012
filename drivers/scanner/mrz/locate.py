"""Finds where in a picture a zone may stand: long, straight blocks of dark strokes on something lighter.

Ink is measured as a share of the paper around it, so that dim and bright scenes have the same thresholds. What a block
is made of is not asked here; it has to be cheap to find that there is none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drivers.scanner.frames import Image

SMALL_WIDTH: Final = 640
"""A character of 2.54 mm is five to ten pixels wide in a picture of this width, at 22 to 12 cm."""

_STROKE: Final = 7
"""What is wider than this, on the small picture, is no stroke of a character."""
_DARKNESS: Final = 24
"""Added to the paper's gray level: in the dark, noise is no ink."""
_DARKER: Final = 80
"""The same where blocks are sought: behind a dim card lies a dark room, all noise."""
_GRAIN: Final = 9
"""Width over which ink is averaged: characters of a line run together, lines do not."""
_SHARES: Final = (14, 24)
"""How much ink there (share of the paper, of 255) makes a block."""
_LINE: Final = 31
_LINE_TILTS_DEG: Final = (-16, 0, 16)
"""A straight piece of a line of so many pixels. Nothing shorter is left between lines: the edge of a thumb or of the
card would make one shapeless block of all that it touches. Where the card is turned further, they are left as seen."""

_LEAST_LENGTH: Final = 95
"""Of a block on the small picture: three pixels a character."""
_LEAST_ASPECT: Final = 4.0
_MOST_TILT_DEG: Final = 50.0
_MOST: Final = 4
"""Two edges of a thumb and a heading may all be more like lines than the lines."""


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle in full-size pixels: its middle, its long and its short side, and the angle of the long one."""

    x: float
    y: float
    length: float
    height: float
    angle_deg: float


def ink(gray: Image, stroke: int, darkness: int = _DARKNESS) -> Image:
    """How much darker than the paper around it each pixel is, as a share of 255; strokes up to ``stroke`` wide."""
    paper = cv2.morphologyEx(gray, cv2.MORPH_CLOSE, np.ones((stroke, stroke), np.uint8))
    return cv2.divide(cv2.subtract(paper, gray), cv2.convertScaleAbs(paper, alpha=1, beta=darkness), scale=255)


def blocks(gray: Image) -> tuple[Block, ...]:
    """The most promising blocks, none twice, best first. About 5 ms of CPU at 1920 x 1080."""
    shrink = gray.shape[1] / SMALL_WIDTH
    size = (SMALL_WIDTH, round(gray.shape[0] / shrink))
    strokes = ink(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), _STROKE, _DARKER)
    found = [block for mask in _masks(cv2.blur(strokes, (_GRAIN, _GRAIN))) for block in _blocks(mask, shrink)]
    kept: list[Block] = []
    for block in sorted(found, key=lambda block: _promise(block, found), reverse=True):
        if len(kept) < _MOST and not any(_same(block, other) for other in kept):
            kept.append(block)
    return tuple(kept)


def _masks(mean: Image) -> Iterator[Image]:
    """Where there is ink enough, as it is and without all that is no line."""
    for share in _SHARES:
        _, mask = cv2.threshold(mean, share, 255, cv2.THRESH_BINARY)
        yield mask
        for tilt in _LINE_TILTS_DEG:
            yield cv2.morphologyEx(mask, cv2.MORPH_OPEN, _line(tilt))


@cache
def _line(tilt_deg: float) -> Image:
    """A stroke, a pixel wide, `_LINE` long."""
    across, down = (_LINE * way(math.radians(tilt_deg)) / 2 for way in (math.cos, math.sin))
    half = round(across), round(abs(down))
    stroke = np.zeros((2 * half[1] + 1, 2 * half[0] + 1), np.uint8)
    rise = half[1] if tilt_deg >= 0 else -half[1]
    cv2.line(stroke, (0, half[1] - rise), (2 * half[0], half[1] + rise), 1)
    return stroke


def _promise(block: Block, found: list[Block]) -> float:
    return block.length**2 * sum(_alike(block, other) for other in found)


def _blocks(mask: Image, shrink: float) -> list[Block]:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    shaped = (_block(contour, shrink) for contour in contours if _is_long(contour))
    return [block for block in shaped if block is not None]


def _is_long(contour: Any) -> bool:
    _, _, width, height = cv2.boundingRect(contour)
    return bool(np.hypot(width, height) >= _LEAST_LENGTH)


def _block(contour: Any, shrink: float) -> Block | None:
    (x, y), sides, angle = cv2.minAreaRect(contour)
    length, height, angle = (*sides, angle) if sides[0] >= sides[1] else (sides[1], sides[0], angle - 90)
    angle = (angle + 90) % 180 - 90
    length, height = length - _GRAIN + 1, max(height - _GRAIN + 1, 1)
    if length < _LEAST_LENGTH or length < _LEAST_ASPECT * height or abs(angle) > _MOST_TILT_DEG:
        return None
    return Block((x + 0.5) * shrink - 0.5, (y + 0.5) * shrink - 0.5, length * shrink, height * shrink, angle)


def _alike(one: Block, other: Block) -> bool:
    """Whether two may be lines of the same zone, or the same line seen twice: of one length, and side by side.

    A zone has two or three such lines, and each may be seen in every mask; a heading stands alone.
    """
    along, apart = _away(one, other)
    beside = abs(along) < 0.1 * other.length and abs(apart) < 0.4 * other.length
    return beside and _parallel(one, other) and 0.88 < one.length / other.length < 1.14  # noqa: PLR2004


def _same(one: Block, other: Block) -> bool:
    """Whether what surrounds one block shows the other as well."""
    near = max(map(abs, _away(one, other))) < 0.2 * other.length
    return near and _parallel(one, other) and 0.7 < one.length / other.length < 1.3  # noqa: PLR2004


def _away(one: Block, other: Block) -> tuple[float, float]:
    """From the other's middle to the one's: along the other, and off its line."""
    turn = math.radians(other.angle_deg)
    x, y = one.x - other.x, one.y - other.y
    return x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)


def _parallel(one: Block, other: Block) -> bool:
    return abs((one.angle_deg - other.angle_deg + 90) % 180 - 90) < 8  # noqa: PLR2004 perspective turns lines a little
