"""The camera goes on giving its last picture: found out, given up, and taken up again when it lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drivers.scanner.frames import Frame, Gone, NoFrame, Why
from drivers.scanner.vitals import Delay, Vitals
from drivers.scanner.words import CameraState
from tests.drivers.scanner.simulated import Bench

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.scanner.process import CameraScanner
    from tests.drivers.scanner.conftest import Ear


def test_the_same_picture_for_longer_than_two_seconds_is_frozen(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    source = bench.opened()
    bench.behave("frozen")
    began_s = bench.now_s
    gone, before = bench.read_until_gone(source)
    assert gone == Gone(Why.FROZEN)
    assert all(isinstance(look, Frame) for look in before)
    assert 2.0 < bench.now_s - began_s < 2.2


def test_a_camera_that_froze_before_it_was_opened_is_not_taken(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.behave("frozen")
    assert bench.open() == Gone(Why.FROZEN)
    assert bench.captures[0].released
    assert bench.controls.closed


def test_one_pixel_of_noise_is_life() -> None:
    vitals = Vitals()
    for n in range(300):
        scene = np.full((1080, 1920, 3), 90, np.uint8)
        scene[8 * (n % 100), n, 1] += 1
        assert vitals.look(scene, n / 30) is None


def test_a_short_stall_is_forgiven() -> None:
    vitals = Vitals()
    scene = np.full((64, 64, 3), 90, np.uint8)
    assert [vitals.look(scene, now_s) for now_s in (0.0, 1.9)] == [None, None]
    assert vitals.look(scene + 1, 3.0) is None
    assert [vitals.look(scene + 1, now_s) for now_s in (4.9, 5.1)] == [None, Why.FROZEN]


def test_frames_that_waited_in_the_queue_are_passed_over(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    source = bench.opened()
    bench.behave("stale")
    assert [type(source.read()) for _ in range(4)] == [NoFrame] * 4
    bench.behave("picture")
    assert isinstance(source.read(), Frame)


def test_a_camera_that_only_gives_old_frames_is_given_up(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    source = bench.opened()
    bench.behave("stale")
    assert bench.read_until_gone(source)[0] == Gone(Why.SILENT)


def test_a_driver_without_times_is_believed() -> None:
    delay = Delay()
    assert not delay.is_stale(0.0, 5.0)
    assert not delay.is_stale(0.0, 500.0)


def test_the_screen_hears_of_it_and_of_the_recovery(
    ear: Ear, open_scanner: Callable[..., CameraScanner], tmp_path: Path, capfd: object
) -> None:
    device = tmp_path / "cam"
    device.write_text("picture")
    scanner = open_scanner(f"virtual:camera:{device}")
    scanner.start()
    ear.wait_for_state(CameraState.WATCHING)
    before = len(ear.heard)
    device.write_text("frozen")
    ear.wait_for_state(CameraState.ABSENT, since=before)
    device.write_text("picture")
    ear.wait_for_state(CameraState.WATCHING, since=before)
    assert "why=frozen" in capfd.readouterr().err  # type: ignore[attr-defined]
