"""Reads a Code 39 of ten characters by comparing each with all 44 of them, blurred as the picture is.

A decoder that measures bars one by one needs 1.6 to 2.3 pixels a narrow bar and fails as a whole where one bar does.
Here a character is one vector, averaged along its bars, so 1.3 pixels and a hand's tremor still leave it like itself
and unlike the others. It has no check character to lean on, so it must be clear: each character alike enough to its
own pattern and clearly less so to the next best, letters among them, for a letter forced to be a digit is a misread.
And the upper half of the bars must say what the lower half says, so that a scratch, a thumb or a reflection, which
spoils a digit the same way frame after frame, does not pass for another digit.

Source of the patterns: ISO/IEC 16388 table 1 (bars and spaces alternate, 1 is wide; three of nine are).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from drivers.scanner.frames import Image
    from drivers.scanner.rectify import Corners

_Floats = npt.NDArray[np.float32]

CHARACTERS: Final = 10
"""Eight digits between two asterisks."""

LEAST_LIKENESS: Final = 0.75
"""Of every character to its pattern, as a correlation. Of right readings in camera frames, 98 in 100 have 0.78."""
LEAST_CLEARNESS: Final = 0.5
"""How much more the next best pattern differs than the best does, as a share of what the best leaves unexplained.

Of 15,000 strips scratched, smeared and blurred beyond what a camera does, the clearest of those that were read as eight
other digits had 0.38 (docs/figures.md).
"""

_PATTERNS: Final = {
    "1": "100100001", "2": "001100001", "3": "101100000", "4": "000110001",
    "5": "100110000", "6": "001110000", "7": "000100101", "8": "100100100",
    "9": "001100100", "0": "000110100", "A": "100001001", "B": "001001001",
    "C": "101001000", "D": "000011001", "E": "100011000", "F": "001011000",
    "G": "000001101", "H": "100001100", "I": "001001100", "J": "000011100",
    "K": "100000011", "L": "001000011", "M": "101000010", "N": "000010011",
    "O": "100010010", "P": "001010010", "Q": "000000111", "R": "100000110",
    "S": "001000110", "T": "000010110", "U": "110000001", "V": "011000001",
    "W": "111000000", "X": "010010001", "Y": "110010000", "Z": "011010000",
    "-": "010000101", ".": "110000100", " ": "011000100", "*": "010010100",
    "$": "010101000", "/": "010100010", "+": "010001010", "%": "000101010",
}  # fmt: skip
_ALPHABET: Final = "".join(_PATTERNS)
_ASTERISK: Final = _ALPHABET.index("*")

_CELL: Final = 48
"""Samples a character, half of the gap on either side of it included."""
_WIDTH: Final = _CELL * CHARACTERS
_MARGIN: Final = _CELL
_ROWS: Final = 32
_INNER: Final = slice(4, 28)
"""Of the rows; at the bars' ends there is paper as soon as the block is not quite right."""

_LEANS: Final = (0.0, 4.0, -4.0, 8.0, -8.0, 12.0, -12.0, 16.0, -16.0)
"""How far, in samples, a bar's lower end may stand to the right of its upper end."""

_RATIOS: Final = (2.0, 2.5, 3.0)
"""Wide to narrow, all that the standard allows."""
_BLURS: Final = (0.35, 0.7, 1.05)
"""Standard deviations, in narrow bars."""
_SCALES: Final = (0.94, 0.97, 1.0, 1.03, 1.06)
"""How much longer than found the code may be: a closed contour swallows or loses a bar at its end."""
_GAP_SHARE: Final = 1 / 15
"""Of a character's pitch; 1/13 to 1/16, as the ratio is 2 or 3."""
_ENDS_TRIED: Final = 3
_ENDS_LEAST: Final = 1.3
"""Likeness of both asterisks together, below which this is no Code 39."""
_DRIFT: Final = np.linspace(-0.06, 0.06, 7)
"""How far, in pitches, a character may stand from its place: what perspective is left, about a narrow bar."""


@dataclass(frozen=True, slots=True)
class Match:
    """Eight characters between asterisks, and how sure they are (the least sure of them counts)."""

    text: str = field(repr=False)
    likeness: float
    clearness: float

    @property
    def is_sure(self) -> bool:
        """Whether it may be believed as far as a Code 39 may."""
        return self.likeness >= LEAST_LIKENESS and self.clearness >= LEAST_CLEARNESS


def match_code39(gray: Image, block: Corners) -> Match | None:
    """What stands in ``block`` if it is a Code 39 of eight characters; None if it is not. 3 to 5 ms of CPU."""
    left, right = _MARGIN, _MARGIN + _WIDTH
    target = np.array([[left, 0], [right, 0], [right, _ROWS], [left, _ROWS]], np.float32)
    matrix = cv2.getPerspectiveTransform(block.astype(np.float32), target)
    strip = cv2.warpPerspective(gray, matrix, (_WIDTH + 2 * _MARGIN, _ROWS), borderMode=cv2.BORDER_REPLICATE)
    level = _levelled(strip[_INNER].astype(np.float32))
    profile: _Floats = np.median(level, axis=0)
    ends = max(_ends(profile, way) for way in (1, -1))
    if not ends:
        return None
    way, places = ends[0][1], [(start, pitch) for _, _, start, pitch in ends]
    match = _match(profile[::way], places)
    if match is None or not match.is_sure:
        return match
    halves = (np.median(half, axis=0)[::way] for half in np.array_split(level, 2))
    seen = [_match(half, places) for half in halves]
    same = all(half is not None and half.text == match.text for half in seen)
    return match if same else replace(match, clearness=0.0)


def _levelled(strip: _Floats) -> _Floats:
    """The strip with its bars upright; they lean a little where the block is not quite right.

    Averaged along them, bars keep their contrast, so the lean that keeps most of it is theirs.
    """
    some = strip[:: len(strip) // 6]
    lean = max(_LEANS, key=lambda lean: float(np.abs(np.diff(_sheared(some, lean).mean(axis=0))).sum()))
    return _sheared(strip, lean)


def _sheared(strip: _Floats, lean: float) -> _Floats:
    rows = np.linspace(-0.5, 0.5, len(strip))[:, None]
    at = np.clip(np.arange(strip.shape[1]) + lean * rows, 0, strip.shape[1] - 1.001)
    left = at.astype(np.intp)
    share = (at - left).astype(np.float32)
    row = np.arange(len(strip))[:, None]
    sheared: _Floats = strip[row, left] * (1 - share) + strip[row, left + 1] * share
    return sheared


def _ends(profile: _Floats, way: int) -> list[tuple[float, int, float, float]]:
    """Where the code may start and what its pitch may be, best first: likeness, way, start, pitch."""
    line = profile[::way]
    asterisk = _templates()[len(_templates()) // 2, _ASTERISK]
    shifts = np.arange(-0.9 * _MARGIN, 0.9 * _MARGIN, 2.0)
    found = []
    for scale in _SCALES:
        pitch = scale * _WIDTH / (CHARACTERS - _GAP_SHARE)
        half_gap = pitch * _GAP_SHARE / 2
        lefts = _MARGIN - half_gap + shifts
        rights = _MARGIN + _WIDTH + half_gap - pitch + shifts
        at_left, at_right = (_windows(line, starts, pitch) @ asterisk for starts in (lefts, rights))
        for left in np.argsort(at_left)[-_ENDS_TRIED:]:
            for right in np.argsort(at_right)[-_ENDS_TRIED:]:
                apart = (rights[right] - lefts[left]) / (CHARACTERS - 1)
                likeness = float(at_left[left] + at_right[right])
                if likeness >= _ENDS_LEAST and abs(apart / pitch - 1) < 0.03:  # noqa: PLR2004 the next scale's
                    found.append((likeness, way, float(lefts[left]), float(apart)))
    return sorted(found, reverse=True)[:_ENDS_TRIED]


def _match(line: _Floats, places: list[tuple[float, float]]) -> Match | None:
    """The best reading over the places, ratios and blurs; None if it does not stand between asterisks."""
    templates = _templates()
    best_total, best = 0.0, None
    every = np.arange(CHARACTERS)
    for start, pitch in places:
        starts = (start + pitch * every)[:, None] + pitch * _DRIFT
        likeness = _windows(line, starts.ravel(), pitch) @ templates.reshape(-1, _CELL).T
        likeness = likeness.reshape(CHARACTERS, len(_DRIFT), len(templates), len(_ALPHABET)).max(axis=1)
        fits = likeness.max(axis=2).mean(axis=0)
        kind = int(fits.argmax())
        if fits[kind] > best_total:
            best_total, best = float(fits[kind]), likeness[:, kind]
    if best is None:
        return None
    order = np.argsort(best, axis=1)
    first, second = best[every, order[:, -1]], best[every, order[:, -2]]
    text = "".join(_ALPHABET[place] for place in order[:, -1])
    if text[0] != "*" or text[-1] != "*":
        return None
    clearness = (first - second) / (1.02 - first)
    return Match(text[1:-1], float(first.min()), float(clearness.min()))


def _windows(line: _Floats, starts: npt.NDArray[np.float64], pitch: float) -> _Floats:
    """One row for each start: the line from there on over a pitch, without its mean and of length one."""
    at = np.clip(starts[:, None] + (np.arange(_CELL) + 0.5) * pitch / _CELL - 0.5, 0, len(line) - 1.001)
    left = at.astype(np.intp)
    share = (at - left).astype(np.float32)
    return _unit(line[left] * (1 - share) + line[left + 1] * share)


@cache
def _templates() -> _Floats:
    """Every character at every ratio and blur: kinds x 44 x samples."""
    return np.stack([_drawn(ratio, blur) for ratio in _RATIOS for blur in _BLURS])


def _drawn(ratio: float, blur: float) -> _Floats:
    fine = 16  # pixels a narrow bar
    around = 3 * fine
    lines = np.ones((len(_ALPHABET), round((7 + 3 * ratio) * fine)), np.float32)
    for line, pattern in zip(lines, _PATTERNS.values(), strict=True):
        at = 0.5
        for place, wide in enumerate(pattern):
            end = at + (ratio if wide == "1" else 1.0)
            if place % 2 == 0:
                line[round(at * fine) : round(end * fine)] = 0
            at = end
    padded = np.pad(lines, ((0, 0), (around, around)), constant_values=1)
    blurred = cv2.GaussianBlur(padded, (0, 0), sigmaX=blur * fine, sigmaY=1e-3)[:, around:-around]
    sampled: _Floats = cv2.resize(blurred, (_CELL, len(lines)), interpolation=cv2.INTER_AREA).astype(np.float32)
    return _unit(sampled)


def _unit(rows: _Floats) -> _Floats:
    rows = rows - rows.mean(axis=1, keepdims=True)
    unit: _Floats = (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1.0e-3)).astype(np.float32)
    return unit
