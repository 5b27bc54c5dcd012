"""Setting up a USB scanner, in words: which are there, which one the kiosk would take, what it sends."""

from __future__ import annotations

import select
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from drivers.scanner.serial_scanner.framing import Framer
from drivers.scanner.serial_scanner.learn import learn, pairing_code, write_sheet
from drivers.scanner.serial_scanner.line import Line, LineLostError
from drivers.scanner.serial_scanner.payload import describe, understand
from drivers.scanner.serial_scanner.ports import (
    AUTO,
    SCANNER_MAKERS,
    address_of,
    candidates,
    comports,
    parse_wanted,
)
from drivers.scanner.sightings import CargoSighting, TicketSighting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from drivers.scanner.serial_scanner.ports import PortInfo

    Say = Callable[[str], None]
    Ports = Callable[[], Iterable[PortInfo]]


def list_scanners(say: Say, ports: Ports = comports) -> None:
    """Says which USB ports there are. Opens none."""
    found = candidates(ports)
    for port in found:
        maker = SCANNER_MAKERS.get(port.vid or 0)
        say(f"Puerto {port.device} · {address_of(port)} · " + (f"lector {maker}" if maker else "otro aparato"))
    if not found:
        say("Ningún puerto serie USB. Un lector que actúa como teclado no tiene puerto: no necesita configuración.")


def try_scanner(text: str, seconds: float, say: Say, ports: Ports = comports) -> bool | None:
    """Listens to the scanner that ``text`` names; whether it sent something of ours. None where there is none.

    Raises:
        ValueError: ``text`` names none.
    """
    wanted = parse_wanted(text)
    device = wanted.device(ports) if wanted else None
    if device is None:
        if text == AUTO:
            say("Lector USB: ninguno de marca conocida, o varios. Use --learn para encontrarlo.")
        elif wanted:
            say(f"Lector USB {text}: no está conectado.")
        return None
    try:
        line = Line(device)
    except LineLostError as lost:
        say(f"Lector USB {device}: no se abre ({lost}). Si lo usa el kiosco, párelo primero.")
        return False
    say(f"Lector USB {device}: lea un documento de ejemplo ({seconds:.0f} segundos)…")
    try:
        return _hear(line, time.monotonic() + seconds, say)
    except LineLostError:
        say("  se desconectó.")
        return False
    finally:
        line.close()


def learn_scanner(sheet: Path, seconds: float, say: Say, ports: Ports = comports) -> bool:
    """Makes a pairing code, waits until a scanner reads it, and says how to write its port down.

    Raises:
        OSError: ``sheet`` could not be written.
    """
    code = pairing_code()
    write_sheet(code, sheet)
    say(f"Abra o imprima {sheet} y lea con el lector uno de sus dos códigos ({seconds:.0f} segundos)…")
    learned = learn(code, seconds, ports)
    for device, why in learned.refused:
        say(f"  {device}: no se pudo escuchar ({why})")
    for device in learned.heard_other:
        say(f"  {device}: dijo otra cosa; no es ese código")
    if learned.port is None:
        say("  nadie leyó el código. ¿Está el lector en modo USB CDC (puerto serie)? Vea su manual.")
        return False
    say(f"  es {learned.port.device}. Escriba en [scanner]:")
    say(f'  usb = "{address_of(learned.port)}"')
    return True


def _hear(line: Line, until_s: float, say: Say) -> bool:
    framer, ours = Framer(), False
    while (left_s := until_s - time.monotonic()) > 0:
        wait_s = framer.wait_s(time.monotonic())
        ready, _, _ = select.select([line], [], [], left_s if wait_s is None else min(left_s, wait_s))
        now_s = time.monotonic()
        if ready:
            framer.feed(line.receive(), now_s)
        elif (message := framer.take(now_s)) is not None:
            ours = _say_message(message, say) or ours
            if ours:
                return True
    if not ours:
        say("  no llegó ningún documento.")
    return ours


def _say_message(message: bytes, say: Say) -> bool:
    told = describe(message)
    understood = understand(message, datetime.now(UTC).date())
    if understood is None:
        meaning = "ajeno al kiosco"
    elif isinstance(understood.sighting, TicketSighting):
        meaning = "ticket de turno"
    elif isinstance(understood.sighting, CargoSighting):
        meaning = "cargo de recepción"
    else:
        document = understood.sighting.document
        meaning = f"{document.kind.value.upper()} {document.masked}"
    say(f"  recibido: {told.kind or 'código sin nombre'} · {told.length} caracteres · {meaning}")
    if told.kind is None:
        say("  REVISE: active el identificador AIM en el lector; sin él, el DNI se pide dos veces.")
    return understood is not None
