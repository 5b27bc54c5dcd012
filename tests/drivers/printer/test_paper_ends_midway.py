"""The roll ends inside a ticket. The rest waits in the printer, and must not greet whoever loads the next roll."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.printer.virtual.device import Fault
from drivers.printer.words import Outcome, Reason, Result, State

if TYPE_CHECKING:
    from conftest import Bench


@pytest.mark.parametrize("count", [60, 150, 300, 430])
def test_the_rest_is_cleared_and_never_printed(bench: Bench, count: int) -> None:
    bench.start()
    bench.virtual.fail_after(count, Fault.PAPER_OUT)
    assert bench.print("A-001") == Outcome(Result.NOT_PRINTED, Reason.PAPER)
    bench.await_state(State.BLOCKED, Reason.PAPER)
    bench.virtual.repair(Fault.PAPER_OUT)
    bench.await_state(State.READY)
    assert bench.print("A-002") == Outcome(Result.CONFIRMED)
    assert (bench.on_paper("A-001"), bench.on_paper("A-002")) == (0, 1)
