"""A scanner on its line, from a pseudo-terminal: however it is set, quiet or noisy, asked for or not."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.scanner.serial_scanner.driver import UsbScanner
from drivers.scanner.serial_scanner.virtual import SUFFIXES, VirtualUsbScanner
from drivers.scanner.virtual.people import JOSE, MARIA
from drivers.scanner.words import DocumentReading, TicketReading
from tests.drivers.scanner.conftest import Ear

Plugged = Callable[..., VirtualUsbScanner]
Listening = Callable[..., UsbScanner]


# --- noise ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", ["garbage", "flood", "half", "hex 0d0a0d0a", "text https://example.org/T/X"])
def test_after_noise_the_next_document_is_read(ear: Ear, plugged: Plugged, listening: Listening, noise: str) -> None:
    device = plugged()
    listening()
    assert device.obey(noise)
    time.sleep(0.15)
    assert ear.heard == []
    device.obey("dni")
    assert ear.wait_for_reading().document.number == MARIA.number


# --- however it is set ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("aim", [True, False], ids=["named", "unnamed"])
@pytest.mark.parametrize("words", ["pdf417 87654321", "zone 87654321"])
def test_a_document_is_read(
    ear: Ear, plugged: Plugged, listening: Listening, suffix: str, aim: bool, words: str  # noqa: FBT001
) -> None:  # fmt: skip
    device = plugged(suffix=suffix, aim=aim)
    listening()
    device.obey(words)
    assert ear.wait_for_reading().document.number == JOSE.number


def test_a_binary_code_with_ends_of_lines_inside_is_not_cut(ear: Ear, plugged: Plugged, listening: Listening) -> None:
    payload = bytearray(JOSE.pdf417_payload())
    payload[200:210] = b"\r\n\x02\x03\x00\r\r\n\n\x00"
    device = plugged(suffix="crlf", aim=False)
    listening(keep_name=True)
    device.scan(b"", bytes(payload[:300]))
    reading = None
    device.send(b"")
    time.sleep(0.15)
    assert ear.heard == []
    device.scan(b"", bytes(payload))
    reading = ear.wait_for_reading()
    assert (reading.document.number, reading.name) == (JOSE.number, JOSE.name)


def test_an_unnamed_linear_code_is_read_at_its_second_time(ear: Ear, plugged: Plugged, listening: Listening) -> None:
    device = plugged(aim=False)
    listening()
    device.obey("dni")
    time.sleep(0.15)
    assert ear.heard == []
    device.obey("dni")
    assert isinstance(ear.wait_for_reading(), DocumentReading)


def test_a_ticket_is_read(ear: Ear, plugged: Plugged, listening: Listening, ticket_url: str) -> None:
    device = plugged()
    listening()
    device.obey(f"ticket {ticket_url}")
    assert isinstance(ear.wait_for_reading(), TicketReading)


# --- on and off -------------------------------------------------------------------------------------------------


def test_what_is_scanned_while_nobody_is_asked_is_dropped(ear: Ear, plugged: Plugged, listening: Listening) -> None:
    device = plugged()
    scanner = listening()
    scanner.stop()
    device.obey("dni 87654321")
    time.sleep(0.15)
    scanner.start()
    device.obey("dni")
    assert ear.wait_for_reading().document.number == MARIA.number
    assert len(ear.heard) == 1


def test_what_began_before_somebody_was_asked_is_dropped(ear: Ear, plugged: Plugged, listening: Listening) -> None:
    device = plugged()
    scanner = listening()
    scanner.stop()
    device.send(b"]A01234")
    time.sleep(0.02)
    scanner.start()
    device.send(b"5678\r")
    time.sleep(0.15)
    assert ear.heard == []


def test_the_next_visitor_inherits_no_half_belief(ear: Ear, plugged: Plugged, listening: Listening) -> None:
    device = plugged(aim=False)
    scanner = listening()
    device.obey("dni")
    time.sleep(0.15)
    scanner.start()
    device.obey("dni")
    time.sleep(0.15)
    assert ear.heard == []


def test_after_a_reading_it_waits_to_be_asked_again(ear: Ear, plugged: Plugged, listening: Listening) -> None:
    device = plugged()
    listening()
    for _ in range(3):
        device.obey("dni")
        time.sleep(0.1)
    assert len(ear.heard) == 1


def test_nothing_is_ever_written_to_it(ear: Ear, plugged: Plugged, listening: Listening) -> None:
    device = plugged()
    listening()
    device.obey("garbage")
    time.sleep(0.1)
    device.obey("dni")
    ear.wait_for_reading()
    assert device.written() == b""


def test_nothing_of_what_it_read_is_logged(
    ear: Ear, plugged: Plugged, listening: Listening, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    device = plugged()
    listening(keep_name=True)
    device.obey("pdf417 87654321")
    reading = ear.wait_for_reading()
    device.unplug()
    time.sleep(0.2)
    assert "scanner.usb ready=True" in caplog.text
    for secret in (JOSE.number, "JOSE", JOSE.register):
        assert secret not in caplog.text + repr(reading)


def test_closing_ends_its_thread_in_whatever_it_is_doing(ear: Ear, tmp_path: Path) -> None:
    scanner = UsbScanner(str(tmp_path / "nothing"), ear)
    scanner.close()
    scanner.close()
    assert not scanner._thread.is_alive()
