"""A sample of our own ticket, as thermal paper shows it, for the tracking code in its QR."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import zxingcpp

from drivers.scanner.virtual import drawing
from drivers.scanner.virtual.drawing import px

if TYPE_CHECKING:
    from drivers.scanner.frames import Image

WIDTH_MM: Final = 79.5
HEIGHT_MM: Final = 92.0
QR_MM: Final = 30.0

_PAPER: Final = (243, 246, 247)
_INK: Final = (48, 44, 42)


def sample_ticket(url: str, *, qr_mm: float = QR_MM) -> Image:
    """The slip with ``url`` in its QR (error correction M, ``qr_mm`` wide), blue, green, red."""
    slip = np.full((px(HEIGHT_MM), px(WIDTH_MM), 3), _PAPER, np.uint8)
    middle = WIDTH_MM / 2
    drawing.centred(slip, (middle, 12), "MESA DE PARTES", 4.2, _INK, weight=650)
    drawing.centred(slip, (middle, 19), "Turno de ejemplo · sin valor", 3.4, _INK, weight=400)
    drawing.centred(slip, (middle, 36), "TURNO", 12, _INK, weight=800)
    modules = drawing.modules_of(url, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    drawing.symbol(slip, (middle - qr_mm / 2, 44), (qr_mm, qr_mm), modules, _INK)
    drawing.centred(slip, (middle, 83), "Siga su turno con este código", 3.4, _INK, weight=400)
    return slip
