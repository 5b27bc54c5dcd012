"""A printer on the network: the same driver over TCP, against the virtual printer's machine behind a real socket."""

from __future__ import annotations

import socket
import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from drivers.printer.driver import EscPosPrinter
from drivers.printer.link import Doorbell, PortLost
from drivers.printer.network import NetworkLink
from drivers.printer.ports import Port
from drivers.printer.virtual.device import Device
from drivers.printer.words import Job, Outcome, Reason, Result, State
from tests.drivers.printer.conftest import PATIENT, QUICK, VOID, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drivers.printer.virtual.paper import Ticket
    from drivers.printer.words import Slip


class NetworkPrinter:
    """One connection at a time, as most have; ``hangs_up_after`` counts bytes of a connection until it closes."""

    def __init__(self) -> None:
        self.tickets: list[Ticket] = []
        self.hangs_up_after: int | None = None
        self.is_deaf = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection:
                    self._attend(connection)

    def _attend(self, connection: socket.socket) -> None:
        device = Device(lambda data: None if self.is_deaf else connection.sendall(data), self.tickets.append)
        heard = 0
        while data := connection.recv(256):
            heard += len(data)
            if self.hangs_up_after is not None and heard > self.hangs_up_after:
                return
            device.receive(data)
            device.advance(0.0)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def peer() -> Iterator[NetworkPrinter]:
    with closing(NetworkPrinter()) as peer:
        yield peer


@pytest.fixture
def record() -> Record:
    return Record()


def started(peer: NetworkPrinter, record: Record) -> EscPosPrinter:
    return EscPosPrinter(Port(peer.address), record, record, void=VOID, patience=PATIENT)


def wait_for(record: Record, printer: EscPosPrinter, state: State) -> None:
    with record.changed:
        assert record.changed.wait_for(lambda: printer.status.state is state, 20.0), record.statuses


def outcome(record: Record, job: str) -> Outcome:
    def told() -> list[Outcome]:
        return [outcome for name, _, outcome in record.told if name == job]

    with record.changed:
        assert record.changed.wait_for(lambda: bool(told()), 20.0)
        return told()[0]


def test_a_ticket_is_confirmed_over_the_network(peer: NetworkPrinter, record: Record, slip: Slip) -> None:
    with closing(started(peer, record)) as printer:
        wait_for(record, printer, State.READY)
        printer.print(Job("A-047", slip))
        assert outcome(record, "A-047") == Outcome(Result.CONFIRMED)
    assert len(peer.tickets) == 1


def test_a_printer_that_hangs_up_midway_leaves_doubt_and_is_found_again(
    peer: NetworkPrinter, record: Record, slip: Slip
) -> None:
    with closing(started(peer, record)) as printer:
        wait_for(record, printer, State.READY)
        peer.hangs_up_after = 150
        printer.print(Job("A-047", slip))
        assert outcome(record, "A-047") == Outcome(Result.UNCERTAIN, Reason.LOST)
        peer.hangs_up_after = None
        wait_for(record, printer, State.READY)
        printer.print(Job("A-048", slip))
        assert outcome(record, "A-048") == Outcome(Result.CONFIRMED)
    assert ["ANULADO" in ticket.text for ticket in peer.tickets] == [True, False]


def test_a_printer_that_says_nothing_is_silent(peer: NetworkPrinter, record: Record, slip: Slip) -> None:
    peer.is_deaf = True
    with closing(EscPosPrinter(Port(peer.address), record, record, patience=QUICK)) as printer:
        wait_for(record, printer, State.SILENT)
        printer.print(Job("A-047", slip))
        assert outcome(record, "A-047") == Outcome(Result.NOT_PRINTED, Reason.SILENT)


def test_nobody_there_is_absent_and_a_peer_that_takes_nothing_is_lost() -> None:
    doorbell = Doorbell()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        link = NetworkLink("127.0.0.1", port, doorbell)
        with pytest.raises(PortLost):
            link.send(bytes(50_000_000))
        link.close()
        link.close()
        with pytest.raises(PortLost):
            link.receive(0.0)
    with pytest.raises(PortLost):
        NetworkLink("127.0.0.1", port, doorbell)
    doorbell.close()
