"""Where frames come from: faults are values, and what is recorded starts again."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from drivers.scanner.accept import Acceptance, step
from drivers.scanner.capture import for_preview
from drivers.scanner.decode import look
from drivers.scanner.frames import Frame, Gone, NoFrame, Why
from drivers.scanner.sources import open_source
from drivers.scanner.spec import SAMPLES, parse_spec
from drivers.scanner.virtual import camera
from drivers.scanner.words import DocumentReading, Hint, Reading, TicketReading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drivers.scanner.frames import Image, Look, Source


def opened(text: str, *, repeat: bool = True) -> Source:
    source = open_source(parse_spec(text), repeat=repeat)
    assert not isinstance(source, Gone)
    return source


def numbers(looks: list[Look]) -> list[int | None]:
    return [seen.number if isinstance(seen, Frame) else None for seen in looks]


# --- faults -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["camera", "video", "images"])
def test_what_does_not_exist_is_gone(kind: str, tmp_path: Path) -> None:
    assert open_source(parse_spec(f"{kind}:{tmp_path / 'nothing'}")) == Gone()


@pytest.mark.parametrize("kind", ["camera", "video", "images"])
def test_what_is_no_picture_is_gone(kind: str, tmp_path: Path) -> None:
    wrong = tmp_path / "notes.txt"
    wrong.write_text("no picture")
    assert open_source(parse_spec(f"{kind}:{wrong}")) in {Gone(), Gone(Why.BUSY), Gone(Why.WRONG_FORMAT)}


def test_an_empty_folder_is_gone(tmp_path: Path) -> None:
    assert open_source(parse_spec(f"images:{tmp_path}")) == Gone()


def test_a_broken_picture_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "b.png").write_bytes(b"\x89PNG and no more")
    cv2.imwrite(str(tmp_path / "c.png"), np.zeros((20, 30, 3), np.uint8))
    source = opened(f"images:{tmp_path}")
    assert [type(source.read()) for _ in range(3)] == [NoFrame, NoFrame, Frame]


def test_a_folder_that_vanishes_is_gone(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((20, 30, 3), np.uint8))
    source = opened(f"images:{tmp_path}")
    (tmp_path / "a.png").unlink()
    assert source.read() == Gone()


# --- documents that are not there ------------------------------------------------------------------------------


def read(source: Source, before: int = 0) -> Reading | None:
    """What eight frames gave, a tenth of a second each, after the first ``before``."""
    state = Acceptance(0.0)
    for n in range(before + 8):
        seen = source.read()
        assert isinstance(seen, Frame)
        assert seen.pixels.shape == (1080, 1920, 3)
        if n < before:
            continue
        state, told = step(state, look(cv2.cvtColor(seen.pixels, cv2.COLOR_BGR2GRAY), turn=n), n / 10)
        if told is not None and not isinstance(told, Hint):
            return told
    return None


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_sample_is_read_by_its_name(sample: str) -> None:
    reading = read(opened(f"virtual:{sample}"), before=camera.EMPTY_FRAMES + camera.FOCUSING_FRAMES)
    assert isinstance(reading, TicketReading if sample == "ticket" else DocumentReading)


@pytest.mark.parametrize("sample", ["dni@good", "dni-front@typical", "ticket@typical:87654321"])
def test_a_sample_is_read_through_optics(sample: str) -> None:
    assert read(opened(f"virtual:{sample}")) is not None


def test_now_and_then_a_sample_is_held_up_in_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "PRESENTATION_FRAMES", 3)
    source = opened("virtual:dni-front@hard")
    assert isinstance(source, camera.DocumentCamera)
    held = [source._presentation for _ in range(8) if source.read()]
    changes = [n for n, (one, other) in enumerate(itertools.pairwise(held), start=1) if one is not other]
    assert changes == [3, 6]


# --- what they give ---------------------------------------------------------------------------------------------


def test_pictures_come_in_order_and_again(tmp_path: Path) -> None:
    for n in (2, 0, 1):
        cv2.imwrite(str(tmp_path / f"{n}.png"), np.full((20, 30, 3), 50 * n, np.uint8))
    (tmp_path / "notes.txt").write_text("passed over")

    source = opened(f"images:{tmp_path}")
    looks = [source.read() for _ in range(4)]

    assert numbers(looks) == [0, 1, 2, 3]
    assert [int(seen.pixels[0, 0, 0]) for seen in looks if isinstance(seen, Frame)] == [0, 50, 100, 0]


def test_pictures_end_where_they_are_not_repeated(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((20, 30, 3), np.uint8))
    source = opened(f"images:{tmp_path / 'a.png'}", repeat=False)
    assert [type(source.read()) for _ in range(2)] == [Frame, Gone]


@pytest.fixture
def video(tmp_path: Path, card_frames: Callable[..., list[Image]]) -> Path:
    path = tmp_path / "card.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 12.0, (1920, 1080))
    for frame in card_frames(4):
        writer.write(frame)
    writer.release()
    return path


def test_a_video_is_read_and_starts_again(video: Path) -> None:
    source = opened(f"video:{video}")
    looks = [source.read() for _ in range(6)]
    source.close()

    assert source.interval_s == pytest.approx(1 / 12)
    assert numbers(looks) == [0, 1, 2, 3, 4, 5]
    assert isinstance(looks[5], Frame)
    assert look(cv2.cvtColor(looks[5].pixels, cv2.COLOR_BGR2GRAY)).sightings


def test_a_video_ends_where_it_is_not_repeated(video: Path) -> None:
    source = opened(f"video:{video}", repeat=False)
    looks = [source.read() for _ in range(5)]
    source.close()
    assert numbers(looks) == [0, 1, 2, 3, None]
    assert looks[-1] == Gone()


@pytest.mark.parametrize(
    ("seen", "shown"),
    [((1080, 1920), (540, 960)), ((1200, 1600), (540, 720)), ((480, 640), (480, 640)), ((1, 5000), (1, 960))],
)
def test_the_preview_keeps_the_shape_within_its_bounds(seen: tuple[int, int], shown: tuple[int, int]) -> None:
    blue = np.zeros((*seen, 3), np.uint8)
    blue[:, :, 0] = 200
    picture = for_preview(blue)
    assert picture.shape == (*shown, 3)
    assert picture[0, 0].tolist() == [0, 0, 200]  # RGB
