"""Lays a zone flat: from a rough block to the exact place of each of its columns and lines.

A plane seen by a camera keeps straight lines straight, so a zone's lines are told by a slope and by how they narrow
towards one end; the same narrowing tells how the columns shrink. What is left is a pitch, a start, and a lean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
import numpy.typing as npt

from domain.mrz import TD1, TD3, Layout
from drivers.scanner.mrz.locate import ink

if TYPE_CHECKING:
    from drivers.scanner.frames import Image
    from drivers.scanner.mrz.cells import Matrix
    from drivers.scanner.mrz.locate import Block

Floats = npt.NDArray[np.float64]

_WIDTH: Final = 640
_HEIGHT: Final = 176
_BLOCK: Final = 480
"""How long a block becomes on the patch: room at both ends for what the block missed."""
_STROKE: Final = 13
_WIDER: Final = 2.2

_STRIPS: Final = 16
_SLOPES: Final = np.arange(-0.15, 0.151, 0.01)
_FINE_SLOPES: Final = np.arange(-0.02, 0.021, 0.005)
_NARROWINGS: Final = np.arange(-0.30, 0.301, 0.05)
"""By what share lines come nearer to each other from the middle to an end of the patch."""

_HALF_BAND: Final = 0.46
"""Half a character's height, in pitches."""
_LEAST_CONTRAST: Final = 8.0
"""Ink in the lines above that between them, of 255."""
_LEAST_RHYTHM: Final = 0.045
"""Share of the ink that follows the columns' beat."""

_SAMPLES: Final = 320
_BEATS: Final = np.arange(16.0, 72.0, 0.5)
_BENDS: Final = np.arange(-0.2, 0.2001, 0.0125)
_STRETCH: Final = (0.76, 1.3)
"""How a tilted card changes the spacing of its lines against the pitch of its columns."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A zone found: its layout, where its plane lies in the picture, and the middles of its lines in that plane."""

    layout: Layout
    to_picture: Matrix
    middles: tuple[float, ...]
    rhythm: float


@dataclass(frozen=True, slots=True)
class _Form:
    layout: Layout
    spacing: float
    """Of the lines, in pitches (ICAO 9303 parts 4 and 5: six lines an inch, four in a passport)."""


_FORMS: Final = (_Form(TD1, 4.233 / 2.54), _Form(TD3, 6.35 / 2.54), _Form(TD3, 4.233 / 2.54))


def fits(gray: Image, block: Block) -> list[Fit]:
    """What zones the block may be, likeliest first; upright as it lies, so perhaps upside down. About 6 ms of CPU.

    A block may be a part of a zone, the rest of it under a reflection or a finger: then a wider view is tried.
    """
    return _fits(gray, block) or _fits(gray, replace(block, length=_WIDER * block.length))


def _fits(gray: Image, block: Block) -> list[Fit]:
    to_picture = _patch(block)
    patch = cv2.warpPerspective(
        gray, to_picture, (_WIDTH, _HEIGHT), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    strokes = ink(patch, _STROKE)
    level = _levelled(strokes)
    flat = cv2.warpPerspective(
        strokes, level, (_WIDTH, _HEIGHT), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    ).astype(np.float32)
    found = [fit for form in _FORMS if (fit := _fit(flat, form, to_picture @ level)) is not None]
    return sorted(found, key=lambda fit: fit.rhythm, reverse=True)


def _patch(block: Block) -> Matrix:
    """From the patch to the picture."""
    scale = block.length / _BLOCK
    turn = math.radians(block.angle_deg)
    cos, sin = scale * math.cos(turn), scale * math.sin(turn)
    x, y = (_WIDTH - 1) / 2, (_HEIGHT - 1) / 2
    return np.array(
        [[cos, -sin, block.x - cos * x + sin * y], [sin, cos, block.y - sin * x - cos * y], [0, 0, 1.0]]
    )


def _levelled(strokes: Image) -> Matrix:
    """From a patch whose lines lie level and parallel to the patch as it is."""
    width = _WIDTH // _STRIPS
    rows = strokes.reshape(_HEIGHT, _STRIPS, width).mean(axis=2).T.astype(np.float32)
    rows = cv2.blur(rows, (3, 1))
    places = (np.arange(_STRIPS) + 0.5) * width - _WIDTH / 2
    slope, _ = _sharpest(rows, places, _SLOPES, np.zeros(1))
    slope, narrowing = _sharpest(rows, places, slope + _FINE_SLOPES, _NARROWINGS / (_WIDTH / 2))
    x, y = (_WIDTH - 1) / 2, (_HEIGHT - 1) / 2
    middle = np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1.0]])
    seen = np.array([[1, 0, 0], [slope, 1, 0], [narrowing, 0, 1.0]])
    back: Matrix = np.linalg.inv(middle) @ seen @ middle
    return back


def _sharpest(rows: Floats, places: Floats, slopes: Floats, narrowings: Floats) -> tuple[float, float]:
    """The slope and narrowing that bring the strips' lines together, so that their mean has the sharpest profile."""
    a, g = (axis.reshape(-1, 1, 1) for axis in np.meshgrid(slopes, narrowings))
    x = places.reshape(1, -1, 1)
    v = (np.arange(_HEIGHT) - (_HEIGHT - 1) / 2).reshape(1, 1, -1)
    at = np.rint(v * (1 - g * x) + a * x + (_HEIGHT - 1) / 2).astype(np.int32)
    inside = (at >= 0) & (at < _HEIGHT)
    taken = rows[np.arange(len(places)).reshape(1, -1, 1), at.clip(0, _HEIGHT - 1)] * inside
    profile = taken.mean(axis=1)
    best = int(np.square(profile).sum(axis=1).argmax())
    return float(a.ravel()[best]), float(g.ravel()[best])


def _fit(flat: npt.NDArray[np.float32], form: _Form, to_picture: Matrix) -> Fit | None:
    lines = _lines(flat.mean(axis=1), form)
    if lines is None:
        return None
    first, spacing = lines
    pitch = spacing / form.spacing
    count = form.layout.lines
    columns = np.stack([_band(flat, first + n * spacing, _HALF_BAND * pitch) for n in range(count)])
    beat, bend, turns, rhythm = _rhythm(columns, pitch)
    if rhythm < _LEAST_RHYTHM:
        return None
    phases = _phases(beat, bend, turns)
    start = _start(columns, phases, form.layout.columns)
    if start is None:
        return None
    return _placed(form, to_picture, (first, spacing), (beat, bend, turns), start, rhythm)


def _lines(profile: npt.NDArray[np.float32], form: _Form) -> tuple[float, float] | None:
    """Middle of the first line and spacing of the lines, on the patch; None if there is no such group of lines."""
    total = np.concatenate([[0.0], np.cumsum(profile, dtype=np.float64)])
    spacings = np.arange(14.0, 62.0, 0.5).reshape(-1, 1)
    firsts = np.arange(4.0, _HEIGHT - 18.0).reshape(1, -1)

    def mean(middle: Floats, half: Floats) -> Floats:
        top, bottom = np.rint(middle - half), np.rint(middle + half) + 1
        low, high = (edge.clip(0, _HEIGHT).astype(np.int32) for edge in (top, bottom))
        return (total[high] - total[low]) / (bottom - top)

    half = _HALF_BAND * spacings / form.spacing
    inked = np.stack([mean(firsts + n * spacings, half) for n in range(form.layout.lines)])
    gap = np.maximum(spacings / 2 - 1.2 * half, 1.0)
    blank = np.stack([mean(firsts + (n - 0.5) * spacings, gap) for n in range(form.layout.lines + 1)])
    scores = inked.mean(axis=0) - blank.mean(axis=0) - inked.std(axis=0)
    scores[(firsts + (form.layout.lines - 1) * spacings) > _HEIGHT - 4] = -np.inf
    best = np.unravel_index(int(scores.argmax()), scores.shape)
    if scores[best] < _LEAST_CONTRAST:
        return None
    return float(firsts[0, best[1]]), float(spacings[best[0], 0])


def _band(flat: npt.NDArray[np.float32], middle: float, half: float) -> Floats:
    """The darkest ink of each column of a line: a hollow character is as full as a solid one, only gaps are empty."""
    top, bottom = max(0, round(middle - half)), min(_HEIGHT, round(middle + half) + 1)
    band: Floats = flat[top:bottom].max(axis=0).reshape(_SAMPLES, -1).mean(axis=1)
    return band


@cache
def _waves() -> npt.NDArray[np.complex64]:
    """What a band with so many beats across the patch looks like, some a little denser towards one end."""
    t = (np.arange(_SAMPLES) + 0.5) / _SAMPLES - 0.5
    turns = _BEATS.reshape(-1, 1, 1) * t / (1 - _BENDS.reshape(1, -1, 1) * t)
    return np.exp(-2j * np.pi * turns).astype(np.complex64)


def _rhythm(columns: Floats, pitch: float) -> tuple[float, float, Floats, float]:
    """Beats across the patch, their bend, each line's phase in turns, and the share of ink that keeps the beat."""
    slow, fast = (_WIDTH / pitch * stretch for stretch in _STRETCH)
    first, last = (int(n) for n in np.searchsorted(_BEATS, (slow, fast)))
    if last - first < 2:  # noqa: PLR2004 beyond what is sought
        return 0.0, 0.0, np.zeros(len(columns)), 0.0
    swings = _swings(columns, round(_SAMPLES / slow))
    answers = _waves()[first:last] @ swings.T.astype(np.complex64)
    strength = np.abs(answers).sum(axis=2)
    best = np.unravel_index(int(strength.argmax()), strength.shape)
    rhythm = float(strength[best] / swings.size)
    turns = np.angle(answers[best]) / (2 * np.pi)
    return float(_BEATS[first + best[0]]), float(_BENDS[best[1]]), _unwrapped(turns), rhythm


def _swings(columns: Floats, pitch: int) -> npt.NDArray[np.float32]:
    """How ink rises and falls along the bands, as strongly where letters stand as where fillers do."""
    bands = columns.astype(np.float32)
    swings = bands - cv2.blur(bands, (2 * pitch | 1, 1))
    usual = cv2.sqrt(cv2.blur(swings * swings, (6 * pitch | 1, 1)))
    even: npt.NDArray[np.float32] = swings / (usual + 0.3 * float(usual.max()) + 1e-6)
    return even


def _unwrapped(turns: Floats) -> Floats:
    """Phases of neighbouring lines differ by the lean, less than half a column."""
    unwrapped: Floats = np.unwrap(turns, period=1.0)
    return unwrapped


def _phases(beat: float, bend: float, turns: Floats) -> Floats:
    """For each line and sample the column that it lies in, in pitches; columns' middles at whole numbers plus half.

    Ink peaks in a column's middle, where the wave's phase is that of the answer.
    """
    t = (np.arange(_SAMPLES) + 0.5) / _SAMPLES - 0.5
    phases: Floats = beat * t / (1 - bend * t) + turns.reshape(-1, 1) + 0.5
    return phases


def _start(columns: Floats, phases: Floats, count: int) -> int | None:
    """The whole number at which the first column starts: where so many columns in a row hold the most ink."""
    low, high = math.floor(phases.min()), math.ceil(phases.max())
    if high - low < count:
        return None
    held = np.zeros(high - low + 1)
    for line, phase in zip(columns, phases, strict=True):
        held += np.bincount((np.floor(phase) - low).astype(int), line, minlength=len(held))[: len(held)]
    typical = float(np.median(np.sort(held)[-count:]))
    held = np.minimum(held, typical) - 0.45 * typical
    sums = np.convolve(held, np.ones(count), "valid")
    return low + int(sums.argmax())


def _placed(
    form: _Form,
    to_picture: Matrix,
    lines: tuple[float, float],
    wave: tuple[float, float, Floats],
    start: int,
    rhythm: float,
) -> Fit | None:
    """The plane that brings columns and lines to where they were found."""
    (first, spacing), (beat, bend, turns) = lines, wave
    lean = np.polyfit(np.arange(len(turns)), turns, 1)
    middles = tuple(form.spacing * n for n in range(form.layout.lines))
    plane, seen = [], []
    for n, middle in enumerate(middles):
        for column in np.linspace(0, form.layout.columns, 7):
            turn = start + column - 0.5 - float(np.polyval(lean, n))
            t = turn / (beat + bend * turn)
            plane.append((column, middle))
            seen.append(((t + 0.5) * _WIDTH - 0.5, first + n * spacing))
    matrix, _ = cv2.findHomography(np.array(plane), np.array(seen), 0)
    return None if matrix is None else Fit(form.layout, to_picture @ matrix, middles, rhythm)
