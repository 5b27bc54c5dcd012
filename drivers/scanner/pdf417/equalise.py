"""Tells blurred cells apart by what their neighbours say: defocus and a moving hand mix every cell with those around.

As in a modem: from the codewords believed so far, and the picture, follows how the camera mixed them (a kernel of
three rows and fifteen samples, by least squares); from the kernel and the neighbours follows what each cell would look
like for each codeword; the most likely one is believed from then on. Four rounds settle it: where one cell in three
was wrong, one in twenty is, which is what Reed-Solomon can mend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
import numpy.typing as npt

from drivers.scanner.pdf417.patterns import CELL, CELL_MODULES, CLUSTERS, SAMPLES, Floats, codewords

if TYPE_CHECKING:
    from drivers.scanner.pdf417.grid import Grid

ROUNDS: Final = 4

_HALVES: Final = ((0.12, 0.37), (0.63, 0.88))
"""Where the upper and the lower half of a row are looked at: each sees one neighbour more than the other."""
_REACH: Final = 7
"""Samples to either side: a hand that moves by seven pixels, or a defocus of two."""
_ROWS_MIXED: Final = (-1, 0, 1)
_AROUND: Final = (3 * CELL + 1, 5)
"""Over which light and contrast are levelled out."""
_FLATTEST: Final = 2.0
_DOUBTFUL_SHARE: Final = 0.3
_DOUBTFUL_WEIGHT: Final = 0.3
_STIFFNESS: Final = 0.002
_PAPER: Final = 0.5
"""A space; a bar is its negative."""

_Doubles = npt.NDArray[np.float64]


def equalised(grid: Grid, cells: Floats, clearness: Floats) -> tuple[Floats, Floats]:
    """Better ``cells`` (rows x columns x modules, 0 and 1), and how much less likely each next best is.

    About 7 ms of CPU a round for 25 rows.
    """
    seen = _levelled(grid)
    signs = cells - np.float32(0.5)
    for turn in range(ROUNDS):
        kernel, left_over = _mixing(seen, signs, clearness, turn)
        signs, clearness = _decided(kernel, left_over, signs)
    return signs + np.float32(0.5), clearness


def _levelled(grid: Grid) -> Floats:
    """The upper and lower halves of all rows, of mean zero and like contrast everywhere: 2 x rows x samples."""
    halves = np.stack([grid.cells(shares).reshape(grid.rows, -1) for shares in _HALVES])
    mean = cv2.blur(halves.mean(axis=0), _AROUND, borderType=cv2.BORDER_REFLECT)
    apart = halves - mean
    power = cv2.blur((apart**2).mean(axis=0), _AROUND, borderType=cv2.BORDER_REFLECT)
    levelled: Floats = (apart / np.maximum(np.sqrt(power), _FLATTEST)).astype(np.float32)
    return levelled


def _mixing(seen: Floats, signs: Floats, clearness: Floats, turn: int) -> tuple[Floats, Floats]:
    """The kernel (halves x rows mixed x samples) that best explains what was seen, and what it leaves unexplained."""
    rows, width = seen.shape[1:]
    written = np.pad(
        signs.reshape(rows, -1).repeat(SAMPLES, axis=1), ((1, 1), (_REACH, _REACH)), constant_values=_PAPER
    )
    some = turn % 2  # neighbouring samples say nearly the same
    shifted = [
        written[1 + row : 1 + row + rows, _REACH + step + some : _REACH + step + width : 2].ravel()
        for row in _ROWS_MIXED
        for step in range(-_REACH, _REACH + 1)
    ]
    terms = np.stack(shifted)
    clear = clearness > np.quantile(clearness, _DOUBTFUL_SHARE)
    weights = np.where(clear, np.float32(1), np.float32(_DOUBTFUL_WEIGHT)).repeat(CELL // 2, axis=1).ravel()
    weighed = terms * weights
    squares = weighed @ terms.T
    squares[np.diag_indices(len(squares))] += len(weights) * _STIFFNESS
    fit = np.linalg.solve(squares, weighed @ seen[:, :, some::2].reshape(2, -1).T).astype(np.float32)
    kernel = fit.T.reshape(2, len(_ROWS_MIXED), -1)
    explained = [cv2.filter2D(written, -1, half)[1:-1, _REACH:-_REACH] for half in kernel]
    return kernel, seen - np.stack(explained)


def _decided(kernel: Floats, left_over: Floats, signs: Floats) -> tuple[Floats, Floats]:
    """The most likely codeword for every cell, given its neighbours, and by how much.

    Everything is linear in a cell's seventeen modules, so what was seen is reduced to as many numbers first. Means are
    taken out of all: light is never quite level.
    """
    rows, columns, _ = signs.shape
    spread = np.eye(CELL_MODULES, dtype=np.float32).repeat(SAMPLES, axis=0)
    levelling = np.eye(CELL, dtype=np.float32) - np.float32(1 / CELL)
    matched = np.zeros(signs.shape, np.float32)
    overlap = np.zeros((CELL_MODULES, CELL_MODULES), np.float32)
    for half, unexplained in zip(kernel, left_over.reshape(2, rows, columns, CELL), strict=True):
        for row, strengths in zip(_ROWS_MIXED, half, strict=True):
            steps = range(-_REACH, _REACH + 1)
            mixed = sum(np.eye(CELL, k=step, dtype=np.float32) * by for step, by in zip(steps, strengths, strict=True))
            look = (levelling @ mixed @ spread).astype(np.float32)
            overlap += look.T @ look
            into = slice(max(row, 0), rows + min(row, 0))
            out_of = slice(max(-row, 0), rows + min(-row, 0))
            matched[into] += unexplained[out_of] @ look
    wanted = matched + signs @ overlap
    best, clearness = np.empty_like(signs), np.empty((rows, columns), np.float32)
    for cluster, written in enumerate(codewords() - np.float32(0.5)):
        likely = wanted[cluster :: len(CLUSTERS)] @ written.T - ((written @ overlap) * written).sum(axis=1) / 2
        first = likely.argmax(axis=2)[:, :, None]
        likeliest = np.take_along_axis(likely, first, axis=2)[:, :, 0]
        np.put_along_axis(likely, first, -np.inf, axis=2)
        best[cluster :: len(CLUSTERS)] = written[first[:, :, 0]]
        clearness[cluster :: len(CLUSTERS)] = likeliest - likely.max(axis=2)
    return best, clearness
