"""What does not move is not looked at in full for ever, and what moves is at once."""

from __future__ import annotations

import numpy as np

from drivers.scanner.frames import Image
from drivers.scanner.pace import NOW_AND_THEN, STILL_FRAMES, Pace, next_pace

NOISE = np.random.default_rng(1)


def wall(brightness: int = 90) -> Image:
    """A wall in a poor light, with the camera's noise in it."""
    return (np.full((270, 480), brightness) + NOISE.normal(0, 6, (270, 480))).clip(0, 255).astype(np.uint8)


def with_a_hand(at: int) -> Image:
    picture = wall()
    picture[60:200, at : at + 120] = 200
    return picture


def paced(pictures: list[Image]) -> list[bool]:
    pace, in_full = Pace(), []
    for picture in pictures:
        pace = next_pace(pace, picture)
        in_full.append(pace.in_full)
    return in_full


def test_a_wall_is_looked_at_now_and_then_only() -> None:
    seen = paced([wall() for _ in range(STILL_FRAMES + 20)])
    assert all(seen[:STILL_FRAMES])
    assert sum(seen[STILL_FRAMES:]) == 20 // NOW_AND_THEN


def test_a_hand_that_comes_is_looked_at_at_once_and_as_long_as_at_first() -> None:
    seen = paced([wall() for _ in range(STILL_FRAMES + 2)] + [with_a_hand(100) for _ in range(STILL_FRAMES)])
    assert not seen[STILL_FRAMES + 1]
    assert all(seen[STILL_FRAMES + 2 :])


def test_a_hand_that_moves_is_always_looked_at() -> None:
    assert all(paced([with_a_hand(10 + 20 * (n % 8)) for n in range(3 * STILL_FRAMES)]))


def test_the_turns_are_counted_whatever_moves() -> None:
    pace = Pace()
    for n in range(30):
        pace = next_pace(pace, wall() if n < 20 else with_a_hand(20 * n % 200))
        assert pace.turn == n


def test_no_picture_is_in_a_text() -> None:
    assert "array" not in repr(next_pace(Pace(), wall()))
