"""A raw queue of CUPS, played by two small programs: it is asked, handed over to, and never more than half believed."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from drivers.printer import cups
from drivers.printer.cups import CupsLink
from drivers.printer.driver import EscPosPrinter
from drivers.printer.encode import encode
from drivers.printer.link import Doorbell, PortLost
from drivers.printer.ports import Port
from drivers.printer.words import Job, Outcome, Reason, Result, State, Status
from tests.drivers.printer.conftest import QUICK, WAIT_S, Record, a_slip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ACCEPTS = "ticket accepting requests since Mon Nov 23 10:42:00 2026"
REJECTS = "ticket not accepting requests since Mon Nov 23 10:42:00 2026 -\n\tRejecting Jobs"
TAKEN = "request id is ticket-12 (1 file(s))"
PROBABLE = Outcome(Result.PROBABLE)
NO_ANSWER = Outcome(Result.UNCERTAIN, Reason.NO_ANSWER)
LOST = Outcome(Result.UNCERTAIN, Reason.LOST)


def a_job(number: int, alert: str) -> str:
    return textwrap.dedent(f"""\
        ticket-{number}              kiosk             1024   Mon Nov 23 10:42:00 2026
        \tStatus: ticket-12 is what this line is about
        \tAlerts: {alert}
        \tqueued for ticket""")


DONE = a_job(12, "job-completed-successfully")
OTHERS = "\n".join(a_job(number, "job-completed-successfully") for number in (1, 2, 112, 120))


class Cups:
    """``lp`` and ``lpstat`` on a path of their own; ``lp`` keeps what it was given, and says how it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.has("lpstat", f"case $1 in -a) echo '{ACCEPTS}';; esac")
        self.lp(f"echo '{TAKEN}'")

    def has(self, program: str, script: str) -> None:
        """Whole or not at all: the driver may be about to run it."""
        fresh = self.folder / f".{program}"
        fresh.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        fresh.chmod(0o700)
        fresh.replace(self.folder / program)

    def lp(self, script: str) -> None:
        self.has("lp", f'/bin/cat > "{self.folder}/data"; echo "$@" > "{self.folder}/called"\n{script}')

    def lpstat(self, queue: str, completed: str) -> None:
        self.has("lpstat", f"case $1 in -a) /bin/cat <<'E'\n{queue}\nE\n;; *) /bin/cat <<'E'\n{completed}\nE\n;; esac")


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cups:
    monkeypatch.setattr(cups, "_PATH", str(tmp_path))
    monkeypatch.setattr(cups, "_LOOK_EVERY_S", 0.01)
    return Cups(tmp_path)


@pytest.fixture
def record() -> Record:
    return Record()


@pytest.fixture
def start(record: Record) -> Iterator[Callable[[], EscPosPrinter]]:
    made: list[EscPosPrinter] = []

    def start() -> EscPosPrinter:
        made.append(EscPosPrinter(Port("cups:ticket"), record, record, patience=QUICK))
        return made[-1]

    yield start
    for printer in made:
        printer.close()


def printed(printer: EscPosPrinter, record: Record) -> Outcome:
    before = len(record.told)
    printer.print(Job("A-001", a_slip("A-001")))
    with record.changed:
        assert record.changed.wait_for(lambda: len(record.told) > before, WAIT_S), record.statuses
    return record.told[-1][2]


# --- what becomes of a ticket -----------------------------------------------------------------------------------


def test_a_completed_job_is_probable_and_no_more(
    queue: Cups, record: Record, start: Callable[[], EscPosPrinter]
) -> None:
    queue.lpstat(ACCEPTS, f"{OTHERS}\n{DONE}")
    assert printed(start(), record) == PROBABLE
    assert (queue.folder / "called").read_text() == "-d ticket -o raw -- -\n"
    assert (queue.folder / "data").read_bytes() == encode(a_slip("A-001"), "0001").data


def test_a_job_that_is_never_completed_is_in_doubt(
    queue: Cups, record: Record, start: Callable[[], EscPosPrinter]
) -> None:
    queue.lpstat(ACCEPTS, OTHERS)
    assert printed(start(), record) == NO_ANSWER


@pytest.mark.parametrize(
    "alert", ["job-canceled-by-user", "job-canceled-at-device", "aborted-by-system", "job-completed-with-errors", ""]
)
def test_one_that_was_cancelled_or_given_up_is_no_success(
    queue: Cups, record: Record, start: Callable[[], EscPosPrinter], alert: str
) -> None:
    """CUPS lists them among the completed."""
    queue.lpstat(ACCEPTS, f"{a_job(12, alert)}\n{OTHERS}")
    assert printed(start(), record) == NO_ANSWER


def test_each_ticket_is_a_job_of_its_own(queue: Cups, record: Record, start: Callable[[], EscPosPrinter]) -> None:
    queue.lpstat(ACCEPTS, DONE)
    printer = start()
    assert printed(printer, record) == PROBABLE
    queue.lp("echo 'request id is ticket-13 (1 file(s))'")
    assert printed(printer, record) == NO_ANSWER
    assert (queue.folder / "data").read_bytes() == encode(a_slip("A-001"), "0002").data


@pytest.mark.parametrize("says", ["echo 'lp: no idea'", "true"])
def test_without_a_jobs_name_nothing_is_claimed(
    queue: Cups, record: Record, start: Callable[[], EscPosPrinter], says: str
) -> None:
    queue.lp(says)
    queue.lpstat(ACCEPTS, DONE)
    assert printed(start(), record) == NO_ANSWER


# --- what goes wrong --------------------------------------------------------------------------------------------


def test_a_queue_that_rejects_is_absent(queue: Cups, record: Record, start: Callable[[], EscPosPrinter]) -> None:
    queue.lpstat(REJECTS, "")
    printer = start()
    assert printed(printer, record) == Outcome(Result.NOT_PRINTED, Reason.ABSENT)
    assert not (queue.folder / "called").exists()
    queue.lpstat(ACCEPTS, DONE)
    with record.changed:
        assert record.changed.wait_for(lambda: printer.status == Status(State.READY), WAIT_S)
    assert printed(printer, record) == PROBABLE


def test_lp_fails_and_so_does_what_is_known(queue: Cups, record: Record, start: Callable[[], EscPosPrinter]) -> None:
    queue.lp("exit 1")
    printer = start()
    assert printed(printer, record) == LOST
    queue.lp(f"echo '{TAKEN}'")
    queue.lpstat(ACCEPTS, DONE)
    assert printed(printer, record) == PROBABLE


def test_lp_hangs(
    queue: Cups, record: Record, start: Callable[[], EscPosPrinter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cups, "_ANSWER_S", 0.3)
    queue.lp("exec /bin/sleep 60")
    assert printed(start(), record) == LOST


def test_lpstat_fails_after_the_job_was_taken(queue: Cups, record: Record, start: Callable[[], EscPosPrinter]) -> None:
    queue.has("lpstat", f"case $1 in -a) echo '{ACCEPTS}';; *) exit 1;; esac")
    assert printed(start(), record) == LOST


@pytest.mark.parametrize("missing", ["lpstat", "lp"])
def test_cups_is_not_installed(queue: Cups, record: Record, start: Callable[[], EscPosPrinter], missing: str) -> None:
    (queue.folder / missing).unlink()
    expected = Outcome(Result.NOT_PRINTED, Reason.ABSENT) if missing == "lpstat" else LOST
    assert printed(start(), record) == expected


# --- the link alone ---------------------------------------------------------------------------------------------


@pytest.fixture
def doorbell() -> Iterator[Doorbell]:
    doorbell = Doorbell()
    yield doorbell
    doorbell.close()


@pytest.mark.parametrize("says", [f"echo '{REJECTS}'", f"echo '{ACCEPTS}'; exit 1", "true", "exec /bin/sleep 60"])
def test_a_queue_that_does_not_say_that_it_takes_jobs_is_lost(
    queue: Cups, doorbell: Doorbell, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    monkeypatch.setattr(cups, "_ANSWER_S", 0.3)
    queue.has("lpstat", says)
    with pytest.raises(PortLost):
        CupsLink("ticket", doorbell)


def test_another_queue_is_not_ours(queue: Cups, doorbell: Doorbell) -> None:
    assert queue
    with pytest.raises(PortLost):
        CupsLink("cket", doorbell)


def test_a_name_that_can_be_none_is_lost(queue: Cups, doorbell: Doorbell) -> None:
    assert queue
    with pytest.raises(PortLost):
        CupsLink("ti\0cket", doorbell)


def test_it_hurries_for_nobody_and_hears_nothing(queue: Cups, doorbell: Doorbell) -> None:
    queue.lpstat(ACCEPTS, DONE)
    link = CupsLink("ticket", doorbell)
    link.send_urgently(b"\x10\x04\x01")
    link.send(b"one ")
    link.send(b"two")
    doorbell.ring()
    assert link.receive(WAIT_S) == b""
    assert link.finish(WAIT_S)
    assert (queue.folder / "data").read_bytes() == b"one two"
    link.send(b"left over")
    link.close()
