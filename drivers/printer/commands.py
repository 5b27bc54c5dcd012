"""The ESC/POS commands that python-escpos does not offer. Names and bytes as in Epson's reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drivers.printer.raster import BITS_A_BYTE, harmless

if TYPE_CHECKING:
    from drivers.printer.raster import Raster

RESET: Final = b"\x1b@" + b"\x1c." + b"\x1bR\x00"
"""Defaults; no Chinese mode (some clones wake up in it); no national set that replaces ``# $ @ [ ]``."""

AUTO_STATUS: Final = b"\x1da\x0e"
"""GS a: four bytes now and at each change of on-line, error and paper. Lost at every RESET."""

CLEAR: Final = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
"""DLE DC4 8: empties the printer's buffers, even inside an image; answered by ``37 25 00``."""

ASK_SENSOR: Final = b"\x1dr\x01"
"""GS r 1: one byte, when everything before it is done. Buffered, so it tells of the job in front of it."""

DOUBLED, UNSCALED = 3, 0
"""GS v 0's modes: each dot as two by two, or as it is."""

LOGO: Final = b"\x1cp\x01\x00"
"""FS p: the first image in the printer's own memory."""

DOTS_A_FEED: Final = 255

QUESTION_PRINTER, QUESTION_OFFLINE, QUESTION_ERROR, QUESTION_PAPER = 1, 2, 3, 4
INFO_MAKER, INFO_MODEL = 66, 67


def ask_status(question: int) -> bytes:
    """DLE EOT 1 to 4: acts on reception, before whatever waits in the printer's buffer."""
    return b"\x10\x04" + bytes([question])


def ask_info(what: int) -> bytes:
    """GS I 66 (maker) or 67 (model); answered by ``5F … 00``."""
    return b"\x1dI" + bytes([what])


def ask_process_id(process_id: str) -> bytes:
    """GS ( H: the printer repeats the four characters when everything before this command is on paper.

    Raises:
        ValueError: not four printable ASCII characters.
    """
    if len(process_id) != 4 or not all(" " <= letter <= "~" for letter in process_id):  # noqa: PLR2004 - d1 to d4
        raise ValueError(f"a process id has four printable ASCII characters, not {process_id!r}")
    return b"\x1d(H\x06\x0000" + process_id.encode("ascii")


def raster(picture: Raster, mode: int = UNSCALED) -> bytes:
    """GS v 0: prints ``picture`` at the start of a line."""
    width = picture.row_bytes.to_bytes(2, "little")
    return b"\x1dv0" + bytes([mode]) + width + picture.rows.to_bytes(2, "little") + picture.data


def define_logo(picture: Raster) -> bytes:
    """FS q: keeps ``picture`` as the only one in the printer's own memory, where `LOGO` finds it.

    The printer is off-line while it writes, up to a minute, and resets itself afterwards; losing power meanwhile loses
    all. Makers allow ten times a day.

    Raises:
        ValueError: its height is no multiple of eight, or a side is outside Epson's limits (1023 by 288 bytes).
    """
    blocks, rest = divmod(picture.rows, BITS_A_BYTE)
    if rest or not 1 <= blocks <= 288 or not 1 <= picture.row_bytes <= 1023:  # noqa: PLR2004 - Epson's
        raise ValueError(f"no logo has {picture.row_bytes} bytes by {picture.rows} rows")
    size = picture.row_bytes.to_bytes(2, "little") + blocks.to_bytes(2, "little")
    return b"\x1cq\x01" + size + harmless(_columns(picture, blocks))


def _columns(picture: Raster, blocks: int) -> bytes:
    """The same dots from top to bottom, column by column, eight to a byte, the highest bit uppermost."""
    width, rows = picture.row_bytes, picture.data
    columns = bytearray()
    for column in range(width * BITS_A_BYTE):
        at, shift = column // BITS_A_BYTE, 7 - column % BITS_A_BYTE
        for block in range(blocks):
            eight = rows[block * BITS_A_BYTE * width + at : (block + 1) * BITS_A_BYTE * width : width]
            columns.append(sum((byte >> shift & 1) << 7 - place for place, byte in enumerate(eight)))
    return bytes(columns)


def feed(dots: int) -> bytes:
    """ESC J, as often as needed."""
    whole, rest = divmod(dots, DOTS_A_FEED)
    return b"\x1bJ\xff" * whole + (b"\x1bJ" + bytes([rest]) if rest else b"")
