"""The virtual printer's machine by itself: no line, no thread, and no time unless a test brings some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PIL import Image

from drivers.printer.virtual.device import Device, Mechanics
from drivers.printer.virtual.models import EPSON

if TYPE_CHECKING:
    from drivers.printer.virtual.models import Model
    from drivers.printer.virtual.paper import Ticket

STATUS = b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"
CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
CUT = b"\x1dVB\x00"
FEED_AND_CUT = b"\x1bJ\x20" + CUT
"""So that the picture's teeth are not drawn over its last dots."""


class Machine:
    def __init__(self, model: Model = EPSON, mechanics: Mechanics | None = None, **settings: Any) -> None:
        self.heard = bytearray()
        self.tickets: list[Ticket] = []
        self.now = 0.0
        self.device = Device(self.heard.extend, self.tickets.append, mechanics, model=model, **settings)

    def hears(self, data: bytes) -> bytes:
        """Its answer to ``data``."""
        self.heard.clear()
        self.device.receive(data)
        self.device.advance(self.now)
        return bytes(self.heard)

    def pours(self, data: bytes, portion: int = 1000) -> bytes:
        """The same for more than its buffer holds, as fast as it prints."""
        said = b""
        for start in range(0, len(data), portion):
            said += self.hears(data[start : start + portion])
        return said

    def runs(self) -> bytes:
        """Everything it does until it waits for the host; what it says meanwhile."""
        self.heard.clear()
        while (due := self.device.advance(self.now)) is not None:
            self.now = due
        return bytes(self.heard)

    @property
    def violations(self) -> list[str]:
        return list(self.device.violations)

    @property
    def texts(self) -> list[str]:
        return [ticket.text for ticket in self.tickets]

    def burnt(self, number: int = -1) -> Image.Image:
        """What the head burnt on a ticket, as ink (255) on nothing (0), without the paper's blank head."""
        picture = self.tickets[number].picture.convert("L")
        head = self.device.model.head_dots
        left = (picture.width - head) // 2
        return picture.crop((left, 96, left + head, picture.height)).point(lambda value: 255 if value < 128 else 0)


def black(width: int, height: int) -> Image.Image:
    return Image.new("1", (width, height), 0)
