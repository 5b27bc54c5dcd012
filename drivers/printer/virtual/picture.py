"""Bits on the line as dots on paper. A dot that burns is a 1 on the line and a 0 in a picture here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PIL import Image

_BURNT: Final = bytes(0xFF ^ value for value in range(256))
_NV_HEAD: Final = 11
_FS_Q_HEAD: Final = 4
_ONE_COLOUR: Final = 49


class PictureError(ValueError):
    """Data that are no picture; the message is for whoever made them."""


def from_rows(data: bytes, width_bytes: int) -> Image.Image:
    """Rows of dots, eight to a byte, the highest bit leftmost."""
    return Image.frombytes("1", (8 * width_bytes, len(data) // width_bytes), data.translate(_BURNT))


def from_columns(data: bytes, height_bytes: int) -> Image.Image:
    """Columns of dots, eight to a byte, the highest bit uppermost."""
    return from_rows(data, height_bytes).transpose(Image.Transpose.TRANSPOSE)


def enlarged(picture: Image.Image, across: int, down: int) -> Image.Image:
    """Every dot as a block of ``across`` by ``down``."""
    if (across, down) == (1, 1):
        return picture
    return picture.resize((picture.width * across, picture.height * down), Image.Resampling.NEAREST)


@dataclass(frozen=True, slots=True)
class Named:
    """A picture for the printer's memory: FS q numbers them, GS ( L gives them two letters."""

    name: str
    picture: Image.Image


def read_logos(params: bytes) -> list[Named]:
    """The pictures of an ``FS q``, numbered from 1; one without a size is no picture. Raises: PictureError."""
    logos: list[Named] = []
    rest = params[1:]
    while rest:
        across, down = int.from_bytes(rest[:2], "little"), int.from_bytes(rest[2:4], "little")
        if not across or not down:
            raise PictureError("FS q with a picture of no size")
        end = _FS_Q_HEAD + 8 * across * down
        logos.append(Named(str(len(logos) + 1), from_columns(rest[_FS_Q_HEAD:end], down)))
        rest = rest[end:]
    if not logos:
        raise PictureError("FS q without a picture")
    return logos


def read_graphic(params: bytes) -> Image.Image:
    """The picture of a ``GS ( L`` function 112 (raster, for the print buffer), enlarged. Raises: PictureError."""
    across, down, colour = params[3:6].ljust(3, b"\x00")
    if across not in {1, 2} or down not in {1, 2}:
        raise PictureError(f"GS ( L enlarges 1 or 2 times, not {across} and {down}")
    return enlarged(_rows(params[6:], colour), across, down)


def read_nv_graphic(params: bytes) -> Named:
    """The picture of a ``GS ( L`` function 67 (raster, for the memory). Raises: PictureError."""
    colour = params[_NV_HEAD - 1 : _NV_HEAD] or b"\x00"
    return Named(params[3:5].decode("latin-1"), _rows(params[6:10] + params[_NV_HEAD:], colour[0]))


def _rows(params: bytes, colour: int) -> Image.Image:
    width, height = int.from_bytes(params[:2], "little"), int.from_bytes(params[2:4], "little")
    data, width_bytes = params[4:], (width + 7) // 8
    if colour != _ONE_COLOUR or not width or not height or len(data) != width_bytes * height:
        raise PictureError(f"GS ( L with {len(data)} bytes for {width} by {height} dots")
    return from_rows(data, width_bytes).crop((0, 0, width, height))
