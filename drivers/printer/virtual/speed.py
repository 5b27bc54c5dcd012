"""What a serial receiver makes of a byte that was sent at another speed: its own samples of the same wire."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_DATA_BITS: Final = 8
_FRAME_BITS: Final = _DATA_BITS + 2


def heard(data: bytes, sent_baud: int, read_baud: int, broken: bytes) -> bytes:
    """``data`` as read at ``read_baud``: mostly noise, the same every time, unless the speeds are equal.

    Every byte stands alone on the wire, with rest before and after it. ``broken`` takes the place of a frame without
    a stop bit: nothing for a printer that ignores it, a NUL for a host under Linux.
    """
    if sent_baud == read_baud:
        return data
    return b"".join(_frames(byte, sent_baud, read_baud, broken) for byte in data)


@lru_cache(maxsize=2048)
def _frames(byte: int, sent_baud: int, read_baud: int, broken: bytes) -> bytes:
    def level(at_bits: float) -> int:
        """The wire so many sent bits after the start: a low bit to start, eight of data, and high for ever."""
        bit = int(at_bits) - 1
        return 0 if bit < 0 else byte >> bit & 1 if bit < _DATA_BITS else 1

    ratio = sent_baud / read_baud  # sent bits in one read bit
    got, at = b"", 0.0
    while at < _FRAME_BITS:
        if level(at):  # at rest: look for the next falling edge
            at = int(at) + 1.0
            continue
        bits = [level(at + (number + 0.5) * ratio) for number in range(_FRAME_BITS)]
        value = sum(bit << place for place, bit in enumerate(bits[1:-1]))
        got += bytes([value]) if bits[-1] else broken
        at += _FRAME_BITS * ratio
    return got
