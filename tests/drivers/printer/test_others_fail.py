"""The store or the screen fails: the printer lives on, and nothing is printed that was not written down."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from drivers.printer.ports import Port
from drivers.printer.words import Outcome, Reason, Result, State

if TYPE_CHECKING:
    from conftest import Bench

    from drivers.printer.words import Sending


def test_without_a_journal_entry_nothing_is_printed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(job_id: str) -> Sending:
        raise OSError(f"disk full at {job_id}")

    bench.start()
    with monkeypatch.context() as broken:
        broken.setattr(bench.record, "start_sending", full)
        assert bench.print("A-001") == Outcome(Result.NOT_PRINTED, Reason.OTHER)
        assert bench.record.told == [("A-001", 0, Outcome(Result.NOT_PRINTED, Reason.OTHER))]
    assert bench.virtual.tickets == ()
    assert bench.print("A-002") == Outcome(Result.CONFIRMED)


def test_a_failing_journal_or_listener_does_not_end_the_printer(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError

    bench.start()
    with monkeypatch.context() as broken:
        broken.setattr(bench.record, "finish", fails)
        broken.setattr(bench.record, "printer_changed", fails)
        assert bench.print("A-001") == Outcome(Result.CONFIRMED)
    assert bench.print("A-002") == Outcome(Result.CONFIRMED)


def test_a_mistake_in_opening_the_port_does_not_end_the_printer(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(Port, "open", fails)
        bench.start(ready=False)
        assert bench.print("A-001") == Outcome(Result.NOT_PRINTED, Reason.ABSENT)
    bench.await_state(State.READY)
    assert bench.print("A-002") == Outcome(Result.CONFIRMED)


def test_the_log_holds_no_word_of_a_slip(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        bench.start()
        bench.print("job-1")
    assert "printer.job_ended job=job-1 attempt=1 result=confirmed" in caplog.text
    for word in ("INSTITUTO", "DNI", "678", "HTTPS", "K7QM"):
        assert word not in caplog.text


def test_after_closing_nothing_is_taken(bench: Bench) -> None:
    bench.start().close()
    with pytest.raises(RuntimeError, match="closed"):
        bench.send("A-001")
