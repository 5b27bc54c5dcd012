"""The line itself: the wrong speed, a host that is paused or is not, bytes that come too late or too many."""

from __future__ import annotations

import os
import select
import termios
import time
from typing import TYPE_CHECKING

import pytest
import serial

from drivers.printer.virtual.device import BUFFER_BYTES, XOFF_FREE_BYTES, XON_FREE_BYTES, Fault
from drivers.printer.virtual.printer import VirtualPrinter
from drivers.printer.virtual.speed import heard
from tests.drivers.printer.machine import CUT, Machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ASK = b"\x10\x04\x01"
XON, XOFF = b"\x11", b"\x13"
WAIT_S = 20.0
SPEEDS = [9600, 19200, 38400, 57600, 115200]
SPACE = BUFFER_BYTES - XOFF_FREE_BYTES


@pytest.fixture
def plugged(tmp_path: Path) -> Iterator[Callable[..., VirtualPrinter]]:
    made: list[VirtualPrinter] = []

    def make(**settings: object) -> VirtualPrinter:
        made.append(VirtualPrinter(tmp_path / "port", tmp_path / "tickets", **settings))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for printer in made:
        printer.close()


def host(folder: Path, baud: int = 115200, *, heeds: bool = False) -> serial.Serial:
    return serial.Serial(str(folder / "port"), baud, timeout=WAIT_S, write_timeout=WAIT_S, xonxoff=heeds)


def settled(printer: VirtualPrinter, what: Callable[[VirtualPrinter], bool]) -> bool:
    """Whether it becomes so within a long time; without a change nothing is looked at again."""
    end = time.monotonic() + WAIT_S
    while not what(printer) and time.monotonic() < end:
        printer.wait_for_change(printer.view.revision, 0.05)
    return what(printer)


def pushed(line: serial.Serial, data: bytes) -> int:
    """How many bytes the line takes until it takes no more."""
    os.set_blocking(line.fileno(), False)
    done = 0
    while done < len(data) and select.select([], [line.fileno()], [], 0.5)[1]:
        try:
            done += os.write(line.fileno(), data[done : done + 64])
        except BlockingIOError:
            break
    return done


# --- the wrong speed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theirs", SPEEDS)
@pytest.mark.parametrize("ours", SPEEDS)
def test_a_question_at_another_speed_is_no_question(theirs: int, ours: int) -> None:
    machine = Machine()
    answer = machine.hears(heard(ASK, theirs, ours, broken=b""))
    assert (answer == b"\x12") == (theirs == ours)


@pytest.mark.parametrize("theirs", SPEEDS)
@pytest.mark.parametrize("ours", SPEEDS)
def test_an_answer_at_another_speed_is_no_answer(theirs: int, ours: int) -> None:
    if theirs != ours:
        for answer in (b"\x12", b"\x1a", b"\x16", b"7%\x00", b'7"K001\x00'):
            noise = heard(answer, ours, theirs, broken=b"\x00")
            assert answer not in noise
            assert not any(byte & 0x93 == 0x12 for byte in noise)


def test_the_noise_is_the_same_every_time() -> None:
    data = bytes(range(256))
    assert heard(data, 9600, 19200, b"") == heard(data[:100], 9600, 19200, b"") + heard(data[100:], 9600, 19200, b"")
    assert heard(data, 9600, 9600, b"") == data


def test_half_the_speed_looks_as_on_an_oscilloscope() -> None:
    """Twice as fast a reader sees every bit twice: of nine low bits a frame without a stop, and then another byte."""
    assert heard(b"\x00", 9600, 19200, b"?") == b"?\x80"
    assert heard(b"\xff", 9600, 19200, b"?") == b"\xfe"


def test_the_printer_listens_at_its_own_speed(plugged: Callable[..., VirtualPrinter], tmp_path: Path) -> None:
    plugged(baud=19200)
    with host(tmp_path, 9600) as line:
        line.timeout = 0.3
        line.write(ASK * 3)
        assert b"\x12" not in line.read(16)
        line.baudrate = 19200
        line.reset_input_buffer()
        line.timeout = WAIT_S
        line.write(bytes(96) + ASK)
        assert line.read(1) == b"\x12"


def test_a_speed_without_a_name_is_noise(plugged: Callable[..., VirtualPrinter], tmp_path: Path) -> None:
    printer = plugged(baud=9600)
    with host(tmp_path, 12345) as line:
        line.timeout = 0.3
        line.write(ASK)
        assert line.read(1) == b""
    assert printer.violations == ()


def test_a_printer_without_a_speed_understands_all(plugged: Callable[..., VirtualPrinter], tmp_path: Path) -> None:
    plugged()
    for baud in SPEEDS:
        with host(tmp_path, baud) as line:
            line.write(ASK)
            assert line.read(1) == b"\x12"


# --- the full buffer --------------------------------------------------------------------------------------------


def test_it_says_xoff_in_time_and_xon_when_there_is_room() -> None:
    machine = Machine()
    machine.device.fail(Fault.COVER_OPEN)
    assert machine.hears(b"\n" * (SPACE - 1)) == b""
    assert machine.hears(b"\n") == XOFF
    assert machine.hears(b"\n") == b""
    machine.device.repair(Fault.COVER_OPEN)
    assert machine.hears(b"") == XON
    assert machine.hears(b"") == b""


def test_it_says_xon_only_well_below_the_threshold() -> None:
    machine = Machine()
    machine.device.fail(Fault.COVER_OPEN)
    machine.hears(b"\x1d(k\xff\xff" + b"x" * (SPACE - 5))
    assert machine.device.is_busy
    assert machine.device.free_bytes < XON_FREE_BYTES
    machine.device.repair(Fault.COVER_OPEN)
    assert machine.hears(b"") == XON  # the data of a counted command leave the buffer
    assert machine.device.free_bytes == BUFFER_BYTES


def test_a_host_that_heeds_loses_nothing(plugged: Callable[..., VirtualPrinter], tmp_path: Path) -> None:
    printer = plugged()
    printer.fail(Fault.COVER_OPEN)
    data = b"0123456789012345678901234567890123456789\n" * 200 + CUT
    with host(tmp_path, heeds=True) as line:
        done = pushed(line, data)
        assert settled(printer, lambda printer: printer.view.is_busy)
        assert printer.view.waiting_bytes < BUFFER_BYTES
        printer.repair(Fault.COVER_OPEN)
        os.set_blocking(line.fileno(), True)
        os.write(line.fileno(), data[done:])
        assert printer.wait_for_tickets(1, WAIT_S)
    assert printer.violations == ()
    assert printer.tickets[0].text.count("0123456789012345678901234567890123456789") == 200


@pytest.mark.parametrize(
    ("heeds", "inflight", "lost"), [(False, 0, 904), (True, 300, 172), (True, 128, 0), (True, 0, 0)]
)
def test_what_comes_after_xoff_is_lost_beyond_the_margin(
    plugged: Callable[..., VirtualPrinter], tmp_path: Path, *, heeds: bool, inflight: int, lost: int
) -> None:
    printer = plugged(inflight=inflight)
    printer.fail(Fault.COVER_OPEN)
    with host(tmp_path, heeds=heeds) as line:
        with printer._changed:  # all of it is on its way before the printer says a word
            assert pushed(line, b"x" * 5000) == 5000
        room = min(BUFFER_BYTES, SPACE + inflight) if heeds else BUFFER_BYTES
        assert settled(printer, lambda printer: printer.view.waiting_bytes == room)
        assert settled(printer, lambda printer: _lost(printer) == lost)


def _lost(printer: VirtualPrinter) -> int:
    return sum(int(what.split()[2]) for what in printer.violations)


def test_a_paused_host_can_ask_after_it_stops_heeding(plugged: Callable[..., VirtualPrinter], tmp_path: Path) -> None:
    printer = plugged(busy_when_offline=True)
    with host(tmp_path, heeds=True) as line:
        printer.fail(Fault.COVER_OPEN)
        assert printer.view.is_busy
        line.write_timeout = 0.3
        with pytest.raises(serial.SerialTimeoutException):
            line.write(bytes(70000))
        line.reset_output_buffer()
        line.xonxoff = False
        line.write_timeout = WAIT_S
        line.write(ASK)
        assert line.read(1) == b"\x1a"


def test_what_came_while_nobody_heeded_is_not_owed_when_somebody_does_again(
    plugged: Callable[..., VirtualPrinter], tmp_path: Path
) -> None:
    printer = plugged(busy_when_offline=True)
    printer.fail(Fault.COVER_OPEN)
    with host(tmp_path) as line:
        line.write(ASK)
        assert line.read(1) == b"\x1a"
        with printer._changed:  # as if it were about to read
            line.xonxoff = True
            printer._receive()
        line.xonxoff = False
        line.write(ASK)
        assert line.read(1) == b"\x1a"


# --- busy when off-line -----------------------------------------------------------------------------------------


def test_by_its_switch_being_off_line_is_busy() -> None:
    machine = Machine(busy_when_offline=True)
    machine.device.fail(Fault.COVER_OPEN)
    assert bytes(machine.heard) == XOFF
    machine.device.repair(Fault.COVER_OPEN)
    assert bytes(machine.heard) == XOFF + XON


def test_otherwise_it_is_not() -> None:
    machine = Machine()
    machine.device.fail(Fault.COVER_OPEN)
    assert bytes(machine.heard) == b""


def test_switched_on_again_it_lets_the_host_go_on() -> None:
    machine = Machine(busy_when_offline=True)
    machine.device.fail(Fault.PAPER_OUT)
    machine.device.fail(Fault.POWER_OFF)
    machine.device.repair(Fault.PAPER_OUT)
    assert bytes(machine.heard) == XOFF
    machine.device.repair(Fault.POWER_OFF)
    assert bytes(machine.heard) == XOFF + XON


# --- faults at a moment -----------------------------------------------------------------------------------------


def test_a_fault_can_come_some_time_after_the_first_byte(
    plugged: Callable[..., VirtualPrinter], tmp_path: Path
) -> None:
    printer = plugged()
    printer.fail_at(0.0, Fault.COVER_OPEN)
    printer.fail_at(0.01, Fault.UNPLUGGED)
    assert printer.view.faults == frozenset()
    with host(tmp_path) as line:
        line.write(b"x")
        assert settled(printer, lambda printer: printer.view.faults == {Fault.COVER_OPEN, Fault.UNPLUGGED})
        with pytest.raises((serial.SerialException, OSError, termios.error)):
            line.read(1)
    assert not (tmp_path / "port").is_symlink()


def test_a_cable_pulled_inside_a_picture_leaves_a_deaf_printer(
    plugged: Callable[..., VirtualPrinter], tmp_path: Path
) -> None:
    printer = plugged()
    printer.fail_after(1000, Fault.UNPLUGGED)
    ticket = b"\x1b@\x1c.nuevo\n" + CUT
    with host(tmp_path) as line:
        line.write(b"\x1dv0\x00\x48\x00\x60\x00" + b"\xff" * 2000)
        assert settled(printer, lambda printer: Fault.UNPLUGGED in printer.view.faults)
    printer.repair(Fault.UNPLUGGED)
    with host(tmp_path) as line:
        line.write(ticket + ASK)
        assert line.read(1) == b"\x12"
        assert printer.view.is_swallowing
        line.write(b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08")
        assert line.read(3) == b"7%\x00"
        line.write(ticket)
        assert printer.wait_for_tickets(1, WAIT_S)
    assert [piece.text for piece in printer.tickets[0].pieces] == ["", "nuevo"]
