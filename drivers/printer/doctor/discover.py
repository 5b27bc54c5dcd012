"""Looks for a printer: which ports there are, at which of them somebody answers as a printer does, and how fast."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from serial.tools import list_ports

from drivers.printer.commands import QUESTION_PAPER, QUESTION_PRINTER, ask_status
from drivers.printer.doctor.address import KIOSK_PORT
from drivers.printer.link import Doorbell, PortLost
from drivers.printer.ports import SPEEDS, Port
from drivers.printer.status import AutoStatus, Decoder, Flow, RealTime

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from drivers.printer.link import Link
    from drivers.printer.status import Reply

REPLY_S: Final = 0.35
QUESTIONS: Final = (QUESTION_PRINTER, QUESTION_PAPER) * 2
"""Every ticket printer that answers at all answers these; four good answers do not come by chance."""

_USB_PRINTERS: Final = Path("/dev/usb")
_SYSTEM: Final = Path("/sys/class/tty")
_NO_UART: Final = "0"
_IN_USE: Final = {errno.EBUSY, errno.EAGAIN}
_FORBIDDEN: Final = {errno.EACCES, errno.EPERM}
_ABSENT: Final = {errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A port at which a printer may be; ``label`` is what its adapter calls itself."""

    port: str
    label: str = ""

    def __str__(self) -> str:
        return f"{self.port} ({self.label})" if self.label else self.port


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of a candidate: ``baud`` where a printer answers, ``obstacle`` where it cannot even be asked.

    ``tried`` counts the speeds asked at: at all but the last, the printer heard noise.
    """

    candidate: Candidate
    baud: int | None = None
    obstacle: str = ""
    tried: int = 0


def candidates() -> list[Candidate]:
    """Every port of this machine at which a printer may be, the one that is named for it first."""
    found = [Candidate(str(KIOSK_PORT))] if KIOSK_PORT.exists() else []
    found += [
        Candidate(str(info.device), "" if info.description in {"n/a", info.name} else str(info.description))
        for info in sorted(list_ports.comports(), key=lambda info: (info.vid is None, str(info.device)))
        if not _is_phantom(str(info.name))
    ]
    if _USB_PRINTERS.is_dir():
        found += [Candidate(str(path), "impresora USB") for path in sorted(_USB_PRINTERS.glob("lp*"))]
    kept: dict[Path, Candidate] = {}
    for candidate in found:
        kept.setdefault(Path(candidate.port).resolve(), candidate)
    return list(kept.values())


def is_serial(port: str) -> bool:
    """Whether it has a speed to be found."""
    if port.startswith(str(_USB_PRINTERS)):
        return False
    return port.startswith(("/", "usb-serial:")) or ":" not in port


def listen_at(candidate: Candidate, speeds: Sequence[int] = SPEEDS) -> Heard:
    """Asks at each speed until a printer answers: at most 5 s with a port that takes bytes, and 2 s more a tcp: one."""
    doorbell = Doorbell()
    try:
        for tried, baud in enumerate(speeds if is_serial(candidate.port) else speeds[:1], 1):
            link = Port(candidate.port, baud).open(doorbell)
            try:
                if link.answers and _answers_well(link):
                    return Heard(candidate, baud, tried=tried)
            finally:
                link.close()
    except PortLost as error:
        return Heard(candidate, obstacle=obstacle(candidate.port, error))
    finally:
        doorbell.close()
    return Heard(candidate)


def obstacle(port: str, error: PortLost) -> str:
    """Why a port cannot be used, and what to do."""
    number = getattr(error.__cause__, "errno", None)
    if number in _FORBIDDEN:
        group, user = _group_of(port), _user()
        return f"sin permiso: es del grupo {group}. Ejecute «sudo usermod -aG {group} {user}» y vuelva a entrar"
    if number in _IN_USE:
        return "en uso por otro programa. Si es el kiosco: «sudo systemctl stop kiosk»"
    if number in _ABSENT:
        return "no está o no es un puerto que funcione: revise el cable"
    return str(error)


# --- one line at one speed --------------------------------------------------------------------------------------


def _answers_well(link: Link) -> bool:
    """A second time where something was heard: the noise of another speed may have hidden the first question."""
    heard = _replies_well(link)
    return bool(_replies_well(link) if heard is False else heard)


def _replies_well(link: Link) -> bool | None:
    """Whether each question has one valid answer and nothing else comes in between; None where nothing came at all."""
    decoder = Decoder()
    link.receive(0)
    anything = False
    for question in QUESTIONS:
        link.send(ask_status(question))
        replies = list(_replies(link, decoder))
        anything = anything or bool(replies)
        said = [reply for reply in replies if not isinstance(reply, AutoStatus | Flow)]
        if len(said) != 1 or not isinstance(said[0], RealTime):
            return False if anything else None
    return True


def _replies(link: Link, decoder: Decoder) -> Iterator[Reply]:
    """Until a status byte came, or the time for one is over."""
    end = time.monotonic() + REPLY_S
    while (left := end - time.monotonic()) > 0:
        some = decoder.feed(link.receive(left))
        yield from some
        if any(isinstance(reply, RealTime) for reply in some):
            return


# --- the machine ------------------------------------------------------------------------------------------------


def _is_phantom(name: str) -> bool:
    """Newer kernels list serial ports that the machine does not have."""
    kind = _SYSTEM / name / "type"
    return kind.is_file() and kind.read_text(encoding="ascii").strip() == _NO_UART


def _group_of(port: str) -> str:
    try:
        number = Path(port).stat().st_gid
    except OSError:
        return "dialout"
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return "USUARIO"
