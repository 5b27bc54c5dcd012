"""The USB scanner is pulled out and put back: found again, under whatever name, and the screen is told."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from drivers.scanner.serial_scanner.driver import UsbScanner
from drivers.scanner.serial_scanner.virtual import VirtualUsbScanner
from drivers.scanner.virtual.people import MARIA
from tests.drivers.scanner.conftest import Ear, wait_until

Plugged = Callable[..., VirtualUsbScanner]
Listening = Callable[..., UsbScanner]


@dataclass
class Port:
    device: str
    vid: int | None = 0x1EAB
    pid: int | None = 0x0C06
    serial_number: str | None = "AB1"


def test_it_comes_back_under_another_name(ear: Ear, plugged: Plugged, listening: Listening, tmp_path: Path) -> None:
    device = plugged("ttyACM0")
    there = [Port(str(tmp_path / "ttyACM0"))]
    scanner = listening("1eab:0c06:AB1", ports=lambda: there)

    there.clear()
    device.unplug()
    wait_until(lambda: not scanner.is_ready)
    device.plug(tmp_path / "ttyACM3")
    there.append(Port(str(tmp_path / "ttyACM3")))
    wait_until(lambda: scanner.is_ready)
    device.obey("dni")

    assert ear.wait_for_reading().document.number == MARIA.number


def test_it_is_looked_for_until_it_is_there(ear: Ear, plugged: Plugged, listening: Listening) -> None:
    scanner = listening(ready=False)
    time.sleep(0.1)
    assert not scanner.is_ready
    device = plugged()
    wait_until(lambda: scanner.is_ready)
    device.obey("dni")
    ear.wait_for_reading()


def test_two_that_fit_are_not_guessed_between(plugged: Plugged, listening: Listening, tmp_path: Path) -> None:
    plugged("one")
    there = [Port(str(tmp_path / "one"), serial_number="1"), Port(str(tmp_path / "two"), serial_number="2")]
    scanner = listening("auto", ready=False, ports=lambda: there)
    time.sleep(0.2)
    assert not scanner.is_ready
    there.pop()
    wait_until(lambda: scanner.is_ready)


def test_whoever_asked_is_told_when_it_comes_and_goes(plugged: Plugged, listening: Listening) -> None:
    told: list[bool] = []
    listening(ready=False, ready_changed=told.append)
    wait_until(lambda: told == [False])
    device = plugged()
    wait_until(lambda: told == [False, True])
    device.unplug()
    wait_until(lambda: told == [False, True, False])
