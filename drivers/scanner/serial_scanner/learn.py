"""Finding out on which port a scanner is, by letting it scan a code that nobody else can know.

Every USB port is listened to and none is written to: there may be a printer on one. Whichever says the code is it.
"""

from __future__ import annotations

import base64
import secrets
import select
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
import zxingcpp

from drivers.scanner.serial_scanner.framing import Framer
from drivers.scanner.serial_scanner.line import Line, LineLostError
from drivers.scanner.serial_scanner.payload import without_aim
from drivers.scanner.serial_scanner.ports import candidates, comports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from drivers.scanner.frames import Image
    from drivers.scanner.serial_scanner.ports import PortInfo

_PREFIX: Final = "KIOSKO"
_RANDOM_BYTES: Final = 5
"""Eight characters: no code in the office says this by chance."""
_PAPER_PX: Final = (900, 700)
_MODULE_PX: Final = 6


@dataclass(frozen=True, slots=True)
class Learned:
    """The port that said the code, or None; and those that could not be listened to, with the reason."""

    port: PortInfo | None
    refused: tuple[tuple[str, str], ...]
    heard_other: tuple[str, ...]
    """Ports on which something else was said."""


def pairing_code() -> str:
    """A new code: capitals and digits alone, which every scanner sends alike under every keyboard."""
    return _PREFIX + base64.b32encode(secrets.token_bytes(_RANDOM_BYTES)).decode("ascii")


def pairing_sheet(code: str) -> Image:
    """The code as QR and as Code 128, for a screen or a slip of paper; gray, 900 x 700."""
    width, height = _PAPER_PX
    sheet = np.full((height, width), 255, np.uint8)
    for kind, top in ((zxingcpp.BarcodeFormat.QRCode, 40), (zxingcpp.BarcodeFormat.Code128, 440)):
        made = zxingcpp.create_barcode(code, kind)
        picture = np.array(zxingcpp.write_barcode_to_image(made, scale=3, add_quiet_zones=True))
        if kind is zxingcpp.BarcodeFormat.QRCode:
            picture = cv2.resize(picture, None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST)
        rows, columns = min(picture.shape[0], height - top), min(picture.shape[1], width)
        left = (width - columns) // 2
        sheet[top : top + rows, left : left + columns] = picture[:rows, :columns]
    return sheet


def write_sheet(code: str, path: Path) -> None:
    """The sheet as a picture file, whose ending names its format.

    Raises:
        OSError: it could not be written.
    """
    try:
        written = cv2.imwrite(str(path), pairing_sheet(code))
    except cv2.error as error:
        raise OSError(f"{path}: no es un nombre de imagen (.png)") from error
    if not written:
        raise OSError(f"{path}: no se puede escribir")


def learn(code: str, within_s: float, ports: Callable[[], Iterable[PortInfo]] = comports) -> Learned:
    """Listens on every USB port for up to ``within_s`` seconds."""
    lines: dict[Line, tuple[PortInfo, Framer]] = {}
    refused: list[tuple[str, str]] = []
    others: dict[str, None] = {}
    try:
        for port in candidates(ports):
            try:
                lines[Line(port.device)] = (port, Framer())
            except LineLostError as lost:
                refused.append((port.device, str(lost)))
        found = _listen(lines, code, time.monotonic() + within_s, others)
    finally:
        for line in lines:
            line.close()
    return Learned(found, tuple(refused), tuple(others))


def _listen(
    lines: dict[Line, tuple[PortInfo, Framer]], code: str, until_s: float, others: dict[str, None]
) -> PortInfo | None:
    alive = dict(lines)
    while alive and (left_s := until_s - time.monotonic()) > 0:
        waits_s = [wait_s for _, framer in alive.values() if (wait_s := framer.wait_s(time.monotonic())) is not None]
        ready, _, _ = select.select(list(alive), [], [], min([left_s, *waits_s]))
        now_s = time.monotonic()
        for line, (port, framer) in list(alive.items()):
            if line in ready:
                try:
                    framer.feed(line.receive(), now_s)
                except LineLostError:
                    del alive[line]
            elif (message := framer.take(now_s)) is not None:
                if without_aim(message) == code.encode("ascii"):
                    return port
                others[port.device] = None
    return None
