"""Somebody opens the cover, before a ticket or in the middle of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.printer.virtual.device import Fault
from drivers.printer.words import Outcome, Reason, Result, State

if TYPE_CHECKING:
    from conftest import Bench

COVER = Outcome(Result.NOT_PRINTED, Reason.COVER)


def test_open_before(bench: Bench) -> None:
    bench.start()
    bench.virtual.fail(Fault.COVER_OPEN)
    bench.await_state(State.BLOCKED, Reason.COVER)
    assert bench.print("A-001") == COVER


def test_open_and_without_paper_is_told_as_open(bench: Bench) -> None:
    bench.virtual.fail(Fault.PAPER_OUT)
    bench.virtual.fail(Fault.COVER_OPEN)
    bench.start(ready=False)
    bench.await_state(State.BLOCKED, Reason.COVER)
    bench.virtual.repair(Fault.COVER_OPEN)
    bench.await_state(State.BLOCKED, Reason.PAPER)


def test_opened_in_the_middle_nothing_comes_out_after_it_is_closed(bench: Bench) -> None:
    bench.start()
    bench.virtual.fail_after(250, Fault.COVER_OPEN)
    assert bench.print("A-001") == COVER
    bench.await_state(State.BLOCKED, Reason.COVER)
    bench.virtual.repair(Fault.COVER_OPEN)
    bench.await_state(State.READY)
    assert bench.print("A-002") == Outcome(Result.CONFIRMED)
    assert (bench.on_paper("A-001"), bench.on_paper("A-002")) == (0, 1)
