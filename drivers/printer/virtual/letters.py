"""The letters that the head burns: two fonts, their multiples, and their looks."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFont

CELL: Final = (12, 24)
"""Font A, in dots."""
SMALL_CELL: Final = (9, 17)
"""Font B."""

_EM_DOTS: Final = {CELL: 20, SMALL_CELL: 15}
_BASELINE_DOTS: Final = {CELL: 19, SMALL_CELL: 13}


@dataclass(frozen=True, slots=True)
class Style:
    """How the head writes: multiples 1 to 8 of a cell, and looks. ``underline`` is its thickness in dots."""

    width: int = 1
    height: int = 1
    bold: bool = False
    small: bool = False
    underline: int = 0
    inverse: bool = False

    @property
    def cell(self) -> tuple[int, int]:
        """The unmultiplied cell."""
        return SMALL_CELL if self.small else CELL

    def width_of(self, text: str) -> int:
        """Dots that ``text`` takes."""
        return sum(2 if is_wide(letter) else 1 for letter in text) * self.cell[0] * self.width


def is_wide(letter: str) -> bool:
    """Chinese characters take two cells."""
    return unicodedata.east_asian_width(letter) in {"W", "F"}


@lru_cache(maxsize=1024)
def glyph(letter: str, style: Style) -> Image.Image:
    """One letter, as a mask of the dots that burn; bold burns every dot twice, one to the right."""
    width, height = (2 if is_wide(letter) else 1) * style.cell[0] * style.height, style.cell[1] * style.height
    mask = Image.new("1", (width, height))
    draw = ImageDraw.Draw(mask)
    if is_wide(letter):
        _draw_character(draw, letter, width, height)
    else:
        draw.fontmode = "1"
        baseline = _BASELINE_DOTS[style.cell] * style.height
        for offset in (0, style.height) if style.bold else (0,):
            draw.text((offset, baseline), letter, 1, _font(_EM_DOTS[style.cell] * style.height), anchor="ls")
    if style.underline:
        draw.rectangle((0, height - style.underline * style.height, width, height), fill=1)
    if style.inverse:
        mask = ImageChops.invert(mask)
    return mask.resize((width * style.width // style.height, height), Image.Resampling.NEAREST)


def _draw_character(draw: ImageDraw.ImageDraw, letter: str, width: int, height: int) -> None:
    """Strokes that look like a Chinese character from afar: no font of 20 000 is shipped to show a mistake."""
    code = ord(letter)
    for number in range(2, 8):
        place = 2 + number * 2 * height // 17
        if code >> number & 1:
            draw.line((2, place, width - 3, place), fill=1)
        if code >> (number + 4) & 1:
            draw.line((place * width // height, 2, place * width // height, height - 3), fill=1)
    draw.line((2, height - 4, width - 3, height - 4), fill=1)


@lru_cache(maxsize=16)
def _font(em_dots: int) -> ImageFont.FreeTypeFont:
    data = (files("drivers.printer") / "font_a.ttf").read_bytes()
    return ImageFont.truetype(io.BytesIO(data), em_dots)
