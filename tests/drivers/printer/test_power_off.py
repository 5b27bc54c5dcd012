"""The printer is switched off: before a ticket, or in the middle of one. The port stays where it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from drivers.printer.virtual.device import Fault
from drivers.printer.words import Outcome, Reason, Result, State

if TYPE_CHECKING:
    from conftest import Bench

    from drivers.printer.dialogue import Patience


def test_off_before(bench: Bench, quick: Patience) -> None:
    bench.virtual.fail(Fault.POWER_OFF)
    bench.start(ready=False, patience=quick)
    bench.await_state(State.SILENT)
    assert bench.print("A-001") == Outcome(Result.NOT_PRINTED, Reason.SILENT)


def test_switched_off_while_idle_is_noticed_and_switched_on_too(bench: Bench, quick: Patience) -> None:
    bench.start(patience=quick)
    bench.virtual.fail(Fault.POWER_OFF)
    bench.await_state(State.SILENT)
    bench.virtual.repair(Fault.POWER_OFF)
    bench.await_state(State.READY)
    assert bench.print("A-001") == Outcome(Result.CONFIRMED)


def test_switched_off_a_moment_ago_the_question_before_the_ticket_notices(bench: Bench, quick: Patience) -> None:
    bench.start(patience=quick)
    bench.virtual.fail(Fault.POWER_OFF)
    assert bench.print("A-001") == Outcome(Result.NOT_PRINTED, Reason.SILENT)


@pytest.mark.parametrize("count", [60, 430])
def test_off_in_the_middle_nobody_knows(bench: Bench, quick: Patience, count: int) -> None:
    bench.start(patience=replace(quick, slack_s=10.0))
    bench.virtual.fail_after(count, Fault.POWER_OFF)
    assert bench.print("A-001") == Outcome(Result.UNCERTAIN, Reason.SILENT)
    bench.await_state(State.SILENT)
    bench.virtual.repair(Fault.POWER_OFF)
    bench.await_state(State.READY)
    assert bench.print("A-002") == Outcome(Result.CONFIRMED)
    assert (bench.on_paper("A-001"), bench.on_paper("A-002")) == (0, 1)
