"""What sample documents are printed on: a tint, a guilloche of fine waves, and shapes that stand for a person."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from drivers.scanner.virtual import drawing
from drivers.scanner.virtual.drawing import Colour, px

if TYPE_CHECKING:
    from drivers.scanner.frames import Image

SOFT: Final = (176, 142, 104)

_WAVES_EVERY_MM: Final = 1.85


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one kind of document, blue, green, red: its paper, what it fades from and to, its two waves."""

    paper: Colour
    from_left: Colour
    to_right: Colour
    wave: Colour
    counterwave: Colour


def ground(width_mm: float, height_mm: float, palette: Palette) -> Image:
    """A blank document, ready to be printed on. 60 ms of CPU the first time, 2 ms afterwards."""
    return _blank(width_mm, height_mm, palette).copy()


@lru_cache(maxsize=8)
def _blank(width_mm: float, height_mm: float, palette: Palette) -> Image:
    sheet = np.empty((px(height_mm), px(width_mm), 3), np.uint8)
    _tint(sheet, palette)
    x = np.linspace(-2, width_mm + 2, 500)
    for n in range(round((height_mm + 9) / _WAVES_EVERY_MM)):
        wave = 3.1 * np.sin(x / 7.5 + n * 0.17) + 1.4 * np.sin(x / 2.9 - n * 0.31)
        drawing.curve(sheet, x, -4 + n * _WAVES_EVERY_MM + wave, palette.wave)
        drawing.curve(sheet, x, -4 + n * _WAVES_EVERY_MM - wave, palette.counterwave)
    return sheet


def _tint(sheet: Image, palette: Palette) -> None:
    height, width = sheet.shape[:2]
    across, down = np.linspace(0, 1, 64)[None, :, None], np.linspace(0, 1, 36)[:, None, None]
    left, right = np.array(palette.from_left), np.array(palette.to_right)
    waves = 4 * np.sin(3 * down + 2 * across)
    tint = np.array(palette.paper) * 0.45 + (left * (1 - across) + right * across) * 0.55 + waves
    sheet[:] = cv2.resize(tint.clip(0, 255).astype(np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)


def rosette(sheet: Image, middle_mm: tuple[float, float], radius_mm: float) -> None:
    """An ornament where a real card shows a fingerprint: nobody's finger belongs on a sample."""
    x, y = middle_mm
    drawing.box(sheet, (x - radius_mm - 0.7, y - radius_mm - 0.7), (2 * radius_mm + 1.4,) * 2, SOFT, line_px=2)
    turn = np.linspace(0, 2 * np.pi, 720)
    for n in range(22):
        radius = radius_mm * (0.25 + 0.034 * n) * (1 + 0.11 * np.sin(12 * turn + n * 0.4))
        drawing.curve(sheet, x + radius * np.cos(turn), y + radius * np.sin(turn), SOFT)


def stamp_boxes(sheet: Image, corner_mm: tuple[float, float], rows: int = 2) -> None:
    """The places for the voting stamps, four a row, the first one's corner at ``corner_mm``."""
    x, y = corner_mm
    for row in range(rows):
        for column in range(4):
            drawing.box(sheet, (x + column * 10.4, y + row * 10.1), (9.4, 9.2), SOFT, line_px=2)


def portrait(sheet: Image, corner_mm: tuple[float, float], size_mm: tuple[float, float]) -> None:
    """A head and shoulders that are nobody's, as soft and as dark as a photograph, where a real card shows a face."""
    (left, top), (width, height) = corner_mm, size_mm
    place = sheet[px(top) : px(top + height), px(left) : px(left + width)]
    tall, wide = place.shape[:2]
    picture = np.full((tall, wide, 3), (214, 208, 202), np.uint8)
    middle = wide // 2
    cv2.ellipse(
        picture, (middle, round(tall * 1.05)), (round(wide * 0.46), round(tall * 0.36)), 0, 0, 360, (92, 74, 66), -1
    )
    cv2.rectangle(
        picture, (round(wide * 0.42), round(tall * 0.5)), (round(wide * 0.58), round(tall * 0.74)), (128, 150, 182), -1
    )
    cv2.ellipse(
        picture, (middle, round(tall * 0.37)), (round(wide * 0.27), round(tall * 0.27)), 0, 0, 360, (44, 40, 42), -1
    )
    cv2.ellipse(
        picture, (middle, round(tall * 0.42)), (round(wide * 0.23), round(tall * 0.24)), 0, 0, 360, (142, 166, 198), -1
    )
    for eye in (0.42, 0.58):
        cv2.ellipse(
            picture,
            (round(wide * eye), round(tall * 0.41)),
            (round(wide * 0.035), round(tall * 0.014)),
            0,
            0,
            360,
            (50, 48, 60),
            -1,
        )
    cv2.ellipse(
        picture, (middle, round(tall * 0.55)), (round(wide * 0.07), round(tall * 0.012)), 0, 0, 360, (96, 92, 150), -1
    )
    place[:] = cv2.GaussianBlur(picture, (0, 0), 0.35 * drawing.PX_PER_MM)
