"""Another program has the camera, or we may not open it: absent, and taken when it is free."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.scanner.frames import Gone, Why
from drivers.scanner.words import CameraState
from tests.drivers.scanner.simulated import Bench

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.scanner.process import CameraScanner
    from tests.drivers.scanner.conftest import Ear


@pytest.mark.parametrize("words", ["busy", "silent"])
def test_what_does_not_open_or_gives_no_first_picture_is_busy(tmp_path: Path, words: str) -> None:
    bench = Bench(tmp_path)
    bench.behave(words)
    assert bench.open() == Gone(Why.BUSY)


def test_what_we_may_not_open_is_denied_before_it_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path)
    bench.behave("picture")
    monkeypatch.setattr("drivers.scanner.v4l2.os.access", lambda _path, _mode: False)
    assert bench.open() == Gone(Why.DENIED)
    assert bench.captures == []


def test_it_is_taken_when_it_is_free(ear: Ear, open_scanner: Callable[..., CameraScanner], tmp_path: Path) -> None:
    device = tmp_path / "cam"
    device.write_text("busy")
    scanner = open_scanner(f"virtual:camera:{device}")
    scanner.start()
    ear.wait_for_state(CameraState.ABSENT)
    device.write_text("picture")
    ear.wait_for_state(CameraState.WATCHING)
