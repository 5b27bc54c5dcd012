"""The newest picture, in memory that two processes share and no file system knows.

Two slots, written in turn; each carries a sequence number that is odd while it is being written, so that a reader
sees whether what it copied was whole. The memory is anonymous (``memfd``): it is gone when both have let it go,
however they ended. Processors that reorder writes (aarch64) might, rarely, show a torn picture; nothing else
depends on these pixels, for documents are read in the process that owns the camera.
"""

from __future__ import annotations

import mmap
import os
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from drivers.scanner.frames import Image

WIDTH: Final = 960
HEIGHT: Final = 540

_SLOTS: Final = 2
_PIXELS: Final = WIDTH * HEIGHT * 3
_HEAD_BYTES: Final = 64
_NEWEST = 0
_SLOT_HEAD: Final = 3
"""Words a slot's head takes: sequence, height, width."""
_BYTES: Final = _HEAD_BYTES + _SLOTS * _PIXELS


def allocate() -> int:
    """A file descriptor of memory for one preview; whoever gets it closes it."""
    descriptor = os.memfd_create("scanner-preview", os.MFD_CLOEXEC)
    os.ftruncate(descriptor, _BYTES)
    return descriptor


class Preview:
    """One side's view of the memory behind ``descriptor``, which may be closed afterwards. One writer, one reader."""

    def __init__(self, descriptor: int) -> None:
        self._memory = mmap.mmap(descriptor, _BYTES)
        self._head = np.frombuffer(self._memory, np.uint64, _HEAD_BYTES // 8)
        self._pixels = np.frombuffer(self._memory, np.uint8, _SLOTS * _PIXELS, _HEAD_BYTES)
        self._written = 0
        self._read = 0

    def show(self, picture: Image) -> None:
        """Writes a picture, RGB, of at most `WIDTH` x `HEIGHT` pixels. Takes about 0.3 ms."""
        self._written += 1
        slot = self._written % _SLOTS
        head = self._slot_head(slot)
        head[0] = 2 * self._written - 1
        head[1], head[2] = picture.shape[:2]
        self._slot_pixels(slot, picture.size)[:] = picture.reshape(-1)
        head[0] = 2 * self._written
        self._head[_NEWEST] = self._written

    def newest(self) -> Image | None:
        """A copy of the newest picture, or None when it was taken already, or there is none, or it is changing."""
        number = int(self._head[_NEWEST])
        if number in {0, self._read}:
            return None
        slot = number % _SLOTS
        head = self._slot_head(slot).copy()
        height, width = int(head[1]), int(head[2])
        picture = self._slot_pixels(slot, min(height * width * 3, _PIXELS)).copy()
        if head[0] != 2 * number or self._slot_head(slot)[0] != head[0]:
            return None
        self._read = number
        return picture.reshape(height, width, 3)

    def darken(self) -> None:
        """Overwrites every picture: nobody's document stays in memory."""
        self._head[:] = 0
        self._pixels[:] = 0

    def close(self) -> None:
        """Lets the memory go."""
        del self._head, self._pixels
        self._memory.close()

    def _slot_head(self, slot: int) -> Image:
        start = 1 + slot * _SLOT_HEAD
        return self._head[start : start + _SLOT_HEAD]

    def _slot_pixels(self, slot: int, size: int) -> Image:
        return self._pixels[slot * _PIXELS : slot * _PIXELS + size]
