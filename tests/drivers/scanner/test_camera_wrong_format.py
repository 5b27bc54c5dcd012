"""What the camera gives is not what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2

from drivers.scanner.controls import EXPOSURE_BY_CAMERA, HZ_60, Knob
from drivers.scanner.frames import Frame, Gone, Why
from drivers.scanner.words import CameraState
from tests.drivers.scanner.simulated import Bench

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from drivers.scanner.process import CameraScanner
    from tests.drivers.scanner.conftest import Ear


def test_rows_of_bytes_are_no_pictures(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.behave("rows")
    assert bench.open() == Gone(Why.WRONG_FORMAT)
    assert bench.captures[0].released


def test_another_size_in_midstream_is_the_end(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    source = bench.opened()
    bench.behave("small")
    assert bench.read_until_gone(source)[0] == Gone(Why.WRONG_FORMAT)


def test_a_camera_that_can_no_more_is_used_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(tmp_path)
    source = bench.opened("small")
    look = source.read()
    assert isinstance(look, Frame)
    assert look.pixels.shape == (480, 640, 3)
    assert "scanner.camera_size width=640 height=480" in caplog.text


def test_mjpg_is_asked_for_before_the_size(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.opened()
    asked = bench.captures[0].asked
    assert asked[0] == (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    order = [prop for prop, _ in asked]
    assert order[1:4] == [cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FPS]


def test_the_mains_and_the_frame_rate_are_set_whatever_the_last_program_left(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.controls.stand |= {Knob.FOCUS_AUTO: 0, Knob.EXPOSURE_AUTO: 1, Knob.POWER_LINE_FREQUENCY: 1}
    bench.opened()
    assert bench.controls.stand == {
        Knob.POWER_LINE_FREQUENCY: HZ_60,
        Knob.EXPOSURE_DYNAMIC_FRAMERATE: 0,
        Knob.FOCUS_AUTO: 1,
        Knob.EXPOSURE_AUTO: EXPOSURE_BY_CAMERA,
    }


def test_the_screen_hears_of_it_and_of_the_recovery(
    ear: Ear, open_scanner: Callable[..., CameraScanner], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    device = tmp_path / "cam"
    device.write_text("rows")
    scanner = open_scanner(f"virtual:camera:{device}")
    scanner.start()
    ear.wait_for_state(CameraState.ABSENT)
    assert scanner.preview() is None
    device.write_text("picture")
    ear.wait_for_state(CameraState.WATCHING)
    assert "why=wrong_format" in capfd.readouterr().err
