"""What stays on the paper when a ticket is broken off, and how one sees it on the ticket that falls at last."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from drivers.printer.virtual.device import BUFFER_BYTES, Fault
from drivers.printer.virtual.printer import VirtualPrinter
from tests.drivers.printer.machine import CLEAR, CUT, Machine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

START = b"\x1b@\x1c."


def power(machine: Machine) -> None:
    machine.device.fail(Fault.POWER_OFF)
    machine.device.repair(Fault.POWER_OFF)


def cleared_with_the_cover_open(machine: Machine) -> None:
    machine.device.fail(Fault.COVER_OPEN)
    machine.hears(CLEAR)
    machine.device.repair(Fault.COVER_OPEN)


def unplugged(machine: Machine) -> None:
    machine.device.fail(Fault.UNPLUGGED)
    machine.device.repair(Fault.UNPLUGGED)


@pytest.mark.parametrize("event", [power, lambda machine: machine.hears(CLEAR), cleared_with_the_cover_open, unplugged])
def test_half_a_ticket_hangs_on_the_next_one(event: Callable[[Machine], object]) -> None:
    machine = Machine()
    machine.hears(START + b"A-001\n")
    event(machine)
    assert machine.tickets == []
    machine.hears(START + b"A-002\n" + CUT)
    assert machine.texts == ["A-001\nA-002"]
    assert [(piece.text, piece.whole) for piece in machine.tickets[0].pieces] == [("A-001", False), ("A-002", True)]
    assert not machine.tickets[0].complete


def test_a_cut_of_its_own_rids_the_next_ticket_of_it() -> None:
    machine = Machine()
    machine.hears(START + b"A-001\n")
    power(machine)
    machine.hears(START + CUT + START + b"A-002\n" + CUT)
    assert machine.texts == ["A-001", "A-002"]
    assert [ticket.complete for ticket in machine.tickets] == [False, True]


@pytest.mark.parametrize("fault", [Fault.PAPER_OUT, Fault.COVER_OPEN])
def test_a_stop_that_goes_on_is_no_break(fault: Fault) -> None:
    machine = Machine()
    machine.hears(START + b"A-001\n")
    machine.device.fail(fault)
    machine.hears(b"sigue\n" + CUT)
    machine.device.repair(fault)
    machine.hears(b"")
    assert machine.texts == ["A-001\nsigue"]
    assert machine.tickets[0].complete


def test_a_jam_cleared_leaves_the_whole_ticket_uncut() -> None:
    machine = Machine()
    machine.device.fail(Fault.CUTTER_JAMMED)
    machine.hears(START + b"A-001\n" + CUT)
    machine.hears(CLEAR)
    machine.device.repair(Fault.CUTTER_JAMMED)
    machine.hears(START + b"A-002\n" + CUT)
    assert machine.texts == ["A-001\nA-002"]


def test_the_line_that_was_not_burnt_yet_is_lost() -> None:
    machine = Machine()
    machine.hears(START + b"A-001\nla mitad")
    power(machine)
    machine.hears(START + b"A-002\n" + CUT)
    assert machine.texts == ["A-001\nA-002"]


def test_lost_bytes_are_not_a_whole_ticket() -> None:
    machine = Machine()
    machine.device.fail(Fault.COVER_OPEN)
    machine.hears(b"x\n" * (BUFFER_BYTES // 2) + b"y\n")
    machine.device.repair(Fault.COVER_OPEN)
    machine.hears(b"")
    machine.hears(CUT + START + b"A-002\n" + CUT)
    assert [ticket.complete for ticket in machine.tickets] == [False, True]


def test_breaking_off_twice_leaves_two_halves() -> None:
    machine = Machine()
    for number in (1, 2):
        machine.hears(START + f"A-00{number}\n".encode())
        power(machine)
    machine.hears(START + b"A-003\n" + CUT)
    assert [piece.whole for piece in machine.tickets[0].pieces] == [False, False, True]


def test_nothing_burnt_is_nothing_broken_off() -> None:
    machine = Machine()
    machine.hears(START + b"sin imprimir")
    power(machine)
    machine.hears(CLEAR + START + START + b"A-002\n" + CUT)
    assert machine.tickets[0].complete


def test_the_whole_printer_says_when_a_ticket_fell_and_whether_it_is_complete(tmp_path: Path) -> None:
    port = tmp_path / "port"
    printer = VirtualPrinter(port, tmp_path / "tickets")
    try:
        half = START + b"A-001\n"
        printer.fail_after(len(half), Fault.POWER_OFF)
        begun_s = time.monotonic()
        port.write_bytes(half)
        view = printer.view
        while Fault.POWER_OFF not in view.faults:
            view = printer.wait_for_change(view.revision, 20)
        printer.repair(Fault.POWER_OFF)
        port.write_bytes((START + b"A-002\n" + CUT) * 2)
        assert printer.wait_for_tickets(2, 20)
        both, alone = printer.tickets
    finally:
        printer.close()
    assert begun_s < both.at_s <= alone.at_s < time.monotonic()
    assert [piece.whole for piece in both.pieces] == [False, True]
    assert (both.complete, alone.complete) == (False, True)
