"""Moves a zone's plane until columns and lines lie where the characters are, all along the zone.

Each stretch of a few columns says how far it is off: sideways by the phase of its beat, up and down by where a band of
a character's height holds the most ink. The plane follows them all at once, the clear ones more than the faint.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
import numpy.typing as npt

from drivers.scanner.mrz.cells import HEIGHT_PX, PITCH_PX
from drivers.scanner.mrz.locate import ink

if TYPE_CHECKING:
    from drivers.scanner.frames import Image
    from drivers.scanner.mrz.cells import Matrix
    from drivers.scanner.mrz.straighten import Fit

Floats = npt.NDArray[np.float64]

_STRETCH: Final = 5
"""Columns that are looked at together; both layouts have about so many times six or nine."""
_HALF_ROWS: Final = 14
_REACH: Final = 6
"""How far up or down a stretch may be off, in rows of a strip."""
_STROKE: Final = 9
_STIFFNESS: Final = (0.02, 0.02, 0.1, 0.02, 0.02, 0.1, 10.0, 30.0)
"""How much each way of bending the plane has to be wanted by the stretches: shift, scale, lean, perspective."""


def refined(gray: Image, fit: Fit, rounds: int = 2) -> Fit:
    """The fit with its plane moved. About 1 ms of CPU a round."""
    for _ in range(rounds):
        fit = replace(fit, to_picture=fit.to_picture @ _correction(gray, fit))
    return fit


def _correction(gray: Image, fit: Fit) -> Matrix:
    columns = fit.layout.columns
    places, offs, weights = [], [], []
    for middle in fit.middles:
        strokes = ink(_strip(gray, fit.to_picture, middle, columns), _STROKE).astype(np.float32)
        for first in range(0, columns - _STRETCH + 1, _STRETCH):
            stretch = strokes[:, first * PITCH_PX : (first + _STRETCH) * PITCH_PX]
            across, clear = _across(stretch)
            down = _down(stretch)
            places.append((first + _STRETCH / 2, middle))
            offs.append((across, down))
            weights.append(clear)
    return _bent(np.array(places), np.array(offs), np.array(weights))


def _strip(gray: Image, to_picture: Matrix, middle: float, columns: int) -> Image:
    to_plane = np.array(
        [
            [1 / PITCH_PX, 0, 0.5 / PITCH_PX],
            [0, 1 / HEIGHT_PX, middle + (0.5 - _HALF_ROWS) / HEIGHT_PX],
            [0, 0, 1],
        ]
    )
    size = (columns * PITCH_PX, 2 * _HALF_ROWS)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpPerspective(gray, to_picture @ to_plane, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)


_TURNS: Final = np.exp(-2j * np.pi * ((np.arange(_STRETCH * PITCH_PX) + 0.5) / PITCH_PX - 0.5))


def _across(stretch: npt.NDArray[np.float32]) -> tuple[float, float]:
    """By how many pitches the characters lie to the right of their columns, and how clearly."""
    held = stretch[_HALF_ROWS - 8 : _HALF_ROWS + 8].max(axis=0)
    answer = complex((held - held.mean()) @ _TURNS)
    return -float(np.angle(answer)) / (2 * np.pi), abs(answer) / len(held)


def _down(stretch: npt.NDArray[np.float32]) -> float:
    """By how many pitches the characters lie below their line."""
    total = np.concatenate([[0.0], np.cumsum(stretch.mean(axis=1))])
    tops = np.arange(_HALF_ROWS - HEIGHT_PX // 2 - _REACH, _HALF_ROWS - HEIGHT_PX // 2 + _REACH + 1)
    held = total[tops + HEIGHT_PX] - total[tops]
    best = int(held.argmax())
    if best in {0, len(held) - 1}:
        return 0.0
    before, here, after = held[best - 1 : best + 2]
    peak = 0.5 * (before - after) / (before - 2 * here + after - 1e-6)
    return float(best - _REACH + peak) / HEIGHT_PX


def _bent(places: Floats, offs: Floats, weights: Floats) -> Matrix:
    """The change of the plane, near to none, that brings every place to where it should be; faint ones count less."""
    u, v = places.T
    mu, mv = u.mean(), v.mean()
    u, v = u - mu, v - mv
    none, one = np.zeros_like(u), np.ones_like(u)
    rows = np.concatenate(
        [
            np.stack([one, u, v, none, none, none, u * u, u * v], axis=1),
            np.stack([none, none, none, one, u, v, u * v, v * v], axis=1),
        ]
    )
    wanted = offs.T.ravel()
    trust = np.minimum(weights / (np.median(weights) + 1e-6), 1.5)
    trust = np.where(trust < 0.35, 0.0, trust)  # noqa: PLR2004 a finger or a reflection
    stiff = np.diag(np.square(_STIFFNESS) * np.array([1, 100, 1, 1, 100, 1, 100, 1]))
    both = np.concatenate([trust, trust])
    change = np.zeros(8)
    for _ in range(2):
        weighted = rows * both[:, None]
        change = np.linalg.solve(weighted.T @ rows + stiff, weighted.T @ wanted)
        left = np.abs(wanted - rows @ change)
        both = np.concatenate([trust, trust]) / (1 + np.square(left / 0.08))
    a0, a1, a2, b0, b1, b2, g, h = change
    bent = np.array([[1 + a1, a2, a0], [b1, 1 + b2, b0], [-g, -h, 1]])
    there = np.array([[1, 0, -mu], [0, 1, -mv], [0, 0, 1.0]])
    back: Matrix = np.linalg.inv(there) @ bent @ there
    return back
