"""The printer's own memory: what wears it out and what destroys it, and a logo that is still there tomorrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from drivers.printer.virtual.device import Fault, Mechanics
from drivers.printer.virtual.memory import FILE, Memory
from drivers.printer.virtual.models import CLONE_GSR, EPSON
from drivers.printer.virtual.printer import VirtualPrinter
from tests.drivers.printer.machine import CUT, FEED_AND_CUT, Machine

if TYPE_CHECKING:
    from pathlib import Path

DEFINE = b"\x1cq\x01\x02\x00\x01\x00" + b"\x80" + b"\xff" * 14 + b"\x01"
"""One logo of 16 by 8 dots: a dot at the top left, a block, a dot at the bottom right."""
PRINT = b"\x1cp\x01\x00"
DEFINE_BY_LETTERS = b"\x1d(L\x0d\x000C0AB\x01\x08\x00\x02\x001\xff\x81"
PRINT_BY_LETTERS = b"\x1d(L\x06\x000EAB\x01\x01"


def logo(machine: Machine, command: bytes = PRINT) -> Image.Image:
    machine.hears(command + FEED_AND_CUT)
    machine.runs()
    return machine.burnt()


# --- faults -----------------------------------------------------------------------------------------------------


def test_power_lost_while_writing_loses_the_logos(tmp_path: Path) -> None:
    machine = Machine(mechanics=Mechanics(), memory=Memory(tmp_path / "memory"))
    machine.hears(DEFINE)
    assert machine.device.logos == ("1",)
    machine.device.fail(Fault.POWER_OFF)
    machine.device.repair(Fault.POWER_OFF)
    assert machine.device.logos == ()
    assert Memory(tmp_path / "memory").names == ()


def test_it_is_off_line_and_busy_while_it_writes_and_forgets_its_settings_afterwards() -> None:
    machine = Machine(mechanics=Mechanics())
    assert machine.hears(b"\x1da\x0e\x1bE\x01").hex(" ") == "10 00 00 0f"
    assert machine.hears(DEFINE + b"\x10\x04\x01").hex(" ") == "12 18 00 00 0f 13"
    assert machine.hears(b"\x10\x04\x01").hex(" ") == "1a"
    assert machine.runs().hex(" ") == "10 00 00 0f 11"
    assert machine.now >= EPSON.nv_write_s
    machine.device.fail(Fault.PAPER_LOW)
    assert machine.heard.hex(" ") == "10 00 00 0f 11"  # it was not asked again for its automatic status
    machine.hears(b"x\n" + FEED_AND_CUT)
    plain = Machine()
    plain.hears(b"x\n" + FEED_AND_CUT)
    machine.runs()
    assert machine.burnt().tobytes() == plain.burnt().tobytes()


def test_what_comes_while_it_writes_waits() -> None:
    machine = Machine(mechanics=Mechanics())
    machine.hears(DEFINE + b"Hola\n" + CUT)
    assert machine.tickets == []
    machine.runs()
    assert machine.texts == ["Hola"]


def test_more_than_ten_writes_a_day_wear_it_out() -> None:
    machine = Machine()
    for write in range(10):
        machine.now = write * 60.0
        machine.hears(DEFINE)
    assert machine.violations == []
    machine.now = 86401.0  # the first is a day old
    machine.hears(DEFINE)
    assert machine.violations == []
    machine.hears(DEFINE)
    assert machine.violations == ["memory written 11 times in a day: it wears out"]


@pytest.mark.parametrize(
    "data",
    [
        b"\x1cq\x00",
        b"\x1cq\x01\x00\x00\x01\x00",
        b"\x1d(L\x0c\x000C0AB\x01\x08\x00\x02\x001\xff",
        b"\x1d(L\x0d\x000C0AB\x01\x08\x00\x02\x002\xff\x81",
        b"\x1d(L\x03\x000CA",
    ],
)
def test_a_logo_that_is_none_is_reported_and_changes_nothing(data: bytes) -> None:
    machine = Machine()
    machine.hears(DEFINE + data)
    assert len(machine.violations) == 1
    assert machine.device.logos == ("1",)


def test_a_clone_prints_rubbish_where_the_logo_should_be() -> None:
    machine = Machine(CLONE_GSR)
    machine.hears(b"\x1cp\x01\x00Hola\n" + CUT)
    assert machine.texts == ["Hola"]
    assert machine.violations == ["unknown command 1C 70", "unknown command 01"]


def test_where_none_is_installed_nothing_is_printed_and_nothing_is_wrong() -> None:
    machine = Machine()
    machine.hears(PRINT + PRINT_BY_LETTERS + CUT)
    assert machine.tickets[0].length_mm == 12
    assert machine.violations == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"1": {"size": [8, 8], "rows": "?"}}', b'{"1": 3}', b"\xff"])
def test_a_memory_that_cannot_be_read_is_empty(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "memory").write_bytes(content)
    assert Memory(tmp_path / "memory").names == ()


# --- as it should be --------------------------------------------------------------------------------------------


def test_a_logo_is_printed_as_it_was_defined() -> None:
    machine = Machine()
    machine.hears(DEFINE)
    dots = logo(machine)
    assert dots.getbbox() == (0, 0, 16, 8)
    assert [y for y in range(8) if dots.getpixel((0, y))] == [0]
    assert [y for y in range(8) if dots.getpixel((15, y))] == [7]
    assert machine.violations == []


@pytest.mark.parametrize(("mode", "size"), [(0, (16, 8)), (1, (32, 8)), (2, (16, 16)), (3, (32, 16))])
def test_a_logo_is_printed_larger(mode: int, size: tuple[int, int]) -> None:
    machine = Machine()
    machine.hears(DEFINE)
    assert logo(machine, b"\x1cp\x01" + bytes([mode])).getbbox() == (0, 0, *size)


def test_a_logo_by_letters() -> None:
    machine = Machine()
    machine.hears(DEFINE_BY_LETTERS)
    dots = logo(machine, PRINT_BY_LETTERS)
    assert [(x, y) for y in range(2) for x in range(8) if dots.getpixel((x, y))] == [
        *((x, 0) for x in range(8)),
        (0, 1),
        (7, 1),
    ]


def test_the_two_kinds_of_logo_exclude_each_other() -> None:
    machine = Machine()
    machine.hears(DEFINE + DEFINE_BY_LETTERS)
    assert machine.device.logos == ("AB",)
    machine.hears(DEFINE)
    assert machine.device.logos == ("1",)


def test_a_logo_outlives_power_and_the_program(tmp_path: Path) -> None:
    machine = Machine(memory=Memory(tmp_path / "memory"))
    machine.hears(DEFINE)
    before = logo(machine)
    machine.device.fail(Fault.POWER_OFF)
    machine.device.repair(Fault.POWER_OFF)
    assert logo(machine).tobytes() == before.tobytes()
    assert logo(Machine(memory=Memory(tmp_path / "memory"))).tobytes() == before.tobytes()


def test_the_whole_printer_keeps_it_next_to_its_tickets(tmp_path: Path) -> None:
    (tmp_path / "tickets").mkdir()
    machine = Machine(memory=Memory(tmp_path / "tickets" / FILE))
    machine.hears(DEFINE)
    printer = VirtualPrinter(tmp_path / "port", tmp_path / "tickets")
    try:
        assert printer.view.logos == ("1",)
    finally:
        printer.close()
