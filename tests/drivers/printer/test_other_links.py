"""Device files, plain files and CUPS: what brings no answer is never called printed."""

from __future__ import annotations

import os
import stat
import tty
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from drivers.printer import cups
from drivers.printer.cups import CupsLink
from drivers.printer.device import DeviceLink, FileLink
from drivers.printer.driver import EscPosPrinter
from drivers.printer.link import Doorbell, PortLost
from drivers.printer.ports import Port
from drivers.printer.words import Job, Outcome, Reason, Result, State
from tests.drivers.printer.conftest import QUICK, Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drivers.printer.words import Slip


@pytest.fixture
def doorbell() -> Iterator[Doorbell]:
    doorbell = Doorbell()
    yield doorbell
    doorbell.close()


@pytest.fixture
def record() -> Record:
    return Record()


def printed(port: str, record: Record, slip: Slip) -> Outcome:
    with closing(EscPosPrinter(Port(port), record, record, patience=QUICK)) as printer:
        with record.changed:
            assert record.changed.wait_for(lambda: printer.status.state is not State.OPENING, 20.0)
        printer.print(Job("A-047", slip))
        with record.changed:
            assert record.changed.wait_for(lambda: bool(record.told), 20.0)
        return record.told[0][2]


# --- a device file ----------------------------------------------------------------------------------------------


def test_bytes_go_both_ways_through_a_device(doorbell: Doorbell) -> None:
    ours, hosts = os.openpty()
    tty.setraw(hosts)
    link = DeviceLink(os.ttyname(hosts), doorbell)
    link.send(bytes(range(256)) * 3)
    assert os.read(ours, 1000) == bytes(range(256)) * 3
    os.write(ours, b"\x12")
    assert link.receive(10.0) == b"\x12"
    assert link.receive(0.0) == b""
    os.close(hosts)
    os.close(ours)
    with pytest.raises(PortLost):
        link.send(b"x")
    link.close()
    link.close()


@pytest.mark.parametrize("name", ["plain", "missing"])
def test_what_is_no_device_is_lost(name: str, tmp_path: Path, doorbell: Doorbell) -> None:
    (tmp_path / "plain").write_bytes(b"")
    with pytest.raises(PortLost):
        DeviceLink(str(tmp_path / name), doorbell)


# --- a plain file -----------------------------------------------------------------------------------------------


def test_a_file_takes_the_bytes_and_is_never_called_printed(tmp_path: Path, record: Record, slip: Slip) -> None:
    path = tmp_path / "tickets.bin"
    assert printed(f"file:{path}", record, slip) == Outcome(Result.UNCERTAIN, Reason.NO_ANSWER)
    assert path.read_bytes().startswith(b"\x1b@")


def test_a_full_disk_leaves_doubt(record: Record, slip: Slip) -> None:
    assert printed("file:/dev/full", record, slip) == Outcome(Result.UNCERTAIN, Reason.LOST)


def test_a_folder_that_is_not_there_is_absent(tmp_path: Path, record: Record, slip: Slip, doorbell: Doorbell) -> None:
    assert printed(f"file:{tmp_path}/no/such", record, slip) == Outcome(Result.NOT_PRINTED, Reason.ABSENT)
    with pytest.raises(PortLost):
        FileLink(str(tmp_path), doorbell)


# --- CUPS -------------------------------------------------------------------------------------------------------

LPSTAT = """#!/bin/sh
case "$1" in
  -a) echo "tickets accepting requests since now" ;;
  -W) {completed} ;;
esac
"""
LP = """#!/bin/sh
cat > {folder}/job
{then}
"""


@pytest.fixture
def spooler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where CUPS' commands are; each test writes its own."""
    monkeypatch.setattr(cups, "_PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def install(
    folder: Path, *, completed: str = "echo tickets-7 root 1", then: str = "echo request id is tickets-7"
) -> None:
    for name, text in (
        ("lpstat", LPSTAT.format(completed=completed)),
        ("lp", LP.format(folder=folder, then=then)),
    ):
        (folder / name).write_text(text, encoding="ascii")
        (folder / name).chmod(stat.S_IRWXU)


def test_a_completed_job_is_probable_at_best(spooler: Path, record: Record, slip: Slip) -> None:
    install(spooler)
    assert printed("cups:tickets", record, slip) == Outcome(Result.PROBABLE)
    assert (spooler / "job").read_bytes().startswith(b"\x1b@")


@pytest.mark.parametrize("completed", ["true", "echo tickets-70 root 1"])
def test_a_job_that_is_not_completed_leaves_doubt(spooler: Path, record: Record, slip: Slip, completed: str) -> None:
    install(spooler, completed=completed)
    assert printed("cups:tickets", record, slip) == Outcome(Result.UNCERTAIN, Reason.NO_ANSWER)


def test_a_spooler_that_refuses_leaves_doubt(spooler: Path, record: Record, slip: Slip) -> None:
    install(spooler, then="exit 1")
    assert printed("cups:tickets", record, slip) == Outcome(Result.UNCERTAIN, Reason.LOST)


def test_no_queue_and_no_cups_are_absent(spooler: Path, record: Record, slip: Slip, doorbell: Doorbell) -> None:
    with pytest.raises(PortLost):
        CupsLink("tickets", doorbell)
    install(spooler)
    assert printed("cups:other", record, slip) == Outcome(Result.NOT_PRINTED, Reason.ABSENT)
