"""The back of a sample DNI azul at 20 pixels a millimetre: its two codes are as on a real one, its look is not.

Sizes: ISO/IEC 7810 ID-1 (85.60 x 53.98 mm, corners of 3.18 mm). Codes: R.J. 356-2005-JEF/RENIEC art. 3 items 24
and 25; the PDF417 has the real 17 columns, hence 358 modules across about 60 mm.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
import zxingcpp

from drivers.scanner.virtual import drawing
from drivers.scanner.virtual.ground import SOFT, Palette, ground, rosette, stamp_boxes

if TYPE_CHECKING:
    from drivers.scanner.frames import Image
    from drivers.scanner.virtual.people import SamplePerson

WIDTH_MM: Final = 85.6
HEIGHT_MM: Final = 53.98
CORNER_MM: Final = 3.18

_PAPER: Final = (247, 242, 233)
BLUE: Final = Palette(_PAPER, (250, 236, 214), (236, 230, 246), (238, 214, 184), (228, 212, 236))
"""Sky blue on the left to rose on the right."""
_INK: Final = (52, 34, 20)
_BLUE: Final = (128, 74, 22)
_WARNING: Final = (58, 52, 190)


class Code(Enum):
    """What of the two codes to print; a worn card may have lost one."""

    CODE39 = "code39"
    PDF417 = "pdf417"


ALL_CODES: Final = frozenset(Code)


def dni_back(person: SamplePerson, codes: frozenset[Code] = ALL_CODES) -> Image:
    """The card, blue, green, red. Takes about 100 ms: draw once, then hold it up frame after frame."""
    card = ground(WIDTH_MM, HEIGHT_MM, BLUE)
    _lettering(card, person)
    rosette(card, (13.2, 25.3), 9.0)
    stamp_boxes(card, (25.4, 15.6))
    _pdf417(card, person.pdf417_payload() if Code.PDF417 in codes else None)
    _code39(card, person.number if Code.CODE39 in codes else None)
    return card


def outline(width_px: int, height_px: int, corner_px: int) -> Image:
    """Where a sheet is, 255 inside and 0 outside, with round corners."""
    mask = np.zeros((height_px, width_px), np.uint8)
    cv2.rectangle(mask, (corner_px, 0), (width_px - 1 - corner_px, height_px - 1), 255, -1)
    cv2.rectangle(mask, (0, corner_px), (width_px - 1, height_px - 1 - corner_px), 255, -1)
    for x in (corner_px, width_px - 1 - corner_px):
        for y in (corner_px, height_px - 1 - corner_px):
            cv2.circle(mask, (x, y), corner_px, 255, -1, cv2.LINE_AA)
    return mask


def _lettering(card: Image, person: SamplePerson) -> None:
    drawing.text(card, (3.6, 6.4), "DOCUMENTO DE EJEMPLO · SIN VALOR", 3.1, _WARNING, weight=750)
    drawing.text(card, (3.6, 10.2), person.name, 2.5, _BLUE, weight=600)
    drawing.text(card, (3.6, 13.2), "Persona imaginaria · para probar el lector", 1.9, SOFT, weight=500)
    drawing.upwards(card, (71.0, 46.6), f"DNI {person.number}", 2.7, _INK, weight=650)
    drawing.centred(card, (46, 27.3), "EJEMPLO", 7.5, (222, 202, 182), weight=800)


def _pdf417(card: Image, payload: bytes | None) -> None:
    drawing.box(card, (2.4, 36.9), (63.4, 15.0), _PAPER)
    if payload is not None:
        modules = drawing.modules_of(payload, zxingcpp.BarcodeFormat.PDF417, columns=17)
        drawing.symbol(card, (4.1, 38.1), (60.0, 12.6), modules, _INK)


def _code39(card: Image, number: str | None) -> None:
    drawing.box(card, (73.0, 4.4), (9.6, 45.2), _PAPER)
    if number is not None:
        modules = drawing.modules_of(number, zxingcpp.BarcodeFormat.Code39Std)
        drawing.symbol(card, (74.2, 7.5), (7.2, 39.0), np.ascontiguousarray(modules.T[::-1]), _INK)
