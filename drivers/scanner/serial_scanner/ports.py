"""Which serial ports may be scanners, and which one is meant. Opens and writes to none.

=========================  =========================================================================================
``auto``                   the one USB scanner of a known maker that is plugged in; none, while there are several
``off``                    no USB scanner
``/dev/kiosk-scanner``     this port; best a name that stays (``/dev/serial/by-id/…``)
``1eab:0c06``              the one with this maker and product, whatever name it has today;
                           ``1eab:0c06:AB123`` with its serial number
=========================  =========================================================================================
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from serial.tools import list_ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

AUTO: Final = "auto"
OFF: Final = "off"

SCANNER_MAKERS: Final = {
    0x05E0: "Zebra/Symbol",
    0x05F9: "Datalogic",
    0x0C2E: "Honeywell",
    0x1EAB: "Newland",
}
"""USB vendors that make scanners and no printers. Others are named in the configuration, or found by learning."""

_IDS: Final = re.compile(r"(?P<vendor>[0-9a-fA-F]{4}):(?P<product>[0-9a-fA-F]{4})(?::(?P<serial>.+))?")


class PortInfo(Protocol):
    """What is used of pyserial's ListPortInfo."""

    device: str
    vid: int | None
    pid: int | None
    serial_number: str | None


def comports() -> Iterable[PortInfo]:
    """The serial ports of this machine."""
    found: Iterable[PortInfo] = list_ports.comports()
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """The scanner that the configuration names; see the head of this file."""

    text: str

    def device(self, ports: Callable[[], Iterable[PortInfo]] = comports) -> str | None:
        """Its port now, or None while it is not there or cannot be told from others. Looked up at each opening."""
        if self.text.startswith("/"):
            return self.text
        there = [port.device for port in ports() if self._is(port)]
        return there[0] if len(there) == 1 else None

    def _is(self, port: PortInfo) -> bool:
        if self.text == AUTO:
            return port.vid in SCANNER_MAKERS
        ids = _IDS.fullmatch(self.text)
        return (
            ids is not None
            and (port.vid, port.pid) == (int(ids["vendor"], 16), int(ids["product"], 16))
            and ids["serial"] in {None, port.serial_number}
        )


def parse_wanted(text: str) -> Wanted | None:
    """The scanner that a line of configuration names; None for ``off``.

    Raises:
        ValueError: it names none; the message says what is possible, in Spanish.
    """
    if text == OFF:
        return None
    if text == AUTO or text.startswith("/") or _IDS.fullmatch(text):
        return Wanted(text)
    raise ValueError(
        "Lector USB desconocido. Use auto, off, /dev/PUERTO o FABRICANTE:PRODUCTO[:SERIE], como 1eab:0c06."
    )


def address_of(port: PortInfo) -> str:
    """How to write a port down so that it is found again under any name."""
    if port.vid is None or port.pid is None:
        return port.device
    ids = f"{port.vid:04x}:{port.pid:04x}"
    return f"{ids}:{port.serial_number}" if port.serial_number else ids


def candidates(ports: Callable[[], Iterable[PortInfo]] = comports) -> tuple[PortInfo, ...]:
    """What might be a scanner: everything that hangs on USB. A port of the board has no vendor."""
    return tuple(port for port in ports() if port.vid is not None)
