"""Nothing is wrong: a ticket, whole, confirmed, and its QR readable in the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zxingcpp
from PIL import Image

from drivers.printer.virtual.device import Fault
from drivers.printer.words import Job, Outcome, Reason, Result, Sending, Slip, State, Status, Text

if TYPE_CHECKING:
    from conftest import Bench

CONFIRMED = Outcome(Result.CONFIRMED)


def test_a_ticket_is_confirmed_and_lies_there(bench: Bench) -> None:
    assert bench.print("A-047") == CONFIRMED
    ticket = bench.virtual.tickets[0]
    assert ticket.text.splitlines()[:3] == ["INSTITUTO NACIONAL DE SALUD", "Mesa de Partes, Sede Central", "A-047"]
    assert "Presentación de" in ticket.text
    assert ticket.path.name == "0001.png"
    assert (ticket.path.parent / "latest.png").read_bytes() == ticket.path.read_bytes()
    assert sorted(path.name for path in ticket.path.parent.iterdir()) == ["0001.png", "latest.png"]


def test_the_picture_is_80_mm_of_paper_and_its_qr_is_read(bench: Bench) -> None:
    bench.print("A-047")
    ticket = bench.virtual.tickets[0]
    with Image.open(ticket.path) as picture:
        assert picture.width == 640
        assert picture.height == ticket.length_mm * 8 == 884
        assert [code.text for code in zxingcpp.read_barcodes(picture)] == list(ticket.qr)


def test_jobs_come_out_in_order_and_are_journalled_before_they_are_told(bench: Bench) -> None:
    bench.start()
    names = [f"A-{n:03}" for n in range(1, 6)]
    for name in names:
        bench.send(name)
    for name in names:
        assert bench.outcome_of(name) == CONFIRMED
    assert bench.record.begun == names
    assert bench.record.finished == bench.record.told == [(name, 1, CONFIRMED) for name in names]
    assert [ticket.text.splitlines()[2] for ticket in bench.virtual.tickets] == names


def test_a_job_that_is_journalled_already_is_not_journalled_again(bench: Bench, slip: Slip) -> None:
    bench.start().print(Job("A-047", slip, Sending("K7QM", 3)))
    assert bench.outcome_of("A-047") == CONFIRMED
    assert bench.record.begun == []
    assert bench.record.told == [("A-047", 3, CONFIRMED)]


def test_the_listener_follows_the_printer(bench: Bench) -> None:
    bench.print()
    bench.await_state(State.READY)
    assert [status.state for status in bench.record.statuses] == [
        State.SYNC,
        State.READY,
        State.PRINTING,
        State.READY,
    ]


def test_little_paper_is_a_warning_not_a_fault(bench: Bench) -> None:
    bench.virtual.fail(Fault.PAPER_LOW)
    bench.start(ready=False)
    bench.await_state(State.READY_LOW)
    assert bench.printer.status.can_print
    assert bench.print() == CONFIRMED


def test_a_slip_that_cannot_be_printed_ends_and_the_next_one_prints(bench: Bench) -> None:
    bench.start().print(Job("bad", Slip((Text("no cut"),))))
    assert bench.outcome_of("bad") == Outcome(Result.NOT_PRINTED, Reason.OTHER)
    assert bench.print("A-048") == CONFIRMED


def test_closing_lets_the_port_go_and_ends_what_waits(bench: Bench) -> None:
    first = bench.start()
    first.close()
    first.close()
    assert first.status == Status(State.READY)
    bench.start()
    assert bench.print() == CONFIRMED
