"""Focus and exposure are held once a document is sharp, and only as long as that proves right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from drivers.scanner.controls import EXPOSURE_BY_CAMERA, EXPOSURE_BY_HAND, Knob
from drivers.scanner.settle import Measures, Settling, Turn, measure
from tests.drivers.scanner.simulated import Bench

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.scanner.frames import Image

CARD = Measures(sharpness=400.0, light=120.0, contrast=45.0)
ROOM = Measures(sharpness=20.0, light=60.0, contrast=8.0)


def run(settling: Settling, seen: Callable[[float], Measures], seconds: float, begin_s: float = 0.0) -> list[Turn]:
    turns: list[Turn] = []
    for n in range(int(seconds * 30)):
        turns += settling.step(seen(begin_s + n / 30), begin_s + n / 30)
    return turns


def held() -> Settling:
    settling = Settling()
    assert run(settling, lambda _s: CARD, 3) == [Turn.HOLD]
    assert settling.is_held
    return settling


def test_nothing_is_held_while_the_camera_hunts() -> None:
    hunting = run(Settling(), lambda s: Measures(400 + 300 * np.sin(9 * s), 120.0, 45.0), 6)
    assert hunting == []


def test_an_empty_room_holds_nothing() -> None:
    assert run(Settling(), lambda _s: ROOM, 6) == []


def test_a_hold_that_blurs_is_undone_and_tried_three_times() -> None:
    settling = Settling()
    holding = False

    def seen(_s: float) -> Measures:
        return Measures(80.0, 120.0, 45.0) if holding else CARD

    turns: list[Turn] = []
    for n in range(900):
        now = settling.step(seen(n / 30), n / 30)
        holding = (holding or Turn.HOLD in now) and Turn.FREE_FOCUS not in now
        turns += now
    assert turns == [Turn.HOLD, Turn.FREE_FOCUS] * 3
    assert not settling.is_held


def test_exposure_that_jumps_when_held_is_given_back_and_focus_kept() -> None:
    settling = Settling()
    assert run(settling, lambda s: CARD if s < 0.7 else Measures(390.0, 60.0, 40.0), 3) == [
        Turn.HOLD,
        Turn.FREE_EXPOSURE,
    ]
    assert settling.is_held


def test_the_next_card_changes_nothing() -> None:
    settling = held()
    assert run(settling, lambda s: ROOM if s < 12 else Measures(300.0, 150.0, 50.0), 6, begin_s=10) == []


def test_a_bracket_that_was_moved_lets_go() -> None:
    settling = held()
    turns = run(settling, lambda _s: Measures(60.0, 120.0, 45.0), 2, begin_s=10)
    assert turns == [Turn.FREE_FOCUS, Turn.FREE_EXPOSURE]


def test_a_sharp_picture_measures_sharper(card_frames: Callable[..., list[Image]]) -> None:
    sharp = card_frames(1)[0]
    assert measure(sharp).sharpness > 3 * measure(cv2.GaussianBlur(sharp, (0, 0), 3)).sharpness
    assert measure(np.zeros((1, 1, 3), np.uint8)) == Measures(0.0, 0.0, 0.0)


def test_the_camera_is_told(tmp_path: Path, card_folder: Callable[..., Path]) -> None:
    bench = Bench(tmp_path)
    source = bench.opened(f"picture {card_folder()}")
    for _ in range(60):
        source.read()
    assert (bench.controls.stand[Knob.FOCUS_AUTO], bench.controls.stand[Knob.EXPOSURE_AUTO]) == (0, EXPOSURE_BY_HAND)
    source.close()

    bench.opened()  # the next visitor: whatever the light is now
    assert bench.controls.stand[Knob.FOCUS_AUTO] == 1
    assert bench.controls.stand[Knob.EXPOSURE_AUTO] == EXPOSURE_BY_CAMERA
