"""For whoever sets a kiosk up, and whoever measures the reader.

    python -m drivers.scanner doctor
    python -m drivers.scanner doctor --learn
    python -m drivers.scanner decode ARCHIVO…
    python -m drivers.scanner decode --session ARCHIVO…
    python -m drivers.scanner virtual-usb --link PUERTO

`decode` prints one line of JSON for each picture, with the number in clear: it is for sample documents. The others
mask numbers.
"""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from drivers.scanner.devices import OPENCV_ENVIRONMENT

os.environ.update(OPENCV_ENVIRONMENT)
import cv2

from drivers.scanner import doctor, files, spec
from drivers.scanner.devices import cameras
from drivers.scanner.light import NONE, open_light
from drivers.scanner.serial_scanner import doctor as usb_doctor
from drivers.scanner.serial_scanner.ports import AUTO
from drivers.scanner.serial_scanner.virtual import SUFFIXES, Setup, VirtualUsbScanner

if TYPE_CHECKING:
    from collections.abc import Callable

OK: Final = 0
MEND: Final = 1
"""Something does not do yet."""
USAGE: Final = 2
"""Also: a file that cannot be read."""
NOTHING_THERE: Final = 3


def main(arguments: list[str] | None = None) -> int:
    """The command line; its exit code."""
    cv2.setNumThreads(1)
    chosen = _parser().parse_args(arguments)
    return int(chosen.command(chosen))


def _doctor(chosen: argparse.Namespace) -> int:
    """0 when all that is there does, 1 when something is to be mended, 2 for a wrong use, 3 when nothing is there."""
    try:
        specs = [(spec.parse_spec(text), text) for text in chosen.source]
        light = open_light(chosen.light)
    except ValueError as fault:
        print(fault, file=sys.stderr)
        return USAGE
    try:
        usb_doctor.list_scanners(print)
        if chosen.learn:
            return OK if usb_doctor.learn_scanner(chosen.sheet, chosen.seconds, print) else MEND
        specs = specs or [(spec.Camera(device), str(device)) for device in cameras()]
        if not specs:
            print("Ninguna cámara conectada (no hay /dev/video*).")
        light.switch(on=True)
        found = [doctor.examine(wanted, name, chosen.seconds, print) for wanted, name in specs]
        light.switch(on=False)
        usb = usb_doctor.try_scanner(chosen.usb, chosen.seconds, print)
    except (ValueError, OSError) as fault:
        print(fault, file=sys.stderr)
        return USAGE
    finally:
        light.close()
    results = found + ([usb] if usb is not None else [])
    return NOTHING_THERE if not results else OK if all(results) else MEND


def _virtual_usb(chosen: argparse.Namespace) -> int:
    """Until the end of the standard input."""
    device = VirtualUsbScanner(chosen.link, Setup(chosen.suffix, aim=not chosen.no_aim))
    print(f"Lector simulado en {chosen.link}. Palabras: dni, pdf417, zone, ticket URL, text, garbage, unplug, plug…")
    try:
        for line in sys.stdin:
            if line.strip() and not device.obey(line):
                print(f"No se conoce: {line.strip()}", file=sys.stderr)
    except KeyboardInterrupt:
        pass
    finally:
        device.close()
    return OK


def _decode(chosen: argparse.Namespace) -> int:
    """0 when every file is a picture, whether or not it shows a document; else 2."""
    if chosen.session:
        return _line(partial(files.decode_session, chosen.files))
    return max(_line(partial(files.decode_file, path)) for path in chosen.files)


def _line(decode: Callable[[], str]) -> int:
    try:
        print(decode(), flush=True)
    except files.UnreadableError as fault:
        print(fault, file=sys.stderr)
        return USAGE
    return OK


def _parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m drivers.scanner", description="El lector de documentos.")
    commands = top.add_subparsers(required=True, metavar="ORDEN")
    doctor_ = commands.add_parser("doctor", help="qué cámaras y lectores hay, qué dan y qué se lee en ellos")
    doctor_.add_argument(
        "--source", action="append", default=[], metavar="FUENTE", help="solo esta fuente, como en scanner.source"
    )
    doctor_.add_argument("--seconds", type=float, default=10.0, metavar="N", help="cuánto mirar cada aparato (10)")
    doctor_.add_argument("--light", default=NONE, metavar="LUZ", help="la luz, como en scanner.light")
    doctor_.add_argument("--usb", default=AUTO, metavar="LECTOR", help="el lector USB, como en scanner.usb")
    doctor_.add_argument("--learn", action="store_true", help="encontrar el lector USB: leer con él un código impreso")
    doctor_.add_argument(
        "--sheet", type=Path, default=Path("lector.png"), metavar="ARCHIVO.png", help="dónde dejar ese código"
    )
    doctor_.set_defaults(command=_doctor)
    virtual = commands.add_parser("virtual-usb", help="un lector USB simulado; obedece a la entrada estándar")
    virtual.add_argument("--link", type=Path, required=True, metavar="PUERTO")
    virtual.add_argument("--suffix", choices=tuple(SUFFIXES), default="cr", help="cómo termina un mensaje (cr)")
    virtual.add_argument("--no-aim", action="store_true", help="no dice de qué clase es cada código")
    virtual.set_defaults(command=_virtual_usb)
    decode = commands.add_parser(
        "decode",
        help="lee imágenes de documentos de muestra; una línea JSON por archivo",
        description="Lee cada imagen con las reglas del kiosco e imprime una línea JSON por archivo. Una imagen sola "
        f"se muestra hasta {files.REPEATS} veces, como la sostendría una mano quieta. El número sale completo.",
    )
    decode.add_argument("files", nargs="+", type=Path, metavar="ARCHIVO")
    decode.add_argument(
        "--session", action="store_true", help="los archivos son, en orden, las imágenes de una sola presentación"
    )
    decode.set_defaults(command=_decode)
    return top


if __name__ == "__main__":
    sys.exit(main())
