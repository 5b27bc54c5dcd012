"""The blade jams: the ticket hangs in the printer, and it is not called printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.printer.virtual.device import Fault
from drivers.printer.words import Outcome, Reason, Result, State

if TYPE_CHECKING:
    from conftest import Bench


def test_a_jam_is_told_and_after_the_repair_tickets_come_again(bench: Bench) -> None:
    bench.start()
    bench.virtual.fail(Fault.CUTTER_JAMMED)
    assert bench.print("A-001") == Outcome(Result.NOT_PRINTED, Reason.CUTTER)
    bench.await_state(State.BLOCKED, Reason.CUTTER)
    assert bench.virtual.tickets == ()
    bench.virtual.repair(Fault.CUTTER_JAMMED)
    bench.await_state(State.READY)
    assert bench.print("A-001") == Outcome(Result.CONFIRMED)
