"""The words of ESC/POS that the virtual printers know, and which of them a model knows."""

from __future__ import annotations

from enum import Enum, auto
from string import ascii_letters
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drivers.printer.virtual.models import Model


class Op(Enum):
    """What the buffered commands ask for."""

    TEXT = auto()
    LINE_FEED = auto()
    RESET = auto()
    ALIGN = auto()
    BOLD = auto()
    DOUBLE_STRIKE = auto()
    UNDERLINE = auto()
    INVERSE = auto()
    UPSIDE_DOWN = auto()
    FONT = auto()
    STYLE = auto()
    SIZE = auto()
    SMOOTH = auto()
    DENSITY = auto()
    FEED = auto()
    FEED_LINES = auto()
    LINE_SPACING = auto()
    DEFAULT_SPACING = auto()
    MOTION_UNITS = auto()
    LEFT_MARGIN = auto()
    WIDTH = auto()
    NATIONAL_SET = auto()
    CODE_PAGE = auto()
    LEAVE_CHINESE = auto()
    ENTER_CHINESE = auto()
    SELECT = auto()
    RASTER = auto()
    RASTER_ROWS = auto()
    COLUMNS = auto()
    GRAPHICS = auto()
    DEFINE_LOGOS = auto()
    LOGO = auto()
    AUTO_STATUS = auto()
    SENSOR = auto()
    INFO = auto()
    CUT = auto()
    CUT_HERE = auto()
    CODE_2D = auto()
    PROCESS_ID = auto()


FIXED: Final = {
    b"\n": (Op.LINE_FEED, 0),
    b"\x1b@": (Op.RESET, 0),
    b"\x1ba": (Op.ALIGN, 1),
    b"\x1bE": (Op.BOLD, 1),
    b"\x1bG": (Op.DOUBLE_STRIKE, 1),
    b"\x1b-": (Op.UNDERLINE, 1),
    b"\x1dB": (Op.INVERSE, 1),
    b"\x1b{": (Op.UPSIDE_DOWN, 1),
    b"\x1bM": (Op.FONT, 1),
    b"\x1b!": (Op.STYLE, 1),
    b"\x1d!": (Op.SIZE, 1),
    b"\x1db": (Op.SMOOTH, 1),
    b"\x1d|": (Op.DENSITY, 1),
    b"\x1bJ": (Op.FEED, 1),
    b"\x1bd": (Op.FEED_LINES, 1),
    b"\x1b3": (Op.LINE_SPACING, 1),
    b"\x1b2": (Op.DEFAULT_SPACING, 0),
    b"\x1dP": (Op.MOTION_UNITS, 2),
    b"\x1dL": (Op.LEFT_MARGIN, 2),
    b"\x1dW": (Op.WIDTH, 2),
    b"\x1bR": (Op.NATIONAL_SET, 1),
    b"\x1bt": (Op.CODE_PAGE, 1),
    b"\x1c.": (Op.LEAVE_CHINESE, 0),
    b"\x1c&": (Op.ENTER_CHINESE, 0),
    b"\x1b=": (Op.SELECT, 1),
    b"\x1dv0": (Op.RASTER, 5),
    b"\x1b*": (Op.COLUMNS, 3),
    b"\x1cq": (Op.DEFINE_LOGOS, 1),
    b"\x1cp": (Op.LOGO, 2),
    b"\x1da": (Op.AUTO_STATUS, 1),
    b"\x1dr": (Op.SENSOR, 1),
    b"\x1dI": (Op.INFO, 1),
    b"\x1dV\x00": (Op.CUT_HERE, 0),
    b"\x1dV\x01": (Op.CUT_HERE, 0),
    b"\x1dV0": (Op.CUT_HERE, 0),
    b"\x1dV1": (Op.CUT_HERE, 0),
    b"\x1dVA": (Op.CUT, 1),
    b"\x1dVB": (Op.CUT, 1),
}
"""Name: what it asks for, and how many parameter bytes follow (three commands are followed by data, too)."""

COUNTED: Final[dict[bytes, Op | None]] = {
    **{b"\x1d(" + letter.encode("ascii"): None for letter in ascii_letters},
    b"\x1d(k": Op.CODE_2D,
    b"\x1d(H": Op.PROCESS_ID,
    b"\x1d(L": Op.GRAPHICS,
}
"""Commands with a length in two bytes: a printer that does not know one skips as much."""

LONG_COUNTED: Final = {b"\x1d8L": 4}
"""The same with more bytes of length."""


def names_of(model: Model) -> dict[bytes, Op | None]:
    """The names that ``model`` recognises. None stands for one that it only knows how to skip."""
    missing = set(_missing(model))
    names: dict[bytes, Op | None] = {name: op for name, (op, _) in FIXED.items() if op not in missing}
    names |= {name: None if op in missing else op for name, op in COUNTED.items()}
    names |= {b"\x1d8L": Op.GRAPHICS if model.graphics else None}
    return names


def _missing(model: Model) -> Iterator[Op]:
    if not model.auto_status:
        yield Op.AUTO_STATUS
    if not model.sensor:
        yield Op.SENSOR
    if not model.process_id:
        yield Op.PROCESS_ID
    if not model.identity:
        yield Op.INFO
    if not model.native_qr:
        yield Op.CODE_2D
    if not model.graphics:
        yield Op.GRAPHICS
    if not model.nv_logo:
        yield from (Op.DEFINE_LOGOS, Op.LOGO)
    if not model.wakes_in_chinese:
        yield Op.ENTER_CHINESE
