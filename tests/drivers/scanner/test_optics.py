"""The camera with all that is wrong with cameras is wrong in the same way every time, and as much as it says."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from drivers.scanner.frames import Image
from drivers.scanner.virtual import optics, samples


def first(kind: str = "dni", level: str = "typical", resolution: str = "720p", seed: int = 1) -> Image:
    return next(optics.session(kind, level, resolution, seed))


def test_a_session_is_the_same_every_time_and_another_for_every_change() -> None:
    again = [first(), first()]
    assert np.array_equal(*again)
    for other in (first(seed=2), first(level="hard"), first(kind="dni-front")):
        assert not np.array_equal(again[0], other)


def test_a_session_has_eight_frames_that_differ() -> None:
    frames = list(optics.session("dni", "good", "720p", 3))
    assert len(frames) == optics.FRAMES == 8
    assert not any(np.array_equal(*pair) for pair in itertools.combinations(frames, 2))


@pytest.mark.parametrize(("resolution", "shape"), [("1080p", (1080, 1920)), ("720p", (720, 1280))])
def test_a_frame_is_gray_and_of_its_size(resolution: str, shape: tuple[int, int]) -> None:
    frame = first(resolution=resolution)
    assert (frame.shape, frame.dtype) == (shape, np.uint8)


def test_both_resolutions_see_the_same_session() -> None:
    """Same hand, same light: shrunk to one size, the pictures are alike."""
    fine, coarse = first(resolution="1080p", seed=5), first(resolution="720p", seed=5)
    apart = cv2.absdiff(*(cv2.resize(each, (320, 180), interpolation=cv2.INTER_AREA) for each in (fine, coarse)))
    assert float(np.mean(apart)) < 4
    other = cv2.resize(first(resolution="720p", seed=6), (320, 180), interpolation=cv2.INTER_AREA)
    assert float(np.mean(cv2.absdiff(cv2.resize(fine, (320, 180)), other))) > 15


IDEAL = optics.Level(4, 4, (0.4, 0.4), (0, 0), (1, 1), 0.5, 0, 0, (95, 95))


@pytest.mark.parametrize(
    "fault",
    [
        {"blur_px": (1.5, 1.5)},
        {"motion_px": (6, 6)},
        {"light": (0.3, 0.3)},
        {"noise": 6.0},
        {"glare": 1.0},
        {"finger": 1.0},
        {"jpeg": (20, 20)},
    ],
    ids=lambda fault: next(iter(fault)),
)
def test_every_fault_takes_something_from_the_same_picture(fault: dict[str, Any]) -> None:
    def shown(level: optics.Level) -> Image:
        return next(optics.Presentation(samples.sheet("dni"), level, (1280, 720), (1, 1)).frames())

    apart = cv2.absdiff(shown(IDEAL), shown(replace(IDEAL, **fault)))
    assert float(np.mean(apart)) > 0.6


@pytest.mark.parametrize("level", optics.LEVELS)
def test_the_conditions_are_those_of_the_table(level: str) -> None:
    """Of 120 sessions: roll, tilt, glare, thumbs and distance as the level says, one in six upside down."""
    wanted, sheet = optics.LEVELS[level], samples.sheet("ce")
    lot = [optics.Presentation(sheet, wanted, (320, 180), (1, n)) for n in range(120)]
    turned = np.array([each._turn_deg for each in lot])
    roll = np.where(turned > 90, turned - 180, turned)
    tilt = np.array([each._tilt_deg for each in lot])
    assert float(np.mean(turned > 90)) == pytest.approx(1 / 6, abs=0.11)
    assert float(np.std(roll)) == pytest.approx(wanted.roll_deg / 1.5, rel=0.25)
    assert float(np.std(tilt)) == pytest.approx(wanted.tilt_deg / 1.5, rel=0.2)
    assert np.mean([each._glare is not None for each in lot]) == pytest.approx(wanted.glare, abs=0.14)
    assert np.mean([each._margin_px > 0 for each in lot]) == pytest.approx(wanted.finger, abs=0.13)
    distances = [each._distance_mm for each in lot]
    assert 120 <= min(distances) < 135
    assert 205 < max(distances) <= 220
    for name, span in (("_blur_px", wanted.blur_px), ("_light", wanted.light), ("_quality", wanted.jpeg)):
        drawn = [getattr(each, name) for each in lot]
        assert span[0] <= min(drawn)
        assert max(drawn) <= span[1]


def test_a_millimetre_is_as_many_pixels_as_the_distance_says() -> None:
    """A white card against black: its size in the picture, at 70 degrees across, is focal length over distance."""
    level = optics.Level(0, 0, (0.4, 0.4), (0, 0), (1, 1), 0.5, 0, 0, (95, 95))
    shown = optics.Presentation(samples.sheet("ce"), level, (1920, 1080), (1, 4))
    shown._room[:] = 0
    frame = next(shown.frames())
    width = cv2.minAreaRect(cv2.findNonZero((cv2.medianBlur(frame, 9) > 60).astype(np.uint8)))[1]
    assert max(width) == pytest.approx(85.6 * 1371 / shown._distance_mm, rel=0.03)


@pytest.mark.parametrize("kind", samples.KINDS)
def test_every_kind_can_be_held_up(kind: str) -> None:
    frame = first(kind=kind, level="hard", seed=9)
    assert frame.std() > 10


def test_what_is_not_known_is_refused() -> None:
    for arguments in (("dni2", "good", "720p"), ("dni", "easy", "720p"), ("dni", "good", "4k")):
        with pytest.raises(KeyError):
            next(optics.session(*arguments, 1))
