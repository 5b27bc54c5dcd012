"""The camera is pulled out and put back: absent at once, never an exception, and read from again by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.scanner.frames import Frame, Gone, NoFrame, Why
from drivers.scanner.words import CameraState, DocumentReading
from tests.drivers.scanner.simulated import Bench

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.scanner.process import CameraScanner
    from tests.drivers.scanner.conftest import Ear

    OpenScanner = Callable[..., CameraScanner]


def test_three_failed_reads_in_a_row_are_the_end(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    source = bench.opened()
    bench.device.unlink()
    gone, before = bench.read_until_gone(source)
    assert (gone, before) == (Gone(Why.SILENT), [NoFrame(), NoFrame()])


def test_one_failed_read_is_not(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    source = bench.opened()
    for _ in range(3):
        bench.behave("silent")
        assert [type(source.read()) for _ in range(2)] == [NoFrame, NoFrame]
        bench.behave("picture")
        assert isinstance(source.read(), Frame)


def test_while_it_is_away_it_is_missing_and_nothing_is_opened(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert bench.open() == Gone(Why.MISSING)
    assert bench.captures == []


def test_a_document_is_read_after_the_camera_came_back(
    ear: Ear, open_scanner: OpenScanner, tmp_path: Path, card_folder: Callable[..., Path]
) -> None:
    device = tmp_path / "cam"
    device.write_text("picture")
    scanner = open_scanner(f"virtual:camera:{device}")
    scanner.start()
    ear.wait_for_state(CameraState.WATCHING)
    before = len(ear.heard)

    device.unlink()
    ear.wait_for_state(CameraState.ABSENT, since=before)
    assert scanner.preview() is None
    device.write_text(f"picture {card_folder()}")

    assert isinstance(ear.wait_for_reading(since=before), DocumentReading)
