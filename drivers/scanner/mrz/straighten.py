"""Lays a zone flat: from a rough block to the exact place of each of its columns and lines.

A plane seen by a camera keeps straight lines straight, so a zone's lines are told by a slope and by how they narrow
towards one end; the same narrowing tells how the columns shrink. What is left is a pitch, a start, and a lean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from domain.mrz import TD1, TD3, Layout
from drivers.scanner.mrz.locate import Block, ink

if TYPE_CHECKING:
    from drivers.scanner.frames import Image
    from drivers.scanner.mrz.cells import Matrix

Floats = npt.NDArray[Any]

_WIDTH: Final = 640
_HEIGHT: Final = 208
_BLOCK: Final = 480
"""How long a block becomes on the patch: room at both ends for what the block missed."""
_STROKE: Final = 13

_WITHIN: Final = slice((_WIDTH - _BLOCK) // 2, (_WIDTH + _BLOCK) // 2)
"""Where the block is; what lies beside it tells nothing of its lines."""

_STRIPS: Final = 12
_SLOPES: Final = np.arange(-0.15, 0.151, 0.01)
_FINE_SLOPES: Final = np.arange(-0.02, 0.021, 0.005)
_HALF_BAND: Final = 0.46
"""Half a character's height, in pitches."""
_LEAST_CONTRAST: Final = 8.0
"""Ink in the lines above that between them, of 255."""
_LEAST_RHYTHM: Final = 0.18
_LEAST_HINT: Final = 0.11
"""The same before lines and columns are known to narrow towards an end."""

"""How well ink follows the columns' beat. Zones in bad frames have 0.22 and more, other print up to 0.165."""

_FIRSTS: Final = np.arange(4.0, _HEIGHT - 18.0)
_SPACINGS: Final = np.geomspace(14.0, 72.0, 45)
"""Middles of the first line and spacings of the lines that are tried, in pixels of the patch."""

_SAMPLES: Final = 320
_BEATS: Final = np.arange(16.0, 72.0, 0.5)
_BENDS: Final = np.arange(-0.5, 0.501, 0.025)
"""How much nearer one end is than the other: half the patch's width times the plane's perspective, doubled."""
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
    """Lines with a zone's beat that go on beyond the patch, and the block that they should be."""

    block: Block
    rhythm: float


@dataclass(frozen=True, slots=True)
class _Form:
    layout: Layout
    spacing: float
    """Of the lines, in pitches."""


_WIDE, _NARROW = 6.35 / 2.54, 4.233 / 2.54
_FORMS: Final = (_Form(TD1, _WIDE), _Form(TD1, _NARROW), _Form(TD3, _WIDE), _Form(TD3, _NARROW))
"""Four lines an inch, or six: both are printed."""


def fits(gray: Image, block: Block) -> list[Fit]:
    """What zones the block may be, likeliest first; upright as it lies, so perhaps upside down. About 6 ms of CPU.

    A block may be a part of a zone, the rest of it under a reflection or a finger: then the whole is looked at.
    """
    tried = _tried(gray, block)
    cut_short = [zone for zone in tried if isinstance(zone, _CutShort)]
    if cut_short and not any(isinstance(zone, Fit) for zone in tried):
        tried = _tried(gray, max(cut_short, key=lambda zone: zone.rhythm).block)
    return sorted((zone for zone in tried if isinstance(zone, Fit)), key=lambda fit: fit.rhythm, reverse=True)


def _tried(gray: Image, block: Block) -> list[Fit | _CutShort]:
    """What keeps a zone's beat around a block."""
    to_picture = _patch(block)
    strokes = ink(cv2.GaussianBlur(_warped(gray, to_picture), (3, 3), 0.8), _STROKE)
    slope = _slope(strokes)
    flat = _warped(strokes, _level(slope, 0.0)).astype(np.float32)
    bends = [(form, _bend(flat, form)) for form in _FORMS]
    tried = [_fit(strokes, form, to_picture, (slope, bend)) for form, bend in bends if bend is not None]
    return [zone for zone in tried if zone is not None]


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


def _slope(strokes: Image) -> float:
    """How many rows the lines fall in a column, where the strips' lines come together in the sharpest profile."""
    width = _BLOCK // _STRIPS
    rows = strokes[:, _WITHIN].reshape(_HEIGHT, _STRIPS, width).mean(axis=2).T.astype(np.float32)
    places = (np.arange(_STRIPS) + 0.5) * width - _BLOCK / 2
    rough = _sharpest(rows, places, _SLOPES)
    return _sharpest(rows, places, rough + _FINE_SLOPES)


def _sharpest(rows: Floats, places: Floats, slopes: Floats) -> float:
    at = np.arange(_HEIGHT) + np.rint(slopes.reshape(-1, 1, 1) * places.reshape(1, -1, 1)).astype(np.int32)
    inside = (at >= 0) & (at < _HEIGHT)
    taken = rows[np.arange(len(places)).reshape(1, -1, 1), at.clip(0, _HEIGHT - 1)] * inside
    return float(slopes[int(np.square(taken.mean(axis=1)).sum(axis=1).argmax())])


def _level(slope: float, bend: float) -> Matrix:
    """From a patch whose lines lie level and parallel, its columns evenly, to the patch as it is."""
    x, y = (_WIDTH - 1) / 2, (_HEIGHT - 1) / 2
    middle = np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1.0]])
    seen = np.array([[1, 0, 0], [slope, 1, 0], [bend / _WIDTH, 0, 1.0]])
    back: Matrix = np.linalg.inv(middle) @ seen @ middle
    return back


def _bend(flat: Floats, form: _Form) -> float | None:
    """How columns narrow towards an end, as far as can be told while lines may narrow too; None if there is no beat."""
    lines = _lines(flat[:, _WITHIN].mean(axis=1), form)
    if lines is None:
        return None
    columns, pitch = _bands(flat, form, lines)
    _, bend, _, rhythm = _rhythm(columns, pitch, 2)
    return bend if rhythm >= _LEAST_HINT else None


def _fit(strokes: Image, form: _Form, to_picture: Matrix, lie: tuple[float, float]) -> Fit | _CutShort | None:
    """The zone on a patch, now that slope and bend (``lie``) are known."""
    level = _level(*lie)
    flat = _warped(strokes, level).astype(np.float32)
    lines = _lines(flat[:, _WITHIN].mean(axis=1), form)
    if lines is None:
        return None
    columns, pitch = _bands(flat, form, lines)
    beat, bend, turns, rhythm = _rhythm(columns, pitch, 1)
    if rhythm < _LEAST_RHYTHM:
        return None
    first, is_seen = _first(columns, _phases(beat, bend, turns), form.layout.columns)
    if not is_seen:
        return _CutShort(_whole(form, to_picture @ level, lines, (beat, bend), first), rhythm)
    matrix = _placed(form, lines, (beat, bend, turns), first)
    if matrix is None:
        return None
    middles = tuple(form.spacing * n for n in range(form.layout.lines))
    return Fit(form.layout, to_picture @ level @ matrix, middles, rhythm)


def _bands(flat: Floats, form: _Form, lines: tuple[float, float]) -> tuple[Floats, float]:
    """The ink along each line, and about how wide a column is."""
    first, spacing = lines
    pitch = spacing / form.spacing
    half = _HALF_BAND * pitch
    return np.stack([_band(flat, first + n * spacing, half) for n in range(form.layout.lines)]), pitch


def _lines(profile: Floats, form: _Form) -> tuple[float, float] | None:
    """Middle of the first line and spacing of the lines, on the patch; None if there is no such group of lines."""
    total = np.concatenate([[0.0], np.cumsum(profile)]).astype(np.float32)
    low, high, rows, fits_in = _stencils(form)
    held = (total[high] - total[low]) / rows
    inked, blank = held[: form.layout.lines], held[form.layout.lines :]
    mean = inked.mean(axis=0)
    spread = np.sqrt(np.square(inked - mean).mean(axis=0))
    scores = np.where(fits_in, mean - blank.mean(axis=0) - spread, -np.inf)
    best = np.unravel_index(int(scores.argmax()), scores.shape)
    if scores[best] < _LEAST_CONTRAST:
        return None
    return float(_FIRSTS[best[1]]), float(_SPACINGS[best[0]])


@cache
def _stencils(form: _Form) -> tuple[Floats, Floats, Floats, Floats]:
    """Where the rows of lines and then of the gaps around them begin and end, for every spacing and first line.

    With it how many rows each has (that, and both ends: lines and gaps x spacings x firsts), and what is on the patch.
    """
    firsts, spacings = _FIRSTS.reshape(1, 1, -1), _SPACINGS.reshape(1, -1, 1)
    lines, gaps = np.arange(form.layout.lines), np.arange(form.layout.lines + 1) - 0.5
    half = _HALF_BAND * spacings / form.spacing
    gap = np.maximum(spacings / 2 - 1.2 * half, 1.0)
    middles = firsts + np.concatenate([lines, gaps]).reshape(-1, 1, 1) * spacings
    reach = np.concatenate([half] * len(lines) + [gap] * len(gaps))
    top, bottom = np.rint(middles - reach), np.rint(middles + reach) + 1
    low, high = (edge.clip(0, _HEIGHT).astype(np.int32) for edge in (top, bottom))
    return low, high, (bottom - top).astype(np.float32), middles[len(lines) - 1] <= _HEIGHT - 4


def _band(flat: Floats, middle: float, half: float) -> Floats:
    """The darkest ink of each column of a line: a hollow character is as full as a solid one, only gaps are empty."""
    top, bottom = max(0, round(middle - half)), min(_HEIGHT, round(middle + half) + 1)
    band: Floats = flat[top:bottom].max(axis=0).reshape(_SAMPLES, -1).mean(axis=1)
    return band


@cache
def _waves(step: int) -> Floats:
    """What a band with so many beats across the patch looks like, some a little denser towards one end."""
    t = (np.arange(_SAMPLES) + 0.5) / _SAMPLES - 0.5
    turns = _BEATS.reshape(-1, 1, 1) * t / (1 - _BENDS[::step].reshape(1, -1, 1) * t)
    waves: Floats = np.exp(-2j * np.pi * turns).astype(np.complex64)
    return waves


def _rhythm(columns: Floats, pitch: float, step: int) -> tuple[float, float, Floats, float]:
    """Beats across the patch, their bend, each line's phase in turns, and how well the ink keeps the beat.

    Every ``step``-th bend is tried.
    """
    slow, fast = (_WIDTH / pitch * stretch for stretch in _STRETCH)
    first, last = (int(n) for n in np.searchsorted(_BEATS, (slow, fast)))
    if last - first < 2:  # noqa: PLR2004 beyond what is sought
        return 0.0, 0.0, np.zeros(len(columns)), 0.0
    swings = _swings(columns, round(_SAMPLES / slow))
    waves = _waves(step)[first:last]
    answers = (waves.reshape(-1, _SAMPLES) @ swings.T.astype(np.complex64)).reshape(*waves.shape[:2], len(columns))
    strength = np.abs(answers).sum(axis=2)
    best = np.unravel_index(int(strength.argmax()), strength.shape)
    rhythm = float(strength[best] / swings.size)
    # From a line to the next the phase moves by the lean, less than half a column.
    turns = np.unwrap(np.angle(answers[best]) / (2 * np.pi), period=1.0)
    return float(_BEATS[first + best[0]]), float(_BENDS[::step][best[1]]), turns, rhythm


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


def _first(columns: Floats, phases: Floats, count: int) -> tuple[int, bool]:
    """The whole number at which the first column starts, where ``count`` of them hold the most ink.

    With it whether all are on the patch. Where ink reaches an end of it, where they would start if what is missing is
    beyond that end, or half of it beyond either.
    """
    low, high = math.floor(phases.min()), math.ceil(phases.max())
    held = np.zeros(high - low + 1)
    for line, phase in zip(columns, phases, strict=True):
        held += np.bincount((np.floor(phase) - low).astype(int), line, minlength=len(held))[: len(held)]
    held, low = held[1:-2], low + 1  # the outermost columns are not whole
    typical = float(np.median(np.sort(held)[-count:]))
    held = np.minimum(held, typical) - 0.45 * typical
    if len(held) > count + 1:
        best = int(np.convolve(held, np.ones(count), "valid").argmax())
        if 0 < best < len(held) - count:
            return low + best, True
    cut_left, cut_right = (float(end.mean()) > 0 for end in (held[:3], held[-3:]))
    inked = np.flatnonzero(np.convolve(held, np.ones(3), "same") > 0)
    if cut_left == cut_right or not len(inked):
        return low + (len(held) - count) // 2, False
    return low + (int(inked[0]) if cut_right else int(inked[-1]) + 1 - count), False


def _whole(form: _Form, to_picture: Matrix, lines: tuple[float, float], wave: tuple[float, float], first: int) -> Block:
    """The block of columns that start at ``first``, on the patch or off it."""
    beat, bend = wave
    middle = lines[0] + lines[1] * (form.layout.lines - 1) / 2
    ends = [((n / (beat + bend * n) + 0.5) * _WIDTH, middle) for n in (first, first + form.layout.columns)]
    (left, top), (right, bottom) = cv2.perspectiveTransform(np.array([ends]), to_picture)[0]
    angle = math.degrees(math.atan2(bottom - top, right - left))
    return Block((left + right) / 2, (top + bottom) / 2, math.hypot(right - left, bottom - top), 0.0, angle)


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
