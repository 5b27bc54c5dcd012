"""Draws a DNI's PDF417 anew, every codeword as the one of the 929 that its cell looks most like.

What comes out is a clean symbol for zxing-cpp, whose Reed-Solomon decoder is the judge: a cell that was taken for
another is an error that it corrects or gives up on. Nothing is read here, and the picture, which holds a fingerprint
as the card does, is to be dropped as soon as it has been decoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from drivers.scanner.pdf417.equalise import equalised
from drivers.scanner.pdf417.grid import FLATTEST
from drivers.scanner.pdf417.patterns import (
    CLUSTERS,
    START_WIDTHS,
    STOP_WIDTHS,
    Floats,
    codewords,
    looks,
    modules,
    unit,
)

if TYPE_CHECKING:
    from drivers.scanner.frames import Image
    from drivers.scanner.pdf417.grid import Grid

_MODULE_PX: Final = 2
_ROW_PX: Final = 6
_QUIET_PX: Final = 24

_CLEAR: Final = 0.012
"""Likeness between the best codeword and the next, above which a cell is clear."""
_MOSTLY_CLEAR: Final = 0.85
"""Share of clear cells with which the symbol is drawn as it is seen."""
_HARDLY_CLEAR: Final = 0.4
"""Share of clear cells below which no equalising would help."""


def redrawn(grid: Grid) -> Image | None:
    """The PDF417 that stands on ``grid`` in black on white, upright and straight; None if it is not worth a try.

    5 ms of CPU for a sharp one, 25 ms for one that has to be equalised.
    """
    cells, clearness = _as_seen(grid)
    clear = float(np.mean(clearness >= _CLEAR))
    if clear < _HARDLY_CLEAR:
        return None
    if clear < _MOSTLY_CLEAR:
        cells, _ = equalised(grid, cells, clearness)
    return _drawn(cells)


def _as_seen(grid: Grid) -> tuple[Floats, Floats]:
    """Every cell's best codeword in modules, and how much less like it the next is: rows x columns (x modules)."""
    seen = unit(grid.cells(), FLATTEST)
    best = np.empty((*seen.shape[:2], codewords().shape[2]), np.float32)
    clearness = np.empty(seen.shape[:2], np.float32)
    for cluster, (look, written) in enumerate(zip(looks(grid.blur), codewords(), strict=True)):
        alike = seen[cluster :: len(CLUSTERS)] @ look.T
        first = alike.argmax(axis=2)[:, :, None]
        likeness = np.take_along_axis(alike, first, axis=2)[:, :, 0]
        np.put_along_axis(alike, first, -1.0, axis=2)
        best[cluster :: len(CLUSTERS)] = written[first[:, :, 0]]
        clearness[cluster :: len(CLUSTERS)] = likeness - alike.max(axis=2)
    return best, clearness


def _drawn(cells: Floats) -> Image:
    rows = len(cells)
    left, right = (np.tile(modules(widths), (rows, 1)) for widths in (START_WIDTHS, STOP_WIDTHS))
    lines = np.concatenate([left, cells.reshape(rows, -1), right], axis=1)
    printed = (lines * 255).astype(np.uint8).repeat(_ROW_PX, axis=0).repeat(_MODULE_PX, axis=1)
    return np.pad(printed, _QUIET_PX, constant_values=255)
