"""The entity's logo: from a file to black and white dots, into the printer's memory, and onto paper to be looked at."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from drivers.printer import commands
from drivers.printer.doctor.probe import look
from drivers.printer.raster import BITS_A_BYTE, packed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PIL import Image

    from drivers.printer.dialogue import Dialogue
    from drivers.printer.doctor.probe import Answers
    from drivers.printer.raster import Raster

WIDEST_DOTS, HIGHEST_DOTS = 384, 128
"""48 by 16 mm: it fits the narrow head too, and the height is what the driver counts for a logo."""

BLACK_BELOW: Final = 128
WRITING_S: Final = 60.0
LOOK_S: Final = 0.5
QUIET_LOOKS: Final = 3
"""So often on line in a row, and it is done: it may take a moment until it begins to write."""

WARNING: Final = (
    "Se va a grabar el logotipo en la memoria de la impresora. La memoria se gasta: como mucho diez veces al día. "
    "No apague la impresora ni desconecte el cable mientras graba (hasta un minuto)."
)


class LogoError(Exception):
    """The file cannot be used; the message is for the technician, in Spanish."""


def prepare(file: Path) -> tuple[Raster, Path]:
    """The logo in dots, and where a picture of just these dots was saved, beside ``file``.

    Shrunk to fit, never enlarged; what is darker than half burns. No grey is imitated by dots: on thermal paper those
    run together.

    Raises:
        LogoError: it cannot be read or written, or is blank.
    """
    from PIL import Image  # noqa: PLC0415 - rarely needed, and slow to load

    try:
        with Image.open(file) as opened:
            dots = _black_and_white(opened.convert("RGBA"))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise LogoError(f"No se puede leer {file}: {error}") from error
    if not dots.getbbox():
        raise LogoError(f"{file} queda en blanco: hace falta un dibujo oscuro sobre fondo claro")
    preview = file.with_name(f"{file.stem}-impresora.png")
    try:
        dots.point(lambda lit: 255 - lit).convert("1").save(preview)
    except OSError as error:
        raise LogoError(f"No se puede guardar {preview}: {error}") from error
    return packed(dots.convert("1")), preview


def _black_and_white(picture: Image.Image) -> Image.Image:
    """Ink as 255 on 0, with sides of whole bytes."""
    from PIL import Image  # noqa: PLC0415

    paper = Image.new("RGBA", picture.size, "white")
    grey = Image.alpha_composite(paper, picture).convert("L")
    grey.thumbnail((WIDEST_DOTS, HIGHEST_DOTS), Image.Resampling.LANCZOS)
    width, height = (-(-side // BITS_A_BYTE) * BITS_A_BYTE for side in grey.size)
    whole = Image.new("L", (width, height), "white")
    whole.paste(grey, ((width - grey.width) // 2, (height - grey.height) // 2))
    return whole.point(lambda light: 255 if light < BLACK_BELOW else 0)


def install(
    dialogue: Dialogue,
    answered: Answers,
    picture: Raster,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Writes it once, and waits until the printer is back on line: True. False when it is not within a minute.

    Raises: PortLost.
    """
    dialogue.send(commands.RESET)
    order = commands.define_logo(picture)
    dialogue.send(order)
    begun = clock() + len(order) / dialogue.bytes_per_s
    end, quiet = begun + WRITING_S, 0
    sleep(max(0.0, begun - clock()))
    while quiet < QUIET_LOOKS and clock() < end:
        sleep(LOOK_S)
        condition = look(dialogue, answered)
        quiet = quiet + 1 if condition and not condition.reason else 0
    return quiet >= QUIET_LOOKS
