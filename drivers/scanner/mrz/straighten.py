"""Lays a zone flat: from a rough block to the exact place of each of its columns and lines.

A plane seen by a camera keeps straight lines straight, so a zone's lines are told by a slope and by how they narrow
towards one end; the same narrowing tells how the columns shrink. What is left is a pitch, a start, and a lean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from domain.mrz import TD1, TD3, Layout
from drivers.scanner.mrz.locate import ink

if TYPE_CHECKING:
    from drivers.scanner.frames import Image
    from drivers.scanner.mrz.cells import Matrix
    from drivers.scanner.mrz.locate import Block

Floats = npt.NDArray[Any]

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
_LEAST_RHYTHM: Final = 0.18
"""How well ink follows the columns' beat. Zones in bad frames have 0.22 and more, other print up to 0.165."""

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
class _CutShort:
    """Lines with a zone's beat, but not all of their columns are in view."""


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
    found, cut_short = _seen(gray, block)
    if not found and cut_short:
        found, _ = _seen(gray, replace(block, length=_WIDER * block.length))
    return sorted(found, key=lambda fit: fit.rhythm, reverse=True)


def _seen(gray: Image, block: Block) -> tuple[list[Fit], bool]:
    """The fits around a block, and whether something keeps a zone's beat but does not show all of its columns."""
    to_picture = _patch(block)
    strokes = ink(_warped(gray, to_picture), _STROKE)
    level = _levelled(strokes)
    flat = _warped(strokes, level).astype(np.float32)
    tried = [_fit(flat, form, to_picture @ level) for form in _FORMS]
    return [fit for fit in tried if isinstance(fit, Fit)], any(isinstance(fit, _CutShort) for fit in tried)


def _warped(image: Image, matrix: Matrix) -> Image:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpPerspective(image, matrix, (_WIDTH, _HEIGHT), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def _patch(block: Block) -> Matrix:
    """From the patch to the picture."""
    scale = block.length / _BLOCK
    turn = math.radians(block.angle_deg)
    cos, sin = scale * math.cos(turn), scale * math.sin(turn)
    x, y = (_WIDTH - 1) / 2, (_HEIGHT - 1) / 2
    return np.array([[cos, -sin, block.x - cos * x + sin * y], [sin, cos, block.y - sin * x - cos * y], [0, 0, 1.0]])


def _levelled(strokes: Image) -> Matrix:
    """From a patch whose lines lie level and parallel to the patch as it is."""
    width = _WIDTH // _STRIPS
    rows = strokes.reshape(_HEIGHT, _STRIPS, width).mean(axis=2).T.astype(np.float32)
    rows = cv2.blur(rows, (3, 1))
    places = (np.arange(_STRIPS) + 0.5) * width - _WIDTH / 2
    slope, _ = _sharpest(rows, places, _SLOPES, np.zeros(1))
    _, narrowing = _sharpest(rows, places, np.array([slope]), _NARROWINGS / (_WIDTH / 2))
    slope, _ = _sharpest(rows, places, slope + _FINE_SLOPES, np.array([narrowing]))
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


def _fit(flat: Floats, form: _Form, to_picture: Matrix) -> Fit | _CutShort | None:
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
        return _CutShort()
    matrix = _placed(form, lines, (beat, bend, turns), start)
    if matrix is None:
        return None
    middles = tuple(form.spacing * n for n in range(count))
    return Fit(form.layout, to_picture @ matrix, middles, rhythm)


def _lines(profile: Floats, form: _Form) -> tuple[float, float] | None:
    """Middle of the first line and spacing of the lines, on the patch; None if there is no such group of lines."""
    total = np.concatenate([[0.0], np.cumsum(profile, dtype=np.float64)])
    spacings = np.arange(14.0, 62.0).reshape(-1, 1)
    firsts = np.arange(4.0, _HEIGHT - 18.0).reshape(1, -1)

    def mean(middle: Floats, half: Floats) -> Floats:
        top, bottom = np.rint(middle - half), np.rint(middle + half) + 1
        low, high = (edge.clip(0, _HEIGHT).astype(np.int32) for edge in (top, bottom))
        held: Floats = (total[high] - total[low]) / (bottom - top)
        return held

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


def _band(flat: Floats, middle: float, half: float) -> Floats:
    """The darkest ink of each column of a line: a hollow character is as full as a solid one, only gaps are empty."""
    top, bottom = max(0, round(middle - half)), min(_HEIGHT, round(middle + half) + 1)
    band: Floats = flat[top:bottom].max(axis=0).reshape(_SAMPLES, -1).mean(axis=1)
    return band


@cache
def _waves() -> Floats:
    """What a band with so many beats across the patch looks like, some a little denser towards one end."""
    t = (np.arange(_SAMPLES) + 0.5) / _SAMPLES - 0.5
    turns = _BEATS.reshape(-1, 1, 1) * t / (1 - _BENDS.reshape(1, -1, 1) * t)
    waves: Floats = np.exp(-2j * np.pi * turns).astype(np.complex64)
    return waves


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
    # From a line to the next the phase moves by the lean, less than half a column.
    turns = np.unwrap(np.angle(answers[best]) / (2 * np.pi), period=1.0)
    return float(_BEATS[first + best[0]]), float(_BENDS[best[1]]), turns, rhythm


def _swings(columns: Floats, pitch: int) -> Floats:
    """How ink rises and falls along the bands, as strongly where letters stand as where fillers do."""
    bands = columns.astype(np.float32)
    swings = bands - cv2.blur(bands, (2 * pitch | 1, 1))
    usual = cv2.sqrt(cv2.blur(swings * swings, (6 * pitch | 1, 1)))
    even: Floats = swings / (usual + 0.3 * float(usual.max()) + 1e-6)
    return even


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
    best: int = low + int(sums.argmax())
    return best


def _placed(form: _Form, lines: tuple[float, float], wave: tuple[float, float, Floats], start: int) -> Matrix | None:
    """From the zone's plane to the patch, so that columns and lines come to where they were found."""
    (first, spacing), (beat, bend, turns) = lines, wave
    lean = np.polyfit(np.arange(len(turns)), turns, 1)
    plane, seen = [], []
    for n in range(form.layout.lines):
        for column in np.linspace(0, form.layout.columns, 7):
            turn = start + column - 0.5 - float(np.polyval(lean, n))
            t = turn / (beat + bend * turn)
            plane.append((column, form.spacing * n))
            seen.append(((t + 0.5) * _WIDTH - 0.5, first + n * spacing))
    matrix: Any = cv2.findHomography(np.array(plane), np.array(seen), 0)[0]
    return None if matrix is None else np.asarray(matrix, np.float64)
