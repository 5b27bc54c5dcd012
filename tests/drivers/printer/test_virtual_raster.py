"""Pictures on the line: cut off in the middle they make a printer deaf; whole they look as they should."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from drivers.printer.virtual.device import Fault, Mechanics
from drivers.printer.virtual.models import CLONE_DLE, CLONE_GSR, EPSON, MINI_58MM, Model
from tests.drivers.printer.machine import CLEAR, CUT, FEED_AND_CUT, Machine

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = b"\x1dv0\x00\x48\x00\x60\x00"
BROKEN_OFF = HEAD + b"\xff" * 1000
TICKET = b"\x1b@\x1c.nuevo\n" + CUT


# --- broken off -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [EPSON, CLONE_GSR, MINI_58MM])
@pytest.mark.parametrize("nuls", [0, 96])
def test_after_half_a_picture_the_next_ticket_is_swallowed_without_a_word(model: Model, nuls: int) -> None:
    machine = Machine(model)
    machine.hears(BROKEN_OFF)
    assert machine.hears(b"\x10\x04\x01") == b"\x12"
    machine.hears(bytes(nuls) + TICKET)
    assert machine.hears(b"\x10\x04\x01") == b"\x12"
    assert machine.tickets == []
    assert machine.device.is_swallowing


@pytest.mark.parametrize(
    "rescue", [lambda machine: machine.hears(CLEAR), lambda machine: machine.pours(bytes(8192))], ids=["clear", "nuls"]
)
def test_a_clear_or_enough_nuls_bring_it_back(rescue: Callable[[Machine], bytes]) -> None:
    machine = Machine()
    machine.hears(BROKEN_OFF)
    rescue(machine)
    machine.hears(TICKET)
    assert machine.texts == ["nuevo"]
    assert [piece.text for piece in machine.tickets[0].pieces] == ["", "nuevo"]
    assert not machine.tickets[0].complete


def test_unplugging_does_not_help_and_power_does() -> None:
    machine = Machine()
    machine.hears(BROKEN_OFF)
    machine.device.fail(Fault.UNPLUGGED)
    machine.device.repair(Fault.UNPLUGGED)
    machine.hears(TICKET)
    assert machine.tickets == []
    machine.device.fail(Fault.POWER_OFF)
    machine.device.repair(Fault.POWER_OFF)
    machine.hears(TICKET)
    assert machine.texts == ["nuevo"]


@pytest.mark.parametrize(
    "start", [b"\x1d(k\xff\x00", b"\x1d(L\xff\x01", b"\x1b*\x21\xff\x01", b"\x1cq\x01\x08\x00\x08\x00"]
)
def test_every_command_with_data_swallows(start: bytes) -> None:
    machine = Machine()
    machine.hears(start + TICKET)
    assert machine.tickets == []
    machine.hears(CLEAR + TICKET)
    assert machine.texts == ["nuevo"]


def test_a_clone_takes_the_clear_for_more_of_the_picture() -> None:
    machine = Machine(CLONE_DLE)
    machine.pours(HEAD + b"\xff" * (72 * 96 - 10))
    machine.hears(CLEAR + TICKET)
    assert machine.texts == ["nuevo"]


def test_what_the_head_burnt_before_the_power_went_hangs_on_the_next_ticket() -> None:
    machine = Machine(mechanics=Mechanics())
    machine.hears(HEAD + b"\xff" * 72 * 20)
    machine.runs()
    machine.device.fail(Fault.POWER_OFF)
    machine.device.repair(Fault.POWER_OFF)
    machine.hears(TICKET)
    machine.runs()
    assert machine.burnt().crop((0, 0, 576, 20)).getextrema() == (255, 255)
    assert [(piece.text, piece.whole) for piece in machine.tickets[0].pieces] == [("", False), ("nuevo", True)]


# --- real-time commands inside ----------------------------------------------------------------------------------


def test_a_question_inside_a_picture_is_answered_and_reported() -> None:
    machine = Machine()
    assert machine.hears(HEAD + b"\x00" * 500 + b"\x10\x04\x01" + b"\x00" * 500) == b"\x12"
    assert machine.violations == ["10 04 01 inside a command's data is a real-time command"]


@pytest.mark.parametrize("danger", [b"\x10\x14\x01", b"\x10\x05\x02"])
@pytest.mark.parametrize("at", [0, 71, 500])
def test_other_real_time_bytes_inside_a_picture_are_reported(danger: bytes, at: int) -> None:
    machine = Machine()
    machine.pours(HEAD + (b"\x00" * at + danger).ljust(72 * 96, b"\x00"))
    assert machine.violations == [f"{danger[:2].hex(' ').upper()} inside image data is a real-time command"]


def test_asking_a_printer_that_hangs_in_a_picture_is_no_mistake() -> None:
    machine = Machine()
    machine.hears(BROKEN_OFF)
    machine.hears(b"\x10\x04\x01")
    machine.hears(b"\x10\x04\x04")
    machine.hears(CLEAR)
    assert machine.violations == []


# --- whole ------------------------------------------------------------------------------------------------------

PATTERN = bytes([0b10110000, 0b00000001, 0b11111111, 0b00000000])  # two rows of 16 dots


def expected(across: int, down: int) -> Image.Image:
    picture = Image.frombytes("1", (16, 2), PATTERN).convert("L")
    return picture.resize((16 * across, 2 * down), Image.Resampling.NEAREST)


@pytest.mark.parametrize(
    ("mode", "across", "down"),
    [(0, 1, 1), (1, 2, 1), (2, 1, 2), (3, 2, 2), (48, 1, 1), (49, 2, 1), (50, 1, 2), (51, 2, 2)],
)
def test_a_raster_picture_in_each_mode(mode: int, across: int, down: int) -> None:
    machine = Machine()
    machine.hears(b"\x1dv0" + bytes([mode, 2, 0, 2, 0]) + PATTERN + FEED_AND_CUT)
    assert machine.burnt().size == (576, 2 * down + 32)
    assert machine.burnt().crop((0, 0, 16 * across, 2 * down)).tobytes() == expected(across, down).tobytes()
    assert machine.violations == []


def test_graphics_are_stored_and_then_printed() -> None:
    machine = Machine()
    machine.hears(b"\x1d(L\x0e\x000p0\x01\x011\x10\x00\x02\x00" + PATTERN)
    machine.hears(CUT)
    assert machine.tickets[0].length_mm == 12
    machine.hears(b"\x1d(L\x02\x0002" + FEED_AND_CUT)
    assert machine.burnt().crop((0, 0, 16, 2)).tobytes() == expected(1, 1).tobytes()
    machine.hears(b"\x1d(L\x02\x0002")
    assert machine.violations == ["GS ( L prints, and there is no picture"]


def test_graphics_with_four_bytes_of_length() -> None:
    machine = Machine()
    machine.hears(b"\x1d8L\x0e\x00\x00\x000p0\x01\x021\x10\x00\x02\x00" + PATTERN + b"\x1d(L\x02\x0002" + FEED_AND_CUT)
    assert machine.burnt().crop((0, 0, 16, 4)).tobytes() == expected(1, 2).tobytes()


@pytest.mark.parametrize(
    ("mode", "column", "size"),
    [(33, b"\xff\xff\xff", (4, 24)), (32, b"\xff\xff\xff", (8, 24)), (1, b"\xff", (4, 24)), (0, b"\xff", (8, 24))],
)
def test_columns_stand_in_a_line_of_text(mode: int, column: bytes, size: tuple[int, int]) -> None:
    machine = Machine()
    machine.hears(b"\x1b*" + bytes([mode, 4, 0]) + column * 4 + b"\n" + FEED_AND_CUT)
    assert machine.burnt().getbbox() == (0, 0, *size)
    assert machine.violations == []


def test_columns_are_read_from_top_to_bottom_and_left_to_right() -> None:
    machine = Machine()
    machine.hears(b"\x1b*\x21\x02\x00" + b"\x80\x00\x00" + b"\x00\x00\x01" + b"\n" + FEED_AND_CUT)
    dots = machine.burnt()
    assert [(x, y) for x in range(2) for y in range(24) if dots.getpixel((x, y))] == [(0, 0), (1, 23)]


def test_a_picture_is_placed_as_text_is() -> None:
    machine = Machine()
    machine.hears(b"\x1ba\x01\x1dv0\x00\x02\x00\x01\x00\xff\xff" + FEED_AND_CUT)
    assert machine.burnt().getbbox() == (280, 0, 296, 1)


def test_a_picture_larger_than_the_buffer_comes_through_in_any_portions() -> None:
    whole, piecewise = Machine(), Machine()
    data = HEAD + bytes(range(0x20, 0x68)) * 96 + FEED_AND_CUT
    whole.pours(data, 4000)
    piecewise.pours(data, 7)
    assert whole.violations == piecewise.violations == []
    assert whole.tickets[0].picture.tobytes() == piecewise.tickets[0].picture.tobytes()


@pytest.mark.parametrize(
    "data",
    [
        b"x\x1dv0\x00\x01\x00\x01\x00\xff",
        b"\x1dv0\x09\x01\x00\x01\x00\xff",
        b"\x1dv0\x00\x49\x00\x01\x00" + b"\xff" * 73,
        b"\x1dv0\x01\x48\x00\x01\x00" + b"\xff" * 72,
        b"\x1b*\x21\x41\x02" + b"\xff" * 3 * 0x241,
        b"\x1b*\x05\x00\x00",
        b"\x1d(L\x0c\x000p0\x01\x011\x10\x00\x02\x00" + PATTERN[:2],
        b"\x1d(L\x02\x000Z",
    ],
)
def test_a_picture_that_is_none_is_reported(data: bytes) -> None:
    machine = Machine()
    machine.hears(data)
    assert len(machine.violations) == 1
