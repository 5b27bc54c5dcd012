"""What a visitor could do so that their document is read, told from what the frame shows without being read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drivers.scanner.words import Hint

if TYPE_CHECKING:
    from drivers.scanner.sightings import Facts

IN_VIEW_TEXTURE: Final = 0.02
GLARING: Final = 0.02
TILTED_DEG: Final = 15.0
NEAR_ENOUGH_PX: Final = 800
"""Of a code's length at 1920 x 1080: 60 mm from 10 cm. What is not read there, coming closer does not mend."""


def shows_something(facts: Facts) -> bool:
    """Whether a document may be in view."""
    return facts.code is not None or facts.band is not None or facts.texture >= IN_VIEW_TEXTURE


def advice(facts: Facts) -> Hint:
    """What would help most for a document that is in view but gives nothing.

    Light first: nothing is read through a reflection. Then, a face with neither code nor machine-readable lines is
    the wrong one. What has one of them is turned straight, then brought nearer, which mends size and focus; where it
    is near and straight already it is worn or printed badly, and the other face carries the same number.
    """
    if facts.glare >= GLARING:
        return Hint.AVOID_GLARE
    shape = facts.code or facts.band
    if shape is None:
        return Hint.TURN_OVER
    if abs(shape.tilt_deg) >= TILTED_DEG:
        return Hint.STRAIGHTEN
    return Hint.CLOSER if shape.length_px < NEAR_ENOUGH_PX else Hint.TURN_OVER
