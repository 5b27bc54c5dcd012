"""The logo's bytes: what the printer's memory then holds is the picture, dot for dot."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from drivers.printer import commands
from drivers.printer.raster import Raster, packed
from tests.drivers.printer.machine import FEED_AND_CUT, Machine


def drawn() -> Image.Image:
    picture = Image.new("1", (40, 24))
    draw = ImageDraw.Draw(picture)
    draw.line((0, 0, 39, 23), 1)
    draw.rectangle((3, 12, 9, 22), fill=1)
    return picture


def test_what_is_defined_is_printed_dot_for_dot() -> None:
    machine = Machine()
    machine.hears(commands.define_logo(packed(drawn())) + commands.LOGO + FEED_AND_CUT)
    machine.runs()
    assert machine.violations == []
    assert machine.device.logos == ("1",)
    burnt = machine.burnt().crop((0, 0, 40, 24)).convert("1", dither=Image.Dither.NONE)
    assert burnt.tobytes() == drawn().tobytes()


def test_dots_are_never_a_real_time_command() -> None:
    """A column of 10h over one of 04h, and so on: the printer would answer, or worse, in the middle of a picture."""
    picture = Image.new("1", (8, 16))
    for column, low in enumerate((0x04, 0x05, 0x14)):
        for block, byte in enumerate((0x10, low)):
            for bit in range(8):
                picture.putpixel((column, 8 * block + bit), byte >> 7 - bit & 1)
    machine = Machine()
    assert machine.hears(commands.define_logo(packed(picture))).strip(b"\x11\x13") == b""  # XOFF and XON apart
    assert machine.violations == []
    assert machine.device.logos == ("1",)


@pytest.mark.parametrize("picture", [Raster(1, 7, bytes(7)), Raster(1, 0, b""), Raster(0, 8, b"")])
def test_a_size_that_no_memory_takes_is_refused(picture: Raster) -> None:
    with pytest.raises(ValueError, match="no logo"):
        commands.define_logo(picture)
