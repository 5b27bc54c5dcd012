"""What a PDF417 is made of, and what each piece looks like through a lens: the alphabet that cells are compared with.

ISO/IEC 15438: a codeword is four bars and four spaces, one to six modules wide each and 17 together; rows take them
from the clusters 0, 3 and 6 in turn, by (b1 - b2 + b3 - b4) mod 9. Of the sequences in a cluster 929 are in use.
What a codeword means is of no concern here.
"""

from __future__ import annotations

import base64
from functools import cache
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterator

Floats = npt.NDArray[np.float32]

CELL_MODULES: Final = 17
SAMPLES: Final = 2
"""A module."""
CELL: Final = CELL_MODULES * SAMPLES
CLUSTERS: Final = (0, 3, 6)
CODEWORDS: Final = 929
BLURS: Final = (0.45, 0.75, 1.05, 1.35)
"""Standard deviations, in modules."""
_GIST: Final = 12
NEIGHBOURS: Final = 4
"""Modules to either side of a cell that `boundary` has."""

START_WIDTHS: Final = (8, 1, 1, 1, 1, 1, 1, 3)
STOP_WIDTHS: Final = (7, 1, 1, 3, 1, 1, 1, 2, 1)

_IN_USE: Final = (
    "84y/Od/3Xvl9xEO875z/v/c4HmXN/gd/gb3tTTNu+003CHvbpvvtqObn00P+7Vr8d9/pXne/3+d+B7/677/ej//+AD7+N/2AAAAA"
    "AAA7jv3v87//jdoj+Sfq/QQPEfp6A97TnN0z3+/XqJqrtNWPpr06PO9Xv++V2mvjzsP/Pf/8l4AQ1gAAAAOM/f3/+R8nvb5X6ekP"
    "e25u//6y1/pLQ7O////+8DzMAAAz3+9////rf+/f8sAD//uPe/3///473///f////////99/v9/3///////9/9////+P//5/////"
    "/////097/f///+/3v+9///3/9/////////////9Pf/f//v9//vf//f/3/////////////0979//+/3v+1//9//f///+P///+nv//"
    "/v+1//7/z//////e/3///////////////////////////n///f/v9/v///3+////f7///9/v+////7//////+///3//7/////v/3"
    "9////z/j37//79Pe/097/T3v9Pe3f///7387+9/u///v3//3//e///9/379+/////////////////////g=="
)
"""One bit for each sequence of the clusters 0, 3 and 6, in the order in which `_sequences` counts them."""


def modules(widths: tuple[int, ...]) -> Floats:
    """Bars (0) and spaces (1) of these widths, the first a bar, one number a module."""
    return np.repeat([place % 2 for place in range(len(widths))], widths).astype(np.float32)


@cache
def codewords() -> Floats:
    """All codewords in modules: clusters x 929 x 17. The first call takes 30 ms."""
    bits = np.unpackbits(np.frombuffer(base64.b64decode(_IN_USE), np.uint8))
    every = list(_sequences(CELL_MODULES, 8))
    clusters = [
        [widths for widths in every if (widths[0] - widths[2] + widths[4] - widths[6]) % 9 == cluster]
        for cluster in CLUSTERS
    ]
    counted = (widths for cluster in clusters for widths in cluster)
    used = np.array([modules(widths) for widths, bit in zip(counted, bits, strict=False) if bit], np.float32)
    return used.reshape(len(CLUSTERS), CODEWORDS, CELL_MODULES)


@cache
def looks(blur: float) -> Floats:
    """All codewords as seen with that blur, in samples: clusters x 929 x 34, each without its mean and of length one.

    A space ends the cell before, a bar begins the next, so that is what blurs into it.
    """
    every = _blurred(codewords().reshape(-1, CELL_MODULES), 1.0, 0.0, blur)
    return every.reshape(len(CLUSTERS), CODEWORDS, CELL)


@cache
def gist(blur: float) -> tuple[Floats, Floats]:
    """The few directions in which `looks` differ at all, samples x 12, and all codewords along them, (3 x 929) x 12.

    Through a lens, 34 samples hold a dozen numbers; comparing those costs a third and changes a likeness by a percent.
    """
    every = looks(blur).reshape(-1, CELL)
    directions = np.ascontiguousarray(np.linalg.svd(every, full_matrices=False)[2][:_GIST].T)
    return directions, every @ directions


@cache
def start(blur: float) -> Floats:
    """The pattern at the left of every row, after paper."""
    return _blurred(modules(START_WIDTHS)[None], 1.0, 0.0, blur).ravel()


@cache
def stop(blur: float) -> Floats:
    """The pattern at the right of every row, before paper."""
    return _blurred(modules(STOP_WIDTHS)[None], 1.0, 1.0, blur).ravel()


@cache
def boundary(blur: float) -> Floats:
    """The mean of all cells with a part of their neighbours: what a column of cells looks like, whatever it says."""
    mean = codewords().reshape(-1, CELL_MODULES).mean(axis=0)
    line: Floats = np.concatenate([mean[-NEIGHBOURS:], mean, mean[:NEIGHBOURS]]).astype(np.float32)
    look: Floats = _blurred(line[None], float(mean[-NEIGHBOURS - 1]), float(mean[NEIGHBOURS]), blur).ravel()
    return look


def unit(rows: Floats, least: float) -> Floats:
    """Without their mean and of length one, along the last axis; what is flatter than ``least`` stays short."""
    apart = rows - rows.mean(axis=-1, keepdims=True)
    length = np.linalg.norm(apart, axis=-1, keepdims=True)
    ones: Floats = (apart / np.maximum(length, least)).astype(np.float32)
    return ones


def _sequences(left: int, places: int) -> Iterator[tuple[int, ...]]:
    if places == 0:
        if left == 0:
            yield ()
        return
    for width in range(1, 7):
        for rest in _sequences(left - width, places - 1):
            yield (width, *rest)


def _blurred(lines: Floats, before: float, after: float, blur: float) -> Floats:
    """Each line between what stands before and after it, through a lens, in samples."""
    fine, around = 8, 6  # pixels a module; modules
    ends = [np.full((len(lines), around), value, np.float32) for value in (before, after)]
    drawn = np.concatenate([ends[0], lines, ends[1]], axis=1).repeat(fine, axis=1)
    seen = cv2.GaussianBlur(drawn, (0, 0), sigmaX=blur * fine, sigmaY=1e-3, borderType=cv2.BORDER_REPLICATE)
    inside = seen[:, around * fine : -around * fine]
    sampled: Floats = inside.reshape(len(lines), -1, fine // SAMPLES).mean(axis=2).astype(np.float32)
    return unit(sampled, 1e-6)
