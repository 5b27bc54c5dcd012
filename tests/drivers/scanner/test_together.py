"""Camera, USB and keyboard scanners as one: one reading a presentation, whoever was first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from domain.documents import Document, DocumentKind
from drivers.scanner.together import CompositeScanner
from drivers.scanner.words import CameraState, DocumentReading, Hint, Rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.scanner.frames import Image
    from drivers.scanner.words import Listener, Scanner
    from tests.drivers.scanner.conftest import Ear

ONE = DocumentReading(Document(DocumentKind.DNI, "12345678"), Rule.USB_SCANNER)
OTHER = DocumentReading(Document(DocumentKind.DNI, "87654321"), Rule.MRZ_WHOLE)


class Part:
    """A scanner that does what the test says."""

    def __init__(self, listener: Listener, log: list[str], name: str, picture: Image | None = None) -> None:
        self.listener = listener
        self._log = log
        self._name = name
        self._picture = picture

    def start(self, *, lit: bool = True) -> None:
        self._log.append(f"{self._name} start" + ("" if lit else " in the dark"))

    def stop(self) -> None:
        self._log.append(f"{self._name} stop")

    def preview(self) -> Image | None:
        return self._picture

    def close(self) -> None:
        self._log.append(f"{self._name} close")


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def parts() -> list[Part]:
    return []


@pytest.fixture
def both(ear: Ear, log: list[str], parts: list[Part]) -> CompositeScanner:
    def maker(name: str, picture: Image | None = None) -> Callable[[Listener], Scanner]:
        def make(listener: Listener) -> Scanner:
            parts.append(Part(listener, log, name, picture))
            return parts[-1]

        return make

    return CompositeScanner(ear, [maker("usb"), maker("camera", np.zeros((2, 2, 3), np.uint8))])


def test_the_first_reading_stops_all_and_the_second_is_dropped(
    both: CompositeScanner, ear: Ear, log: list[str], parts: list[Part]
) -> None:
    both.start()
    parts[0].listener.scanned(ONE)
    parts[1].listener.scanned(OTHER)
    assert ear.heard == [ONE]
    assert log == ["usb start", "camera start", "usb stop", "camera stop"]


def test_what_is_read_when_nobody_looks_is_dropped(both: CompositeScanner, ear: Ear, parts: list[Part]) -> None:
    parts[1].listener.scanned(OTHER)
    both.start()
    both.stop()
    parts[1].listener.scanned(OTHER)
    assert ear.heard == []


def test_all_of_them_hear_whether_the_lamp_should_be_on(both: CompositeScanner, log: list[str]) -> None:
    both.start(lit=False)
    both.start(lit=True)
    assert log == ["usb start in the dark", "camera start in the dark", "usb start", "camera start"]


def test_the_next_presentation_is_read_too(both: CompositeScanner, ear: Ear, parts: list[Part]) -> None:
    for part, reading in zip(parts, (ONE, OTHER), strict=True):
        both.start()
        part.listener.scanned(reading)
    assert ear.heard == [ONE, OTHER]


def test_the_cameras_words_pass_and_its_picture_is_the_preview(
    both: CompositeScanner, ear: Ear, parts: list[Part]
) -> None:
    parts[1].listener.camera_changed(CameraState.WATCHING)
    parts[1].listener.hinted(Hint.CLOSER)
    assert ear.heard == [CameraState.WATCHING, Hint.CLOSER]
    picture = both.preview()
    assert picture is not None
    assert picture.shape == (2, 2, 3)


def test_all_are_closed_in_reverse_order_once(both: CompositeScanner, log: list[str]) -> None:
    both.close()
    both.close()
    assert log == ["camera close", "usb close"]


def test_what_was_made_before_a_fault_is_closed_again(ear: Ear, log: list[str]) -> None:
    def refuse(_listener: Listener) -> Scanner:
        raise ValueError("no such source")

    with pytest.raises(ValueError, match="no such source"):
        CompositeScanner(ear, [lambda listener: Part(listener, log, "usb"), refuse])
    assert log == ["usb close"]


def test_none_at_all_is_a_scanner_that_reads_nothing(ear: Ear) -> None:
    none = CompositeScanner(ear, [])
    none.start()
    assert none.preview() is None
    none.stop()
    none.close()
