"""A printer on the network: a real connection on this machine, with the virtual printer's insides at its other end."""

from __future__ import annotations

import select
import socket
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

import pytest

from drivers.printer.driver import EscPosPrinter
from drivers.printer.link import Doorbell, PortLost
from drivers.printer.network import UNANSWERED_MS, NetworkLink
from drivers.printer.ports import Port
from drivers.printer.virtual.device import Device, Fault
from drivers.printer.words import Job, Outcome, Reason, Result, State, Status
from tests.drivers.printer.conftest import PATIENT, QUICK, VOID, WAIT_S, Record, a_slip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drivers.printer.dialogue import Patience
    from drivers.printer.virtual.paper import Ticket

CONFIRMED = Outcome(Result.CONFIRMED)


class NetworkPrinter:
    """The virtual printer's machine behind a listening socket: one host at a time, as most of them."""

    def __init__(self) -> None:
        self.tickets: list[Ticket] = []
        self.connections = 0
        self.hangs_up_after: int | None = None
        """Closes the connection when so many more bytes have come in, as at the loss of its network."""
        self.is_deaf = False
        """It is connected, and reads nothing."""
        self.device = Device(self._answer, self.tickets.append)
        self.lock = Lock()
        self._ended = Event()
        self._host: socket.socket | None = None
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.port = self._server.getsockname()[1]
        self._thread = Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        self._server.close()

    def refuse(self) -> None:
        """Nobody listens any more."""
        self.close()

    def _answer(self, data: bytes) -> None:
        if self._host:
            self._host.sendall(data)

    def _run(self) -> None:
        while not self._ended.is_set():
            if not select.select([self._server], [], [], 0.01)[0]:
                continue
            self._host, _ = self._server.accept()
            self.connections += 1
            with self._host:
                while not self._ended.is_set() and self._serves(self._host):
                    pass
            self._host = None

    def _serves(self, host: socket.socket) -> bool:
        if self.hangs_up_after == 0:
            self.hangs_up_after = None
            return False
        if self.is_deaf or not select.select([host], [], [], 0.01)[0]:
            return not self._ended.wait(0.01 if self.is_deaf else 0)
        try:
            data = host.recv(4096 if self.hangs_up_after is None else min(4096, self.hangs_up_after))
        except ConnectionError:
            return False
        if self.hangs_up_after is not None:
            self.hangs_up_after -= len(data)
        with self.lock:
            self.device.receive(data)
            self.device.advance(0.0)
        return bool(data)


@pytest.fixture
def virtual() -> Iterator[NetworkPrinter]:
    virtual = NetworkPrinter()
    yield virtual
    virtual.close()


@pytest.fixture
def record() -> Record:
    return Record()


@pytest.fixture
def start(virtual: NetworkPrinter, record: Record) -> Iterator[Callable[..., EscPosPrinter]]:
    made: list[EscPosPrinter] = []

    def start(patience: Patience = PATIENT) -> EscPosPrinter:
        port = Port(f"tcp://127.0.0.1:{virtual.port}")
        made.append(EscPosPrinter(port, record, record, void=VOID, patience=patience))
        return made[-1]

    yield start
    for printer in made:
        printer.close()


def until(record: Record, true: Callable[[], bool]) -> None:
    with record.changed:
        assert record.changed.wait_for(true, WAIT_S), (record.statuses, record.told)


def is_ready(record: Record) -> bool:
    return bool(record.statuses) and record.statuses[-1] == Status(State.READY)


def printed(printer: EscPosPrinter, record: Record, number: str) -> Outcome:
    before = len(record.told)
    printer.print(Job(number, a_slip(number)))
    until(record, lambda: len(record.told) > before)
    job, _, outcome = record.told[before]
    assert job == number
    return outcome


def lies(virtual: NetworkPrinter, number: str) -> bool:
    return any(f"{number}-K7QM" in piece.text and piece.whole for ticket in virtual.tickets for piece in ticket.pieces)


# --- the whole driver -------------------------------------------------------------------------------------------


def test_a_ticket_is_confirmed_over_the_network(
    virtual: NetworkPrinter, record: Record, start: Callable[..., EscPosPrinter]
) -> None:
    assert printed(start(), record, "A-001") == CONFIRMED
    assert lies(virtual, "A-001")
    assert list(virtual.device.violations) == []


def test_its_own_words_come_without_being_asked(
    virtual: NetworkPrinter, record: Record, start: Callable[..., EscPosPrinter]
) -> None:
    start()
    until(record, lambda: is_ready(record))
    with virtual.lock:
        virtual.device.fail(Fault.COVER_OPEN)
    until(record, lambda: record.statuses[-1] == Status(State.BLOCKED, Reason.COVER))


def test_where_nobody_listens_it_is_absent(
    virtual: NetworkPrinter, record: Record, start: Callable[..., EscPosPrinter]
) -> None:
    virtual.refuse()
    assert printed(start(), record, "A-001") == Outcome(Result.NOT_PRINTED, Reason.ABSENT)


@pytest.mark.parametrize("count", [60, 250, 430])
def test_hung_up_in_the_middle_nobody_knows_and_half_a_ticket_is_voided(
    virtual: NetworkPrinter, record: Record, start: Callable[..., EscPosPrinter], count: int
) -> None:
    printer = start()
    until(record, lambda: is_ready(record))
    virtual.hangs_up_after = count + 6  # what is asked before the ticket
    assert printed(printer, record, "A-001") == Outcome(Result.UNCERTAIN, Reason.LOST)
    until(record, lambda: is_ready(record))
    assert printed(printer, record, "A-002") == CONFIRMED
    assert (lies(virtual, "A-001"), lies(virtual, "A-002")) == (False, True)
    assert record.voided == [False]
    assert virtual.connections == 2


def test_hung_up_while_idle_it_comes_back(
    virtual: NetworkPrinter, record: Record, start: Callable[..., EscPosPrinter]
) -> None:
    printer = start()
    until(record, lambda: is_ready(record))
    virtual.hangs_up_after = 0
    until(record, lambda: Status(State.ABSENT) in record.statuses and is_ready(record))
    assert printed(printer, record, "A-001") == CONFIRMED


def test_one_that_takes_the_connection_and_says_nothing_is_silent(
    virtual: NetworkPrinter, record: Record, start: Callable[..., EscPosPrinter]
) -> None:
    virtual.device.fail(Fault.POWER_OFF)
    printer = start(QUICK)
    assert printed(printer, record, "A-001") == Outcome(Result.NOT_PRINTED, Reason.SILENT)
    assert record.statuses[-1] == Status(State.SILENT)
    with virtual.lock:
        virtual.device.repair(Fault.POWER_OFF)
    until(record, lambda: is_ready(record))


def test_one_that_reads_nothing_is_silent_too(
    virtual: NetworkPrinter, record: Record, start: Callable[..., EscPosPrinter]
) -> None:
    virtual.is_deaf = True
    assert printed(start(QUICK), record, "A-001") == Outcome(Result.NOT_PRINTED, Reason.SILENT)
    virtual.is_deaf = False
    until(record, lambda: is_ready(record))


def test_a_line_that_is_closed_as_soon_as_it_is_open_is_tried_ever_more_rarely_and_keeps_no_job_waiting(
    virtual: NetworkPrinter, record: Record, start: Callable[..., EscPosPrinter], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a printer that is busy with another host."""
    waits: list[float] = []
    wait = Doorbell.wait

    def noted(doorbell: Doorbell, timeout_s: float) -> None:
        waits.append(timeout_s)
        wait(doorbell, timeout_s)

    monkeypatch.setattr(Doorbell, "wait", noted)
    monkeypatch.setattr(virtual, "_serves", lambda _: False)
    printer = start(QUICK)
    assert printed(printer, record, "A-001") == Outcome(Result.NOT_PRINTED, Reason.ABSENT)
    until(record, lambda: len(record.statuses) > 8)
    assert virtual.connections <= len(waits) + 1
    assert waits[:4] == [0.02, 0.04, 0.08, 0.1]


# --- the link alone ---------------------------------------------------------------------------------------------


@pytest.fixture
def doorbell() -> Iterator[Doorbell]:
    doorbell = Doorbell()
    yield doorbell
    doorbell.close()


@pytest.fixture
def link(virtual: NetworkPrinter, doorbell: Doorbell) -> Iterator[NetworkLink]:
    link = NetworkLink("127.0.0.1", virtual.port, doorbell)
    yield link
    link.close()


def test_a_ring_ends_the_wait(link: NetworkLink, doorbell: Doorbell) -> None:
    doorbell.ring()
    assert link.receive(WAIT_S) == b""
    link.send(b"\x10\x04\x01")
    assert link.receive(WAIT_S) == b"\x12"


def test_a_printer_that_takes_nothing_for_half_a_second_is_lost(virtual: NetworkPrinter, link: NetworkLink) -> None:
    virtual.is_deaf = True
    with pytest.raises(PortLost):
        link.send(bytes(50_000_000))


def test_after_its_end_it_is_one_kind_of_error_at_every_call(link: NetworkLink) -> None:
    link.close()
    link.close()
    for call in (lambda: link.send(b"x"), lambda: link.send_urgently(b"x"), lambda: link.receive(1.0)):
        with pytest.raises(PortLost):
            call()


def test_a_pulled_cable_is_noticed_idle_and_with_a_question_on_its_way(link: NetworkLink) -> None:
    """No packet can be lost on this machine: what the kernel was asked for is all that can be seen."""
    told = link._socket.getsockopt
    assert told(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert told(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) + 3 * told(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == 5
    assert told(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == UNANSWERED_MS


@pytest.mark.parametrize("host", ["", "no-such-host.invalid", "a..b"])
def test_a_name_that_leads_nowhere_is_lost(host: str, doorbell: Doorbell) -> None:
    with pytest.raises(PortLost):
        NetworkLink(host, 1, doorbell)
