"""The test sheet: on one strip all that only a person can see, to be asked for line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from drivers.printer import commands
from drivers.printer.doctor.findings import NARROW_DOTS, WIDE_DOTS
from drivers.printer.encode import QR_MODULE_DOTS, QR_QUIET_DOTS, SENSOR_ANSWERS, Encoded
from drivers.printer.profile import EPSON_80
from drivers.printer.raster import BITS_A_BYTE, Raster, qr_code, qr_modules
from drivers.printer.text import CODE_PAGE
from drivers.printer.words import Tier

if TYPE_CHECKING:
    from drivers.printer.profile import Profile

CAPITALS: Final = "Á É Í Ó Ú  Ñ Ü  ä ï  ¿ ¡ º"
SMALLS: Final = "á é í ó ú  ñ ü"
QR_TEXT: Final = "PRUEBA DE LA IMPRESORA"

_RULER_ROWS: Final = 12
_CENTIMETRE_BYTES: Final = 10
_LINE_DOTS: Final = 30
_LINES: Final = 9
_CUTTER_DOTS: Final = 120


def trial_sheet(tier: Tier, process_id: str) -> Encoded:
    """Letters, the printer's own QR and the same one drawn, a short and a long ruler, and the cut.

    What a printer may not know comes last within its line, and the long ruler last of all: what a narrow head makes of
    it can spoil nothing. No line is longer than 32 letters. It fits the smallest buffer.
    """
    page = _page(EPSON_80)
    page.text("PRUEBA DE LA IMPRESORA\n")
    page.text(f"1. {CAPITALS}\n   {SMALLS}\n")
    page.text("2. QR de la impresora:\n")
    page._raw(commands.feed(QR_QUIET_DOTS))  # noqa: SLF001 - the library's documented door for commands it lacks
    page.qr(QR_TEXT, ec=1, size=QR_MODULE_DOTS, native=True)
    page.text("\n3. QR dibujado:\n")
    page._raw(commands.feed(QR_QUIET_DOTS))  # noqa: SLF001
    page._raw(commands.raster(qr_code(QR_TEXT, QR_MODULE_DOTS // 2), commands.DOUBLED))  # noqa: SLF001
    page._raw(commands.feed(QR_QUIET_DOTS))  # noqa: SLF001
    page.text("4. Regla corta (58 mm):\n")
    page._raw(commands.raster(ruler(NARROW_DOTS)))  # noqa: SLF001
    page.text("5. Regla larga (80 mm):\n")
    page._raw(commands.raster(ruler(WIDE_DOTS)) + commands.feed(QR_QUIET_DOTS))  # noqa: SLF001
    page.cut(feed=False)
    page._raw(question(tier, process_id))  # noqa: SLF001
    dots = _LINES * _LINE_DOTS + 2 * qr_modules(QR_TEXT) * QR_MODULE_DOTS + 4 * QR_QUIET_DOTS + _CUTTER_DOTS
    return Encoded(bytes(page.output), (dots + 2 * _RULER_ROWS) / EPSON_80.dots_per_mm)


def logo_sheet(tier: Tier, process_id: str, rows: int) -> Encoded:
    """The logo from the printer's memory, and the cut."""
    page = _page(EPSON_80)
    page.text("LOGOTIPO:\n")
    page._raw(commands.LOGO)  # noqa: SLF001
    page.cut(feed=False)
    page._raw(question(tier, process_id))  # noqa: SLF001
    return Encoded(bytes(page.output), (_LINE_DOTS + rows + _CUTTER_DOTS) / EPSON_80.dots_per_mm)


def question(tier: Tier, process_id: str) -> bytes:
    """What is asked behind the cut; nothing where the printer could not answer it."""
    if tier is Tier.PROCESS_ID:
        return commands.ask_process_id(process_id)
    return commands.ASK_SENSOR * SENSOR_ANSWERS if tier is Tier.SENSOR else b""


def ruler(dots: int) -> Raster:
    """A bar as wide as that head, with a tooth at each centimetre and at both ends."""
    width = dots // BITS_A_BYTE
    teeth = bytearray(width)
    for at in range(0, width, _CENTIMETRE_BYTES):
        teeth[at] = 0xC0
    teeth[-1] |= 0x03
    return Raster(width, _RULER_ROWS, b"\xff" * 2 * width + bytes(teeth) * (_RULER_ROWS - 2))


def _page(profile: Profile) -> Any:
    from escpos.printer import Dummy  # noqa: PLC0415 - half a second at first import

    page = Dummy(profile=profile.escpos_name)
    page._raw(commands.RESET)  # noqa: SLF001
    page.charcode(CODE_PAGE.upper())
    return page
