"""The roll was empty already: nothing is sent, and nothing comes out later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.printer.virtual.device import Fault
from drivers.printer.words import Outcome, Reason, Result, State

if TYPE_CHECKING:
    from conftest import Bench

WITHOUT_PAPER = Outcome(Result.NOT_PRINTED, Reason.PAPER)


def test_the_driver_knows_before_anybody_prints(bench: Bench) -> None:
    bench.start()
    bench.virtual.fail(Fault.PAPER_OUT)
    bench.await_state(State.BLOCKED, Reason.PAPER)
    assert not bench.printer.status.can_print
    assert bench.print("A-001") == WITHOUT_PAPER
    assert bench.record.finished == [("A-001", 1, WITHOUT_PAPER)]


def test_it_is_seen_at_start_too(bench: Bench) -> None:
    bench.virtual.fail(Fault.PAPER_OUT)
    bench.start(ready=False)
    bench.await_state(State.BLOCKED, Reason.PAPER)
    assert bench.print("A-001") == WITHOUT_PAPER


def test_a_new_roll_brings_no_old_ticket_and_the_next_one_prints(bench: Bench) -> None:
    bench.start()
    bench.virtual.fail(Fault.PAPER_OUT)
    assert bench.print("A-001") == WITHOUT_PAPER
    bench.virtual.repair(Fault.PAPER_OUT)
    bench.await_state(State.READY)
    assert bench.print("A-002") == Outcome(Result.CONFIRMED)
    assert (bench.on_paper("A-001"), bench.on_paper("A-002")) == (0, 1)
