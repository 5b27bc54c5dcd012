"""The strip of paper: what the head burns into it, and the ticket that the blade cuts off, as a picture at 203 dpi."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

import qrcode
from PIL import Image, ImageDraw, ImageFont
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q

DOTS_A_MM: Final = 8
PAPER_DOTS: Final = 640
"""80 mm."""
HEAD_DOTS: Final = 576
"""72 mm: what the head reaches."""
CUTTER_DOTS: Final = 96
"""12 mm from head to blade: the blank head of every ticket."""
CELL: Final = (12, 24)
LINE_DOTS: Final = 30

LEFT, CENTRE, RIGHT = 0, 1, 2

_EM_DOTS: Final = 20
_BASELINE_DOTS: Final = 19
_MARGIN: Final = (PAPER_DOTS - HEAD_DOTS) // 2
_PAPER, _INK = (254, 253, 250), (33, 31, 36)
_TOOTH: Final = 6
_TEETH: Final = (226, 224, 219)
_QR_LEVELS: Final = {48: ERROR_CORRECT_L, 49: ERROR_CORRECT_M, 50: ERROR_CORRECT_Q, 51: ERROR_CORRECT_H}


@dataclass(frozen=True, slots=True)
class Style:
    """How the head writes: multiples 1 to 8 of the 12x24 cell, and bold."""

    width: int = 1
    height: int = 1
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    """A piece of paper that was cut off. ``text`` has a line for a line; ``length_mm`` is from cut to cut."""

    text: str
    qr: tuple[str, ...]
    length_mm: float
    picture: Image.Image


class Strip:
    """The paper between two cuts."""

    def __init__(self) -> None:
        self._bands: list[Image.Image] = [_blank(CUTTER_DOTS)]
        self._lines: list[str] = []
        self._qr: list[str] = []

    def feed(self, dots: int) -> int:
        """Blank paper; the dots it moved, as all of these."""
        self._bands.append(_blank(dots))
        return dots

    def line(self, runs: list[tuple[str, Style]], align: int) -> int:
        """A line of text; runs of different heights stand on its foot."""
        self._lines.append("".join(text for text, _ in runs))
        width = sum(len(text) * CELL[0] * style.width for text, style in runs)
        height = max([LINE_DOTS, *(CELL[1] * style.height for _, style in runs)])
        band = _blank(height)
        x, foot = _left(width, align), max([CELL[1], *(CELL[1] * style.height for _, style in runs)])
        for text, style in runs:
            for letter in text:
                glyph = _glyph(letter, style)
                band.paste(0, (x, foot - glyph.height), glyph)
                x += glyph.width
        self._bands.append(band)
        return height

    def qr_code(self, data: str, module_dots: int, level: int, align: int) -> int:
        """A QR code without a quiet zone, as printers draw it."""
        code = qrcode.QRCode(error_correction=_QR_LEVELS[level], box_size=1, border=0)
        code.add_data(data)
        code.make(fit=True)
        modules = code.get_matrix()
        picture = Image.new("1", (len(modules), len(modules)))
        picture.putdata([not dark for row in modules for dark in row])
        side = len(modules) * module_dots
        band = _blank(side)
        band.paste(picture.resize((side, side), Image.Resampling.NEAREST), (_left(side, align), 0))
        self._bands.append(band)
        self._qr.append(data)
        return side

    def cut(self) -> Ticket:
        """The ticket so far; the next one is another strip."""
        height = sum(band.height for band in self._bands)
        burnt = Image.new("1", (HEAD_DOTS, height), 1)
        y = 0
        for band in self._bands:
            burnt.paste(band, (0, y))
            y += band.height
        return Ticket("\n".join(self._lines), tuple(self._qr), height / DOTS_A_MM, _on_paper(burnt))


def qr_side(data: str, level: int) -> int:
    """Modules of one side."""
    code = qrcode.QRCode(error_correction=_QR_LEVELS[level], border=0)
    code.add_data(data)
    code.make(fit=True)
    return int(code.modules_count)


def _on_paper(burnt: Image.Image) -> Image.Image:
    paper = Image.new("RGB", (PAPER_DOTS, burnt.height), _PAPER)
    paper.paste(_INK, (_MARGIN, 0), burnt.convert("L").point(lambda value: 255 - value))
    draw = ImageDraw.Draw(paper)
    for x in range(0, PAPER_DOTS, 2 * _TOOTH):  # the blade's teeth
        for y, tip in ((0, _TOOTH), (burnt.height - 1, burnt.height - 1 - _TOOTH)):
            draw.polygon([(x, y), (x + _TOOTH, tip), (x + 2 * _TOOTH, y)], fill=_TEETH)
    return paper


def _blank(dots: int) -> Image.Image:
    return Image.new("1", (HEAD_DOTS, dots), 1)


def _left(width: int, align: int) -> int:
    return {LEFT: 0, CENTRE: (HEAD_DOTS - width) // 2, RIGHT: HEAD_DOTS - width}[align]


@lru_cache(maxsize=8)
def _font(height: int) -> ImageFont.FreeTypeFont:
    data = (files("drivers.printer.virtual") / "font_a.ttf").read_bytes()
    return ImageFont.truetype(io.BytesIO(data), _EM_DOTS * height)


@lru_cache(maxsize=1024)
def _glyph(letter: str, style: Style) -> Image.Image:
    """One cell, as a mask of the dots that burn; bold burns every dot twice, one to the right."""
    width, height = CELL[0] * style.height, CELL[1] * style.height
    cell = Image.new("1", (width, height))
    draw = ImageDraw.Draw(cell)
    draw.fontmode = "1"
    for offset in (0, style.height) if style.bold else (0,):
        draw.text((offset, _BASELINE_DOTS * style.height), letter, 1, _font(style.height), anchor="ls")
    return cell.resize((CELL[0] * style.width, height), Image.Resampling.NEAREST)
