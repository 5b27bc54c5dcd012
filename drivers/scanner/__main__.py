"""For whoever sets a kiosk up: what the scanner's cameras give, and what it reads in them.

    python -m drivers.scanner doctor
    python -m drivers.scanner decode FUENTE [--segundos 20]

Pictures, numbers and names stay here: a number is shown masked, nothing is written.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import TYPE_CHECKING

from drivers.scanner.devices import OPENCV_ENVIRONMENT, cameras

os.environ.update(OPENCV_ENVIRONMENT)
import cv2

from drivers.scanner import accept, spec
from drivers.scanner.decode import look
from drivers.scanner.frames import Frame, Gone, Source
from drivers.scanner.sources import open_source
from drivers.scanner.words import DocumentReading, Hint, Reading, Rule

if TYPE_CHECKING:
    from pathlib import Path

_RULES = {
    Rule.CODE39_TWO_FRAMES: "R3 (código de barras lineal, igual en dos imágenes)",
    Rule.PDF417_TWO_FRAMES: "R4 (código PDF417, igual en dos imágenes)",
    Rule.TICKET_QR: "QR de un ticket nuestro",
}
_HINTS = {
    Hint.CLOSER: "acerque el documento",
    Hint.STRAIGHTEN: "enderece el documento",
    Hint.AVOID_GLARE: "evite el brillo",
    Hint.TURN_OVER: "dé la vuelta al documento",
    Hint.USE_KEYPAD: "use el teclado",
}
_MEASURED_FRAMES = 30


def main(arguments: list[str] | None = None) -> int:
    """The command line; 0 if a document was read, or a camera works."""
    parser = argparse.ArgumentParser(prog="python -m drivers.scanner", description="El lector de documentos.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("doctor", help="qué cámaras hay y qué imágenes dan")
    decode = commands.add_parser("decode", help="leer un documento y decir con qué regla se aceptó")
    decode.add_argument("source", metavar="FUENTE", help="camera:auto, video:ARCHIVO, images:CARPETA, virtual:dni…")
    decode.add_argument("--segundos", type=float, default=20.0, help="cuánto esperar (20)")
    chosen = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    if chosen.command == "doctor":
        return doctor(cameras())
    try:
        wanted = spec.parse_spec(chosen.source)
    except ValueError as fault:
        parser.error(str(fault))
    return decode_source(wanted, chosen.segundos)


def decode_source(wanted: spec.Spec, patience_s: float) -> int:
    """Reads one document from a source, every frame of it, and says what was found."""
    source = open_source(wanted, repeat=False)
    if isinstance(source, Gone):
        print("No hay imágenes: la fuente no existe o no se puede abrir.")
        return 1
    try:
        reading, frames = _read_one(source, patience_s)
    finally:
        source.close()
    if reading is None:
        print(f"No se leyó ningún documento en {frames} imágenes.")
        return 1
    what = f"DNI {reading.document.masked}" if isinstance(reading, DocumentReading) else "Ticket de turno"
    print(f"{what} · regla {_RULES[reading.rule]} · {frames} imágenes")
    return 0


def doctor(found: tuple[Path, ...]) -> int:
    """Opens each camera in turn and says what it gives. Takes some seconds a camera."""
    if not found:
        print("No hay ninguna cámara conectada (no existe /dev/video*). El visitante puede usar el teclado.")
        return 1
    working = [device for device in found if _examine(device)]
    return 0 if working else 1


def _read_one(source: Source, patience_s: float) -> tuple[Reading | None, int]:
    """The first reading and how many frames it took. Recorded frames keep their own time."""
    state = accept.Acceptance(0.0)
    began_s, frames = time.monotonic(), 0
    while time.monotonic() - began_s < patience_s:
        seen = source.read()
        if isinstance(seen, Gone):
            break
        if not isinstance(seen, Frame):
            continue
        frames += 1
        now_s = seen.number * source.interval_s or time.monotonic() - began_s
        state, told = accept.step(state, look(cv2.cvtColor(seen.pixels, cv2.COLOR_BGR2GRAY)), now_s)
        if isinstance(told, Hint):
            print(f"Consejo: {_HINTS[told]}.")
        elif told is not None:
            return told, frames
    return None, frames


def _examine(device: Path) -> bool:
    source = open_source(spec.Camera(device))
    if isinstance(source, Gone):
        print(f"{device}: no da imágenes (ocupada, sin permiso, o no es una cámara).")
        return False
    began_s = time.monotonic()
    frames = [seen for _ in range(_MEASURED_FRAMES) if isinstance(seen := source.read(), Frame)]
    taken_s = time.monotonic() - began_s
    source.close()
    if not frames:
        print(f"{device}: se abre, pero no da imágenes.")
        return False
    height, width = frames[-1].pixels.shape[:2]
    print(f"{device}: {width} x {height} píxeles, {len(frames) / taken_s:.0f} imágenes por segundo.")
    return True


if __name__ == "__main__":
    sys.exit(main())
