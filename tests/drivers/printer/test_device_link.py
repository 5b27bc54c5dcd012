"""A printer's own device file, which answers; and a plain file, which never does and so is never believed."""

from __future__ import annotations

import os
import stat
import threading
import tty
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drivers.printer.device import DeviceLink, FileLink
from drivers.printer.driver import EscPosPrinter
from drivers.printer.link import Doorbell, PortLost
from drivers.printer.ports import Port
from drivers.printer.virtual.device import Device, Fault
from drivers.printer.words import Job, Outcome, Paper, Reason, Result, Slip, State, Status, Text
from tests.drivers.printer.conftest import QUICK, VOID, WAIT_S, Record, a_slip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drivers.printer.link import Link
    from drivers.printer.virtual.paper import Ticket

NO_ANSWER = Outcome(Result.UNCERTAIN, Reason.NO_ANSWER)


@pytest.fixture
def doorbell() -> Iterator[Doorbell]:
    doorbell = Doorbell()
    yield doorbell
    doorbell.close()


class Line:
    """A character device with us at its other end: a pty that nobody serves."""

    def __init__(self) -> None:
        self.ours, self.hosts = os.openpty()
        tty.setraw(self.hosts)
        self.name = os.ttyname(self.hosts)

    def vanish(self) -> None:
        for end in (self.hosts, self.ours):
            if end >= 0:
                os.close(end)
        self.ours = self.hosts = -1


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.vanish()


@pytest.fixture
def link(line: Line, doorbell: Doorbell) -> Iterator[DeviceLink]:
    link = DeviceLink(line.name, doorbell)
    yield link
    link.close()


# --- a device ---------------------------------------------------------------------------------------------------


def test_bytes_go_both_ways(line: Line, link: DeviceLink) -> None:
    link.send(bytes(range(256)))
    link.send_urgently(b"!")
    expected, sent = bytes(range(256)) + b"!", b""
    while len(sent) < len(expected):
        sent += os.read(line.ours, 1000)
    assert sent == expected
    os.write(line.ours, b"\x12")
    assert link.receive(WAIT_S) == b"\x12"
    assert link.receive(0.0) == b""
    assert not link.finish(0.0)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("name", ["missing", "file", "folder", "pipe"])
def test_what_is_no_device_is_lost_and_stays_as_it_is(tmp_path: Path, doorbell: Doorbell, name: str) -> None:
    (tmp_path / "file").write_bytes(b"as it was")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    before = open_files()
    with pytest.raises(PortLost):
        DeviceLink(str(tmp_path / name), doorbell)
    assert open_files() == before
    assert (tmp_path / "file").read_bytes() == b"as it was"
    assert not (tmp_path / "missing").exists()


def test_without_permission_it_is_lost(line: Line, doorbell: Doorbell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody forbids an administrator anything: the kernel's answer is given here."""

    def forbidden(path: str, flags: int) -> int:
        raise PermissionError(f"{path} {flags}")

    monkeypatch.setattr(os, "open", forbidden)
    with pytest.raises(PortLost):
        DeviceLink(line.name, doorbell)


def test_a_printer_that_takes_nothing_for_half_a_second_is_lost(link: DeviceLink) -> None:
    with pytest.raises(PortLost):
        link.send(bytes(1_000_000))


def test_a_pulled_cable_is_one_kind_of_error(line: Line, link: DeviceLink) -> None:
    """Its own end closed, a pty reads as empty; a question is lost all the same, and there is one every 5 s."""
    line.vanish()
    assert link.receive(WAIT_S) == b""
    with pytest.raises(PortLost):
        link.send(b"x")
    link.close()
    link.close()
    with pytest.raises(PortLost):
        link.receive(0.0)
    with pytest.raises(PortLost):
        link.send(b"x")


def test_a_device_that_is_always_ready_and_empty_is_read_with_pauses(
    doorbell: Doorbell, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)  # noqa: PTH116 - the very call of the link
    pauses: list[float] = []
    monkeypatch.setattr(Doorbell, "wait", lambda _, timeout_s: pauses.append(timeout_s))
    link = DeviceLink("/dev/null", doorbell)
    assert [link.receive(timeout_s) for timeout_s in (5.0, 0.005, 0.0)] == [b"", b"", b""]
    assert pauses == [0.02, 0.005, 0.0]
    link.close()


@pytest.fixture
def record() -> Record:
    return Record()


@pytest.fixture
def start(
    doorbell: Doorbell, record: Record, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Callable[[Doorbell], Link]], EscPosPrinter]]:
    """The whole driver on a line that the test opens."""
    del doorbell
    made: list[EscPosPrinter] = []

    def start(opens: Callable[[Doorbell], Link]) -> EscPosPrinter:
        monkeypatch.setattr(Port, "open", lambda _, doorbell: opens(doorbell))
        made.append(EscPosPrinter(Port("/dev/usb/lp0"), record, record, void=VOID, patience=QUICK))
        return made[-1]

    yield start
    for printer in made:
        printer.close()


def until(record: Record, true: Callable[[], bool]) -> None:
    with record.changed:
        assert record.changed.wait_for(true, WAIT_S), (record.statuses, record.told)


def printed(printer: EscPosPrinter, record: Record, slip: Slip) -> Outcome:
    before = len(record.told)
    printer.print(Job("A-001", slip))
    until(record, lambda: len(record.told) > before)
    return record.told[-1][2]


class Server:
    """The virtual printer's machine at the other end of a line."""

    def __init__(self, line: Line) -> None:
        self.tickets: list[Ticket] = []
        self.device = Device(self._answer, self.tickets.append)
        self._line = line
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _answer(self, data: bytes) -> None:
        os.write(self._line.ours, data)

    def _run(self) -> None:
        while not (data := os.read(self._line.ours, 4096)).endswith(b"end"):
            self.device.receive(data)
            self.device.advance(0.0)


def test_the_whole_driver_prints_on_it_and_is_told_so(
    line: Line, record: Record, start: Callable[[Callable[[Doorbell], Link]], EscPosPrinter]
) -> None:
    server = Server(line)
    printer = start(lambda doorbell: DeviceLink(line.name, doorbell))
    until(record, lambda: record.statuses[-1:] == [Status(State.READY)])
    assert printed(printer, record, a_slip("A-001")) == Outcome(Result.CONFIRMED)
    assert server.tickets[0].complete
    server.device.fail(Fault.PAPER_OUT)
    assert printed(printer, record, a_slip("A-002")) == Outcome(Result.NOT_PRINTED, Reason.PAPER)
    printer.close()
    os.write(line.hosts, b"end")
    server.thread.join()


def test_a_device_that_swallows_all_and_says_nothing_is_silent(
    record: Record, start: Callable[[Callable[[Doorbell], Link]], EscPosPrinter]
) -> None:
    printer = start(lambda doorbell: DeviceLink("/dev/null", doorbell))
    assert printed(printer, record, a_slip()) == Outcome(Result.NOT_PRINTED, Reason.SILENT)


# --- a file -----------------------------------------------------------------------------------------------------


@pytest.fixture
def to_file(record: Record, tmp_path: Path) -> Iterator[Callable[[str], EscPosPrinter]]:
    made: list[EscPosPrinter] = []

    def to_file(name: str) -> EscPosPrinter:
        made.append(EscPosPrinter(Port(f"file:{tmp_path / name}"), record, record, void=VOID, patience=QUICK))
        return made[-1]

    yield to_file
    for printer in made:
        printer.close()


def test_a_ticket_in_a_file_is_never_called_printed(
    record: Record, to_file: Callable[[str], EscPosPrinter], tmp_path: Path
) -> None:
    printer = to_file("bytes")
    assert [printed(printer, record, a_slip(number)) for number in ("A-001", "A-002")] == [NO_ANSWER] * 2
    data = (tmp_path / "bytes").read_bytes()
    dropped: list[Ticket] = []
    device = Device(lambda _: None, dropped.append)
    device.receive(data)
    device.advance(0.0)
    assert [ticket.complete for ticket in dropped] == [True, True]


def test_a_bad_slip_leaves_no_byte_in_it(
    record: Record, to_file: Callable[[str], EscPosPrinter], tmp_path: Path
) -> None:
    outcome = printed(to_file("bytes"), record, Slip((Text("no cut"),)))
    assert outcome == Outcome(Result.NOT_PRINTED, Reason.OTHER)
    assert (tmp_path / "bytes").read_bytes() == b""


def test_a_folder_that_is_not_there_is_absent(record: Record, to_file: Callable[[str], EscPosPrinter]) -> None:
    assert printed(to_file("no/folder"), record, a_slip()) == Outcome(Result.NOT_PRINTED, Reason.ABSENT)


def test_a_full_disk_leaves_doubt_and_the_next_ticket_is_tried(
    record: Record, to_file: Callable[[str], EscPosPrinter]
) -> None:
    printer = to_file("/dev/full")
    assert printed(printer, record, a_slip()) == Outcome(Result.UNCERTAIN, Reason.LOST)
    assert printed(printer, record, a_slip()).result is not Result.CONFIRMED


def test_a_file_link_says_nothing_and_a_ring_ends_its_wait(tmp_path: Path, doorbell: Doorbell) -> None:
    link = FileLink(str(tmp_path / "bytes"), doorbell)
    doorbell.ring()
    assert link.receive(WAIT_S) == b""
    assert not link.answers
    assert not link.finish(0.0)
    link.close()
    link.close()
    with pytest.raises(PortLost):
        link.send(b"x")


def test_what_was_used_of_the_roll_is_told_of_a_blind_line_too(
    record: Record, to_file: Callable[[str], EscPosPrinter], monkeypatch: pytest.MonkeyPatch
) -> None:
    papers: list[Paper] = []
    monkeypatch.setattr(record, "paper", papers.append)
    printed(to_file("bytes"), record, a_slip())
    assert [paper.used_mm > 100 for paper in papers] == [True]
