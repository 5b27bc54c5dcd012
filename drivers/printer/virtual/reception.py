"""The ear: real-time commands act as they come in, everything else is for the buffer."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class RealTime(Enum):
    """What acts on reception, before everything that waits in the buffer."""

    STATUS_1 = b"\x10\x04\x01"
    STATUS_2 = b"\x10\x04\x02"
    STATUS_3 = b"\x10\x04\x03"
    STATUS_4 = b"\x10\x04\x04"
    CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"


class Reception:
    """Tells real-time commands from bytes for the buffer, as they come in, in any portions."""

    def __init__(self) -> None:
        self._part = bytearray()

    def feed(self, data: bytes) -> Iterator[RealTime | bytes]:
        """What is complete, in order. A DLE that may still begin a command waits for its next byte."""
        self._part += data
        while self._part:
            at = self._part.find(b"\x10")
            if at:
                yield self._take(at if at > 0 else len(self._part))
                continue
            command = next((c for c in RealTime if self._part.startswith(c.value)), None)
            if command:
                del self._part[: len(command.value)]
                yield command
            elif any(c.value.startswith(self._part) for c in RealTime):
                return
            else:
                yield self._take(1)

    def _take(self, count: int) -> bytes:
        head = bytes(self._part[:count])
        del self._part[:count]
        return head
