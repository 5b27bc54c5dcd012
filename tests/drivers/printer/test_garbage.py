"""The wrong speed: noise is no answer, so nothing is sent and nothing is claimed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.printer.virtual.device import Fault
from drivers.printer.words import Outcome, Reason, Result, State

if TYPE_CHECKING:
    from conftest import Bench

    from drivers.printer.dialogue import Patience


def test_a_wrong_speed_is_silence(bench: Bench, quick: Patience) -> None:
    bench.virtual.fail(Fault.GARBAGE)
    bench.start(ready=False, patience=quick)
    bench.await_state(State.SILENT)
    assert bench.print("A-001") == Outcome(Result.NOT_PRINTED, Reason.SILENT)
    bench.virtual.repair(Fault.GARBAGE)
    bench.await_state(State.READY)
    assert bench.print("A-002") == Outcome(Result.CONFIRMED)


def test_noise_in_the_middle_of_a_ticket_confirms_nothing(bench: Bench, quick: Patience) -> None:
    bench.start(patience=quick)
    bench.virtual.fail_after(250, Fault.GARBAGE)
    assert bench.print("A-001").result is Result.UNCERTAIN
