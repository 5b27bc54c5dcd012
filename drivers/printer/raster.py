"""Black and white pictures for the printer: a line of letters that its code page lacks, a QR that it cannot draw."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from drivers.printer.profile import CELL_WIDTH_DOTS

if TYPE_CHECKING:
    from PIL import Image, ImageFont

CELL_HEIGHT_DOTS: Final = 24
BITS_A_BYTE: Final = 8

_EM_DOTS: Final = 20
_BASELINE_DOTS: Final = 19
_REAL_TIME: Final = re.compile(rb"\x10[\x04\x05\x14]")
"""DLE EOT, DLE ENQ, DLE DC4: a printer acts on these even where they are dots of a picture."""


@dataclass(frozen=True, slots=True)
class Raster:
    """A picture: ``rows`` of ``row_bytes``, a set bit burns, the first is at the left."""

    row_bytes: int
    rows: int
    data: bytes


def text_line(text: str, size: int = 1, *, bold: bool = False) -> Raster:
    """One clean line in the cells of font A, ``size`` times as large, with any Latin letter."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - rarely needed, and slow to load

    width = sum(not unicodedata.combining(letter) for letter in text) * CELL_WIDTH_DOTS * size
    picture = Image.new("1", (max(1, width), CELL_HEIGHT_DOTS * size))
    draw = ImageDraw.Draw(picture)
    draw.fontmode = "1"
    cell = -1
    for letter in text:
        cell += not unicodedata.combining(letter)  # a mark that has no letter of its own stands over the one before it
        for offset in (0, size) if bold else (0,):
            place = (max(0, cell) * CELL_WIDTH_DOTS * size + offset, _BASELINE_DOTS * size)
            draw.text(place, letter, 1, _font(size), anchor="ls")
    return packed(picture)


def qr_code(data: str, module_dots: int) -> Raster:
    """A QR code, error correction M, without its quiet zone."""
    from PIL import Image  # noqa: PLC0415

    modules = _code(data).get_matrix()
    picture = Image.new("1", (len(modules), len(modules)))
    picture.putdata([dark for row in modules for dark in row])
    side = len(modules) * module_dots
    return packed(picture.resize((side, side), Image.Resampling.NEAREST))


def qr_modules(data: str) -> int:
    """Modules of one side of that code, as the printer's own QR will have too; without drawing it."""
    return 4 * int(_code(data, draw=False).version) + 17


@lru_cache(maxsize=4)
def _code(data: str, *, draw: bool = True) -> Any:
    import qrcode  # noqa: PLC0415
    from qrcode.constants import ERROR_CORRECT_M  # noqa: PLC0415

    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, box_size=1, border=0)
    code.add_data(data)
    if draw:
        code.make(fit=True)
    else:
        code.best_fit(start=1)
    return code


def harmless(dots: bytes) -> bytes:
    """Where dots would be a command, one more is burnt: nobody sees it, and the printer stays a printer."""
    return _REAL_TIME.sub(lambda found: b"\x18" + found[0][1:], dots)


def packed(picture: Image.Image) -> Raster:
    """A picture of mode 1 whose lit dots burn; rows are filled up to whole bytes."""
    return Raster(-(-picture.width // BITS_A_BYTE), picture.height, harmless(picture.tobytes()))


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont  # noqa: PLC0415

    data = (files("drivers.printer") / "font_a.ttf").read_bytes()
    return ImageFont.truetype(io.BytesIO(data), _EM_DOTS * size)
