"""Half a ticket that hangs from the head: nobody takes it for a whole one, nor gets it with the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.printer.virtual.device import Fault
from drivers.printer.words import Outcome, Reason, Result, State
from tests.drivers.printer.conftest import PATIENT

if TYPE_CHECKING:
    from conftest import Bench

CONFIRMED = Outcome(Result.CONFIRMED)
VOID = "ANULADO"


def papers(bench: Bench) -> list[tuple[bool, bool]]:
    """Each piece that fell: whether it is marked void, and whether it holds a ticket's last line."""
    return [(VOID in paper.text, "16:30" in paper.text) for paper in bench.virtual.tickets]


def test_a_kiosk_that_died_while_printing_voids_what_may_hang(bench: Bench) -> None:
    bench.record.strip_hangs = True
    bench.start()
    assert bench.print("A-001") == CONFIRMED
    assert papers(bench) == [(True, False), (False, True)]


def test_a_void_that_fails_is_tried_again_at_the_next_chance_and_not_in_a_loop(bench: Bench) -> None:
    bench.start()
    bench.virtual.fail_after(250, Fault.PAPER_OUT)
    assert not bench.print("A-001").is_printed
    bench.virtual.fail(Fault.CUTTER_JAMMED)
    bench.virtual.repair(Fault.PAPER_OUT)
    bench.await_state(State.BLOCKED, Reason.CUTTER)
    assert bench.record.voided == [True]
    assert bench.record.strip_hangs
    bench.virtual.repair(Fault.CUTTER_JAMMED)
    bench.await_state(State.READY)
    assert bench.record.voided == [True, False]
    assert bench.print("A-002") == CONFIRMED


def test_nothing_is_voided_where_nothing_hangs(bench: Bench) -> None:
    bench.virtual.fail(Fault.PAPER_OUT)
    bench.start(ready=False)
    bench.await_state(State.BLOCKED, Reason.PAPER)
    assert not bench.print("A-001").is_printed
    bench.virtual.repair(Fault.PAPER_OUT)
    bench.await_state(State.READY)
    assert bench.print("A-002") == CONFIRMED
    assert papers(bench) == [(False, True)]
    assert bench.record.voided == []


def test_a_ticket_that_came_late_hangs_no_more(slow_bench: Bench) -> None:
    slow_bench.start(patience=PATIENT)
    assert slow_bench.print("A-001") == CONFIRMED
    assert slow_bench.record.voided == []
