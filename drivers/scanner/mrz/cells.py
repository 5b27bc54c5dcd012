"""Cuts the characters of a zone out of a picture, each into a small cell of its own.

A zone's plane is measured in character pitches (2.54 mm): x from the left edge of the first column, y from the middle
of the first line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from drivers.scanner.frames import Image

Matrix = npt.NDArray[np.float64]
"""3 x 3, from a zone's plane to a picture's pixels."""

CELL_HEIGHT: Final = 24
CELL_WIDTH: Final = 16
PITCH_PX: Final = 14
"""Width of a column in a cell's pixels: a little of the neighbours shows at either side, and tells how it leans."""
HEIGHT_PX: Final = 16
"""A pitch in a cell's pixels from top to bottom."""

_SMOOTHER: Final = 0.4
"""Blur before shrinking, in pixels for each doubling."""
_FAINT: Final = 2.0
"""Added to a cell's contrast, so that a blank one does not become a picture of its noise."""


def cut(gray: Image, to_picture: Matrix, middles: npt.ArrayLike, columns: int) -> npt.NDArray[np.float32]:
    """The cells of lines whose middles lie at ``middles``: lines * columns x 384, each of mean 0 and deviation 1."""
    strips = np.stack([_strip(gray, to_picture, float(middle), columns) for middle in np.asarray(middles)])
    margin = (CELL_WIDTH - PITCH_PX) // 2
    starts = np.arange(columns) * PITCH_PX
    windows = np.lib.stride_tricks.sliding_window_view(strips, CELL_WIDTH, axis=2)[:, :, starts]
    assert margin * 2 + PITCH_PX == CELL_WIDTH
    cells = windows.transpose(0, 2, 1, 3).reshape(-1, CELL_HEIGHT * CELL_WIDTH).astype(np.float32)
    cells -= cells.mean(axis=1, keepdims=True)
    cells /= cells.std(axis=1, keepdims=True) + _FAINT
    return cells


def pitch_px(to_picture: Matrix, x: float, y: float) -> float:
    """How many pixels a pitch spans along the line at a place of the plane."""
    ends = cv2.perspectiveTransform(np.array([[[x - 0.5, y], [x + 0.5, y]]]), to_picture)[0]
    return float(np.hypot(*(ends[1] - ends[0])))


def smoothed(gray: Image, pitch: float) -> Image:
    """``gray`` ready to be cut from where a pitch spans so many pixels: shrinking must not alias."""
    shrink = pitch / PITCH_PX
    sigma = _SMOOTHER * float(np.log2(max(shrink, 1.0)))
    return cv2.GaussianBlur(gray, (0, 0), sigma) if sigma > 0.2 else gray  # noqa: PLR2004 nothing to see below


def _strip(gray: Image, to_picture: Matrix, middle: float, columns: int) -> Any:
    margin = (CELL_WIDTH - PITCH_PX) / 2
    to_plane = np.array(
        [
            [1 / PITCH_PX, 0, (0.5 - margin) / PITCH_PX],
            [0, 1 / HEIGHT_PX, middle + (0.5 - CELL_HEIGHT / 2) / HEIGHT_PX],
            [0, 0, 1],
        ]
    )
    size = (columns * PITCH_PX + CELL_WIDTH - PITCH_PX, CELL_HEIGHT)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpPerspective(gray, to_picture @ to_plane, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
