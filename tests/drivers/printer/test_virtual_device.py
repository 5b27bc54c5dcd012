"""The virtual printer's machine: it answers and refuses as the real one."""

from __future__ import annotations

import pytest

from drivers.printer.virtual.device import BUFFER_BYTES, Fault
from tests.drivers.printer.machine import CUT, STATUS, Machine


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (None, "12 12 12 12"),
        (Fault.PAPER_LOW, "12 12 12 1e"),
        (Fault.PAPER_OUT, "1a 32 12 7e"),
        (Fault.COVER_OPEN, "1a 16 12 12"),
        (Fault.POWER_OFF, ""),
    ],
)
def test_status_as_in_the_specification(machine: Machine, fault: Fault | None, answer: str) -> None:
    if fault:
        machine.device.fail(fault)
    assert machine.hears(STATUS).hex(" ") == answer


def test_a_jam_shows_when_the_blade_falls(machine: Machine) -> None:
    machine.device.fail(Fault.CUTTER_JAMMED)
    assert machine.hears(STATUS).hex(" ") == "12 12 12 12"
    machine.hears(b"x\n" + CUT)
    assert machine.hears(STATUS).hex(" ") == "1a 52 1a 12"


def test_automatic_status_speaks_at_each_change_until_a_reset(machine: Machine) -> None:
    assert machine.hears(b"\x1da\x0e").hex(" ") == "10 00 00 0f"
    machine.device.fail(Fault.COVER_OPEN)
    assert machine.heard[4:].hex(" ") == "38 00 00 0f"
    machine.device.repair(Fault.COVER_OPEN)
    machine.hears(b"\x1b@")
    machine.device.fail(Fault.PAPER_OUT)
    assert machine.heard == b""


def test_buffered_answers_come_in_their_turn_and_not_at_all_when_off_line(machine: Machine) -> None:
    assert machine.hears(b"\x1dr\x01\x1dI\x42\x1d(H\x06\x0000K001") == b'\x00_VIRTUAL\x007"K001\x00'
    machine.device.fail(Fault.PAPER_OUT)
    assert machine.hears(b"\x1d(H\x06\x0000K002") == b""
    machine.device.repair(Fault.PAPER_OUT)
    assert machine.hears(b"") == b'7"K002\x00'


def test_paper_loaded_without_a_clear_brings_the_ghost(machine: Machine) -> None:
    machine.device.fail(Fault.PAPER_OUT)
    machine.hears(b"viejo\n" + CUT)
    machine.device.repair(Fault.PAPER_OUT)
    machine.hears(b"")
    assert [ticket.text for ticket in machine.tickets] == ["viejo"]


def test_a_clear_empties_it_even_in_the_middle_of_a_command(machine: Machine) -> None:
    assert machine.hears(b"viejo\x1d(k\x20\x00\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08") == b"7%\x00"
    machine.hears(b"nuevo\n" + CUT)
    assert [ticket.text for ticket in machine.tickets] == ["nuevo"]


@pytest.mark.parametrize(
    "data",
    [
        b"x\x1ba\x01",
        b"x" + CUT,
        b"x" * 49,
        b"\x1d!\x77" + b"x" * 7,
        b"\x1d!\x99",
        b"\x1bt\x63",
        b"\x1bt\x10\x81",
        b"\x1d(k\x03\x001Q0",
        b"\x1d(k\x03\x001C\x00",
        b"\x1d(k\x03\x001C\x10\x1d(k\x5a\x001P0" + b"x" * 87 + b"\x1d(k\x03\x001Q0",
        b"\x1bz",
    ],
)
def test_what_no_ticket_may_contain_is_reported(machine: Machine, data: bytes) -> None:
    machine.hears(data)
    assert len(machine.device.violations) == 1


def test_a_full_buffer_loses_bytes_and_says_so(machine: Machine) -> None:
    machine.device.fail(Fault.COVER_OPEN)
    machine.hears(b"x" * (BUFFER_BYTES + 7))
    assert list(machine.device.violations) == ["buffer full: 7 bytes lost"]


def test_losing_power_forgets_all_but_the_paper(machine: Machine) -> None:
    machine.hears(b"\x1da\x0e\x1bt\x02primera\nsegunda")
    machine.device.fail(Fault.POWER_OFF)
    assert machine.hears(b"\x1da\x0ex\n" + CUT) == b""
    machine.device.repair(Fault.POWER_OFF)
    machine.hears(b"tercera\n" + CUT)
    assert [ticket.text for ticket in machine.tickets] == ["primera\ntercera"]
