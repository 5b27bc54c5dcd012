"""What a printer answers, told apart byte by byte.

The table is Epson's (TM-T88III specification, appendix G): with ``*`` for either, a byte ``0**1**10`` answers DLE EOT,
``0**1**00`` starts the four bytes of the automatic status, ``0**0****`` is one of its last three or the answer to
GS r, 11h and 13h are XON and XOFF, and a block starts with 35, 37, 3B, 3D or 5F and ends with 00.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from drivers.printer.words import Reason

LONGEST_BLOCK: Final = 80

_XON, _XOFF = 0x11, 0x13
_BLOCK_STARTS: Final = frozenset(b"\x35\x37\x3b\x3d\x5f")
_KIND: Final = 0x93
_REAL_TIME, _AUTO_FIRST = 0x12, 0x10
_AUTO_BYTES: Final = 4

# --- replies ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RealTime:
    """The answer to a DLE EOT; which one, the byte does not say."""

    value: int


@dataclass(frozen=True, slots=True)
class AutoStatus:
    """The four bytes of GS a."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PaperSensor:
    """The answer to GS r 1."""

    value: int


@dataclass(frozen=True, slots=True)
class ProcessId:
    """Everything before the request with these four characters is on paper and cut."""

    text: str


@dataclass(frozen=True, slots=True)
class Cleared:
    """The printer's buffers are empty."""


@dataclass(frozen=True, slots=True)
class Info:
    """The answer to GS I: a maker or a model."""

    text: str


@dataclass(frozen=True, slots=True)
class Flow:
    """XON (``may_send``) or XOFF."""

    may_send: bool


@dataclass(frozen=True, slots=True)
class Junk:
    """Bytes that are no reply: noise, a wrong speed, or a reply cut in two by a loss of power."""

    data: bytes


Reply = RealTime | AutoStatus | PaperSensor | ProcessId | Cleared | Info | Flow | Junk


class Decoder:
    """Turns bytes, in any portions, into replies. One lost or wrong byte costs at most the reply it was in."""

    def __init__(self) -> None:
        self._part = bytearray()

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that end within ``data``. Never raises."""
        return [reply for byte in data for reply in self._byte(byte)]

    def _byte(self, byte: int) -> list[Reply]:
        if byte in {_XON, _XOFF}:  # these two alone may stand inside another reply
            return [Flow(byte == _XON)]
        if not self._part:
            return self._start(byte)
        if self._part[0] in _BLOCK_STARTS:
            return self._block(byte)
        return self._auto(byte)

    def _start(self, byte: int) -> list[Reply]:
        if byte in _BLOCK_STARTS or byte & _KIND == _AUTO_FIRST:
            self._part.append(byte)
            return []
        if byte & _KIND == _REAL_TIME:
            return [RealTime(byte)]
        if _is_plain(byte):
            return [PaperSensor(byte)]
        return [Junk(bytes([byte]))]

    def _auto(self, byte: int) -> list[Reply]:
        if not _is_plain(byte):
            return [self._give_up(), *self._start(byte)]
        self._part.append(byte)
        if len(self._part) < _AUTO_BYTES:
            return []
        return [AutoStatus(self._taken())]

    def _block(self, byte: int) -> list[Reply]:
        if byte == 0:
            return [_read_block(self._taken())]
        if not 0x20 <= byte <= 0x7E or len(self._part) == LONGEST_BLOCK:  # noqa: PLR2004 - printable ASCII
            return [self._give_up(), *self._start(byte)]
        self._part.append(byte)
        return []

    def _give_up(self) -> Junk:
        return Junk(self._taken())

    def _taken(self) -> bytes:
        taken = bytes(self._part)
        self._part.clear()
        return taken


def _is_plain(byte: int) -> bool:
    return byte & 0x90 == 0


def _read_block(block: bytes) -> Reply:
    text = block.decode("ascii")
    if text.startswith('7"') and len(text) == 6:  # noqa: PLR2004 - 37 22 and the four characters
        return ProcessId(text[2:])
    if text == "7%":
        return Cleared()
    if text.startswith("_"):
        return Info(text[1:])
    return Junk(block + b"\x00")


# --- what the replies say ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Condition:
    """The printer's sensors. ``other`` is being off-line or in error without a cause that it names."""

    cover_open: bool = False
    paper_end: bool = False
    cutter: bool = False
    other: bool = False
    near_end: bool = False

    @property
    def reason(self) -> Reason | None:
        """Why it does not print; the cover before the paper, for an open cover often hides the paper's sensor."""
        if self.cover_open:
            return Reason.COVER
        if self.paper_end:
            return Reason.PAPER
        if self.cutter:
            return Reason.CUTTER
        return Reason.OTHER if self.other else None


OFFLINE: Final = 0x08
"""In the answer to DLE EOT 1 and in the first byte of the automatic status."""


def read_auto_status(status: AutoStatus) -> Condition:
    """The sensors in the four bytes of GS a."""
    printer, error, paper, _ = status.data
    return Condition(
        cover_open=bool(printer & 0x20),
        paper_end=bool(paper & 0x0C),
        cutter=bool(error & 0x08),
        other=bool(printer & OFFLINE or error & 0x64),
        near_end=bool(paper & 0x03),
    )


def read_answers(printer: int, offline: int, error: int, paper: int) -> Condition:
    """The sensors in the answers to DLE EOT 1 to 4; 0 stands for a question not asked."""
    return Condition(
        cover_open=bool(offline & 0x04),
        paper_end=bool(offline & 0x20 or paper & 0x60),
        cutter=bool(error & 0x08),
        other=bool(printer & OFFLINE or error & 0x64),
        near_end=bool(paper & 0x0C),
    )
