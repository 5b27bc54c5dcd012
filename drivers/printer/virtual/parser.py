"""ESC/POS read strictly: what a model does not know is a violation, as it would be a line of rubbish on paper.

Data of a counted command leave the receive buffer as they come, as in a real printer: a picture may be larger than the
buffer. It is also why a printer whose picture was broken off swallows whatever comes next, ``ESC @`` and all, until
the count is full.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from drivers.printer.virtual.language import COUNTED, FIXED, LONG_COUNTED, Op, names_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from drivers.printer.virtual.models import Model


@dataclass(frozen=True, slots=True)
class Command:
    """A buffered command and its parameters (for TEXT: the letters, for ``GS (`` functions: what the length counts)."""

    op: Op
    params: bytes = b""


@dataclass(frozen=True, slots=True)
class Violation:
    """Something no ticket of ours may contain, in words for whoever made the bytes."""

    what: str


_TEXT: Final = re.compile(rb"[^\x00-\x1f\x7f]+")
_RASTER_HEAD_BYTES: Final = 5
_COLUMN_BYTES: Final = {0: 1, 1: 1, 32: 3, 33: 3}
_CELL: Final = 8
_DANGERS: Final = re.compile(rb"\x10[\x14\x05]")
"""DLE DC4 and DLE ENQ. A DLE EOT in a picture never gets here: it acts on reception."""

_Step = Command | Violation | None
_Data = "Generator[_Step, None, bytes]"


class Parser:
    """Takes commands out of a buffer, which may be filled in any portions."""

    def __init__(self, model: Model, buffer: bytearray) -> None:
        """Reads the language of ``model`` from ``buffer``, which it empties."""
        self._buffer = buffer
        self._names = names_of(model)
        self._steps = self._read()
        self.in_data = False
        """Whether it waits for the rest of a command's data: the next bytes are swallowed, whatever they are."""

    def take(self) -> Command | Violation | None:
        """The next command; None while it is incomplete. NULs between commands are padding."""
        return next(self._steps)

    def _read(self) -> Generator[_Step, None, None]:
        while True:
            del self._buffer[: len(self._buffer) - len(self._buffer.lstrip(b"\x00"))]
            if not self._buffer:
                yield None
            elif text := _TEXT.match(self._buffer):
                yield Command(Op.TEXT, _cut(self._buffer, text.end()))
            elif name := self._name():
                yield from self._command(name)
            elif any(known.startswith(self._buffer) for known in self._names):
                yield None
            else:
                length = 2 if self._buffer[0] in b"\x1b\x1c\x1d" else 1
                yield Violation(f"unknown command {_cut(self._buffer, length).hex(' ').upper()}")

    def _name(self) -> bytes | None:
        head = bytes(self._buffer[:3])
        return next((head[:length] for length in (1, 2, 3) if head[:length] in self._names), None)

    def _command(self, name: bytes) -> Generator[_Step, None, None]:
        """One command whose name stands at the head of the buffer."""
        known = self._names[name]
        start = len(name)
        match name:
            case b"\x1dv0":
                yield from self._raster(start)
            case b"\x1b*":
                yield from self._columns(start)
            case b"\x1cq":
                yield from self._logos(start)
            case _ if name in COUNTED or name in LONG_COUNTED:
                yield from self._counted(name, known)
            case _:
                assert known
                params = yield from self._params(start, FIXED[name][1])
                yield Command(known, params)

    def _counted(self, name: bytes, known: Op | None) -> Generator[_Step, None, None]:
        length = yield from self._params(len(name), LONG_COUNTED.get(name, 2))
        count = int.from_bytes(length, "little")
        if not known:
            yield Violation(f"{_spoken(name)} is not known: {count} bytes skipped")
        data = yield from self._data(count, is_picture=known is Op.GRAPHICS)
        if known:
            yield Command(known, data)

    def _raster(self, start: int) -> Generator[_Step, None, None]:
        """GS v 0: the picture is printed as it comes in, as many whole rows at a time as there are."""
        head = yield from self._params(start, _RASTER_HEAD_BYTES)
        yield Command(Op.RASTER, head)
        width = int.from_bytes(head[1:3], "little")
        left = int.from_bytes(head[3:5], "little") if width else 0
        tail = b""
        while left:
            rows = max(1, min(left, len(self._buffer) // width))
            data = yield from self._data(rows * width, is_picture=True, before=tail)
            yield Command(Op.RASTER_ROWS, data)
            left, tail = left - rows, data[-1:]

    def _columns(self, start: int) -> Generator[_Step, None, None]:
        """ESC *: columns of 8 or 24 dots."""
        head = yield from self._params(start, 3)
        if head[0] not in _COLUMN_BYTES:
            yield Violation(f"ESC * {head[0]} is not defined")
            return
        count = int.from_bytes(head[1:3], "little") * _COLUMN_BYTES[head[0]]
        data = yield from self._data(count, is_picture=True)
        yield Command(Op.COLUMNS, head[:1] + data)

    def _logos(self, start: int) -> Generator[_Step, None, None]:
        """FS q: as many pictures as its first byte says, each with its own size."""
        number = yield from self._params(start, 1)
        pictures = b""
        for _ in range(number[0]):
            size = yield from self._data(4)
            count = int.from_bytes(size[:2], "little") * int.from_bytes(size[2:], "little") * _CELL
            pictures += size + (yield from self._data(count, is_picture=True))
        yield Command(Op.DEFINE_LOGOS, number + pictures)

    def _params(self, start: int, count: int) -> Generator[_Step, None, bytes]:
        """The ``count`` bytes after a name of ``start`` bytes, which goes with them; they wait in the buffer."""
        while len(self._buffer) < start + count:
            yield None
        return _cut(self._buffer, start + count)[start:]

    def _data(self, count: int, *, is_picture: bool = False, before: bytes = b"") -> Generator[_Step, None, bytes]:
        """The next ``count`` bytes, which leave the buffer as they come."""
        data = bytearray()
        while True:
            data += _cut(self._buffer, count - len(data))
            self.in_data = len(data) < count
            if not self.in_data:
                break
            yield None
        if is_picture and (danger := _DANGERS.search(before + data)):
            yield Violation(f"{danger[0].hex(' ').upper()} inside image data is a real-time command")
        return bytes(data)


def _spoken(name: bytes) -> str:
    return {0x1B: "ESC", 0x1C: "FS", 0x1D: "GS"}[name[0]] + " " + " ".join(name[1:].decode("ascii"))


def _cut(buffer: bytearray, count: int) -> bytes:
    head = bytes(buffer[:count])
    del buffer[:count]
    return head
