"""Another program has the USB scanner, or would have it: one at a time, and ours as soon as it is free."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.scanner.serial_scanner.driver import UsbScanner
from drivers.scanner.serial_scanner.line import Line, LineLostError
from drivers.scanner.serial_scanner.virtual import VirtualUsbScanner
from tests.drivers.scanner.conftest import Ear, wait_until

Plugged = Callable[..., VirtualUsbScanner]
Listening = Callable[..., UsbScanner]


def test_nobody_else_can_open_it(plugged: Plugged, listening: Listening, tmp_path: Path) -> None:
    plugged()
    listening()
    with pytest.raises(LineLostError):
        Line(str(tmp_path / "scanner"))


def test_when_another_program_has_it_it_is_taken_as_soon_as_it_is_free(
    ear: Ear, plugged: Plugged, listening: Listening, tmp_path: Path
) -> None:
    device = plugged()
    other = Line(str(tmp_path / "scanner"))
    scanner = listening(ready=False)
    time.sleep(0.2)
    assert not scanner.is_ready
    other.close()
    wait_until(lambda: scanner.is_ready)
    device.obey("dni")
    ear.wait_for_reading()
