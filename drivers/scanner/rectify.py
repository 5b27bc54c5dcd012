"""Finds where codes stand in a picture and lays them flat: zxing gives up at one degree of skew in a PDF417.

The recipe is gradients, threshold, closing, contour: a code is the one thing on a card whose edges nearly all point
the same way over a whole block. Gradients are taken at full size, where bars are still bars; the rest at half size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from drivers.scanner.sightings import CodeShape, Facts

if TYPE_CHECKING:
    from drivers.scanner.frames import Image

Corners = npt.NDArray[np.float64]
"""4 x 2, x before y, in full-size pixels; the first two end a long side."""

_LEAST_LENGTH_PX: Final = 200
"""A PDF417 of 358 modules shorter than this has bars of half a pixel."""
_ASPECTS: Final = (2.0, 12.0)
_LEAST_FILL: Final = 0.8
"""Of the bounding rectangle: a code fills it, lettering and ornaments do not."""
_STRETCH: Final = (0.7, 1.4)
"""How the fitted sides may differ from the rough ones; beyond, a side was not a side."""
_MOST_BLOCKS: Final = 3
"""A card has two codes, and an edge or a line of print may look like a third; every one costs 5 ms."""

_STRONG_EDGE: Final = 60
_BURNT: Final = 250

_ABOVE_NOISE: Final = 1.6
"""Times the median of the density, which is that of paper and wall: in a dark picture Otsu would cut the noise."""
_SHORTER_THAN_A_CODE: Final = np.ones((7, 21), np.uint8)
"""On the halved picture. The edge of a card is one edge wide; blurred and closed, it is 17 pixels."""

_CORNER_SHARE: Final = 0.12
"""What is left out at the ends of a side when a line is laid through it: closing rounds the corners."""
_SIDE_REACH: Final = 0.25
"""How far from the rough side, in block heights, its contour may stray."""
_LEAST_POINTS: Final = 8

_FLAT_LENGTH_PX: Final = 1400
"""About four pixels a module of a PDF417."""
_MARGIN_PX: Final = 110
"""Paper around the flat code: ten modules of a Code 39, the quiet zone of ISO/IEC 16388."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """Where a frame's codes may be, largest first, and what else it shows."""

    blocks: tuple[Corners, ...]
    facts: Facts


def survey(gray: Image) -> Surveyed:
    """Looks for code-like blocks, lying or standing, within 30 degrees. About 11 ms of CPU at 1920 x 1080."""
    if min(gray.shape) < _LEAST_LENGTH_PX:
        return Surveyed((), Facts(0.0, 0.0, None))
    half = (gray.shape[1] // 2, gray.shape[0] // 2)
    smooth = cv2.GaussianBlur(gray, (3, 3), 0)
    across, down = (
        cv2.resize(cv2.convertScaleAbs(cv2.Sobel(smooth, cv2.CV_16S, *way)), half, interpolation=cv2.INTER_AREA)
        for way in ((1, 0), (0, 1))
    )
    lying = _contours(cv2.subtract(across, down))
    standing = [contour[:, ::-1] for contour in _contours(cv2.transpose(cv2.subtract(down, across)))]
    contours = sorted((*lying, *standing), key=cv2.contourArea, reverse=True)[: 2 * _MOST_BLOCKS]
    blocks = tuple(corners for contour in contours if (corners := _corners(contour)) is not None)[:_MOST_BLOCKS]
    texture = float(np.mean(cv2.max(across, down) > _STRONG_EDGE))
    glare = float(np.mean(gray >= _BURNT))
    shape = _shape(blocks[0]) if blocks else None
    return Surveyed(blocks, Facts(texture, glare, shape))


def flatten(gray: Image, block: Corners) -> Image:
    """The code lying straight, long side across, 1400 pixels long with paper around. About 8 ms of CPU."""
    length, height = _sides(block)
    flat_height = _FLAT_LENGTH_PX * height / length
    left, top = _MARGIN_PX, _MARGIN_PX // 4
    right, bottom = left + _FLAT_LENGTH_PX, top + flat_height
    target = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    matrix = cv2.getPerspectiveTransform(block.astype(np.float32), target)
    size = (_FLAT_LENGTH_PX + 2 * _MARGIN_PX, round(flat_height) + _MARGIN_PX // 2)
    return cv2.warpPerspective(gray, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def same(one: Corners, other: Corners) -> bool:
    """Whether two blocks stand on the same code: their middles are nearer than half its height.

    A code may be found twice, as lying and as standing, with other corners each time.
    """
    return bool(np.hypot(*(one.mean(axis=0) - other.mean(axis=0))) < _sides(other)[1] / 2)


def _contours(edges: Image) -> list[npt.NDArray[Any]]:
    """Outlines, n x 2, of where edges that point one way lie dense."""
    dense = cv2.blur(edges, (15, 5))
    share, _ = cv2.threshold(dense, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    noise = _ABOVE_NOISE * float(np.median(dense[::8, ::8])) + 2
    _, mask = cv2.threshold(dense, max(share, noise), 255, cv2.THRESH_BINARY)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 9), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, _SHORTER_THAN_A_CODE)
    found, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return [contour[:, 0] for contour in found]


def _corners(contour: npt.NDArray[Any]) -> Corners | None:
    """The block's corners, where lines laid through its four sides meet; None if it is no code.

    A bounding rectangle would leave the perspective in, and with it the skew.
    """
    rough: Corners = cv2.boxPoints(cv2.minAreaRect(contour)).astype(np.float64)
    if np.hypot(*(rough[1] - rough[0])) < np.hypot(*(rough[2] - rough[1])):
        rough = np.roll(rough, -1, axis=0)
    length, height = _sides(rough)
    if 2 * length < _LEAST_LENGTH_PX or not _ASPECTS[0] <= length / max(height, 1) <= _ASPECTS[1]:
        return None
    if cv2.contourArea(contour) < _LEAST_FILL * length * height:
        return None
    points = contour.astype(np.float64)
    sides = [_side(points, rough[n], rough[(n + 1) % 4], _SIDE_REACH * height) for n in range(4)]
    lines = [side for side in sides if side is not None]
    if len(lines) < len(sides):
        return None
    met = np.array([_crossing(lines[n - 1], lines[n]) for n in range(4)])
    fits = all(_STRETCH[0] <= new / old <= _STRETCH[1] for new, old in zip(_sides(met), (length, height), strict=True))
    return 2 * met + 0.5 if fits else None


_Line = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""A point and a direction."""


def _side(
    points: npt.NDArray[np.float64], start: npt.NDArray[np.float64], end: npt.NDArray[np.float64], reach: float
) -> _Line | None:
    length = float(np.hypot(*(end - start)))
    along = (end - start) / length
    share = (points - start) @ along / length
    apart = np.abs((points - start) @ np.array([-along[1], along[0]]))
    near = points[(share > _CORNER_SHARE) & (share < 1 - _CORNER_SHARE) & (apart < reach)]
    if len(near) < _LEAST_POINTS:
        return None
    x_along, y_along, x, y = cv2.fitLine(near.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel().tolist()
    return np.array([x, y]), np.array([x_along, y_along])


def _crossing(one: _Line, other: _Line) -> npt.NDArray[np.float64]:
    """Where two lines meet; not finite where they do not."""
    (point, along), (other_point, other_along) = one, other
    turn = along[0] * other_along[1] - along[1] * other_along[0]
    if abs(turn) < 1e-6:  # noqa: PLR2004 parallel
        return np.array([np.inf, np.inf])
    apart = other_point - point
    crossing: npt.NDArray[np.float64] = point + along * (apart[0] * other_along[1] - apart[1] * other_along[0]) / turn
    return crossing


def _sides(block: Corners) -> tuple[float, float]:
    """Mean length of the long and of the short sides."""
    edges = np.hypot(*(np.roll(block, -1, axis=0) - block).T)
    return float(edges[0] + edges[2]) / 2, float(edges[1] + edges[3]) / 2


def _shape(block: Corners) -> CodeShape:
    x, y = block[1] - block[0]
    angle = float(np.degrees(np.arctan2(y, x)))
    return CodeShape(_sides(block)[0], (angle + 45) % 90 - 45)
