"""ESC/POS read strictly: what is not in this table is a violation, as it would be a line of rubbish on paper."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator


class Op(Enum):
    """The buffered commands of an 80 mm printer that this one knows."""

    TEXT = auto()
    LINE_FEED = auto()
    RESET = auto()
    ALIGN = auto()
    BOLD = auto()
    FEED = auto()
    NATIONAL_SET = auto()
    CODE_PAGE = auto()
    SIZE = auto()
    SMOOTH = auto()
    LEAVE_CHINESE = auto()
    LOGO = auto()
    AUTO_STATUS = auto()
    SENSOR = auto()
    INFO = auto()
    CUT = auto()
    CODE_2D = auto()
    PROCESS_ID = auto()


@dataclass(frozen=True, slots=True)
class Command:
    """A buffered command and its parameters (for TEXT: the letters, for ``GS (`` functions: what the length counts)."""

    op: Op
    params: bytes = b""


@dataclass(frozen=True, slots=True)
class Violation:
    """Something no ticket of ours may contain, in words for whoever made the bytes."""

    what: str


class RealTime(Enum):
    """What acts on reception, before everything that waits in the buffer."""

    STATUS_1 = b"\x10\x04\x01"
    STATUS_2 = b"\x10\x04\x02"
    STATUS_3 = b"\x10\x04\x03"
    STATUS_4 = b"\x10\x04\x04"
    CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"


_FIXED: Final = {
    b"\n": (Op.LINE_FEED, 0),
    b"\x1b@": (Op.RESET, 0),
    b"\x1ba": (Op.ALIGN, 1),
    b"\x1bE": (Op.BOLD, 1),
    b"\x1bJ": (Op.FEED, 1),
    b"\x1bR": (Op.NATIONAL_SET, 1),
    b"\x1bt": (Op.CODE_PAGE, 1),
    b"\x1c.": (Op.LEAVE_CHINESE, 0),
    b"\x1cp": (Op.LOGO, 2),
    b"\x1d!": (Op.SIZE, 1),
    b"\x1db": (Op.SMOOTH, 1),
    b"\x1da": (Op.AUTO_STATUS, 1),
    b"\x1dr": (Op.SENSOR, 1),
    b"\x1dI": (Op.INFO, 1),
    b"\x1dVB": (Op.CUT, 1),
}
_COUNTED: Final = {b"\x1d(k": Op.CODE_2D, b"\x1d(H": Op.PROCESS_ID}
_TEXT: Final = re.compile(rb"[^\x00-\x1f\x7f]+")
_LONGEST_NAME: Final = 3
_LENGTH_BYTES: Final = 2


def take(buffer: bytearray) -> Command | Violation | None:
    """Takes the first command out of ``buffer``; None while it is incomplete. NULs between commands are padding."""
    while buffer[:1] == b"\x00":
        del buffer[0]
    if not buffer:
        return None
    if text := _TEXT.match(buffer):
        return Command(Op.TEXT, _cut(buffer, text.end()))
    for length in range(1, min(_LONGEST_NAME, len(buffer)) + 1):
        name = bytes(buffer[:length])
        if name in _FIXED:
            op, count = _FIXED[name]
            return Command(op, _cut(buffer, length + count)[length:]) if len(buffer) >= length + count else None
        if name in _COUNTED:
            return _take_counted(buffer, name)
    if any(name.startswith(buffer) for name in (*_FIXED, *_COUNTED)):
        return None
    return _take_unknown(buffer)


def _take_counted(buffer: bytearray, name: bytes) -> Command | None:
    start = len(name) + _LENGTH_BYTES
    end = start + int.from_bytes(buffer[len(name) : start], "little")
    if len(buffer) < start or len(buffer) < end:
        return None
    return Command(_COUNTED[name], _cut(buffer, end)[start:])


def _take_unknown(buffer: bytearray) -> Violation:
    starts_command = buffer[0] in b"\x1b\x1c\x1d"
    return Violation(f"unknown command {_cut(buffer, 2 if starts_command else 1).hex(' ').upper()}")


def _cut(buffer: bytearray, count: int) -> bytes:
    head = bytes(buffer[:count])
    del buffer[:count]
    return head


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
                yield _cut(self._part, at if at > 0 else len(self._part))
                continue
            command = next((c for c in RealTime if self._part.startswith(c.value)), None)
            if command:
                del self._part[: len(command.value)]
                yield command
            elif any(c.value.startswith(self._part) for c in RealTime):
                return
            else:
                yield _cut(self._part, 1)
