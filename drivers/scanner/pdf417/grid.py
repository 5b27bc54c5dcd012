"""Finds where each cell of a DNI's PDF417 stands, to a fraction of a module.

Three things are certain whatever the code says, and each gives one part of the grid: the start and stop patterns at
the ends of every row (the symbol's corners), the boundary between cells, a space and then a bar (what is bent in
between), and the turn of the clusters 0, 3, 6 from row to row (where rows begin, and how many there are).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from drivers.scanner.pdf417.patterns import (
    BLURS,
    CELL,
    CLUSTERS,
    NEIGHBOURS,
    SAMPLES,
    STOP_WIDTHS,
    Floats,
    boundary,
    gist,
    start,
    stop,
    unit,
)

if TYPE_CHECKING:
    from drivers.scanner.frames import Image
    from drivers.scanner.rectify import Corners

_Doubles = npt.NDArray[np.float64]

DATA_COLUMNS: Final = 17
"""Of a DNI (measured on published cards)."""
COLUMNS: Final = DATA_COLUMNS + 2
"""With the row indicators."""
MODULES: Final = 358
"""Across, from the start pattern's first bar to the stop pattern's last."""
ROWS: Final = range(20, 41)
FLATTEST: Final = 4.0
"""Length of a cell's contrast, in gray levels, below which it is paper."""

_WIDTH: Final = MODULES * SAMPLES
_HEIGHT: Final = 96
_SIDE: Final = 110
"""Around the flat block, in samples: a contour that has run into the card's edge is found again within this."""
_TOP: Final = 24
_MIDDLE: Final = _TOP + _HEIGHT / 2

_STOP: Final = sum(STOP_WIDTHS) * SAMPLES
_SIDE_SLACK: Final = 20
"""Lines that the block's long sides may be off."""

_STRIPS: Final = 12
_END_BLURS: Final = (BLURS[0], BLURS[2])
_SCALES: Final = (0.86, 0.93, 1.0, 1.06)
_REACH: Final = 0.2
"""How far inside the block its end is looked for, as a share of its length."""
_ASTRAY: Final = 3.0
"""Samples that a strip's end may be off the line through the others."""
_LEAST_STRIPS: Final = 5
_ENDS_LEAST: Final = 0.6
"""Median likeness of the strips to start and stop, each."""

_MIDDLE_BLUR: Final = BLURS[1]
_FINE_SCALES: Final = (0.97, 1.0, 1.03)
_FINE_REACH: Final = 0.05

_BANDS: Final = 4
_BOUNDARY_LEAST: Final = 0.25
_BOUNDARY_REACHES: Final = (7, 4, 3)
"""Samples to either side, one pass after the other."""

_OUTLYING: Final = 0.7
"""Samples from the fit at which a column counts half."""

_ROW_COLUMNS: Final = ((1, 4), (8, 11), (14, 17))
"""Left, middle, right: enough cells to tell a row's cluster, and how the rows lean."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the cells are in ``flat``, a symbol laid about straight.

    Args:
        flat: Gray, lines x samples.
        bend: How far each column has to be moved, by `_terms` of column and line.
        rows: How many.
        top: The line on which the first row begins, column by column.
        bottom: The line on which the last row ends, column by column.
        blur: Of `patterns.BLURS`, what suits this picture best.
    """

    flat: Floats
    bend: _Doubles
    rows: int
    top: _Doubles
    bottom: _Doubles
    blur: float

    def cells(self, shares: tuple[float, ...] = (0.24, 0.5, 0.76)) -> Floats:
        """All cells, averaged over these shares of a row's height: rows x columns x samples."""
        height = (self.bottom - self.top) / self.rows
        rows = (np.arange(self.rows)[:, None] + np.array(shares)).reshape(-1, 1)
        seen = _sampled(self.flat, self.top + height * rows - 0.5, np.arange(COLUMNS), self.bend)
        cells: Floats = seen.reshape(self.rows, len(shares), COLUMNS, CELL).mean(axis=1)
        return cells


def find_grid(gray: Image, block: Corners) -> Grid | None:
    """The grid of the PDF417 in ``block``, either way up; None if it is none. 2 ms of CPU if not, 15 ms if so."""
    rough = _ends_found(gray, (block, np.roll(block, 2, axis=0)), _SCALES, _REACH)
    corners = None if rough is None else _ends_found(gray, (rough,), _FINE_SCALES, _FINE_REACH)
    if corners is None:
        return None
    flat = _laid_flat(gray, corners)[0].astype(np.float32)
    bend = _bend(flat)
    if bend is None:
        return None
    blur = _blur(flat, bend)
    rows, top, bottom = _rows(flat, bend, blur)
    return Grid(flat, bend, rows, top, bottom, blur)


# --- corners ----------------------------------------------------------------------------------------------------


def _laid_flat(gray: Image, corners: Corners) -> tuple[Image, _Doubles]:
    left, top = _SIDE - 0.5, _TOP - 0.5
    right, bottom = left + _WIDTH, top + _HEIGHT
    target = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    size = (_WIDTH + 2 * _SIDE, _HEIGHT + 2 * _TOP)
    return cv2.warpPerspective(gray, matrix, size, borderMode=cv2.BORDER_REPLICATE), matrix.astype(np.float64)


def _ends_found(gray: Image, ways: tuple[Corners, ...], scales: tuple[float, ...], reach: float) -> Corners | None:
    """The corners moved to where start and stop patterns stand, the way that has the start on the left."""
    best = max((_both_ends(gray, corners, scales, reach) for corners in ways), key=lambda ends: ends.likeness)
    left, right = _line(*best.left), _line(*best.right)
    if best.likeness < _ENDS_LEAST or left is None or right is None:
        return None
    tops, bottoms = zip(_bar(best.flat, left, 0, -1), _bar(best.flat, right, -_STOP, 1), strict=True)
    ends = [
        (left[0] + left[1] * tops[0], tops[0]),
        (right[0] + right[1] * tops[1], tops[1]),
        (right[0] + right[1] * bottoms[1], bottoms[1]),
        (left[0] + left[1] * bottoms[0], bottoms[0]),
    ]
    back = np.linalg.inv(best.matrix)
    found: Corners = cv2.perspectiveTransform(np.array([ends]) - 0.5, back)[0].astype(np.float64)
    return found


@dataclass(frozen=True, slots=True)
class _Ends:
    """Where start and stop seem to be on a flat block: for every strip its place and likeness."""

    likeness: float
    left: tuple[_Doubles, _Doubles]
    right: tuple[_Doubles, _Doubles]
    flat: Image
    matrix: _Doubles


def _both_ends(gray: Image, corners: Corners, scales: tuple[float, ...], reach: float) -> _Ends:
    flat, matrix = _laid_flat(gray, corners)
    strips = flat[_TOP : _TOP + _HEIGHT].astype(np.float32).reshape(_STRIPS, -1, flat.shape[1]).mean(axis=1)
    found = []
    for scale, blur in itertools.product(scales, _END_BLURS):
        left = _ends(strips, start(blur), scale, reach)
        from_right, likeness = _ends(strips[:, ::-1], stop(blur)[::-1], scale, reach)
        worse = min(float(np.median(left[1])), float(np.median(likeness)))
        found.append(_Ends(worse, left, (flat.shape[1] - from_right, likeness), flat, matrix))
    return max(found, key=lambda ends: ends.likeness)


def _ends(strips: Floats, pattern: Floats, scale: float, reach: float) -> tuple[_Doubles, _Doubles]:
    """Where the pattern begins in every strip, from the left, and how alike it is there."""
    scaled = cv2.resize(pattern[None], (round(len(pattern) * scale), 1), interpolation=cv2.INTER_AREA)
    searched = np.ascontiguousarray(strips[:, : round(_SIDE + reach * _WIDTH) + scaled.shape[1]])
    likeness = cv2.matchTemplate(searched, scaled, cv2.TM_CCOEFF_NORMED)
    at = likeness.argmax(axis=1)
    return at.astype(np.float64), np.clip(likeness[np.arange(len(at)), at], 0, 1).astype(np.float64)


def _line(at: _Doubles, likeness: _Doubles) -> tuple[float, float] | None:
    """The line on which most strips' ends stand: where it crosses line 0, and how far it moves a line."""
    lines = (np.arange(_STRIPS) + 0.5) * _HEIGHT / _STRIPS + _TOP
    one, other = np.triu_indices(_STRIPS, 3)
    lean = (at[other] - at[one]) / (lines[other] - lines[one])
    apart = np.abs(at[one, None] + lean[:, None] * (lines - lines[one, None]) - at)
    near = apart < _ASTRAY
    best = near[int((near * likeness).sum(axis=1).argmax())]
    if best.sum() < _LEAST_STRIPS:
        return None
    slope, crossing = np.polyfit(lines[best], at[best], 1, w=likeness[best] + 1e-3)
    return float(crossing), float(slope)


def _bar(flat: Image, end: tuple[float, float], first: int, outwards: int) -> tuple[float, float]:
    """Where the broad bar of an end begins and ends, downwards; the block's own sides where that cannot be seen.

    The bar begins ``first`` samples from the end's line and is seven modules broad at least; paper is ``outwards``.
    """
    lines = np.arange(flat.shape[0])
    at = np.round(end[0] + end[1] * lines).astype(np.intp)[:, None]
    bar = flat[lines[:, None], np.clip(at + first + np.arange(3, 12), 0, flat.shape[1] - 1)].mean(axis=1)
    paper = flat[lines[:, None], np.clip(at + outwards * np.arange(4, 12), 0, flat.shape[1] - 1)].mean(axis=1)
    inside = slice(_TOP + _HEIGHT // 4, _TOP + 3 * _HEIGHT // 4)
    half = (float(np.median(bar[inside])) + float(np.median(paper[inside]))) / 2
    middle = int(_MIDDLE)
    above, below = np.flatnonzero(bar[:middle] > half), np.flatnonzero(bar[middle:] > half)
    top = float(above[-1]) + 1 if len(above) else float(_TOP)
    bottom = float(below[0]) + middle if len(below) else float(_TOP + _HEIGHT)
    return (
        top if abs(top - _TOP) <= _SIDE_SLACK else float(_TOP),
        bottom if abs(bottom - _TOP - _HEIGHT) <= _SIDE_SLACK else float(_TOP + _HEIGHT),
    )


# --- columns ----------------------------------------------------------------------------------------------------


def _terms(column: npt.NDArray[Any], line: npt.NDArray[Any]) -> _Doubles:
    across = (np.asarray(column, np.float64) - COLUMNS // 2) / (COLUMNS // 2)
    down = (np.asarray(line, np.float64) - _TOP - _HEIGHT / 2) / (_HEIGHT / 2)
    across, down = np.broadcast_arrays(across, down)
    terms: _Doubles = np.stack(
        [np.ones_like(across), across, down, across * down, across**2, across**2 * down], axis=-1
    )
    return terms


def _sampled(flat: Floats, lines: _Doubles, columns: npt.NDArray[Any], bend: _Doubles, *, around: int = 0) -> Floats:
    """Cells of ``columns`` at ``lines`` (n x columns): n x columns x samples, ``around`` more at either side."""
    lines = np.clip(np.broadcast_to(lines, (len(lines), len(columns))), 0, flat.shape[0] - 1.001)
    first = _SIDE + CELL + CELL * columns + _terms(columns, lines) @ bend
    at = np.clip(first[:, :, None] + np.arange(-around, CELL + around), 0, flat.shape[1] - 1.001)
    left, above = at.astype(np.intp), lines.astype(np.intp)[:, :, None]
    share, lower = (at - left).astype(np.float32), (lines[:, :, None] - above).astype(np.float32)
    upper = flat[above, left] * (1 - share) + flat[above, left + 1] * share
    if lower.any():
        below = flat[above + 1, left] * (1 - share) + flat[above + 1, left + 1] * share
        upper = upper * (1 - lower) + below * lower
    sampled: Floats = upper
    return sampled


def _bend(flat: Floats) -> _Doubles | None:
    """How the columns of cells are moved from where the corners put them; None if there are no such columns."""
    bend, columns = np.zeros(6), np.arange(COLUMNS)
    look = boundary(_MIDDLE_BLUR)[None]
    height = _HEIGHT // _BANDS
    likeness: _Doubles = np.zeros(0)
    for reach in _BOUNDARY_REACHES:
        terms, moved, weights = [], [], []
        for band in range(_BANDS):
            lines = _TOP + height * band + np.arange(0.0, height, 2)[:, None]
            profiles = _sampled(flat, lines, columns, bend, around=NEIGHBOURS * SAMPLES + reach).mean(axis=0)
            alike = cv2.matchTemplate(profiles, look, cv2.TM_CCOEFF_NORMED).astype(np.float64)
            at = np.clip(alike.argmax(axis=1), 1, 2 * reach - 1)
            before, here, after = (alike[columns, at + step] for step in (-1, 0, 1))
            bow = np.minimum(before - 2 * here + after, -1e-6)
            terms.append(_terms(columns, np.full(COLUMNS, lines.mean())))
            moved.append(at + np.clip((before - after) / (2 * bow), -1, 1) - reach)
            weights.append(np.clip(here, 0, 1) ** 2)
        likeness = np.concatenate(weights).astype(np.float64)
        bend = bend + _robust_fit(np.concatenate(terms), np.concatenate(moved), likeness)
    return bend if np.sqrt(likeness).mean() >= _BOUNDARY_LEAST else None


def _robust_fit(terms: _Doubles, moved: _Doubles, weights: _Doubles) -> _Doubles:
    used = weights
    fit: npt.NDArray[Any] = np.zeros(terms.shape[1])
    for _ in range(5):
        fit = np.linalg.lstsq(terms * used[:, None], moved * used, rcond=None)[0]
        used = weights / (1 + ((moved - terms @ fit) / _OUTLYING) ** 2)
    return fit


# --- rows -------------------------------------------------------------------------------------------------------


def _blur(flat: Floats, bend: _Doubles) -> float:
    lines = _TOP + _HEIGHT * np.array([0.2, 0.4, 0.6, 0.8])[:, None].round()
    cells = unit(_sampled(flat, lines, np.arange(0, COLUMNS, 3), bend).reshape(-1, CELL), FLATTEST)

    def suits(blur: float) -> float:
        directions, codes = gist(blur)
        return float(((cells @ directions) @ codes.T).max(axis=1).mean())

    return max(BLURS, key=suits)


def _rows(flat: Floats, bend: _Doubles, blur: float) -> tuple[int, _Doubles, _Doubles]:
    """How many rows there are, and for each column the lines where the first begins and the last ends.

    From row to row the likeness to the three clusters goes round like the hand of a clock, once in three rows: its
    speed is the height of a row, and where it points to the first cluster there is a row that may be the first.
    """
    columns = np.unique(_ROW_COLUMNS)
    lines = np.arange(float(flat.shape[0]))
    directions, codes = gist(blur)
    cells = unit(_sampled(flat, lines[:, None], columns, bend), FLATTEST) @ directions
    alike = (cells.reshape(-1, codes.shape[1]) @ codes.T).reshape(len(lines), len(columns), len(CLUSTERS), -1)
    hands = alike.max(axis=3).astype(np.float64) @ np.exp(2j * np.pi * np.arange(len(CLUSTERS)) / len(CLUSTERS))
    from_middle = lines + 0.5 - _MIDDLE
    heights = _HEIGHT / np.arange(ROWS.start - 2, ROWS.stop + 2, 0.2)
    height = heights[np.abs(_turned(hands.mean(axis=1), from_middle, heights)).argmax()]
    middles, begins, talls, weights = [], [], [], []
    for group in _ROW_COLUMNS:
        near = height * np.linspace(0.96, 1.04, 41)
        turned = _turned(hands[:, np.isin(columns, group)].mean(axis=1), from_middle, near)
        best = int(np.abs(turned).argmax())
        turn = -np.angle(turned[best]) / (2 * np.pi) * len(CLUSTERS)  # rows from the middle to a first cluster's middle
        middles.append(float(np.mean(group)))
        begins.append(turn)
        talls.append(near[best])
        weights.append(abs(turned[best]) + 1e-6)
    turns = np.unwrap(begins, period=len(CLUSTERS))
    every = np.arange(COLUMNS)
    turn_line, tall_line = (
        np.polyval(np.polyfit(middles, values, 1, w=weights), every) for values in (turns, np.array(talls))
    )
    whole = len(CLUSTERS) * round(float((_MIDDLE - _TOP) / height + turns[1] - 0.5) / len(CLUSTERS))
    top = _MIDDLE + tall_line * (turn_line - 0.5 - whole)
    rows = round(float(np.mean((_TOP + _HEIGHT - top) / tall_line)))
    rows = min(max(rows, ROWS.start), ROWS.stop - 1)
    return rows, top, top + tall_line * rows


def _turned(hand: npt.NDArray[np.complex128], lines: _Doubles, heights: _Doubles) -> npt.NDArray[np.complex128]:
    """The hand's mean when it is turned back by a third of a round a row, for every height of a row."""
    turned: npt.NDArray[np.complex128] = np.exp(-2j * np.pi / len(CLUSTERS) * lines / heights[:, None]) @ hand
    return turned
