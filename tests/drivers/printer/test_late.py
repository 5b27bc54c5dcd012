"""The printer is slower than the driver's patience: first nobody knows, then it is out after all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.printer.words import Outcome, Reason, Result, State

if TYPE_CHECKING:
    from conftest import Bench

    from drivers.printer.dialogue import Patience

NO_ANSWER = Outcome(Result.UNCERTAIN, Reason.NO_ANSWER)


def test_a_late_answer_finds_its_job(slow_bench: Bench, quick: Patience) -> None:
    slow_bench.start(patience=quick)
    assert slow_bench.print("A-001") == NO_ANSWER
    assert slow_bench.outcome_of("A-001", skip=1) == Outcome(Result.CONFIRMED_LATE)
    assert slow_bench.record.finished == [("A-001", 1, NO_ANSWER), ("A-001", 1, Outcome(Result.CONFIRMED_LATE))]


def test_a_ticket_in_doubt_is_cleared_before_the_next_one(slow_bench: Bench, quick: Patience) -> None:
    slow_bench.start(patience=quick)
    assert slow_bench.print("A-001") == NO_ANSWER
    slow_bench.await_state(State.READY)
    assert slow_bench.print("A-002") == NO_ANSWER
    assert slow_bench.outcome_of("A-002", skip=1) == Outcome(Result.CONFIRMED_LATE)
    assert slow_bench.on_paper("A-001") == 0


def test_closing_in_the_middle_of_a_ticket_claims_nothing(slow_bench: Bench, quick: Patience) -> None:
    slow_bench.start(patience=quick)
    slow_bench.send("A-001")
    slow_bench.await_state(State.PRINTING)
    slow_bench.send("A-002")
    slow_bench.printer.close()
    assert slow_bench.outcome_of("A-001") == NO_ANSWER
    assert slow_bench.outcome_of("A-002") == Outcome(Result.NOT_PRINTED, Reason.OTHER)
