"""Which scanners a kiosk has, by five lines of configuration; what names none is refused before any is started."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.scanner.keyboard import KeyboardScanner
from drivers.scanner.light import CommandLight
from drivers.scanner.process import CameraScanner
from drivers.scanner.serial_scanner.driver import UsbScanner
from drivers.scanner.serial_scanner.virtual import VirtualUsbScanner
from drivers.scanner.together import CompositeScanner
from drivers.scanner.words import CameraState
from kiosk.compose import _scanner
from kiosk.config import ConfigError, ScannerSettings
from kiosk.flow import events as happened
from kiosk.run import Ears
from tests.drivers.scanner.conftest import wait_until


class Posted(list[happened.Event]):
    """Ears that post here."""

    def ears(self) -> Ears:
        return Ears(self.append, lambda: None, None)  # type: ignore[arg-type]  # the printer's health is not asked


@pytest.fixture
def made() -> Iterator[list[CompositeScanner]]:
    scanners: list[CompositeScanner] = []
    yield scanners
    for scanner in scanners:
        scanner.close()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"source": "kamera:1"}, "scanner.source: Fuente"),
        ({"usb": "on"}, "scanner.usb: Lector USB"),
        ({"light": "gpio:4"}, "scanner.light: Luz"),
    ],
)
def test_what_names_none_is_refused(settings: dict[str, Any], told: str) -> None:
    before = threading.active_count()
    with pytest.raises(ConfigError, match=told):
        _scanner(ScannerSettings(**settings), Posted().ears())
    assert threading.active_count() == before


def test_all_three_are_there_without_a_word(made: list[CompositeScanner]) -> None:
    scanner, keyboard = _scanner(ScannerSettings(), Posted().ears())
    made.append(scanner)
    assert [type(part) for part in scanner._parts] == [KeyboardScanner, UsbScanner, CameraScanner]
    assert scanner._parts[0] is keyboard


def test_without_a_camera_the_screen_knows(made: list[CompositeScanner]) -> None:
    posted = Posted()
    scanner, _ = _scanner(ScannerSettings(source="none", usb="off"), posted.ears())
    made.append(scanner)
    assert [type(part) for part in scanner._parts] == [KeyboardScanner]
    assert posted == [happened.CameraChanged(CameraState.ABSENT)]


def test_the_screen_knows_a_usb_scanner_while_it_is_plugged_in(made: list[CompositeScanner], tmp_path: Path) -> None:
    device, posted = VirtualUsbScanner(tmp_path / "scanner"), Posted()
    scanner, _ = _scanner(ScannerSettings(source="none", usb=str(tmp_path / "scanner")), posted.ears())
    made.append(scanner)
    wait_until(lambda: happened.ReaderChanged(is_there=True) in posted)
    device.unplug()
    wait_until(lambda: posted[-1] == happened.ReaderChanged(is_there=False))


@pytest.mark.parametrize("usb", ["off", "/dev/no/such/scanner"])
def test_a_scanner_that_plays_a_keyboard_is_there_if_the_configuration_says_so(
    made: list[CompositeScanner], usb: str
) -> None:
    posted = Posted()
    scanner, _ = _scanner(ScannerSettings(source="none", usb=usb, keyboard=True), posted.ears())
    made.append(scanner)
    scanner.close()
    heard = [event for event in posted if isinstance(event, happened.ReaderChanged)]
    assert heard
    assert set(heard) == {happened.ReaderChanged(is_there=True)}


def test_the_lamp_is_the_cameras(made: list[CompositeScanner]) -> None:
    scanner, _ = _scanner(ScannerSettings(source="virtual:nothing", usb="off", light="command:true"), Posted().ears())
    made.append(scanner)
    camera = scanner._parts[-1]
    assert isinstance(camera, CameraScanner)
    assert isinstance(camera._light, CommandLight)
