"""From a picture to what may be believed of the zones in it. A wrong number is worse than none.

A character is believed from a probability of one half among those that may stand in its place, a number's from more.
A zone is a zone only if its characters look like what may stand there, letters where letters stand and digits where
digits do: check digits alone are right by chance once in ten.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from domain.mrz import Layout, Place, Zone, parse
from drivers.scanner.mrz import cells, locate, refine, straighten
from drivers.scanner.mrz.network import LABELS, shipped
from drivers.scanner.sightings import MrzSighting

if TYPE_CHECKING:
    from drivers.scanner.frames import Image
    from drivers.scanner.mrz.cells import Matrix
    from drivers.scanner.mrz.locate import Block
    from drivers.scanner.mrz.straighten import Fit

Floats = npt.NDArray[np.float64]

LEAST_PROBABILITY: Final = 0.5
LEAST_NUMBER_PROBABILITY: Final = 0.95
"""Of each character of a whole zone's number, for some pairs of errors pass every check digit: two digits misread by
five each, as 2 for 7 under a reflection; a passport's letter misread by ten, as H for R."""

LEAST_LONE_NUMBER_PROBABILITY: Final = 0.995
"""Of each character of a number that only its own check digit vouches for. Wrong ones were seen with 0.98."""

LEAST_LIKENESS: Final = -0.3
"""Mean logarithm of the probability that a place shows one of the characters that may stand there. Of zones in bad
frames 995 in 1000 have more; a grid that lies beside the characters has -0.4 and less."""
_GOOD: Final = -0.25
"""Above this nothing would read better some columns to the left or right."""
_ASIDE: Final = 8
"""How many columns a grid may have been laid aside, where a reflection or a finger hides an end of the lines: where
digits, letters and fillers may stand tells it to the column."""

_PLAIN: Final = -0.01
"""Above this it reads as a zone should, and no other fit is tried."""

_AS_IT_LIES: Final = np.eye(3)
_LEAST_SIDE_PX: Final = 120


@dataclass(frozen=True, slots=True)
class Text:
    """A zone's text as read: a line each, and each character's probability among those that may stand there."""

    layout: Layout
    lines: tuple[str, ...]
    probabilities: Floats
    likeness: float


@dataclass(frozen=True, slots=True)
class Found:
    """The documents whose zones were read; or, where none was, the block with a zone's lines and columns, if any."""

    sightings: tuple[MrzSighting, ...] = ()
    unread: Block | None = None


def read(gray: Image) -> tuple[MrzSighting, ...]:
    """The documents whose zones ``gray`` (height x width) shows, upright or upside down."""
    return find(gray).sightings


def find(gray: Image) -> Found:
    """The zones that ``gray`` (height x width) shows, upright or upside down.

    Takes about 5 ms of CPU at 1920 x 1080 where there is nothing like a zone, 20 to 60 ms where there is.
    """
    if min(gray.shape) < _LEAST_SIDE_PX:
        return Found()
    today = datetime.now(UTC).date()
    unread: Block | None = None
    for block in locate.blocks(gray):
        text = _best_of(gray, straighten.fits(gray, block))
        if text is None:
            continue
        seen = sighting(text, today)
        if seen is not None:
            return Found((seen,))
        unread = unread or block
        if text.likeness > _GOOD:
            break
    return Found((), unread)


def _best_of(gray: Image, fits: list[Fit]) -> Text | None:
    """The text of the fit whose grid lies best: one with lines too near to each other reads, but badly."""
    best: Text | None = None
    for fit in fits:
        text = best_text(gray, fit)
        if best is None or text.likeness > best.likeness:
            best = text
        if best.likeness > _PLAIN:
            break
    return best


def best_text(gray: Image, fit: Fit) -> Text:
    """What a fit says, this way up or the other, moved by some columns where that reads better."""
    smooth = cells.smoothed(gray, cells.pitch_px(fit.to_picture, fit.layout.columns / 2, 1.0))
    fit = refine.refined(smooth, fit)
    ways = (_AS_IT_LIES, _turned(fit))
    best = max((text_at(smooth, fit, way) for way in ways), key=_likeness)
    if best.likeness > _GOOD:
        return best
    text, change = max((_moved_to_fit(smooth, fit, way) for way in ways), key=lambda moved: moved[0].likeness)
    if text.likeness > best.likeness:
        aside = refine.refined(smooth, replace(fit, to_picture=fit.to_picture @ change))
        best = max(text, text_at(smooth, aside, _AS_IT_LIES), key=_likeness)
    return best


def _moved_to_fit(gray: Image, fit: Fit, way: Matrix) -> tuple[Text, Matrix]:
    """What stands where the lines read best of all places beside the fit, and how the plane comes there."""
    layout = fit.layout
    scores = _scores(gray, fit, way @ _moved(-_ASIDE), layout.columns + 2 * _ASIDE)
    texts = [_text(layout, scores[:, start : start + layout.columns]) for start in range(2 * _ASIDE + 1)]
    best = max(range(len(texts)), key=lambda start: texts[start].likeness)
    return texts[best], way @ _moved(best - _ASIDE)


def _likeness(text: Text) -> float:
    return text.likeness


def text_at(gray: Image, fit: Fit, change: Matrix) -> Text:
    """What stands where the fit, changed by a matrix on its plane, says."""
    return _text(fit.layout, _scores(gray, fit, change, fit.layout.columns))


def _scores(gray: Image, fit: Fit, change: Matrix, columns: int) -> Floats:
    """How well each label fits each place of lines of so many columns: lines x columns x labels, none above 0."""
    scores = shipped().scores(cells.cut(gray, fit.to_picture @ change, fit.middles, columns))
    scores = scores.reshape(fit.layout.lines, columns, -1).astype(np.float64)
    best: Floats = scores - scores.max(axis=2, keepdims=True)
    return best


def _text(layout: Layout, scores: Floats) -> Text:
    every = np.exp(scores)
    allowed = every * _allowed(layout)
    mass = allowed.sum(axis=2) + 1e-9
    likeness = float(np.log(mass / every.sum(axis=2)).clip(-6).mean())
    lines = tuple("".join(LABELS[n] for n in line) for line in allowed.argmax(axis=2))
    return Text(layout, lines, allowed.max(axis=2) / mass, likeness)


def sighting(text: Text, today: date) -> MrzSighting | None:
    """What may be believed of a text."""
    if text.likeness < LEAST_LIKENESS:
        return None
    zone = parse(text.lines, today)
    if zone is None:
        return None
    whole = zone.whole and _least(text, text.layout.checked) >= LEAST_PROBABILITY
    floor = LEAST_NUMBER_PROBABILITY if whole else LEAST_LONE_NUMBER_PROBABILITY
    if _least(text, text.layout.number) < floor:
        return None
    return MrzSighting(zone.document, whole, _name(text, zone))


def _least(text: Text, places: tuple[Place, ...]) -> float:
    """The probability of the least sure of the characters."""
    lines, columns = zip(*places, strict=True)
    return float(text.probabilities[list(lines), list(columns)].min())


def _name(text: Text, zone: Zone) -> str | None:
    line, start = (2, 0) if text.layout.lines == 3 else (0, 5)  # noqa: PLR2004 a card's third line, a passport's first
    return zone.name if text.probabilities[line, start:].min() >= LEAST_PROBABILITY else None


@cache
def _allowed(layout: Layout) -> npt.NDArray[np.bool_]:
    return np.array([[[label in alphabet for label in LABELS] for alphabet in line] for line in layout.alphabets])


def _turned(fit: Fit) -> Matrix:
    """The plane the other way up: last column of the last line first."""
    return np.array([[-1, 0, fit.layout.columns], [0, -1, fit.middles[-1]], [0, 0, 1.0]])


def _moved(columns: float) -> Matrix:
    return np.array([[1, 0, columns], [0, 1, 0], [0, 0, 1.0]])
