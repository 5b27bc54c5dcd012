"""A covered lens: absent, so that the visitor is sent to the keypad instead of before a black picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from drivers.scanner.frames import Gone, Why
from drivers.scanner.vitals import Vitals, is_black
from drivers.scanner.words import CameraState
from tests.drivers.scanner.simulated import Bench

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.scanner.process import CameraScanner
    from tests.drivers.scanner.conftest import Ear


def test_two_seconds_of_black_are_the_end(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    source = bench.opened()
    bench.behave("black")
    began_s = bench.now_s
    gone, _ = bench.read_until_gone(source)
    assert gone == Gone(Why.BLACK)
    assert 2.0 < bench.now_s - began_s < 2.2


def test_a_camera_that_is_covered_when_opened_is_not_taken(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.behave("black")
    assert bench.open() == Gone(Why.BLACK)
    assert bench.captures[0].released


@pytest.mark.parametrize(("level", "black"), [(0, True), (2, True), (4, False), (20, False)])
def test_a_dim_room_is_not_black(level: int, black: bool) -> None:  # noqa: FBT001
    assert is_black(np.full((48, 64, 3), level, np.uint8)) is black


def test_a_hand_over_the_lens_for_a_moment_is_forgiven() -> None:
    vitals, noise = Vitals(), np.random.default_rng(1)

    def seen(level: int, now_s: float) -> Why | None:
        return vitals.look(noise.integers(level, level + 2, (64, 64, 3), np.uint8), now_s)

    assert [seen(0, 0.0), seen(0, 1.9), seen(90, 2.0), seen(0, 2.1), seen(0, 4.0)] == [None] * 5
    assert seen(0, 4.2) is Why.BLACK


def test_the_screen_hears_of_it_once_and_of_the_recovery(
    ear: Ear, open_scanner: Callable[..., CameraScanner], tmp_path: Path
) -> None:
    device = tmp_path / "cam"
    device.write_text("black")
    scanner = open_scanner(f"virtual:camera:{device}")
    scanner.start()
    ear.wait_for_state(CameraState.ABSENT)
    device.write_text("picture")
    ear.wait_for_state(CameraState.WATCHING)
    assert ear.heard == [CameraState.STARTING, CameraState.ABSENT, CameraState.WATCHING]
