"""USB scanners that are not there, and drivers that listen to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from drivers.scanner.serial_scanner import driver
from drivers.scanner.serial_scanner.driver import UsbScanner
from drivers.scanner.serial_scanner.virtual import Setup, VirtualUsbScanner
from tests.drivers.scanner.conftest import Ear, wait_until

TODAY = date(2026, 11, 25)


@pytest.fixture
def plugged(tmp_path: Path) -> Iterator[Callable[..., VirtualUsbScanner]]:
    made: list[VirtualUsbScanner] = []

    def plug(name: str = "scanner", **setup: Any) -> VirtualUsbScanner:
        made.append(VirtualUsbScanner(tmp_path / name, Setup(**setup)))
        return made[-1]

    yield plug
    for device in made:
        device.close()


@pytest.fixture
def listening(ear: Ear, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., UsbScanner]]:
    """Makes scanners that tell ``ear``, waits until their line is open, and closes them."""
    monkeypatch.setattr(driver, "MISSING_S", 0.05)
    monkeypatch.setattr(driver, "BACK_OFF_S", (0.05,))
    made: list[UsbScanner] = []

    def listen(wanted: str = "", *, ready: bool = True, **options: Any) -> UsbScanner:
        made.append(UsbScanner(wanted or str(tmp_path / "scanner"), ear, today=lambda: TODAY, **options))
        if ready:
            wait_until(lambda: made[-1].is_ready)
        made[-1].start()
        return made[-1]

    yield listen
    for scanner in made:
        scanner.close()
