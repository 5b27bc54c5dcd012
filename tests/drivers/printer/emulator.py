"""A receipt printer that somebody else wrote: emupos (Apache-2.0), behind our own `Link`.

Our encoder and our virtual printer could agree on a mistake, for the same people made both from the same pages of
Epson's reference. emupos was made from these pages by others. It knows no time, no buffer, no cutter and no loss of
power: those stay the virtual printer's.
"""

from __future__ import annotations

import io
import math
import re
import sys
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder, SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

    from drivers.printer.virtual.paper import Ticket

# --- reading it with Python 3.11 --------------------------------------------------------------------------------

_ALIAS = re.compile(r"^type (\w+) = ", re.MULTILINE)
_GENERIC = re.compile(r"^def (\w+)\[(\w+)\]\(", re.MULTILINE)


class _Rewritten(SourceFileLoader):
    """A module whose type aliases and generic functions (PEP 695) are put as Python 3.11 has them.

    Newer syntax than these two is a SyntaxError, as it should be: somebody has to look at it.
    """

    def get_code(self, fullname: str) -> CodeType:
        """Compiled each time: a kept .pyc would outlive a change of these rules."""
        source = _ALIAS.sub(r"\1 = ", self.get_source(fullname) or "")
        source = _GENERIC.sub(r"from typing import TypeVar; \2 = TypeVar('\2')\ndef \1(", source)
        return compile(source, self.path, "exec", dont_inherit=True)


class _Finder(MetaPathFinder):
    """Finds emupos's modules, and nobody else's, where they are anyway."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != "emupos":
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Rewritten(spec.loader.name, spec.loader.path)
        return spec


if sys.version_info < (3, 12):
    sys.meta_path.insert(0, _Finder())

from emupos.config import parse_config  # noqa: E402 - only now can it be read
from emupos.events import EventType  # noqa: E402
from emupos.printer.printer import Printer, PrinterFault, PrinterOutput  # noqa: E402

# --- what came out of a printer ---------------------------------------------------------------------------------

HEAD_DOTS = 576
_BLOCK = re.compile(r"\[(qr|image) (.*)\]")
_DARK = 128
_ACCENT_DOTS = 4
"""Blank rows that an accent may leave above its letter; two lines are further apart."""


@dataclass(frozen=True, slots=True)
class Print:
    """A ticket of either printer, so that the two can be compared.

    ``lines`` are the lines of text, ``blocks`` what was drawn otherwise: its kind (``qr`` or ``image``) and what it
    holds (a payload, or ``width x height`` in dots). ``ink`` is as wide as the head, white where it burnt,
    from the first burnt dot to the last: only one of the two draws blank paper at the ends.
    """

    lines: tuple[str, ...]
    blocks: tuple[tuple[str, str], ...]
    ink: Image.Image

    @property
    def picture(self) -> Image.Image:
        """Black on white with a margin, as a reader of codes wants it."""
        return ImageOps.expand(ImageOps.invert(self.ink), 32, 255)

    @property
    def bands(self) -> list[tuple[int, int, int, int]]:
        """Where each line or block stands: left, top, right, bottom in dots. An accent belongs to its letter."""
        found: list[tuple[int, int, int, int]] = []
        for y in range(self.ink.height):
            row = self.ink.crop((0, y, HEAD_DOTS, y + 1)).getbbox()
            if row and found and y - found[-1][3] <= _ACCENT_DOTS:
                left, top, right, _ = found.pop()
                found.append((min(left, row[0]), top, max(right, row[2]), y + 1))
            elif row:
                found.append((row[0], y, row[2], y + 1))
        return found


def from_twin(ticket: Ticket) -> Print:
    """What our virtual printer drew."""
    return Print(tuple(ticket.text.split("\n")), ticket.drawn, _ink(ticket.picture))


def _from_emulator(text: str, png: bytes) -> Print:
    found = [(line, _BLOCK.fullmatch(line)) for line in text.removesuffix("\n").split("\n")]
    with Image.open(io.BytesIO(png)) as picture:
        return Print(
            tuple(line for line, block in found if not block),
            tuple((block[1], block[2]) for _, block in found if block),
            _ink(picture),
        )


def _ink(picture: Image.Image) -> Image.Image:
    burnt = picture.convert("L").point(lambda value: 255 * (value < _DARK))
    box = burnt.getbbox()
    assert box, "nothing was printed"
    left = (picture.width - HEAD_DOTS) // 2
    return burnt.crop((left, box[1], left + HEAD_DOTS, box[3]))


# --- the printer ------------------------------------------------------------------------------------------------

_LINE = "line"
_CONFIG = """
schema: 1
devices:
  - {id: kiosk, type: printer, profile: epson-tm-t20iii, connections: [{serial: {pty: true}}]}
"""


class Emulator:
    """An Epson TM-T20III at the end of a line that takes no time; implements `Link`, in seconds of its own."""

    answers = True
    can_be_held = False
    bytes_per_s = math.inf

    def __init__(self) -> None:
        self.now = 0.0
        self.prints: list[Print] = []
        self.complaints: list[str] = []
        """What it could not make sense of: the bytes of a command in hexadecimal, or a code page."""
        profile = parse_config(_CONFIG, "here", Path()).printer_profile("kiosk")
        self._answers = bytearray()
        # "low": without a cash drawer the line of its switch is high, a bit that our decoder must not mind
        self._printer = Printer("kiosk", profile, sensor_open_level="low", job_idle_timeout_ms=2000)
        self._take(self._printer.open_connection(_LINE, self.now))

    def fail(self, fault: str) -> None:
        """Brings one of its faults about: paper-near-end, paper-out, cover-open, offline."""
        self._take(self._printer.set_fault(PrinterFault(fault), True, self.now))

    def repair(self, fault: str) -> None:
        """Puts it right; what was held meanwhile is printed."""
        self._take(self._printer.set_fault(PrinterFault(fault), False, self.now))

    def send(self, data: bytes) -> None:
        """See Link."""
        self._take(self._printer.receive(_LINE, data, self.now))

    def send_urgently(self, data: bytes) -> None:
        """See Link."""
        self.send(data)

    def finish(self, timeout_s: float) -> bool:
        """See Link."""
        del timeout_s
        return False

    def receive(self, timeout_s: float) -> bytes:
        """See Link."""
        if not self._answers:
            self.now += timeout_s
        answers = bytes(self._answers)
        self._answers.clear()
        return answers

    def close(self) -> None:
        """See Link."""
        self._take(self._printer.close_connection(_LINE, self.now))

    def _take(self, output: PrinterOutput) -> None:
        for write in output.writes:
            self._answers += write.data
        self.prints += [_from_emulator(receipt.text, receipt.png) for receipt in output.receipts]
        for event in output.events:
            if event.type is EventType.PRINTER_COMMAND_UNKNOWN:
                self.complaints.append(str(event.data["bytes"]))
            elif event.type is EventType.PRINTER_CODEPAGE_UNSUPPORTED:
                self.complaints.append(f"code page {event.data['number']}")
