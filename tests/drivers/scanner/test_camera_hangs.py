"""A read that never comes back: the picture is not passed off as live, and the process that hangs is replaced."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from drivers.scanner import capture, preview
from drivers.scanner.capture import Capture
from drivers.scanner.preview import Preview
from drivers.scanner.spec import SimulatedCamera
from drivers.scanner.words import CameraState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from drivers.scanner.process import CameraScanner
    from tests.drivers.scanner.conftest import Ear

    WaitUntil = Callable[[Callable[[], bool]], None]


@pytest.fixture
def screen() -> Iterator[Preview]:
    descriptor = preview.allocate()
    made = Preview(descriptor)
    os.close(descriptor)
    yield made
    made.close()


def test_what_hangs_is_absent_then_hung_and_cannot_be_closed(
    screen: Preview, tmp_path: Path, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "SILENT_S", 0.3)
    monkeypatch.setattr(capture, "HUNG_READ_S", 0.6)
    device = tmp_path / "cam"
    device.write_text("picture")
    hanging = Capture(SimulatedCamera(device), screen)
    wait_until(lambda: hanging.state is CameraState.WATCHING)
    assert not hanging.is_hung

    device.write_text("hang")

    wait_until(lambda: hanging.state is CameraState.ABSENT)
    wait_until(lambda: hanging.is_hung)
    assert not hanging.close(0.05)


def test_waiting_to_open_it_again_is_no_hanging(
    screen: Preview, tmp_path: Path, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "HUNG_READ_S", 0.8)
    monkeypatch.setattr(capture, "BACK_OFF_S", (60.0,))
    device = tmp_path / "cam"
    device.write_text("busy")
    waiting = Capture(SimulatedCamera(device), screen)
    wait_until(lambda: waiting.state is CameraState.ABSENT)
    time.sleep(1.2)
    assert not waiting.is_hung
    assert waiting.close(2.0)


def test_the_hanging_process_is_replaced_and_the_next_one_watches(
    ear: Ear, open_scanner: Callable[..., CameraScanner], tmp_path: Path, wait_until: WaitUntil
) -> None:
    device = tmp_path / "cam"
    device.write_text("picture")
    scanner = open_scanner(f"virtual:camera:{device}")
    scanner.start()
    ear.wait_for_state(CameraState.WATCHING)
    assert scanner._child is not None
    before, hung = len(ear.heard), scanner._child.process

    device.write_text("hang")
    ear.wait_for_state(CameraState.ABSENT, since=before)
    assert scanner.preview() is None
    device.write_text("picture")
    wait_until(lambda: hung.poll() is not None)

    ear.wait_for_state(CameraState.WATCHING, since=before)
    assert scanner._child.process.pid != hung.pid
