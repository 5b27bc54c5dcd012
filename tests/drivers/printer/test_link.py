"""The line itself: what the driver can rely on when the other end does not cooperate."""

from __future__ import annotations

import os
import threading
import time
import tty
from typing import TYPE_CHECKING

import pytest

from drivers.printer.link import Doorbell, PortLost, SerialLink

if TYPE_CHECKING:
    from collections.abc import Iterator


class Line:
    """A pty that nobody serves."""

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
def doorbell() -> Iterator[Doorbell]:
    doorbell = Doorbell()
    yield doorbell
    doorbell.close()


@pytest.fixture
def link(line: Line, doorbell: Doorbell) -> Iterator[SerialLink]:
    link = SerialLink(line.name, 9600, doorbell)
    yield link
    link.close()


def test_bytes_go_both_ways(line: Line, link: SerialLink) -> None:
    link.send(bytes(range(256)))
    sent = b""
    while len(sent) < 256:
        sent += os.read(line.ours, 1000)
    assert sent == bytes(range(256))
    os.write(line.ours, sent)
    heard = b""
    while len(heard) < 256 and (some := link.receive(10.0)):
        heard += some
    assert heard == sent


def test_silence_is_empty(link: SerialLink) -> None:
    assert link.receive(0.0) == b""


def test_a_ring_ends_the_wait_even_if_it_came_before(link: SerialLink, doorbell: Doorbell) -> None:
    start = time.monotonic()
    doorbell.ring()
    doorbell.ring()
    assert link.receive(30.0) == b""
    ringer = threading.Thread(target=doorbell.ring)
    ringer.start()
    assert link.receive(30.0) == b""
    ringer.join()
    assert time.monotonic() - start < 10.0
    assert link.receive(0.0) == b""


def test_a_printer_that_takes_nothing_for_half_a_second_is_lost(link: SerialLink) -> None:
    with pytest.raises(PortLost):
        link.send(bytes(1_000_000))


def test_a_pulled_cable_is_one_kind_of_error_at_every_call(line: Line, link: SerialLink) -> None:
    line.vanish()
    with pytest.raises(PortLost):
        link.receive(5.0)
    with pytest.raises(PortLost):
        link.send(b"x")
    link.close()
    link.close()
    with pytest.raises(PortLost):
        link.receive(0.0)


def test_a_port_is_ours_alone(line: Line, link: SerialLink, doorbell: Doorbell) -> None:
    assert link
    with pytest.raises(PortLost):
        SerialLink(line.name, 9600, doorbell)


@pytest.mark.parametrize("port", ["/dev/no-such-printer", "/dev/null", ""])
def test_what_is_no_port_is_lost(port: str, doorbell: Doorbell) -> None:
    with pytest.raises(PortLost):
        SerialLink(port, 9600, doorbell)


def test_a_ring_after_the_end_is_not_heard(doorbell: Doorbell) -> None:
    late = Doorbell()
    late.close()
    late.ring()
    doorbell.ring()
    doorbell.wait(30.0)
