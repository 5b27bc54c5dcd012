"""Pictures pass between processes whole, once, and leave nothing behind."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from drivers.scanner import preview
from drivers.scanner.preview import Preview

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def both() -> Iterator[tuple[Preview, Preview]]:
    """The writer's and the reader's side."""
    descriptor = preview.allocate()
    sides = Preview(descriptor), Preview(descriptor)
    os.close(descriptor)
    yield sides
    for side in sides:
        side.close()


def picture(value: int, height: int = 540, width: int = 960) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def test_there_is_no_picture_at_first(both: tuple[Preview, Preview]) -> None:
    assert both[1].newest() is None


def test_a_picture_is_taken_once(both: tuple[Preview, Preview]) -> None:
    writer, reader = both
    writer.show(picture(1, 480, 640))
    seen = reader.newest()
    assert seen is not None
    assert seen.shape == (480, 640, 3)
    assert reader.newest() is None


def test_only_the_newest_is_seen(both: tuple[Preview, Preview]) -> None:
    writer, reader = both
    for value in (1, 2, 3):
        writer.show(picture(value))
    seen = reader.newest()
    assert seen is not None
    assert set(seen.reshape(-1).tolist()) == {3}


def test_a_picture_that_is_being_written_is_not_seen(both: tuple[Preview, Preview]) -> None:
    writer, reader = both
    writer.show(picture(1))
    writer._slot_head(1)[0] = 3  # odd: the writer is at it again
    assert reader.newest() is None


def test_after_darkening_no_pixel_is_left(both: tuple[Preview, Preview]) -> None:
    writer, reader = both
    writer.show(picture(7))
    writer.show(picture(8))
    writer.darken()
    assert reader.newest() is None
    assert not reader._pixels.any()


def test_a_picture_after_darkening_is_seen(both: tuple[Preview, Preview]) -> None:
    writer, reader = both
    writer.show(picture(7))
    reader.newest()
    writer.darken()
    writer.show(picture(9))
    assert reader.newest() is not None


def test_a_reader_never_sees_two_pictures_in_one(both: tuple[Preview, Preview]) -> None:
    writer, reader = both
    ending = threading.Event()

    def write() -> None:
        value = 0
        while not ending.is_set():
            value = (value + 1) % 256
            writer.show(picture(value))

    thread = threading.Thread(target=write)
    thread.start()
    seen = 0
    try:
        while seen < 40:
            if (taken := reader.newest()) is not None:
                assert taken.min() == taken.max()
                seen += 1
    finally:
        ending.set()
        thread.join()
