"""Under which name a port is found again tomorrow, and the line for udev that gives it one of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from serial.tools import list_ports

from drivers.printer.ports import address_of

if TYPE_CHECKING:
    from serial.tools.list_ports_common import ListPortInfo

KIOSK_NAME: Final = "kiosk-printer"
KIOSK_PORT: Final = Path("/dev") / KIOSK_NAME
RULES: Final = "/etc/udev/rules.d/70-kiosk-printer.rules"

_LINKS: Final = (Path("/dev/serial/by-id"), Path("/dev/serial/by-path"))
_PORT: Final = re.compile(r"-port\d+$")
_WITH_SPEED_OF_BUS: Final = "usbv"
"""Newer systems keep a second name by path, with the speed of the bus in it, which ID_PATH has not."""


def info_of(port: str) -> ListPortInfo | None:
    """What the system says of the adapter behind a device; None for what is no serial port of this machine."""
    device = str(Path(port).resolve())
    return next((info for info in list_ports.comports() if info.device == device), None)


def stable_address(port: str, info: ListPortInfo | None) -> str:
    """How to write a port into the configuration: the name that udev keeps, or what its adapter says of itself."""
    if Path(port) == KIOSK_PORT or info is None:
        return str(Path(port).absolute()) if _is_path(port) else port
    return address_of(info)


def other_names(port: str, folders: tuple[Path, ...] = _LINKS) -> list[str]:
    """The stable links that udev keeps to this device by itself, by its serial number and by its socket."""
    device = Path(port).resolve()
    links = [link for folder in folders if folder.is_dir() for link in sorted(folder.iterdir())]
    return [str(link) for link in links if link.resolve() == device]


def udev_rule(info: ListPortInfo, names: list[str]) -> str | None:
    """The line that names this adapter /dev/kiosk-printer; None for a port that is built in, whose name stays.

    Many cheap adapters (CH340, PL2303) have no serial number: those are told by the socket they are in, and have to
    stay in it.
    """
    if info.vid is None or info.pid is None:
        return None
    by_path = [_PORT.sub("", Path(name).name) for name in names if Path(name).parent.name == "by-path"]
    by_path = [name for name in by_path if _WITH_SPEED_OF_BUS not in name]
    if info.serial_number:
        match = f'ENV{{ID_SERIAL_SHORT}}=="{info.serial_number}"'
    elif by_path:
        match = f'ENV{{ID_PATH}}=="{by_path[0]}"'
    elif info.location:
        match = f'KERNELS=="{info.location}"'
    else:
        match = f'ENV{{ID_VENDOR_ID}}=="{info.vid:04x}", ENV{{ID_MODEL_ID}}=="{info.pid:04x}"'
    return f'SUBSYSTEM=="tty", {match}, SYMLINK+="{KIOSK_NAME}", ENV{{ID_MM_DEVICE_IGNORE}}="1"'


def _is_path(port: str) -> bool:
    return ":" not in port or port.startswith("/")
