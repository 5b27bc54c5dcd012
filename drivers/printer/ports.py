"""Where a printer is: one line of text, as in the configuration, and the link that it opens.

=============================  ====================================================================================
``/dev/kiosk-printer``         a serial port, best under a name that udev keeps (``/dev/serial/by-path/…`` too)
``usb-serial:0403:6001``       the USB adapter of that vendor and product, whatever name it has today;
                               ``usb-serial:0403:6001:A9XYZ`` with its serial number, ``…@1-4.2`` at its socket
``/dev/usb/lp0``               a USB printer's own device
``tcp://10.1.2.3:9100``        a printer on the network
``cups:NAME``                  a raw queue of CUPS: at best "probably printed"
``file:PATH``                  a plain file: no answer, so no ticket printer
=============================  ====================================================================================
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from serial.tools import list_ports

from drivers.printer.cups import CupsLink
from drivers.printer.device import DeviceLink, FileLink
from drivers.printer.link import PortLost, SerialLink
from drivers.printer.network import RAW_PORT, NetworkLink
from drivers.printer.words import FlowControl

if TYPE_CHECKING:
    from serial.tools.list_ports_common import ListPortInfo

    from drivers.printer.link import Doorbell, Link

SPEEDS: Final = (9600, 19200, 38400, 57600, 115200)
"""Bits a second that ticket printers speak, in the order in which they are likely."""

_ADAPTER: Final = re.compile(
    r"usb-serial:(?P<vendor>[0-9a-fA-F]{4}):(?P<product>[0-9a-fA-F]{4})(?::(?P<serial>[^@]+))?(?:@(?P<socket>.+))?"
)


@dataclass(frozen=True, slots=True)
class Port:
    """A printer's port as configured. ``baud`` and ``flow`` are for serial lines."""

    address: str
    baud: int = 9600
    flow: FlowControl = FlowControl.NONE

    def open(self, doorbell: Doorbell) -> Link:
        """Opens it; at most 2 s, 10 s for CUPS. Raises: PortLost, also where `is_port` says no."""
        if not is_port(self.address):
            raise PortLost(f"{self.address!r} is no port")
        scheme, _, rest = self.address.partition(":")
        if scheme == "tcp":
            parts = urlsplit(self.address)
            return NetworkLink(parts.hostname or "", parts.port or RAW_PORT, doorbell)
        if scheme == "cups":
            return CupsLink(rest, doorbell)
        if scheme == "file":
            return FileLink(rest, doorbell)
        if self.address.startswith("/dev/usb/lp"):
            return DeviceLink(self.address, doorbell)
        return SerialLink(self._device(), self.baud, doorbell, self.flow)

    def _device(self) -> str:
        """Looked up at each opening: a replugged adapter may come back under another name."""
        adapter = _ADAPTER.fullmatch(self.address)
        if adapter is None:
            return self.address
        there = [port for port in list_ports.comports() if _is(port, adapter)]
        if len(there) != 1:
            raise PortLost(f"{len(there)} adapters fit {self.address}")
        return str(there[0].device)


def is_port(address: str) -> bool:
    """Whether ``address`` is one of the forms above."""
    scheme, colon, rest = address.partition(":")
    if address.startswith("/"):
        return True
    if scheme == "tcp":
        try:
            parts = urlsplit(address)
            return bool(parts.hostname) and parts.port != 0
        except ValueError:
            return False
    return bool(colon and rest and scheme in {"cups", "file"}) or bool(_ADAPTER.fullmatch(address))


def address_of(port: ListPortInfo) -> str:
    """How to write a serial port down so that it is found again: by what its adapter says of itself, if it does.

    Many cheap adapters (CH340, PL2303) have no serial number; those are told apart by the socket they are in, and so
    is one whose number would read as a socket.
    """
    if port.vid is None or port.pid is None:
        return str(port.device)
    ids = f"usb-serial:{port.vid:04x}:{port.pid:04x}"
    if port.serial_number and "@" not in port.serial_number:
        return f"{ids}:{port.serial_number}"
    return f"{ids}@{port.location}" if port.location else ids


def _is(port: ListPortInfo, adapter: re.Match[str]) -> bool:
    ids = (int(adapter["vendor"], 16), int(adapter["product"], 16))
    return (
        (port.vid, port.pid) == ids
        and adapter["serial"] in {None, port.serial_number}
        and adapter["socket"] in {None, port.location}
    )
