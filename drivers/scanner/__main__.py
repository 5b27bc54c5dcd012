"""For whoever sets a kiosk up, and whoever measures the reader.

    python -m drivers.scanner doctor
    python -m drivers.scanner decode ARCHIVO…
    python -m drivers.scanner decode --session ARCHIVO…

`decode` prints one line of JSON for each picture, with the number in clear: it is for sample documents.
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

from drivers.scanner import files

if TYPE_CHECKING:
    from collections.abc import Callable

OK: Final = 0
USAGE: Final = 2
"""Also: a file that cannot be read."""


def main(arguments: list[str] | None = None) -> int:
    """The command line; its exit code."""
    cv2.setNumThreads(1)
    chosen = _parser().parse_args(arguments)
    return int(chosen.command(chosen))


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
