"""The cable is pulled, before a ticket or in the middle of one, and plugged in again: the same name, another device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.printer.virtual.device import Fault
from drivers.printer.words import Outcome, Reason, Result, State

if TYPE_CHECKING:
    from conftest import Bench

ABSENT = Outcome(Result.NOT_PRINTED, Reason.ABSENT)


def test_absent_from_the_start(bench: Bench) -> None:
    bench.virtual.fail(Fault.UNPLUGGED)
    bench.start(ready=False)
    assert bench.print("A-001") == ABSENT
    bench.virtual.repair(Fault.UNPLUGGED)
    bench.await_state(State.READY)
    assert bench.print("A-002") == Outcome(Result.CONFIRMED)


def test_pulled_while_idle_and_plugged_in_again_and_again(bench: Bench) -> None:
    bench.start()
    for round_ in range(3):
        bench.virtual.fail(Fault.UNPLUGGED)
        bench.await_state(State.ABSENT)
        assert bench.print(f"A-10{round_}") == ABSENT
        bench.virtual.repair(Fault.UNPLUGGED)
        bench.await_state(State.READY)
        assert bench.print(f"A-00{round_}") == Outcome(Result.CONFIRMED)


def test_pulled_in_the_middle_nobody_knows_and_no_ghost_comes(bench: Bench) -> None:
    bench.start()
    bench.virtual.fail_after(250, Fault.UNPLUGGED)
    assert bench.print("A-001").result is Result.UNCERTAIN
    bench.await_state(State.ABSENT)
    bench.virtual.repair(Fault.UNPLUGGED)
    bench.await_state(State.READY)
    assert bench.print("A-002") == Outcome(Result.CONFIRMED)
    assert (bench.on_paper("A-001"), bench.on_paper("A-002")) == (0, 1)


def test_another_program_holds_the_port(bench: Bench) -> None:
    bench.start()
    second = bench.start(ready=False)
    bench.await_state(State.ABSENT)
    assert second is bench.printer
    assert bench.print("A-001") == ABSENT
